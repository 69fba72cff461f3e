package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/client"
)

// dial connects to a server and writes the beginning of a request.
func (s *server) dial(t *testing.T, begin string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, begin); err != nil {
		t.Fatal(err)
	}
	return conn
}

// ended waits until the server has hung up on a client, and gives what it said.
func ended(t *testing.T, conn net.Conn) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(conn)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		t.Fatal("the server has not hung up")
	}
	return string(said)
}

// TestIdleClients has 2,000 clients say nothing, or half a request. The server
// answers others meanwhile, hangs up in time, and is as it was.
func TestIdleClients(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	before := s.use(t, 0)
	var conns []net.Conn
	for n := range 2000 {
		begin := ""
		if n%2 == 0 {
			begin = "GET /readyz HTTP/1.1\r\nHost: vitrine.example\r\nX-Slow: "
		}
		conns = append(conns, s.dial(t, begin))
	}
	if status := get(t, s.base+"/readyz").StatusCode; status != http.StatusOK {
		t.Errorf("/readyz answers %d beside idle clients", status)
	}
	during := s.use(t, 0)
	if more := (during.kB - before.kB) / len(conns); more > 100 {
		t.Errorf("an idle client takes %d kB", more)
	}
	for _, conn := range conns {
		ended(t, conn)
	}
	wait(t, "the goroutines of the idle clients to end", func() bool {
		after := s.use(t, 0)
		return after.goroutines < before.goroutines+50 && after.descriptors < before.descriptors+50
	})
}

// TestHugeHeaders has requests with more header than anybody needs refused
// while they are read.
func TestHugeHeaders(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	before := s.use(t, 0)
	for range 20 {
		conn := s.dial(t, "GET /readyz HTTP/1.1\r\nHost: vitrine.example\r\n")
		for n := range 4000 { // of a kB each
			if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", n, strings.Repeat("a", 1000)); err != nil {
				break // it has hung up
			}
		}
		if said := ended(t, conn); said != "" && !strings.Contains(said, "431") {
			t.Errorf("4 MB of headers were answered with %.100q", said)
		}
	}
	if after := s.use(t, 0); after.kB > before.kB+100_000 {
		t.Errorf("refused headers have left %d kB", after.kB-before.kB)
	}
	if status := get(t, s.base+"/readyz").StatusCode; status != http.StatusOK {
		t.Errorf("/readyz answers %d", status)
	}
}

// TestSlowUpload has an upload of which a byte comes now and then cut off, and
// nothing kept of it.
func TestSlowUpload(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	c := newClient(t, s)
	upload, err := c.RequestUpload(t.Context(), client.UploadInput{ContentType: "image/jpeg", Size: 1 << 20, ExternalID: "slow"})
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(upload.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn := s.dial(t, fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n", target.RequestURI(), target.Host, 1<<20))
	go func() {
		for range time.Tick(time.Second) {
			if _, err := io.WriteString(conn, "x"); err != nil {
				return // it has hung up
			}
		}
	}()
	if said := ended(t, conn); !strings.HasPrefix(said, "HTTP/1.1 400 ") {
		t.Errorf("the slow upload was answered with %.200q", said)
	}
	if _, err := c.ConfirmUpload(t.Context(), upload.MediaID); err == nil {
		t.Error("an upload that broke off could be confirmed")
	}
}

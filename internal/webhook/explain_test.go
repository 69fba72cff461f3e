package webhook_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

// within sends to a server that reads the request, answers with these very
// bytes and then says nothing more, all in a bubble in which time passes only
// when everyone waits. It gives the outcome, and how long Send took.
func within(t *testing.T, timeout time.Duration, answer string) (out webhook.Outcome, took time.Duration) {
	t.Helper()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		ours, their := net.Pipe()
		go func() {
			defer func() { _ = their.Close() }()
			r, err := http.ReadRequest(bufio.NewReader(their))
			if err != nil {
				t.Errorf("read the request: %v", err)
				return
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Errorf("read the body: %v", err)
			}
			if _, err := io.WriteString(their, answer); err != nil {
				t.Errorf("answer: %v", err)
			}
			_, _ = io.Copy(io.Discard, their) // until the sender hangs up
		}()
		return ours, nil
	}}
	defer transport.CloseIdleConnections()
	start := time.Now()
	out = mustSend(t, webhook.New(webhook.Config{Transport: transport, Timeout: timeout}), message("http://receiver.example"))
	return out, time.Since(start)
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		timeout time.Duration
		answer  string
		want    webhook.Outcome
		took    time.Duration
	}{
		{"hangs", 3 * time.Second, "", webhook.Outcome{Duration: 3 * time.Second, Detail: "timed out after 3s"}, 3 * time.Second},
		{"hangs, by default", 0, "", webhook.Outcome{Duration: 20 * time.Second, Detail: "timed out after 20s"}, 20 * time.Second},
		{"hangs in the header", 0, "HTTP/1.1 200 OK\r\nConte", webhook.Outcome{Duration: 20 * time.Second, Detail: "timed out after 20s"}, 20 * time.Second},
		{"hangs in the body", 0, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", webhook.Outcome{HTTPStatus: 200, Delivered: true, Detail: "HTTP 200"}, 20 * time.Second},
		{"another protocol", 0, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", webhook.Outcome{HTTPStatus: 101, Detail: "HTTP 101"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				out, took := within(t, row.timeout, row.answer)
				if out != row.want || took != row.took {
					t.Errorf("outcome %+v after %v, want %+v after %v", out, took, row.want, row.took)
				}
			})
		})
	}
}

// A server that hangs, over a real connection.
func TestHangingServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // ends in an error when the time is up before
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	s := webhook.New(webhook.Config{Transport: newTransport(t), Timeout: 250 * time.Millisecond})
	out := mustSend(t, s, message(server.URL))
	if out.Detail != "timed out after 250ms" || out.HTTPStatus != 0 {
		t.Errorf("outcome %+v", out)
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	hangUp := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // unread bytes would make it a reset
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		_ = conn.Close()
	}
	reset := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
	nonsense := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		_, _ = io.WriteString(conn, "SSH-2.0-127.0.0.1-hunter2\r\n\r\n")
		_ = conn.Close()
	}
	for name, row := range map[string]struct {
		handler http.HandlerFunc
		detail  string
	}{
		"closes the connection": {hangUp, "connection closed without an answer"},
		"resets the connection": {reset, "connection reset"},
		"speaks something else": {nonsense, "no valid answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, server := receive(t, row.handler)
			if out := mustSend(t, s, message(server.URL)); out != (webhook.Outcome{Detail: row.detail}) {
				t.Errorf("outcome %+v, want %q", out, row.detail)
			}
		})
	}
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	s := webhook.New(webhook.Config{Transport: newTransport(t), Timeout: time.Minute})
	out := mustSend(t, s, message(fmt.Sprintf("http://127.0.0.1:%d", takenPort(t))))
	if out.Detail != "connection refused" || out.HTTPStatus != 0 || out.Delivered {
		t.Errorf("outcome %+v", out)
	}
}

// takenPort is a port of loopback that nobody listens on, and nobody can: the
// port of a server that was closed might be another test's by now.
func takenPort(t *testing.T) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return name.(*syscall.SockaddrInet4).Port
}

// The guard refuses when it dials, as that of package fetch does.
func TestForbiddenAddress(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	t.Cleanup(server.Close)
	transport := newTransport(t)
	dialer := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		return fmt.Errorf("%w: %s is loopback", vitrine.Failf(vitrine.AddressForbidden, "receiver leads to a private or reserved address"), address)
	}}
	transport.DialContext = dialer.DialContext
	s := webhook.New(webhook.Config{Transport: transport, Timeout: time.Minute})
	out := mustSend(t, s, message(server.URL))
	if out.Detail != "address is not allowed" || out.HTTPStatus != 0 || out.Delivered || calls.Load() != 0 {
		t.Errorf("outcome %+v after %d calls", out, calls.Load())
	}
}

func TestTransportErrors(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		err    error
		detail string
	}{
		"another failure":       {fmt.Errorf("dial: %w", vitrine.Failf(vitrine.Internal, "no more sockets")), "Something went wrong on our side. (no more sockets)"},
		"name does not resolve": {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "hunter2", IsNotFound: true}}, "the name does not resolve"},
		"a limit of its own":    {&net.OpError{Op: "dial", Err: context.DeadlineExceeded}, "timed out"},
		"anything":              {errors.New("127.0.0.1 says hunter2"), "no valid answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := webhook.New(webhook.Config{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, row.err })})
			if out := mustSend(t, s, message("http://receiver.example")); out.Detail != row.detail || out.HTTPStatus != 0 {
				t.Errorf("outcome %+v, want %q", out, row.detail)
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it logs each handshake that is refused
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	early, late := server.Certificate().NotBefore.Add(-time.Hour), server.Certificate().NotAfter.Add(time.Hour)
	for name, row := range map[string]struct {
		config *tls.Config
		detail string
	}{
		"trusted":       {&tls.Config{RootCAs: roots}, "HTTP 200"},
		"unknown":       {&tls.Config{}, "the certificate is signed by an unknown authority"},
		"another name":  {&tls.Config{RootCAs: roots, ServerName: "receiver.test"}, "the certificate is for another name"},
		"expired":       {&tls.Config{RootCAs: roots, Time: func() time.Time { return late }}, "the certificate has expired or is not valid yet"},
		"not yet valid": {&tls.Config{RootCAs: roots, Time: func() time.Time { return early }}, "the certificate has expired or is not valid yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := newTransport(t)
			transport.TLSClientConfig = row.config
			s := webhook.New(webhook.Config{Transport: transport, Timeout: time.Minute})
			if out := mustSend(t, s, message(server.URL)); out.Detail != row.detail {
				t.Errorf("outcome %+v, want %q", out, row.detail)
			}
		})
	}
	t.Run("no TLS", func(t *testing.T) {
		t.Parallel()
		s, plain := receive(t, func(http.ResponseWriter, *http.Request) {})
		out := mustSend(t, s, message(strings.Replace(plain.URL, "http:", "https:", 1)))
		if out != (webhook.Outcome{Detail: "no valid answer"}) {
			t.Errorf("outcome %+v", out)
		}
	})
}

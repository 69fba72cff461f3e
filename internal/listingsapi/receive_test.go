package listingsapi_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// A body that ends before its Content-Length leaves nothing, and a line in the
// log that blames nobody here.
func TestUploadCutOff(t *testing.T) {
	t.Parallel()
	s := newReceiver(t)
	media, signed := s.requestUpload(`{"contentType": "image/png"}`)
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Type: image/png\r\nContent-Length: 100000\r\n\r\n%070000d", u.RequestURI(), u.Host, 0)
	if err != nil || conn.(*net.TCPConn).CloseWrite() != nil {
		t.Fatalf("cut off the upload: %v", err)
	}
	text, err := io.ReadAll(conn)
	if err != nil || conn.Close() != nil {
		t.Fatalf("read the answer: %v", err)
	}
	if !strings.HasPrefix(string(text), "HTTP/1.1 400 ") || !strings.Contains(string(text), `"code":"invalid"`) {
		t.Errorf("answered %s", text)
	}
	s.wantNothing(media)
	if lines := s.log.lines(t, "request failed"); len(lines) != 0 {
		t.Errorf("logged %v", lines)
	}
}

// The deadlines of a server are for JSON: an upload moves them.
func TestUploadOutlivesDeadlines(t *testing.T) {
	t.Parallel()
	s := newReceiver(t)
	hasty := httptest.NewUnstartedServer(s.handler)
	hasty.Config.ReadHeaderTimeout = time.Minute
	hasty.Config.ReadTimeout = time.Nanosecond // over before the body is read
	hasty.Config.WriteTimeout = time.Nanosecond
	hasty.Start()
	t.Cleanup(hasty.Close)

	media, signed := s.requestUpload(`{"contentType": "image/png"}`)
	there := *s
	there.url = hasty.URL
	signed = strings.Replace(signed, s.url, hasty.URL, 1) // the signature is for whatever name the server has
	equal(t, there.upload(signed, "image/png", bytes.NewReader(make([]byte, 1<<20))).status, http.StatusOK)
	s.post("/media/"+media+"/confirm", "", 200)

	_, signed = s.requestUpload(`{"contentType": "image/png"}`)
	signed = strings.Replace(signed, s.url, hasty.URL, 1)
	a := there.upload(signed, "image/jpeg", bytes.NewReader(make([]byte, 1<<20)))
	there.wantError(a, 403, "forbidden", "The upload URL is for Content-Type image/png")
}

// An upload needs no key, is no JSON and is not counted; its errors are those of
// all others.
func TestUploadIsExempt(t *testing.T) {
	t.Parallel()
	s := newReceiver(t, func(l *vitrine.Limits) { l.RatePerMinute, l.MaxBodyBytes = 1, 100 })
	_, signed := s.requestUpload(`{"contentType": "image/png"}`)
	for range 3 {
		equal(t, s.upload(signed, "image/png", bytes.NewReader(make([]byte, 1<<20))).status, http.StatusOK)
	}
	path := strings.TrimPrefix(signed, s.url+listingsapi.Base)
	a := s.sendWith("GET", path, http.Header{}, http.NoBody)
	equal(t, []string{fmt.Sprint(a.status), a.header.Get("Allow")}, []string{"405", "PUT"})
}

package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vitrine-media/vitrine"
)

// photo is what the origins of these tests serve.
var photo = bytes.Repeat([]byte("a photo of a kitchen\n"), 10_000)

// testLimits are the contracts' with times that only a hanging test reaches.
func testLimits() vitrine.Limits {
	limits := vitrine.DefaultLimits()
	limits.ConnectTimeout = 30 * time.Second
	limits.IdleTimeout = 30 * time.Second
	return limits
}

// newFetcher may fetch from loopback, unless change says otherwise.
func newFetcher(t *testing.T, change func(*Config)) *Fetcher {
	t.Helper()
	cfg := Config{
		Allow:  []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Limits: testLimits(),
	}
	if change != nil {
		change(&cfg)
	}
	f := New(cfg)
	t.Cleanup(f.Close)
	return f
}

func newOrigin(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// raw answers with these very bytes, then closes the connection.
func raw(t *testing.T, answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		_, writeErr := io.WriteString(conn, answer)
		if err := errors.Join(writeErr, conn.Close()); err != nil {
			t.Errorf("answer: %v", err)
		}
	}
}

// mustFail fetches and returns what the *Error that has to come of it says.
func mustFail(t *testing.T, f *Fetcher, req Request, want vitrine.FailureCode, temporary bool) Error {
	t.Helper()
	result, err := f.Fetch(t.Context(), req, io.Discard)
	failed, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("Fetch = %+v, %v; want an *Error", result, err)
	}
	failure, ok := errors.AsType[*vitrine.Failure](err)
	if !ok || failure != failed.Failure {
		t.Fatalf("the *vitrine.Failure found in %v is %v", err, failure)
	}
	if failure.Code != want || failed.Temporary != temporary {
		t.Fatalf("Fetch: %v, temporary %v; want %s, temporary %v", err, failed.Temporary, want, temporary)
	}
	return *failed
}

func TestFetch(t *testing.T) {
	t.Parallel()
	var seen atomic.Pointer[http.Request]
	var requests atomic.Int32
	server := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		seen.Store(r)
		w.Header().Set("Content-Type", "image/jpeg; q=1")
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		_, _ = w.Write(photo)
	})
	f := newFetcher(t, nil)
	var got bytes.Buffer
	result, err := f.Fetch(t.Context(), Request{URL: "http://me:secret@" + server.Listener.Addr().String() + "/a%2Fb/my Küche (1).jpg?q=a ü|b&timestamp=1"}, &got)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(photo)
	want := Result{
		Status: 200, Bytes: int64(len(photo)), SHA256: hex.EncodeToString(digest[:]),
		ContentType: "image/jpeg; q=1", ETag: `"v1"`, LastModified: "Mon, 02 Jan 2006 15:04:05 GMT",
	}
	if diff := cmp.Diff(want, result, cmpopts.IgnoreFields(Result{}, "URL", "Header")); diff != "" {
		t.Errorf("result (-want +got)\n%s", diff)
	}
	if !bytes.Equal(got.Bytes(), photo) {
		t.Error("other bytes written than served")
	}

	r := seen.Load()
	if requests.Load() != 1 || r.Method != http.MethodGet {
		t.Errorf("%d requests, last %s; want one GET", requests.Load(), r.Method)
	}
	if want := "/a%2Fb/my%20K%C3%BCche%20(1).jpg?q=a%20%C3%BC|b&timestamp=1"; r.RequestURI != want {
		t.Errorf("asked for %s, want %s", r.RequestURI, want)
	}
	if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" {
		t.Errorf("user info arrived as %q, %q", user, password)
	}
	for name, want := range map[string]string{
		"User-Agent": defaultUserAgent, "Accept": "*/*", "Accept-Encoding": "identity",
		"If-None-Match": "", "If-Modified-Since": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	var seen atomic.Value
	server := newOrigin(t, func(_ http.ResponseWriter, r *http.Request) { seen.Store(r.UserAgent()) })
	f := newFetcher(t, func(cfg *Config) { cfg.UserAgent = "operator/1" })
	for _, row := range []struct{ asked, want string }{{"", "operator/1"}, {"account/2", "account/2"}} {
		if _, err := f.Fetch(t.Context(), Request{URL: server.URL, UserAgent: row.asked}, io.Discard); err != nil {
			t.Fatal(err)
		}
		if got := seen.Load(); got != row.want {
			t.Errorf("user agent %q, want %q", got, row.want)
		}
	}
}

// Length and digest are those of the bytes sent, even where an origin
// compresses unasked.
func TestCompressingOrigin(t *testing.T) {
	t.Parallel()
	server := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/unasked" || strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("\x1f\x8b squeezed"))
			return
		}
		_, _ = w.Write(photo)
	})
	f := newFetcher(t, nil)
	for path, want := range map[string]string{"/": string(photo), "/unasked": "\x1f\x8b squeezed"} {
		var got bytes.Buffer
		result, err := f.Fetch(t.Context(), Request{URL: server.URL + path}, &got)
		if err != nil || got.String() != want || result.Bytes != int64(len(want)) {
			t.Errorf("%s: %+v, %v, want the %d bytes as sent", path, result, err, len(want))
		}
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		status     int
		retryAfter string
		code       vitrine.FailureCode
		temporary  bool
		wait       time.Duration
	}{
		{204, "", vitrine.SourceError, false, 0},
		{206, "", vitrine.SourceError, false, 0},
		{302, "", vitrine.SourceError, false, 0}, // without a Location
		{400, "", vitrine.SourceRefused, false, 0},
		{401, "", vitrine.SourceRefused, false, 0},
		{403, "", vitrine.SourceRefused, false, 0},
		{404, "", vitrine.SourceNotFound, false, 0},
		{408, "", vitrine.SourceTimeout, true, 0},
		{410, "60", vitrine.SourceNotFound, false, 0},
		{418, "", vitrine.SourceRefused, false, 0},
		{425, "", vitrine.SourceRefused, true, 0},
		{429, "", vitrine.SourceRefused, true, 0},
		{429, "90", vitrine.SourceRefused, true, 90 * time.Second},
		{429, "Wed, 01 Jul 2026 12:02:00 GMT", vitrine.SourceRefused, true, 2 * time.Minute},
		{451, "", vitrine.SourceRefused, false, 0},
		{500, "", vitrine.SourceError, true, 0},
		{502, "soon", vitrine.SourceError, true, 0},
		{503, "120", vitrine.SourceError, true, 2 * time.Minute},
		{504, "", vitrine.SourceError, true, 0},
	} {
		t.Run(fmt.Sprintf("%d %s", row.status, row.retryAfter), func(t *testing.T) {
			t.Parallel()
			server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
				if row.retryAfter != "" {
					w.Header().Set("Retry-After", row.retryAfter)
				}
				w.WriteHeader(row.status)
			})
			f := newFetcher(t, func(cfg *Config) { cfg.Now = func() time.Time { return now } })
			failed := mustFail(t, f, Request{URL: server.URL}, row.code, row.temporary)
			if failed.Status != row.status || failed.RetryAfter != row.wait || failed.Paused {
				t.Errorf("%+v; want status %d, retry after %v, not paused", failed, row.status, row.wait)
			}
			if want := fmt.Sprintf("HTTP %d", row.status); failed.Failure.Detail != want {
				t.Errorf("detail %q, want %q", failed.Failure.Detail, want)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		handler http.HandlerFunc
		code    vitrine.FailureCode
		bytes   int64
		detail  string
	}{
		{
			"10 bytes of 20", raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789"),
			vitrine.SourceTruncated, 10, "10 of 20 bytes",
		},
		{
			"chunks cut", raw(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56"),
			vitrine.SourceTruncated, 7, "cut off after 7 bytes",
		},
		{
			"chunk malformed", raw(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nxyz\r\n"),
			vitrine.SourceTruncated, 5, "cut off after 5 bytes",
		},
		{
			"announced too large", raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"),
			vitrine.TooLarge, 0, "1001 bytes, 1000 allowed",
		},
		{
			"endless", func(w http.ResponseWriter, _ *http.Request) {
				for {
					if _, err := w.Write(photo); err != nil {
						return
					}
				}
			},
			vitrine.TooLarge, -1, "more than 1000 bytes",
		},
		{
			"reset", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "20")
				_, _ = w.Write([]byte("0123456789"))
				_ = http.NewResponseController(w).Flush()
				reset(t, w)
			},
			vitrine.SourceTruncated, -1, "",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := newOrigin(t, row.handler)
			temporary := row.code != vitrine.TooLarge
			failed := mustFail(t, newFetcher(t, nil), Request{URL: server.URL, MaxBytes: 1000}, row.code, temporary)
			if row.bytes >= 0 && failed.Bytes != row.bytes {
				t.Errorf("%d bytes received, want %d", failed.Bytes, row.bytes)
			}
			if row.detail != "" && failed.Failure.Detail != row.detail {
				t.Errorf("detail %q, want %q", failed.Failure.Detail, row.detail)
			}
			if failed.Status != 200 {
				t.Errorf("status %d, want 200", failed.Status)
			}
		})
	}
}

// reset ends the connection with a RST.
func reset(t *testing.T, w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Errorf("hijack: %v", err)
		return
	}
	if err := errors.Join(conn.(*net.TCPConn).SetLinger(0), conn.Close()); err != nil {
		t.Errorf("reset: %v", err)
	}
}

func TestExactlyMaxBytes(t *testing.T) {
	t.Parallel()
	server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush() // so that no Content-Length is sent
		_, _ = w.Write(photo)
	})
	result, err := newFetcher(t, nil).Fetch(t.Context(), Request{URL: server.URL, MaxBytes: int64(len(photo))}, io.Discard)
	if err != nil || result.Bytes != int64(len(photo)) {
		t.Errorf("%+v, %v", result, err)
	}
	mustFail(t, newFetcher(t, nil), Request{URL: server.URL, MaxBytes: int64(len(photo)) - 1}, vitrine.TooLarge, false)
}

func TestCallerStops(t *testing.T) {
	t.Parallel()
	stopped := errors.New("the server is going down")
	for _, path := range []string{"/headers", "/body"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan struct{})
			server := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/body" {
					_, _ = w.Write([]byte("0123456789"))
					_ = http.NewResponseController(w).Flush()
				}
				close(arrived)
				<-r.Context().Done()
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			go func() {
				<-arrived
				cancel(stopped)
			}()
			f := newFetcher(t, nil)
			if _, err := f.Fetch(ctx, Request{URL: server.URL + path}, io.Discard); err != stopped { //nolint:errorlint // as it is, not wrapped
				t.Errorf("Fetch: %v, want the cause itself", err)
			}
			if n := len(f.origins.known); n != 0 {
				t.Errorf("%d origins remembered, want none", n)
			}
		})
	}
}

// A full disk is our own trouble, not the origin's.
func TestWriterFails(t *testing.T) {
	t.Parallel()
	server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(photo) })
	full := errors.New("no space left")
	_, err := newFetcher(t, nil).Fetch(t.Context(), Request{URL: server.URL}, writerFunc(func([]byte) (int, error) { return 0, full }))
	if !errors.Is(err, full) {
		t.Errorf("Fetch: %v, want %v in it", err, full)
	}
	if _, ok := errors.AsType[*vitrine.Failure](err); ok {
		t.Errorf("Fetch: %v is a Failure", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

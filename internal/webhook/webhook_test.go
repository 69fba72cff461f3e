package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/webhook"
)

// message has a URL with secrets, none of which may show in a Detail.
func message(server string) webhook.Message {
	scheme, host, _ := strings.Cut(server, "://")
	return webhook.Message{
		ID:      knownID,
		URL:     scheme + "://user:hunter2@" + host + "/hooks?token=hunter2",
		Secrets: []string{knownSecret},
		Body:    []byte(knownBody),
	}
}

// receive starts a server, and gives a sender with connections of its own.
// The clock stands still at knownTimestamp.
func receive(t *testing.T, handler http.HandlerFunc) (*webhook.Sender, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return webhook.New(webhook.Config{
		Transport: newTransport(t),
		Timeout:   time.Minute,
		Now:       func() time.Time { return time.Unix(knownTimestamp, 0) },
	}), server
}

func newTransport(t *testing.T) *http.Transport {
	t.Helper()
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func mustSend(t *testing.T, s *webhook.Sender, m webhook.Message) webhook.Outcome {
	t.Helper()
	out, err := s.Send(t.Context(), m)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	if strings.Contains(out.Detail, "hunter2") || strings.Contains(out.Detail, "127.0.0.1") {
		t.Errorf("the detail %q says too much", out.Detail)
	}
	return out
}

// roundTripper is a transport with something round it.
type roundTripper func(*http.Request) (*http.Response, error)

func (rt roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return rt(r) }

func TestSend(t *testing.T) {
	t.Parallel()
	older, newer := webhook.NewSecret(), webhook.NewSecret()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != knownBody {
			t.Errorf("body %q, %v", body, err)
		}
		if r.Method != http.MethodPost || r.RequestURI != "/hooks?token=hunter2" {
			t.Errorf("%s %s", r.Method, r.RequestURI)
		}
		if user, password, ok := r.BasicAuth(); !ok || user != "user" || password != "hunter2" {
			t.Errorf("user info %q %q %v", user, password, ok)
		}
		if agent := r.UserAgent(); !strings.HasPrefix(agent, "vitrine (+https://") {
			t.Errorf("User-Agent %q", agent)
		}
		if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("webhook-id") != knownID {
			t.Errorf("headers %v", r.Header)
		}
		for name, secret := range map[string]string{"new": newer, "old": older} {
			if err := theirs(t, secret).Verify(body, r.Header); err != nil {
				t.Errorf("they refuse it with the %s secret: %v", name, err)
			}
			if err := webhook.Verify([]string{secret}, r.Header, body, time.Now()); err != nil {
				t.Errorf("we refuse it with the %s secret: %v", name, err)
			}
		}
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(server.Close)
	s := webhook.New(webhook.Config{Transport: newTransport(t)})
	m := message(server.URL)
	m.Secrets = []string{newer, older}
	out := mustSend(t, s, m)
	out.Duration = 0 // see TestDuration
	if want := (webhook.Outcome{HTTPStatus: 201, Delivered: true, Detail: "HTTP 201"}); out != want {
		t.Errorf("outcome %+v, want %+v", out, want)
	}
	if calls.Load() != 1 {
		t.Errorf("%d calls, want 1", calls.Load())
	}
}

// The callback of the Classifieds API has no signature.
func TestSendUnsigned(t *testing.T) {
	t.Parallel()
	got := make(chan http.Header, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header }))
	t.Cleanup(server.Close)
	s := webhook.New(webhook.Config{
		Transport: newTransport(t),
		UserAgent: "portal/1",
		Now:       func() time.Time { return time.Unix(knownTimestamp, 0) },
	})
	out := mustSend(t, s, webhook.Message{ID: knownID, URL: server.URL, ContentType: "text/plain", Body: []byte("x")})
	if !out.Delivered {
		t.Fatalf("outcome %+v", out)
	}
	want := http.Header{
		"User-Agent":        {"portal/1"},
		"Content-Type":      {"text/plain"},
		"Content-Length":    {"1"},
		"Accept-Encoding":   {"identity"},
		"Webhook-Id":        {knownID},
		"Webhook-Timestamp": {"1614265330"},
	}
	if diff := cmp.Diff(want, <-got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	var seconds atomic.Int64 // the clock goes on by one with each answer
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seconds.Add(1) }))
	t.Cleanup(server.Close)
	s := webhook.New(webhook.Config{
		Transport: newTransport(t),
		Now:       func() time.Time { return time.Unix(knownTimestamp+seconds.Load(), 0) },
	})
	if out := mustSend(t, s, message(server.URL)); out.Duration != time.Second {
		t.Errorf("outcome %+v, want a duration of 1 s", out)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	now := time.Unix(knownTimestamp, 0)
	for _, row := range []struct {
		status     int
		retryAfter string
		want       webhook.Outcome
	}{
		{200, "", webhook.Outcome{Delivered: true, Detail: "HTTP 200"}},
		{201, "", webhook.Outcome{Delivered: true, Detail: "HTTP 201"}},
		{204, "", webhook.Outcome{Delivered: true, Detail: "HTTP 204"}},
		{299, "", webhook.Outcome{Delivered: true, Detail: "HTTP 299"}},
		{300, "", webhook.Outcome{Detail: "HTTP 300, redirects are not followed"}},
		{400, "", webhook.Outcome{Detail: "HTTP 400"}},
		{404, "", webhook.Outcome{Detail: "HTTP 404"}},
		{410, "", webhook.Outcome{Gone: true, Detail: "HTTP 410"}},
		{429, "120", webhook.Outcome{RetryAfter: 2 * time.Minute, Detail: "HTTP 429"}},
		{429, now.Add(time.Hour).UTC().Format(http.TimeFormat), webhook.Outcome{RetryAfter: time.Hour, Detail: "HTTP 429"}},
		{429, now.Add(-time.Hour).UTC().Format(http.TimeFormat), webhook.Outcome{Detail: "HTTP 429"}},
		{429, now.Add(2 * day).UTC().Format(http.TimeFormat), webhook.Outcome{RetryAfter: day, Detail: "HTTP 429"}},
		{503, "86401", webhook.Outcome{RetryAfter: day, Detail: "HTTP 503"}},
		{503, "99999999999999999999", webhook.Outcome{RetryAfter: day, Detail: "HTTP 503"}},
		{503, "-1", webhook.Outcome{Detail: "HTTP 503"}},
		{503, "soon", webhook.Outcome{Detail: "HTTP 503"}},
		{500, "", webhook.Outcome{Detail: "HTTP 500"}},
	} {
		t.Run(row.want.Detail+" "+row.retryAfter, func(t *testing.T) {
			t.Parallel()
			s, server := receive(t, func(w http.ResponseWriter, _ *http.Request) {
				if row.retryAfter != "" {
					w.Header().Set("Retry-After", row.retryAfter)
				}
				w.WriteHeader(row.status)
			})
			row.want.HTTPStatus = row.status
			if out := mustSend(t, s, message(server.URL)); out != row.want {
				t.Errorf("outcome %+v, want %+v", out, row.want)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	t.Cleanup(target.Close)
	for _, location := range []string{target.URL, "/elsewhere", "http://[nonsense", ""} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			var calls atomic.Int32
			s, server := receive(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header().Set("Location", location)
				w.WriteHeader(status)
			})
			out := mustSend(t, s, message(server.URL))
			if out.HTTPStatus != status || out.Delivered || calls.Load() != 1 {
				t.Errorf("HTTP %d to %q: outcome %+v after %d calls", status, location, out, calls.Load())
			}
		}
	}
	if followed.Load() != 0 {
		t.Errorf("%d redirects were followed", followed.Load())
	}
}

// countedBody counts what is read of an answer.
type countedBody struct {
	io.ReadCloser
	read   int
	closed bool
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += n
	return n, err
}

func (b *countedBody) Close() error {
	b.closed = true
	return b.ReadCloser.Close()
}

func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for chunk := bytes.Repeat([]byte("."), 32<<10); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	transport, body := newTransport(t), new(countedBody)
	s := webhook.New(webhook.Config{Timeout: time.Minute, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := transport.RoundTrip(r)
		if err == nil {
			body.ReadCloser = resp.Body
			resp.Body = body
		}
		return resp, err
	})})
	if out := mustSend(t, s, message(server.URL)); !out.Delivered {
		t.Errorf("outcome %+v", out)
	}
	if body.read != 64<<10 || !body.closed {
		t.Errorf("%d bytes read, closed %v; want 65536 and closed", body.read, body.closed)
	}
}

func TestCallerStops(t *testing.T) {
	t.Parallel()
	errStop := errors.New("shutting down")

	t.Run("before the answer", func(t *testing.T) {
		t.Parallel()
		ctx, stop := context.WithCancelCause(t.Context())
		defer stop(nil)
		s, server := receive(t, func(_ http.ResponseWriter, r *http.Request) {
			// Only a server that has read the body sees that the caller is gone.
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Errorf("body: %v", err)
			}
			stop(errStop)
			<-r.Context().Done()
		})
		out, err := s.Send(ctx, message(server.URL))
		if err != errStop || out != (webhook.Outcome{}) { //nolint:errorlint // must come back as it is
			t.Errorf("Send = %+v, %v; want the cause as it is", out, err)
		}
	})

	// An answer that is there must not be lost: the message would be sent again.
	t.Run("within the answer", func(t *testing.T) {
		t.Parallel()
		ctx, stop := context.WithCancelCause(t.Context())
		defer stop(nil)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Errorf("body: %v", err)
			}
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}))
		t.Cleanup(server.Close)
		transport := newTransport(t)
		s := webhook.New(webhook.Config{Timeout: time.Minute, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := transport.RoundTrip(r)
			stop(errStop)
			return resp, err
		})})
		out, err := s.Send(ctx, message(server.URL))
		if err != nil || !out.Delivered {
			t.Errorf("Send = %+v, %v; want it delivered", out, err)
		}
	})
}

func TestWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	s := webhook.New(webhook.Config{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s was called", r.URL)
		return nil, errors.New("called")
	})})
	for _, row := range []struct {
		name   string
		change func(*webhook.Message)
		detail string
	}{
		{"another scheme", func(m *webhook.Message) { m.URL = "ftp://example.com/?hunter2" }, "not an http or https address"},
		{"no host", func(m *webhook.Message) { m.URL = "http:///hunter2" }, "not an http or https address"},
		{"port alone", func(m *webhook.Message) { m.URL = "http://:80/hunter2" }, "not an http or https address"},
		{"no URL at all", func(m *webhook.Message) { m.URL = "http://hunter2%zz\n" }, "not an http or https address"},
		{"line break in the id", func(m *webhook.Message) { m.ID = "a\r\nHost: b"; m.Secrets = nil }, "message id"},
		{"bad secret", func(m *webhook.Message) { m.Secrets = []string{"hunter2"} }, "sign: secret 1: the secret does not begin with whsec_"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := message("http://example.com")
			row.change(&m)
			out := mustSend(t, s, m)
			if !strings.Contains(out.Detail, row.detail) || out != (webhook.Outcome{Detail: out.Detail}) {
				t.Errorf("outcome %+v, want only the detail %q", out, row.detail)
			}
		})
	}
}

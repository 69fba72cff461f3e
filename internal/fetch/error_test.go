package fetch

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

func TestTimeouts(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	stall := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("0123456789"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	trickle := func(w http.ResponseWriter, r *http.Request) {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
				_, _ = w.Write([]byte("."))
				_ = http.NewResponseController(w).Flush()
			}
		}
	}
	const short, long = time.Second, 30 * time.Second
	for _, row := range []struct {
		name        string
		handler     http.HandlerFunc
		idle, whole time.Duration
		status      int
		detail      string
	}{
		{"hangs, idle", hang, short, long, 0, "no answer"},
		{"hangs, whole", hang, long, short, 0, "not complete after 1s"},
		{"stalls, idle", stall, short, long, 200, "nothing received for 1s, 10 bytes received"},
		{"stalls, whole", stall, long, short, 200, "not complete after 1s, 10 bytes received"},
		{"trickles", trickle, long, short, 200, "not complete after 1s"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := newOrigin(t, row.handler)
			f := newFetcher(t, func(cfg *Config) { cfg.Limits.IdleTimeout = row.idle })
			failed := mustFail(t, f, Request{URL: server.URL, Timeout: row.whole}, vitrine.SourceTimeout, true)
			if failed.Status != row.status || !strings.Contains(failed.Failure.Detail, row.detail) {
				t.Errorf("%+v, detail %q; want status %d, %q", failed, failed.Failure.Detail, row.status, row.detail)
			}
		})
	}
}

// A server that takes the connection and says nothing is a timeout of connecting.
func TestSilentHandshake(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	f := newFetcher(t, func(cfg *Config) { cfg.Limits.ConnectTimeout = 150 * time.Millisecond })
	mustFail(t, f, Request{URL: "https://" + listener.Addr().String()}, vitrine.SourceTimeout, true)
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	refusing := newOrigin(t, nil)
	refusing.Close()
	resetting := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) { reset(t, w) })
	closing := newOrigin(t, raw(t, ""))
	babbling := newOrigin(t, raw(t, "SSH-2.0-OpenSSH\r\n\r\n"))
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = discardLog()
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for name, row := range map[string]struct{ url, detail string }{
		"refused":      {refusing.URL, "connection refused"},
		"reset":        {resetting.URL, "connection"},
		"closed":       {closing.URL, "connection closed without an answer"},
		"not HTTP":     {babbling.URL, "no valid answer"},
		"untrusted":    {secure.URL, "its certificate is signed by an unknown authority"},
		"not TLS":      {"https" + strings.TrimPrefix(closing.URL, "http"), "no valid answer"},
		"no such name": {"http://nowhere.example/a.jpg?secret", "nowhere.example: the name does not resolve"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFetcher(t, nil)
			f.guard.resolver = nameServer(t, nil)
			failed := mustFail(t, f, Request{URL: row.url}, vitrine.SourceUnreachable, true)
			if !strings.Contains(failed.Failure.Detail, row.detail) || failed.Status != 0 {
				t.Errorf("detail %q, status %d; want %q, 0", failed.Failure.Detail, failed.Status, row.detail)
			}
		})
	}
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(photo) }))
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	t.Cleanup(server.Close)
	f := newFetcher(t, nil)
	f.transport.TLSClientConfig = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	if _, err := f.Fetch(t.Context(), Request{URL: server.URL}, io.Discard); err != nil {
		t.Error(err)
	}
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	f.guard.resolver = nameServer(t, map[string][]string{"other.test": {"127.0.0.1"}})
	failed := mustFail(t, f, Request{URL: "https://other.test:" + port}, vitrine.SourceUnreachable, true)
	if !strings.HasSuffix(failed.Failure.Detail, "its certificate is for another name") {
		t.Errorf("detail %q", failed.Failure.Detail)
	}
}

// What a sender is shown names no secret of the URL, whatever went wrong.
func TestDetailsKeepSecrets(t *testing.T) {
	t.Parallel()
	server := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-r.Context().Done()
		case "/far":
			http.Redirect(w, r, "http://10.1.2.3/hidden?s3cret", http.StatusFound)
		case "/nowhere":
			http.Redirect(w, r, "file:///etc/hidden?s3cret", http.StatusFound)
		case "/broken":
			w.Header().Set("Location", "http://[hidden?s3cret")
			w.WriteHeader(http.StatusFound)
		case "/loop":
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	})
	f := newFetcher(t, func(cfg *Config) { cfg.Limits.IdleTimeout = 100 * time.Millisecond })
	for _, path := range []string{"/hang", "/far", "/nowhere", "/broken", "/loop", "/gone", "/%zz"} {
		raw := "http://joe:s3cret@" + server.Listener.Addr().String() + path + "?sig=s3cret"
		_, err := f.Fetch(t.Context(), Request{URL: raw}, io.Discard)
		failed, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("%s: %v, want an *Error", path, err)
		}
		for _, secret := range []string{"s3cret", "joe", "10.1.2.3", "hidden"} {
			if strings.Contains(failed.Failure.Message(), secret) {
				t.Errorf("%s: %q names %s", path, failed.Failure.Message(), secret)
			}
		}
	}
}

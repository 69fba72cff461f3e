package fetch

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vitrine-media/vitrine"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func TestForbiddenURLs(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "photo.jpg", "//127.0.0.1/a.jpg", "http:///a.jpg", "http:a.jpg", "http://:80/", "http://[::1/", "http://%31%32%37.0.0.1/",
		"ftp://127.0.0.1/a.jpg", "file:///etc/passwd", "gopher://127.0.0.1/", "data:image/png;base64,AAAA", "javascript:1", "unix:///run/x.sock",
		"http://127.0.0.1:x/", "http://a b.test/", "http://x\n.test/",
	} {
		// Loopback is allowed: it's the URL that isn't.
		mustFail(t, newFetcher(t, nil), Request{URL: raw}, vitrine.AddressForbidden, false)
	}
}

// Whatever is accepted makes one well-formed request line.
func FuzzParseURL(f *testing.F) {
	for _, raw := range []string{"http://a.test/a%2Fb/ü ?q=a b|c", "https://me:pw@a.test:8443/#x", "http://[fe80::1%25lo]/", "http:a", "http://127.1/"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := parseURL(raw)
		if err != nil {
			return
		}
		line := u.RequestURI()
		if u.Hostname() == "" || !strings.HasPrefix(line, "/") && !strings.HasPrefix(line, "?") {
			t.Errorf("%q gives host %q, %q", raw, u.Host, line)
		}
		if escape(line, "") != line {
			t.Errorf("%q gives the request line %q", raw, line)
		}
		if again, err := parseURL(u.String()); err != nil || again.RequestURI() != line {
			t.Errorf("%q gives %q, which read again is %v, %v", raw, line, again, err)
		}
	})
}

// Names count by what they resolve to, at the moment they are dialled.
func TestNames(t *testing.T) {
	t.Parallel()
	server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(photo) })
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	closed := newOrigin(t, nil)
	closed.Close()
	_, closedPort, err := net.SplitHostPort(closed.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string][]string{
		"outside.test":  {"127.0.0.1"},
		"inside.test":   {"10.0.0.1"},
		"metadata.test": {"169.254.169.254", "fd00:ec2::254"},
		"mixed.test":    {"127.0.0.2", "127.0.0.1", "192.168.0.1"},
		"mapped.test":   {"::ffff:10.0.0.1"},
	}
	const ok, forbidden, unreachable = "", vitrine.AddressForbidden, vitrine.SourceUnreachable
	only := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} // stands for the public internet here
	for _, row := range []struct {
		host, port string
		allow      []netip.Prefix
		allowHosts []string
		want       vitrine.FailureCode
	}{
		{"outside.test", port, only, nil, ok},
		{"outside.test", port, nil, nil, forbidden},
		{"inside.test", port, only, nil, forbidden},
		{"metadata.test", port, only, nil, forbidden},
		{"mapped.test", port, only, nil, forbidden},
		{"mixed.test", port, only, nil, ok},
		{"mixed.test", port, nil, nil, forbidden},
		{"mixed.test", closedPort, only, nil, unreachable},
		{"nowhere.test", port, only, nil, unreachable},
		{"localhost", port, nil, nil, forbidden},
		{"localhost", port, only, nil, ok},
		{"outside.test", port, nil, []string{"outside.test"}, ok},
		{"OUTSIDE.test", port, nil, []string{"Outside.Test"}, ok},
		{"outside.test", port, nil, []string{"test", "side.test", "inside.test", "127.0.0.1"}, forbidden},
		{"127.0.0.1", port, nil, []string{"127.0.0.1"}, ok},
		{"127.0.0.1", port, []netip.Prefix{netip.MustParsePrefix("127.0.0.2/31")}, nil, forbidden},
		{"[::ffff:127.0.0.1]", port, only, nil, ok}, // dialled as IPv4
		{"127.1", port, only, nil, forbidden},
	} {
		t.Run(fmt.Sprintf("%s %v %v", row.host, row.allow, row.allowHosts), func(t *testing.T) {
			t.Parallel()
			f := newFetcher(t, func(cfg *Config) { cfg.Allow, cfg.AllowHosts = row.allow, row.allowHosts })
			f.guard.resolver = nameServer(t, names)
			req := Request{URL: "http://" + row.host + ":" + row.port + "/"}
			if row.want != ok {
				mustFail(t, f, req, row.want, row.want == unreachable)
				return
			}
			if _, err := f.Fetch(t.Context(), req, io.Discard); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var secret atomic.Int32
	inside := newOrigin(t, func(http.ResponseWriter, *http.Request) { secret.Add(1) })
	var referer atomic.Value
	outside := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		hops := 0
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &hops); err == nil && hops > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d?sig=secret", hops-1), http.StatusMovedPermanently)
			return
		}
		switch r.URL.Path {
		case "/0":
			referer.Store(r.Referer())
			_, _ = w.Write(photo)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusTemporaryRedirect)
		default:
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
		}
	})
	_, port, err := net.SplitHostPort(outside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	const ok vitrine.FailureCode = ""
	for _, row := range []struct {
		path string
		want vitrine.FailureCode
	}{
		{"/1", ok},
		{"/5", ok},
		{"/6", vitrine.SourceRefused},
		{"/loop", vitrine.SourceRefused},
		{"/?to=" + url.QueryEscape(inside.URL), vitrine.AddressForbidden},
		{"/?to=http://169.254.169.254/latest/meta-data/", vitrine.AddressForbidden},
		{"/?to=http://localhost:" + port, vitrine.AddressForbidden},
		{"/?to=http://2130706433/", vitrine.AddressForbidden},
		{"/?to=file:///etc/passwd", vitrine.AddressForbidden},
		{"/?to=ftp://127.0.0.1/", vitrine.AddressForbidden},
		{"/?to=http://outside.test:" + port + "/0", ok},
	} {
		t.Run(row.path, func(t *testing.T) {
			t.Parallel()
			// The first host is reachable by its name only, so every hop to
			// another spelling of loopback has to be refused.
			f := newFetcher(t, func(cfg *Config) { cfg.Allow, cfg.AllowHosts = nil, []string{"outside.test"} })
			f.guard.resolver = nameServer(t, map[string][]string{"outside.test": {"127.0.0.1"}, "localhost": {"127.0.0.1"}})
			req := Request{URL: "http://outside.test:" + port + row.path}
			if row.want != ok {
				mustFail(t, f, req, row.want, false)
				return
			}
			result, err := f.Fetch(t.Context(), req, io.Discard)
			if err != nil || result.Bytes != int64(len(photo)) {
				t.Errorf("%+v, %v", result, err)
			}
			if got := referer.Load(); got != "" {
				t.Errorf("the last hop was told to come from %q", got)
			}
		})
	}
	t.Cleanup(func() {
		if n := secret.Load(); n != 0 {
			t.Errorf("the inner server was reached %d times", n)
		}
	})
}

func TestOriginOf(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"http://Photos.Example/a.jpg":         "photos.example:80",
		"https://me:secret@photos.example/":   "photos.example:443",
		"https://photos.example:8443/?q":      "photos.example:8443",
		"http://[2001:db8::1]/":               "[2001:db8::1]:80",
		"http://photos.example:80/other/path": "photos.example:80",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := originOf(u); got != want {
			t.Errorf("originOf(%s) = %s, want %s", raw, got, want)
		}
	}
}

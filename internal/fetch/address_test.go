package fetch

import (
	"context"
	"encoding/binary"
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

// forbidden are ways to name what must not be reached.
var forbidden = []string{
	// Loopback, plainly and in disguise.
	"127.0.0.1", "127.1.2.3", "127.255.255.255", "[::1]", "[0:0:0:0:0:0:0:1]",
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]",
	"2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.1.",
	"127.0.0.01", "0x7f.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "١٢٧.0.0.1",
	// This network, private, shared, link-local.
	"0", "0.0.0.0", "0.1.2.3", "[::]", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1",
	"100.64.0.1", "100.127.255.255", "169.254.169.254", "[::ffff:169.254.169.254]", "[::ffff:10.0.0.1]",
	"2852039166", "0xa9fea9fe", "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]",
	// Reserved, documentation, benchmarks, multicast, broadcast.
	"192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
	"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "[ff02::1]", "[2001:db8::1]", "[100::1]",
	// IPv4 within IPv6: NAT64, 6to4, Teredo.
	"[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::1]", "[2001:0:7f00:1::]",
}

func TestForbiddenAddresses(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	server := newOrigin(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	redirecting := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://"+r.URL.Query().Get("to")+"/hop")
		w.WriteHeader(http.StatusFound)
	})
	_, redirectingPort, err := net.SplitHostPort(redirecting.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range forbidden {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			f := newFetcher(t, func(cfg *Config) { cfg.Allow, cfg.AllowHosts = nil, []string{"good.test"} })
			f.guard.resolver = nameServer(t, map[string][]string{"good.test": {"127.0.0.1"}})
			failed := mustFail(t, f, Request{URL: "http://" + host + ":" + port + "/"}, vitrine.AddressForbidden, false)
			if failed.Status != 0 {
				t.Errorf("status %d", failed.Status)
			}
			hop := "http://good.test:" + redirectingPort + "/?to=" + url.QueryEscape(host+":"+port)
			mustFail(t, f, Request{URL: hop}, vitrine.AddressForbidden, false)
		})
	}
	t.Cleanup(func() {
		if n := reached.Load(); n != 0 {
			t.Errorf("the server was reached %d times", n)
		}
	})
}

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

// A name that led outside yesterday may lead inside today.
func TestRebinding(t *testing.T) {
	t.Parallel()
	server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(photo) })
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	f := newFetcher(t, nil)
	f.guard.resolver = nameServer(t, map[string][]string{"turncoat.test": {"127.0.0.1"}})
	req := Request{URL: "http://turncoat.test:" + port}
	if _, err := f.Fetch(t.Context(), req, io.Discard); err != nil {
		t.Fatal(err)
	}
	f.Close() // so that the connection isn't used again
	f.guard.resolver = nameServer(t, map[string][]string{"turncoat.test": {"10.0.0.1"}})
	mustFail(t, f, req, vitrine.AddressForbidden, false)
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

// nameServer is a resolver that asks a DNS server of this test, which knows
// these names and no others.
func nameServer(t *testing.T, names map[string][]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		query := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(query)
			if err != nil {
				return // closed
			}
			if _, err := conn.WriteTo(dnsAnswer(query[:n], names), from); err != nil {
				t.Errorf("answer a DNS query: %v", err)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// dnsAnswer answers one query for A or AAAA records (RFC 1035, section 4).
func dnsAnswer(query []byte, names map[string][]string) []byte {
	const header = 12
	var labels []string
	at := header
	for query[at] != 0 {
		length := int(query[at])
		labels = append(labels, string(query[at+1:at+1+length]))
		at += 1 + length
	}
	asked := binary.BigEndian.Uint16(query[at+1:])
	question := query[header : at+5]

	addresses, known := names[strings.ToLower(strings.Join(labels, "."))]
	var records []byte
	count := 0
	for _, address := range addresses {
		ip := netip.MustParseAddr(address)
		if kind := map[bool]uint16{true: 1, false: 28}[ip.Is4()]; kind == asked {
			count++
			records = append(records, 0xc0, header) // the name of the question
			records = binary.BigEndian.AppendUint16(records, kind)
			records = append(records, 0, 1, 0, 0, 0, 0) // class IN, TTL 0
			records = binary.BigEndian.AppendUint16(records, uint16(ip.BitLen()/8))
			records = append(records, ip.AsSlice()...)
		}
	}
	answer := append([]byte{}, query[:2]...)
	answer = append(answer, 0x85, 0x80) // response, authoritative, recursion done
	if !known {
		answer[3] |= 3 // NXDOMAIN
	}
	answer = append(answer, 0, 1, 0, byte(count), 0, 0, 0, 0)
	answer = append(answer, question...)
	return append(answer, records...)
}

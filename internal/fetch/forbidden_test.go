package fetch

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/vitrine-media/vitrine"
)

// forbidden are ways to name what must not be reached.
var forbidden = []string{
	// Loopback, plainly and in disguise.
	"127.0.0.1", "127.1.2.3", "127.255.255.255", "[::1]", "[0:0:0:0:0:0:0:1]",
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::7f00:1]",
	"2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.1.",
	"127.0.0.01", "0x7f.1", "0X7F.0x0.0.1", "00000177.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "١٢٧.0.0.1", "１２７.0.0.1",
	"localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "127.0.0.1.nip.test",
	// This network, private, shared, link-local.
	"0", "0.0.0.0", "0.1.2.3", "[::]", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1",
	"100.64.0.1", "100.127.255.255", "169.254.0.1", "[::ffff:10.0.0.1]", "0x0a000001", "012.0.0.1", "192.168.257", "3232235777",
	"[fe80::1]", "[fe80::1%25lo]", "[fe80::1%25eth0]", "[fe80::7f00:1%251]", "[febf::1]", "[fec0::1]", "[fc00::1]", "[fdff::1]",
	// Where clouds tell a machine its secrets.
	"169.254.169.254", "169.254.170.2", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "2852039166", "0xa9fea9fe",
	"0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518", "[fd00:ec2::254]", "[fd20:ce::254]",
	"100.100.100.200", "192.0.0.192", "168.63.129.16", "[::ffff:168.63.129.16]",
	"metadata.google.internal", "metadata", "instance-data",
	// Reserved, documentation, benchmarks, relays, multicast, broadcast.
	"192.0.0.1", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
	"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "[ff02::1]", "[ff02::1%25lo]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]", "[2001:2::1]",
	// IPv4 within IPv6: NAT64, translated, 6to4, Teredo, ISATAP.
	"[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::7f00:1]", "[::ffff:0:7f00:1]", "[2002:7f00:1::1]", "[2002:a9fe:a9fe::1]",
	"[2001:0:7f00:1::]", "[fe80::5efe:127.0.0.1]",
}

// ways are all ways to ask for something, and what they say of a refusal.
var ways = map[string]func(t *testing.T, d door, url string) error{
	"fetch":   func(t *testing.T, d door, url string) error { return d.fetch(t, Request{URL: url}) },
	"page":    func(t *testing.T, d door, url string) error { return d.fetch(t, Request{URL: url, Page: true}) },
	"foreign": func(t *testing.T, d door, url string) error { return d.fetch(t, Request{URL: url, Foreign: true}) },
	"foreign page": func(t *testing.T, d door, url string) error {
		return d.fetch(t, Request{URL: url, Page: true, Foreign: true})
	},
	"transport":       func(t *testing.T, d door, url string) error { _, err := post(t, d.transport, url); return err },
	"transport alone": func(t *testing.T, d door, url string) error { return roundTrip(t, d.transport, url) },
}

// door is a fetcher and a transport as for webhooks, with the same guards.
type door struct {
	*Fetcher
	transport *http.Transport
}

// newDoor has names resolved by a name server of the test. The host good.test is
// let through, so that something can redirect.
func newDoor(t *testing.T, resolver *net.Resolver, change func(*Config)) door {
	t.Helper()
	d := door{Fetcher: newFetcher(t, change)}
	for _, g := range []*guard{d.guard, d.strictly} {
		g.resolver = resolver
		g.hosts["good.test"] = true
	}
	d.transport = newTransport(d.guard, d.limits)
	t.Cleanup(d.transport.CloseIdleConnections)
	return d
}

func (d door) fetch(t *testing.T, req Request) error {
	t.Helper()
	_, err := d.Fetch(t.Context(), req, io.Discard)
	return err
}

// roundTrip asks as package webhook does, which follows no redirect.
func roundTrip(t *testing.T, transport *http.Transport, url string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody)
	if err != nil {
		return nil //nolint:nilerr // what is no URL is dialled by nobody
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return err
	}
	return errors.Join(resp.Body.Close(), fmt.Errorf("HTTP %d", resp.StatusCode))
}

// everywhere is a server on every address of this machine, which nobody is to
// reach.
func everywhere(t *testing.T) (port string) {
	t.Helper()
	var reached atomic.Int32
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{
		Handler:   http.NotFoundHandler(),
		ConnState: func(net.Conn, http.ConnState) { reached.Add(1) },
	}}
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if n := reached.Load(); n != 0 {
			t.Errorf("the server was connected to: %d changes of a connection", n)
		}
	})
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// redirector goes through /n/…, n-1 times to itself and then to the URL in the
// query.
func redirector(t *testing.T) (base string) {
	t.Helper()
	server := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		hops := 0
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &hops); err != nil {
			t.Errorf("asked for %s", r.URL.Path)
		}
		to := r.URL.Query().Get("to")
		if hops > 1 {
			to = fmt.Sprintf("/%d?%s", hops-1, r.URL.RawQuery)
		}
		w.Header()["Location"] = []string{to} // as it is spelled
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "http://good.test:" + port
}

// loopbackForAll knows every name, also those that are odd spellings.
func loopbackForAll(name string, _ dnsmessage.Type) ([]string, bool) {
	if strings.HasPrefix(name, "metadata") || name == "instance-data" {
		return []string{"169.254.169.254", "fd00:ec2::254"}, true
	}
	return []string{"127.0.0.1", "::1"}, true
}

// TestForbiddenAddresses asks for each spelling in each way, at once and behind
// each number of redirects that is followed.
func TestForbiddenAddresses(t *testing.T) {
	t.Parallel()
	port, redirects := everywhere(t), redirector(t)
	for _, host := range forbidden {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t, nameServerOf(t, loopbackForAll), func(cfg *Config) { cfg.Allow = nil })
			target := "http://" + host + ":" + port + "/"
			for way, ask := range ways {
				for hops := range d.limits.MaxRedirects + 1 {
					address := target
					if hops > 0 {
						address = fmt.Sprintf("%s/%d?to=%s", redirects, hops, url.QueryEscape(target))
					}
					err := ask(t, d, address)
					switch {
					case way == "transport alone" && hops > 0:
						if err == nil || err.Error() != "HTTP 307" {
							t.Errorf("%s after %d redirects: %v, want the redirect itself", way, hops, err)
						}
					case strings.HasPrefix(way, "transport"):
						if !errors.Is(err, ErrForbidden) && !isNowhere(host, err) {
							t.Errorf("%s after %d redirects: %v, want %v", way, hops, err, ErrForbidden)
						}
					default:
						wantForbidden(t, fmt.Sprintf("%s after %d redirects", way, hops), err)
					}
				}
			}
		})
	}
}

// isNowhere reports whether an odd spelling was taken for nothing that could be
// dialled: no URL, or a name that isn't there.
func isNowhere(host string, err error) bool {
	if _, ok := errors.AsType[url.InvalidHostError](err); ok {
		return true
	}
	unknown, ok := errors.AsType[*net.DNSError](err)
	return ok && unknown.IsNotFound && endsInNumber(host)
}

func wantForbidden(t *testing.T, what string, err error) {
	t.Helper()
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.Failure.Code != vitrine.AddressForbidden || failed.Temporary || failed.Status != 0 {
		t.Errorf("%s: %v, want %s for good, without an answer", what, err, vitrine.AddressForbidden)
	}
}

package fetch

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// outside is the one address that stands for the public internet here.
var outside = netip.MustParsePrefix("127.0.0.1/32")

// neighbours are a server on 127.0.0.1, which is outside, and on the same port
// one on 127.0.0.2, which is not and must not be connected to.
func neighbours(t *testing.T, handler http.HandlerFunc) (port string) {
	t.Helper()
	public := newOrigin(t, handler)
	_, port, err := net.SplitHostPort(public.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var reached atomic.Int32
	listener, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Fatal(err)
	}
	private := &httptest.Server{Listener: listener, Config: &http.Server{
		Handler:   http.NotFoundHandler(),
		ConnState: func(net.Conn, http.ConnState) { reached.Add(1) },
	}}
	private.Start()
	t.Cleanup(func() {
		private.Close()
		if n := reached.Load(); n != 0 {
			t.Errorf("the private server was connected to: %d changes of a connection", n)
		}
	})
	return port
}

// turncoat gives the address outside for the first look-up, which asks for each
// family, and others from then on.
func turncoat(then ...string) dnsAnswer {
	var forIPv4, forIPv6 atomic.Int32
	return func(_ string, family dnsmessage.Type) ([]string, bool) {
		asked := &forIPv4
		if family == dnsmessage.TypeAAAA {
			asked = &forIPv6
		}
		if asked.Add(1) == 1 {
			return []string{"127.0.0.1"}, true
		}
		return then, true
	}
}

// A name that led outside a moment ago may lead inside now. Whatever was found
// before, it is the address dialled that counts.
func TestRebinding(t *testing.T) {
	t.Parallel()
	for _, then := range [][]string{{"127.0.0.2"}, {"10.0.0.1"}, {"169.254.169.254", "fd00:ec2::254"}, {"::1"}, {"::ffff:127.0.0.2"}} {
		for way, ask := range ways {
			t.Run(way+" "+then[0], func(t *testing.T) {
				t.Parallel()
				port := neighbours(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(photo) })
				d := newRebound(t, turncoat(then...))
				if err := ask(t, d, "http://turncoat.test:"+port); err != nil && err.Error() != "HTTP 200" {
					t.Fatalf("outside: %v", err)
				}
				d.Close() // so that the connections aren't used again
				d.transport.CloseIdleConnections()
				if err := ask(t, d, "http://turncoat.test:"+port); !errors.Is(err, ErrForbidden) {
					wantForbidden(t, "the second time", err)
				}
			})
		}
	}
}

// The same between a redirect and the hop after it, which have one name.
func TestRebindingRedirect(t *testing.T) {
	t.Parallel()
	for way, ask := range ways {
		if way == "transport alone" {
			continue // follows none
		}
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			port := neighbours(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Connection", "close")
				http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
			})
			d := newRebound(t, turncoat("127.0.0.2"))
			if err := ask(t, d, "http://turncoat.test:"+port); !errors.Is(err, ErrForbidden) {
				wantForbidden(t, "the hop", err)
			}
		})
	}
}

// Of a name with addresses of both kinds, in any order and family, only the
// public ones are connected to.
func TestBothKinds(t *testing.T) {
	t.Parallel()
	for _, addresses := range [][]string{
		{"127.0.0.2", "127.0.0.1"},
		{"127.0.0.1", "127.0.0.2"},
		{"127.0.0.2", "10.0.0.1", "127.0.0.1", "169.254.169.254"},
		{"::1", "127.0.0.1"},
		{"fd00:ec2::254", "fe80::1", "127.0.0.2", "127.0.0.1"},
	} {
		for way, ask := range ways {
			t.Run(way+" "+addresses[0], func(t *testing.T) {
				t.Parallel()
				port := neighbours(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(photo) })
				d := newRebound(t, func(string, dnsmessage.Type) ([]string, bool) { return addresses, true })
				if err := ask(t, d, "http://both.test:"+port); err != nil && err.Error() != "HTTP 200" {
					t.Errorf("%v, want the public one", err)
				}
			})
		}
	}
}

// newRebound is a door to the address outside, also for what strangers name.
func newRebound(t *testing.T, answer dnsAnswer) door {
	t.Helper()
	d := newDoor(t, nameServerOf(t, answer), func(cfg *Config) { cfg.Allow = []netip.Prefix{outside} })
	d.strictly.addresses = d.guard.addresses
	return d
}

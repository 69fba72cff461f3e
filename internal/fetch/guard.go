package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/vitrine-media/vitrine"
)

// ErrForbidden marks an address that the guard refused to dial. It is a
// *vitrine.Failure that may be shown; the error around it names resolved
// addresses and is for the log.
var ErrForbidden error = vitrine.Failf(vitrine.AddressForbidden, "a private or reserved address")

// errUnreachable stands for hosts of which the addresses that may be dialled
// don't answer, while others of theirs are forbidden.
var errUnreachable = errors.New("no permitted address answers")

// guard dials, and looks at each address at the last moment: after the name is
// resolved, before the connection is made. A name that resolves to something
// else from one look to the next gains nothing by it.
//
// Any port may be dialled: origins of real feeds sit on odd ports, and what
// must not be reached is told by its address.
type guard struct {
	addresses *ssrf.Guardian
	hosts     map[string]bool // lower case; not guarded
	timeout   time.Duration   // name resolution included
	resolver  *net.Resolver   // nil: the system's
}

// wireServer is where a machine in Azure is told its secrets. By its number the
// address is public, so that no list of reserved ones has it.
var wireServer = netip.MustParsePrefix("168.63.129.16/32")

func newGuard(allow []netip.Prefix, hosts []string, timeout time.Duration) *guard {
	var v4, v6 []netip.Prefix
	for _, prefix := range allow {
		if prefix.Addr().Is4() {
			v4 = append(v4, prefix)
		} else {
			v6 = append(v6, prefix)
		}
	}
	g := &guard{
		addresses: ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...), ssrf.WithDeniedV4Prefixes(wireServer)),
		hosts:     make(map[string]bool, len(hosts)),
		timeout:   timeout,
	}
	for _, host := range hosts {
		g.hosts[strings.ToLower(host)] = true
	}
	return g
}

// dial is a DialContext for http.Transport. Its error is ErrForbidden when all
// addresses of the host are.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	dialer := net.Dialer{Timeout: g.timeout, Resolver: g.resolver}
	if g.hosts[strings.ToLower(host)] {
		return dialer.DialContext(ctx, network, address)
	}
	// A literal is checked up front as well: where the machine has no IPv6, its
	// sockets fail before Control is asked, and a refusal must not look like an
	// outage.
	if ip, err := netip.ParseAddr(host); err == nil {
		if err := g.addresses.SafeAddr(ip.Unmap()); err != nil {
			return nil, fmt.Errorf("dial: %w: %w", ErrForbidden, err)
		}
	}

	var permitted atomic.Bool // the dialer tries IPv4 and IPv6 at the same time
	dialer.Control = func(network, address string, raw syscall.RawConn) error {
		if err := g.addresses.Safe(network, address, raw); err != nil {
			return fmt.Errorf("%w: %w", ErrForbidden, err)
		}
		permitted.Store(true)
		return nil
	}
	conn, err := dialer.DialContext(ctx, network, address)
	// The dialer reports the first address's error. Without this the order of
	// a DNS answer would decide whether there is a further try.
	if errors.Is(err, ErrForbidden) && permitted.Load() {
		return nil, fmt.Errorf("dial: %w", errUnreachable)
	}
	return conn, err
}

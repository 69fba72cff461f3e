package fetch

import (
	"net/netip"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Foresee gives the failure with which the download of a URL is bound to end
// without anybody being asked, nil for a URL that may well be there. allow is
// Config's. What a name leads to is not looked up.
func Foresee(rawURL string, allow []netip.Prefix, now time.Time) *vitrine.Failure {
	u, err := parseURL(rawURL)
	if err != nil {
		return vitrine.Failf(vitrine.AddressForbidden, "not a URL that can be fetched")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		if newGuard(allow, nil, 0).addresses.SafeAddr(ip.Unmap()) != nil {
			return vitrine.Failf(vitrine.AddressForbidden, "%s leads to a private or reserved address", u.Host)
		}
	}
	if at, signed := expiry(u); signed && now.After(at.Add(clockLeeway)) {
		return expiredAt(at)
	}
	return nil
}

// Expiry is when the signature of a URL ends; signed is false where there is
// none that is known.
func Expiry(rawURL string) (at time.Time, signed bool) {
	u, err := parseURL(rawURL)
	if err != nil {
		return time.Time{}, false
	}
	return expiry(u)
}

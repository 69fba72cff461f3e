package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// Why a redirect is not followed.
var (
	errTooManyRedirects = errors.New("too many redirects")
	errBadRedirect      = errors.New("redirected to an address that is not fetched from")
)

// parseURL is the URL ready to be asked for. Both APIs check URLs when they
// come in, so what is refused here was stored before the check or slipped by:
// it is forbidden, and ends at once.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The error quotes the URL, and with it secrets: not even for the log.
		return nil, &Error{Failure: vitrine.Failf(vitrine.AddressForbidden, "not a URL")}
	}
	if err := checkURL(u); err != nil {
		return nil, &Error{Failure: vitrine.Failf(vitrine.AddressForbidden, "%v", err)}
	}
	// Feeds do send spaces and umlauts. What a request line can't hold is
	// escaped and all else left as sent; url.URL alone would forget that a slash
	// of such a path was escaped, and leave the query as it is.
	u.RawPath = escape(u.RawPath, "\"<>\\^`{|}")
	u.RawQuery = escape(u.RawQuery, "\"<>")
	return u, nil
}

// escape escapes what is not printable ASCII, and the bytes of unsafe.
func escape(s, unsafe string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(unsafe, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// checkURL refuses what can be told to be wrong without resolving a name. Its
// errors are safe to show.
func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("only http and https are fetched")
	}
	host := u.Hostname()
	if host == "" {
		return errors.New("the URL has no host")
	}
	if _, err := netip.ParseAddr(host); err != nil && endsInNumber(host) {
		return fmt.Errorf("%s is not a usual way to write an address", u.Host)
	}
	return nil
}

// endsInNumber reports whether the last label of host is a number, as in
// 2130706433, 0x7f.1 and 127.0.0.1. (with the dot). No host name ends so; some
// resolvers take such spellings for an address, others for a name that isn't
// there, and only one answer would be right.
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	label := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	digits := "0123456789"
	if rest, hex := strings.CutPrefix(label, "0x"); hex {
		label, digits = rest, "0123456789abcdef"
		if label == "" {
			return true
		}
	}
	return label != "" && strings.Trim(label, digits) == ""
}

// originOf names what is limited and left alone together: host and port.
func originOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// checkRedirect is asked before each further hop. The hop's address is checked
// by the guard when it is dialled.
func (f *Fetcher) checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) > f.limits.MaxRedirects {
		return errTooManyRedirects
	}
	if err := checkURL(next.URL); err != nil {
		return fmt.Errorf("%w: %w", errBadRedirect, err)
	}
	// The client would tell the next host the whole URL, signature included.
	next.Header.Del("Referer")
	return nil
}

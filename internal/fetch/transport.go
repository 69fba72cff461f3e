package fetch

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/vitrine-media/vitrine"
)

// NewTransport dials only what a Fetcher with this Config would, and within the
// same bounds of time, for requests that are not downloads. Where a redirect
// leads to is guarded as well; how many of them are followed, the whole time and
// the size of an answer are up to the client that it is given to. Who makes it
// calls CloseIdleConnections at the end.
func NewTransport(allow []netip.Prefix, allowHosts []string, limits vitrine.Limits) *http.Transport {
	return newTransport(newGuard(allow, allowHosts, limits.ConnectTimeout), limits)
}

// newTransport has no proxy, which would dial in our stead and so go round the
// guard, and speaks HTTP/1 only, so that one broken connection is one broken
// download.
func newTransport(g *guard, limits vitrine.Limits) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            g.dial,
		Protocols:              protocols,
		TLSHandshakeTimeout:    limits.ConnectTimeout,
		ResponseHeaderTimeout:  limits.IdleTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    limits.FetchPerOrigin,
		IdleConnTimeout:        30 * time.Second,
		DisableCompression:     true, // a transparent gunzip would change length and digest
	}
}

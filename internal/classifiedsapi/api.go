// Package classifiedsapi is the second face of vitrine: the Classifieds API
// under /caas/v4. It reads requests, checks what can be checked without knowing
// what is stored, calls gallery, and writes answers in the contract's shape. The
// rules about classifieds and media are gallery's.
//
// Where is it: the operations in routes.go, the statuses of errors in errors.go,
// who is let in in guard.go and oauth.go, the rules of bodies in classified.go
// and fields.go, If-Match in etag.go, parameters and nextToken in page.go.
package classifiedsapi

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/ratelimit"
)

// Base begins the path of every route.
const Base = "/caas/v4"

// TokenPath is where a token can be had outside of Base, too.
const TokenPath = "/oauth/token"

// Serves reports whether a path is for the handler of this API. Whoever mounts
// it beside others asks this before an http.ServeMux, which would redirect an
// unclean path instead of having it answered.
func Serves(path string) bool {
	for _, root := range []string{Base, "/oauth"} {
		if below, ok := strings.CutPrefix(path, root); ok && (below == "" || below[0] == '/') {
			return true
		}
	}
	return false
}

// DefaultPortals are those of the contract (section 2).
var DefaultPortals = []string{"SL", "BUCOM", "BD", "SLC", "SLN"}

// Config is what the API needs from outside. Every field but StrictUserAgent is
// required.
type Config struct {
	Gallery         *gallery.Gallery
	URLs            URLs
	Limits          vitrine.Limits
	Portals         []string // that a classified may name
	PublicURL       string   // begins the links that are given out; no slash at its end
	StrictUserAgent bool     // refuse a User-Agent that is not in the contract's form (section 1)
	TokenSecret     []byte   // signs access tokens and the places in lists; at least 128 random bits
	Now             func() time.Time
	Log             *slog.Logger
}

// URLs gives the addresses at which the public finds things. All are absolute.
type URLs interface {
	// Variant is the immutable address of a rendition.
	Variant(c *vitrine.Content, v vitrine.Variant) string
	// Labelled is the same for a picture that only its sender says was altered:
	// there it is served with the label that its file lacks.
	Labelled(c *vitrine.Content, v vitrine.Variant) string
	// Gallery is the address of a classified's public JSON.
	Gallery(id string) string
	// Page is the address of a classified's public page.
	Page(id string) string
}

// api answers the requests of the Classifieds API. It is safe for concurrent
// use.
type api struct {
	gallery     *gallery.Gallery
	urls        URLs
	rules       classifiedRules
	limits      vitrine.Limits
	publicURL   string
	strictAgent bool
	tokens      *apikey.Tokens
	pages       pages
	limiter     *ratelimit.Limiter
	now         func() time.Time
	log         *slog.Logger

	document []byte // made with the routes
}

// API is the handler of every path that Serves names.
type API struct {
	http.Handler
	api *api
}

// Document is the OpenAPI document that the API serves, as JSON. It must not be
// changed.
func (a *API) Document() []byte { return a.api.document }

// New makes an API. It expects whole paths.
func New(cfg Config) *API {
	a := &api{
		gallery:     cfg.Gallery,
		urls:        cfg.URLs,
		rules:       classifiedRules{portals: cfg.Portals, maxMedia: cfg.Limits.MaxMedia},
		limits:      cfg.Limits,
		publicURL:   cfg.PublicURL,
		strictAgent: cfg.StrictUserAgent,
		tokens:      apikey.NewTokens(cfg.TokenSecret, cfg.Now),
		pages:       newPages(cfg.TokenSecret),
		limiter:     ratelimit.New(),
		now:         cfg.Now,
		log:         cfg.Log,
	}
	return &API{Handler: a.observe(a.routes()), api: a}
}

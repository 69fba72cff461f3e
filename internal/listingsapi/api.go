// Package listingsapi is the first face of vitrine: the Listings API under
// /api/v1. It reads requests, checks what can be checked without knowing what
// is stored, calls gallery, and writes answers in the contract's shape. The
// rules about listings and media are gallery's.
//
// Where is it: the routes in routes.go, the statuses of errors in errors.go,
// the rules of fields in rules.go, keys and bodies in guard.go, Idempotency-Key
// in idempotency.go, the operations of bulk requests in the tables of
// bulk_media.go and bulk_listings.go, the signed URLs in receive.go.
package listingsapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/ratelimit"
)

// Base begins the path of every route.
const Base = "/api/v1"

// Config is what the API needs from outside. Every field is required.
type Config struct {
	Gallery *gallery.Gallery
	URLs    URLs
	Limits  vitrine.Limits
	Version string // of the program, which whoever has a key is told
	Now     func() time.Time
	Log     *slog.Logger
}

// URLs gives the addresses at which the public and the owner find things. All
// are absolute.
type URLs interface {
	// Variant is the immutable address of a rendition.
	Variant(c *vitrine.Content, v vitrine.Variant) string
	// Original is the address of the bytes as sent; it is shown to the owner
	// only, because the bytes may say where the photo was taken.
	Original(c *vitrine.Content) string
	// Gallery is the address of a listing's public JSON.
	Gallery(id string) string
	// Page is the address of a listing's public page.
	Page(id string) string
}

// api answers the requests of the Listings API. It is safe for concurrent use.
type api struct {
	gallery *gallery.Gallery
	urls    URLs
	limits  vitrine.Limits
	version string
	now     func() time.Time
	log     *slog.Logger
	limiter *ratelimit.Limiter

	document []byte // made with the routes

	stopping context.Context // ended by stop
	stop     context.CancelFunc
}

// API is the handler of everything below Base.
type API struct {
	http.Handler
	api *api
}

// New makes an API. It expects whole paths: mount it at Base+"/" without
// stripping.
func New(cfg Config) *API {
	a := &api{
		gallery: cfg.Gallery,
		urls:    cfg.URLs,
		limits:  cfg.Limits,
		version: cfg.Version,
		now:     cfg.Now,
		log:     cfg.Log,
		limiter: ratelimit.New(),
	}
	a.stopping, a.stop = context.WithCancel(context.Background())
	return &API{Handler: a.observe(a.routes()), api: a}
}

// Document is the OpenAPI document that the API serves, as JSON. It must not be
// changed.
func (a *API) Document() []byte { return a.api.document }

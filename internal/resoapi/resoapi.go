// Package resoapi serves what published galleries show as the Media resource of
// the RESO Data Dictionary 2.0: a read-only part of OData 4.0. What of OData
// isn't there is refused by name and never ignored, as a filter that is ignored
// gives wrong answers.
package resoapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Base is where the API is served.
const Base = "/reso"

// Gallery is what the API needs of the rules.
type Gallery interface {
	Identify(ctx context.Context, key string) (gallery.Caller, error)
	Places(ctx context.Context, account int64, record string, q store.PublishedQuery, count bool) (gallery.Places, error)
}

// URLs gives the addresses of what is shown.
type URLs interface {
	Variant(c *vitrine.Content, v vitrine.Variant) string
	Labelled(c *vitrine.Content, v vitrine.Variant) string
}

// Config is what the API is made of.
type Config struct {
	Gallery   Gallery
	URLs      URLs
	PublicURL string // of the server, without a slash at its end
	// Counted puts the rate limit of the keys before the API; it reads the key as
	// apikey.From does.
	Counted func(http.Handler) http.Handler
	Log     *slog.Logger
}

type api struct {
	gallery Gallery
	urls    URLs
	base    string
	log     *slog.Logger
}

// New makes the API, for the paths from Base on.
func New(c Config) http.Handler {
	a := &api{gallery: c.Gallery, urls: c.URLs, base: c.PublicURL + Base, log: c.Log}
	return bearer(c.Counted(a.routes()))
}

// bearer lets a key come as OData clients send one: as a bearer token.
func bearer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key := apikey.Bearer(r.Header); key != "" {
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", apikey.Scheme+" "+key)
		}
		next.ServeHTTP(w, r)
	})
}

// routes is all that there is.
func (a *api) routes() http.Handler {
	mux := http.NewServeMux()
	for path, serve := range map[string]func(http.ResponseWriter, *http.Request, gallery.Caller) error{
		"/{$}":       a.service,
		"/$metadata": a.metadata,
		"/Media":     a.media,
	} {
		mux.Handle("GET "+Base+path, a.guarded(serve))
		mux.Handle(Base+path, a.guarded(func(w http.ResponseWriter, _ *http.Request, _ gallery.Caller) error {
			w.Header().Set("Allow", "GET, HEAD")
			return vitrine.Errorf(vitrine.CodeMethodNotAllowed, "Only GET is served")
		}))
	}
	mux.Handle(Base+"/", a.guarded(func(_ http.ResponseWriter, r *http.Request, _ gallery.Caller) error {
		return vitrine.Errorf(vitrine.CodeNotFound, "There is no resource %s: only Media is served, by $filter", r.URL.Path)
	}))
	return mux
}

// scopeRead is what a key must be good for. It is that of the Classifieds API,
// so that whoever only reads needs no key that writes.
const scopeRead = "caas:classifieds:read"

// guarded lets in who has a key.
func (a *api) guarded(serve func(http.ResponseWriter, *http.Request, gallery.Caller) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("OData-Version", "4.0")
		h.Set("Cache-Control", "no-store")
		caller, err := a.identify(r)
		if err == nil {
			err = serve(w, r, caller)
		}
		if err != nil {
			a.refuse(w, r, err)
		}
	})
}

func (a *api) identify(r *http.Request) (gallery.Caller, error) {
	key, err := apikey.From(r.Header)
	if err != nil {
		return gallery.Caller{}, err
	}
	caller, err := a.gallery.Identify(r.Context(), key)
	if err == nil && !caller.Allows(scopeRead) {
		err = vitrine.Errorf(vitrine.CodeForbidden, "The key lacks the scope %s", scopeRead)
	}
	return caller, err
}

// service is the service document: what entity sets there are.
func (a *api) service(w http.ResponseWriter, _ *http.Request, _ gallery.Caller) error {
	return writeJSON(w, map[string]any{
		"@odata.context": a.base + "/$metadata",
		"value":          []map[string]string{{"name": "Media", "kind": "EntitySet", "url": "Media"}},
	})
}

func writeJSON(w http.ResponseWriter, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;charset=utf-8")
	_, _ = w.Write(append(text, '\n')) // whoever has gone needs no answer
	return nil
}

// statuses is the one table from the codes that can come of a request here to
// the HTTP status.
var statuses = map[vitrine.ErrorCode]int{
	vitrine.CodeInvalid:          http.StatusBadRequest,
	vitrine.CodeUnauthorized:     http.StatusUnauthorized,
	vitrine.CodeSuspended:        http.StatusForbidden,
	vitrine.CodeForbidden:        http.StatusForbidden,
	vitrine.CodeNotFound:         http.StatusNotFound,
	vitrine.CodeMethodNotAllowed: http.StatusMethodNotAllowed,
}

// optionError is a query option that isn't served as it was sent.
type optionError struct {
	option string
	err    *vitrine.Error
}

func (e *optionError) Error() string { return e.err.Error() }
func (e *optionError) Unwrap() error { return e.err }

func badOption(option, format string, args ...any) error {
	return &optionError{option, vitrine.Errorf(vitrine.CodeInvalid, option+": "+format, args...)}
}

// refuse answers in OData's form (JSON Format 4.0, section 19).
func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	type detail struct {
		Code    vitrine.ErrorCode `json:"code"`
		Message string            `json:"message"`
		Target  string            `json:"target,omitempty"`
	}
	d, status := detail{Code: vitrine.CodeInternal, Message: "Internal server error"}, http.StatusInternalServerError
	if e, ok := errors.AsType[*vitrine.Error](err); ok && statuses[e.Code] != 0 && len(e.Messages) > 0 {
		status, d.Code, d.Message = statuses[e.Code], e.Code, e.Messages[0]
	}
	if e, ok := errors.AsType[*optionError](err); ok {
		d.Target = e.option
	}
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		a.log.Error("RESO request", "path", r.URL.Path, "err", err)
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", apikey.BearerScheme)
	}
	text, err := json.Marshal(map[string]detail{"error": d})
	if err != nil {
		a.log.Error("RESO error", "err", err)
		return
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // whoever has gone needs no answer
}

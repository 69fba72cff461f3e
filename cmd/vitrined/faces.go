package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine/docs"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/dashboard"
	"github.com/vitrine-media/vitrine/internal/docsite"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
	"github.com/vitrine-media/vitrine/internal/portal"
	"github.com/vitrine-media/vitrine/internal/resoapi"
	"github.com/vitrine-media/vitrine/internal/resumable"
	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/tracing"
)

// faces are what is served: the APIs, the portal, the dashboard, the
// documentation, and what operators ask.
type faces struct {
	settings
	public                             string // begins every URL given out
	secret, tokenSecret, sessionSecret []byte
	rules                              *gallery.Gallery
	blobs                              blob.Bucket
	db                                 *store.DB
	uploads                            *resumable.Handler
	unlocked                           []string // of sandbox.Missing
	meters                             *meters
	tracer                             *tracing.Tracer
	log                                *slog.Logger
}

// handler gives the handler of all faces that this node serves, and what ends
// their streams when it stops. serving is cancelled when it is told to.
func (f faces) handler(serving context.Context) (handler http.Handler, stop []func()) {
	urls := portal.URLs{Base: f.public, Secret: f.secret}
	api := listingsapi.New(listingsapi.Config{Gallery: f.rules, URLs: urls, Limits: f.Limits, Version: version, Now: time.Now, Log: f.log})
	pages := dashboard.New(dashboard.Config{
		Gallery: f.rules, PublicURL: f.public, Original: portal.URLs{Secret: f.secret}.Original, Secret: f.sessionSecret,
		Rules: accountRules, Limits: f.shown(), Now: time.Now, Log: f.log,
	})
	classifieds := classifiedsapi.New(classifiedsapi.Config{
		Gallery: f.rules, URLs: urls, Limits: f.Limits, Portals: f.Portals, PublicURL: f.public,
		StrictUserAgent: f.StrictUA, TokenSecret: f.tokenSecret, Now: time.Now, Log: f.log,
	})
	mux := http.NewServeMux()
	if f.plays(roleAPI) {
		for _, path := range dashboard.Paths {
			mux.Handle(path, f.meters.face(faceDashboard, pages))
		}
		mux.Handle(listingsapi.Base+"/", f.traced(faceListings, api))
		uploads := f.traced(faceUploads, api.Counted(f.uploads))
		mux.Handle(resumable.Path, uploads)
		mux.Handle(resumable.Path+"/", uploads)
		mux.Handle(resoapi.Base+"/", f.traced(faceReso, resoapi.New(resoapi.Config{
			Gallery: f.rules, URLs: urls, PublicURL: f.public, Counted: api.Counted, Log: f.log,
		})))
		site := f.meters.face(faceDocs, docsite.New(docsite.Config{
			Pages: docs.Files, Log: f.log,
			References: map[string][]byte{"listings-api": api.Document(), "classifieds-api": classifieds.Document()},
		}))
		mux.Handle(docsite.Base, site)
		mux.Handle(docsite.Base+"/", site)
		mux.Handle("/", f.meters.face(facePortal, portal.New(portal.Config{Gallery: f.rules, Blobs: f.blobs, URLs: urls, Now: time.Now, Log: f.log})))
	}
	mux.Handle("GET /metrics", f.meters.serve(f.log))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(serving, w, r, f.db, f.unlocked, f.log) })
	return guarded(f.beside(classifieds, mux)), []func(){f.uploads.Stop, api.Stop, pages.Stop}
}

// traced counts a face's requests and follows them.
func (f faces) traced(name string, face http.Handler) http.Handler {
	return f.meters.face(name, f.tracer.Requests(name, face))
}

// beside has the Classifieds API answer what is below its path. The mux would
// redirect those that are unclean.
func (f faces) beside(classifieds, mux http.Handler) http.Handler {
	if !f.plays(roleAPI) {
		return mux
	}
	classifieds = f.traced(faceClassifieds, classifieds)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if classifiedsapi.Serves(r.URL.Path) {
			classifieds.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

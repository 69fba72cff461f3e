// Package dashboard serves the pages on which an account sees what became of
// what it has sent, and does what a person does about it. Pages are complete as
// they are served; htmx brings them up to date when something has happened.
//
// Whoever signs in with a key sees that key's account and no other. It calls the
// rules of package gallery as the APIs do and has none of its own.
package dashboard

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// Config is what the dashboard needs from outside.
type Config struct {
	Gallery   *gallery.Gallery
	PublicURL string                                  // begins the addresses that people are given
	Original  func(c *vitrine.Content) string         // the address of the bytes as they were sent, for their owner
	Secret    []byte                                  // signs sessions, and nothing else
	Rules     func(vitrine.AccountSettings) []Setting // what the operator has set for an account
	Limits    []Setting                               // what senders may run into, the same for all
	Now       func() time.Time
	Log       *slog.Logger
}

// Dashboard is a handler of all its pages; see routes.
type Dashboard struct {
	http.Handler

	gallery  *gallery.Gallery
	public   string
	original func(c *vitrine.Content) string
	sessions *apikey.Tokens
	rules    func(vitrine.AccountSettings) []Setting
	limits   []Setting
	now      func() time.Time
	log      *slog.Logger
	pages    map[string]*template.Template
	static   map[string]asset
	stopping context.Context
	stop     context.CancelFunc
}

// New makes the dashboard.
func New(cfg Config) *Dashboard {
	d := &Dashboard{
		gallery: cfg.Gallery, public: cfg.PublicURL, original: cfg.Original, sessions: apikey.NewTokens(cfg.Secret, cfg.Now),
		rules: cfg.Rules, limits: cfg.Limits, now: cfg.Now, log: cfg.Log, static: newAssets(),
	}
	d.stopping, d.stop = context.WithCancel(context.Background())
	d.pages = d.parsePages()
	d.Handler = d.routes()
	return d
}

// Stop ends what would keep a server from stopping: the streams of news.
func (d *Dashboard) Stop() { d.stop() }

// Paths are those below which all pages are, and the page at "/".
var Paths = []string{"/{$}", "/signin", "/signout", "/language", "/live", "/now", "/listings", "/listings/", "/webhooks", "/webhooks/", "/account", "/static/"}

// routes are all pages and all that can be done on them. What changes something
// is a POST, which a page of another site can't send.
func (d *Dashboard) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.home)
	mux.HandleFunc("GET /signin", d.showSignIn)
	mux.HandleFunc("POST /signin", d.signIn)
	mux.HandleFunc("POST /signout", d.signOut)
	mux.HandleFunc("POST /language", d.setLanguage)
	mux.HandleFunc("GET /static/{hash}/{file}", d.serveStatic)

	mux.HandleFunc("GET /live", d.signedIn(d.live))
	mux.HandleFunc("GET /now", d.signedIn(d.showNow))
	mux.HandleFunc("GET /listings", d.signedIn(d.listings))
	mux.HandleFunc("GET /listings/{listing}", d.signedIn(d.listing))
	mux.HandleFunc("GET /listings/{listing}/compare", d.signedIn(d.compare))
	mux.HandleFunc("POST /listings/{listing}/publish", d.signedIn(d.setStatus(vitrine.StatusActive)))
	mux.HandleFunc("POST /listings/{listing}/hide", d.signedIn(d.setStatus(vitrine.StatusHidden)))
	mux.HandleFunc("POST /listings/{listing}/move", d.signedIn(d.move))
	mux.HandleFunc("POST /listings/{listing}/remove", d.signedIn(d.remove))
	mux.HandleFunc("POST /listings/{listing}/upload", d.signedIn(d.upload))
	mux.HandleFunc("GET /listings/{listing}/media/{media}", d.signedIn(d.media))
	mux.HandleFunc("POST /listings/{listing}/media/{media}/retry", d.signedIn(d.retry))
	mux.HandleFunc("GET /webhooks", d.signedIn(d.webhooks))
	mux.HandleFunc("GET /webhooks/{id}", d.signedIn(d.webhook))
	mux.HandleFunc("POST /webhooks/{id}/test", d.signedIn(d.testWebhook))
	mux.HandleFunc("POST /webhooks/{id}/enable", d.signedIn(d.switchWebhook(true)))
	mux.HandleFunc("POST /webhooks/{id}/disable", d.signedIn(d.switchWebhook(false)))
	mux.HandleFunc("POST /webhooks/{id}/replay/{seq}", d.signedIn(d.replay))
	mux.HandleFunc("GET /account", d.signedIn(d.account))
	return http.NewCrossOriginProtection().Handler(guarded(mux))
}

// policy lets a page load what is ours and nothing else, and run no script that
// stands in it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store") // what is on it is its reader's alone
		next.ServeHTTP(w, r)
	})
}

//go:embed pages
var pageFiles embed.FS

// parsePages reads each page with the frame that all have.
func (d *Dashboard) parsePages() map[string]*template.Template {
	pages := map[string]*template.Template{}
	for _, name := range []string{"signin", "now", "listings", "listing", "compare", "media", "webhooks", "webhook", "account", "error"} {
		frame := template.New("frame.html").Funcs(template.FuncMap{"static": d.staticPath, "settings": settingsTable, "plotted": func(p plot, id string) namedPlot { return namedPlot{p, id} }})
		pages[name] = template.Must(frame.ParseFS(pageFiles, "pages/frame.html", "pages/parts.html", "pages/"+name+".html"))
	}
	return pages
}

// frame is what every page shows, around what is its own.
type frame struct {
	*words
	Title   string
	Account string // whose pages these are, "" before somebody has signed in
	Here    string // the part of the site in which the page is
	Path    string
	Polls   bool // the page changes without news of the account
	Page    any
}

// show writes a page.
func (d *Dashboard) show(w http.ResponseWriter, r *http.Request, status int, page string, f frame) {
	f.words = wordsOf(r)
	f.Path = r.URL.RequestURI()
	var body bytes.Buffer
	if err := d.pages[page].Execute(&body, f); err != nil {
		d.log.ErrorContext(r.Context(), "draw a page", "page", page, "err", err)
		http.Error(w, f.ErrorOurs, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Cookie, Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a reader who went away is not our error
}

// fail shows what went wrong.
func (d *Dashboard) fail(w http.ResponseWriter, r *http.Request, s session, err error) {
	words := wordsOf(r)
	status, text := http.StatusInternalServerError, words.ErrorOurs
	switch code := vitrine.CodeOf(err); code {
	case vitrine.CodeNotFound:
		status, text = http.StatusNotFound, words.ErrorMissing
	case vitrine.CodeInvalid, vitrine.CodeConflict:
		status, text = http.StatusConflict, words.ErrorRefused
		if refused, ok := errors.AsType[*vitrine.Error](err); ok {
			text += " " + strings.Join(refused.Messages, " ")
		}
	default:
		if r.Context().Err() == nil { // else the reader went away, and that is why
			d.log.ErrorContext(r.Context(), "dashboard", "path", r.Pattern, "err", err)
		}
	}
	d.show(w, r, status, "error", frame{Title: text, Account: s.caller.Account.Name, Page: text})
}

// home sends whoever comes to where the listings are.
func (d *Dashboard) home(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/listings", http.StatusSeeOther)
}

// done goes back to the page on which something was done.
func done(w http.ResponseWriter, r *http.Request, page string, parts ...any) {
	http.Redirect(w, r, fmt.Sprintf(page, parts...), http.StatusSeeOther)
}

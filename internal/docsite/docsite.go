// Package docsite serves the documentation at /docs, to everybody: the Markdown
// of the folder docs, which reads as well where the source is kept, and after the
// introduction of an API the reference made from its OpenAPI document.
//
// Pages are made at the first request, so that a server starts no later for them.
package docsite

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"sync"
	"time"
)

// Base is the address of the first page; all others are below it.
const Base = "/docs"

// Config is what the site is made of.
type Config struct {
	Pages      fs.FS             // Markdown and pictures in one folder; README.md lists the pages
	References map[string][]byte // OpenAPI documents, by the name of the page that they go with
	Log        *slog.Logger
}

// New makes the handler of Base and all below it.
func New(cfg Config) http.Handler {
	s := &site{log: cfg.Log, files: sync.OnceValues(func() (map[string]file, error) { return build(cfg) })}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Base, s.serve)
	mux.HandleFunc("GET "+Base+"/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, Base, http.StatusMovedPermanently)
	})
	mux.HandleFunc("GET "+Base+"/{name}", s.serve)
	return guarded(mux)
}

type site struct {
	log   *slog.Logger
	files func() (map[string]file, error) // by name; "" is the first page, missing the one of what isn't there
}

// file is what an address holds.
type file struct {
	contentType, etag string
	body              []byte
}

// missing is the name of the page that is shown where none is. It has a full stop,
// which no page's name has.
const missing = ".missing"

// policy lets a page load its style and pictures, and nothing else: there is no
// script.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	files, err := s.files()
	if err != nil {
		s.log.ErrorContext(r.Context(), "draw the documentation", "err", err)
		http.Error(w, "Internal server error", http.StatusInternalServerError)
		return
	}
	found, ok := files[r.PathValue("name")]
	h := w.Header()
	if !ok || r.PathValue("name") == missing {
		h.Set("Content-Type", files[missing].contentType)
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(files[missing].body) // a reader who went away is not our error
		return
	}
	h.Set("Content-Type", found.contentType)
	h.Set("Cache-Control", "public, no-cache") // a new release may have new texts
	h.Set("ETag", found.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(found.body))
}

//go:embed style.css icon.svg layout.html reference.html
var own embed.FS

// contentTypes are those of files that are served as they are.
var contentTypes = map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

// build makes everything that is served.
func build(cfg Config) (map[string]file, error) {
	layout, err := template.New("layout.html").Funcs(template.FuncMap{"address": address}).ParseFS(own, "layout.html", "reference.html")
	if err != nil {
		return nil, err
	}
	pages, err := readPages(cfg, layout)
	if err != nil {
		return nil, err
	}
	files := map[string]file{}
	for _, from := range []fs.FS{own, cfg.Pages} {
		if err := addFiles(files, from); err != nil {
			return nil, err
		}
	}
	for i, p := range pages.all {
		var body bytes.Buffer
		if err := layout.Execute(&body, pages.view(i)); err != nil {
			return nil, err
		}
		files[p.Name] = newFile("text/html; charset=utf-8", body.Bytes())
	}
	var body bytes.Buffer
	if err := layout.Execute(&body, pages.viewMissing()); err != nil {
		return nil, err
	}
	files[missing] = newFile("text/html; charset=utf-8", body.Bytes())
	return files, nil
}

// addFiles adds those of a folder that are served as they are.
func addFiles(files map[string]file, from fs.FS) error {
	entries, err := fs.ReadDir(from, ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		contentType, ok := contentTypes[path.Ext(entry.Name())]
		if !ok {
			continue
		}
		body, err := fs.ReadFile(from, entry.Name())
		if err != nil {
			return err
		}
		files[entry.Name()] = newFile(contentType, body)
	}
	return nil
}

func newFile(contentType string, body []byte) file {
	sum := sha256.Sum256(body)
	return file{contentType: contentType, etag: `"` + hex.EncodeToString(sum[:16]) + `"`, body: body}
}

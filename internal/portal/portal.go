// Package portal serves what the public reads: a gallery as JSON for front
// ends and as a page for people, and the pictures themselves.
//
// Nobody is asked for a key here. What may be seen is decided by the gallery
// (is the listing public? does any media still show these bytes?) and, for an
// original, by a signature in its address. An answer never holds the address
// of an original or of a source, and an error never says why.
package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/recent"
)

// Config is what the portal needs from outside.
type Config struct {
	Gallery *gallery.Gallery
	Blobs   blob.Bucket
	URLs    URLs
	Now     func() time.Time
	Log     *slog.Logger
}

type portal struct {
	gallery *gallery.Gallery
	blobs   blob.Bucket
	urls    URLs
	now     func() time.Time
	smalls  *recent.Values[smallName, []byte]
	log     *slog.Logger
	page    *template.Template
	scripts scripts
}

// New makes the handler of all public addresses: /g/, /l/, /v/, /o/, /assets/
// and /embed/.
func New(cfg Config) http.Handler {
	p := &portal{
		gallery: cfg.Gallery,
		blobs:   cfg.Blobs,
		urls:    cfg.URLs,
		now:     cfg.Now,
		smalls:  recent.New[smallName, []byte](mostSmall),
		log:     cfg.Log,
		page:    template.Must(template.New("page").Parse(pageHTML)),
		scripts: newScripts(),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /g/{gallery}", p.serveGallery)
	mux.HandleFunc("GET /l/{gallery}", p.servePage)
	mux.HandleFunc("GET /v/{sha256}/{recipe}/{file}", p.serveVariant)
	mux.HandleFunc("GET /v/{sha256}/{recipe}/altered/{file}", p.serveLabelled)
	mux.HandleFunc("GET /o/{token}", p.serveOriginal)
	mux.HandleFunc("GET /assets/{hash}/{file}", p.serveAsset)
	mux.HandleFunc("GET /embed/{file}", p.serveEmbed)
	return mux
}

// immutable is the Cache-Control of what an address holds for ever.
const immutable = "public, max-age=31536000, immutable"

// serveFresh answers with a body that may be stored but must be asked for
// again each time, so that a gallery that was hidden is gone at once. The ETag
// is of the body itself: it changes with whatever the reader would see,
// whether the listing, a setting or a release of vitrine changed it.
func serveFresh(w http.ResponseWriter, r *http.Request, contentType string, body []byte) {
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Cache-Control", "public, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // a reader who went away is not our error
}

// matches reports whether the list of an If-None-Match names the tag. The
// comparison is the weak one (RFC 9110, 13.1.2): a proxy that compresses
// weakens our tags.
func matches(list, etag string) bool {
	for candidate := range strings.SplitSeq(list, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == etag {
			return true
		}
	}
	return false
}

// refuse answers an error: 404 for what is not there or not public, 500 with
// a log line for the rest.
func (p *portal) refuse(w http.ResponseWriter, r *http.Request, err error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	status, code, text := http.StatusNotFound, vitrine.CodeNotFound, "Not found"
	if vitrine.CodeOf(err) != vitrine.CodeNotFound {
		status, code, text = http.StatusInternalServerError, vitrine.CodeInternal, "Internal server error"
		if r.Context().Err() == nil { // else the reader went away, and that is why
			p.log.ErrorContext(r.Context(), "public request", "path", r.Pattern, "err", err)
		}
	}
	if strings.HasPrefix(r.URL.Path, "/g/") {
		h.Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{ // the reader may be gone
			"statusCode": status, "message": text, "error": http.StatusText(status), "code": code,
		})
		return
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text)
}

// public gives what the public sees of the gallery that the address names.
func (p *portal) public(r *http.Request) (gallery.Shown, error) {
	id := r.PathValue("gallery")
	if strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return gallery.Shown{}, errNotFound // not one that we gave out; a database may choke on it
	}
	return p.gallery.Public(r.Context(), id)
}

// errNotFound is the answer to an address that names nothing.
var errNotFound = vitrine.Errorf(vitrine.CodeNotFound, "Not found")

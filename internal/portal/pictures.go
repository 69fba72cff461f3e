package portal

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// serveVariant answers with one rendition. Its address never names other
// bytes, so it may be kept for a year; once no media shows the content any
// more, it is gone for whoever doesn't hold a copy (Listings API 3.3).
func (p *portal) serveVariant(w http.ResponseWriter, r *http.Request) {
	shareWithAll(w)
	c, v, err := p.variant(r)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	p.serveStored(w, r, c, v)
}

// Headers that never differ. Setting them by their canonical names, with the same
// values each time, spares a rendition half of its allocations.
var (
	anyOrigin   = []string{"*"}
	crossOrigin = []string{"cross-origin"}
	forAYear    = []string{immutable}
	noSniffing  = []string{"nosniff"}
	byRanges    = []string{"bytes"}
)

// shareWithAll lets pages of any site read a rendition.
func shareWithAll(w http.ResponseWriter) {
	h := w.Header()
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Cross-Origin-Resource-Policy"] = crossOrigin
}

// serveStored answers with a rendition as it is stored.
func (p *portal) serveStored(w http.ResponseWriter, r *http.Request, c vitrine.Content, v vitrine.Variant) {
	tag := variantTag(c, v.Name)
	switch {
	case r.Header.Get("If-Match") == "" && matches(r.Header.Get("If-None-Match"), tag):
		nameVariant(w, "", tag) // there is no type (RFC 9110, 15.4.5)
		w.Header()["X-Content-Type-Options"] = noSniffing
		w.WriteHeader(http.StatusNotModified)
	case v.Bytes <= smallBytes:
		p.serveSmall(w, r, c, v, tag)
	default:
		p.serveBlob(w, r, gallery.VariantKey(c.SHA256, c.Recipe, v), func() { nameVariant(w, v.Type, tag) })
	}
}

// nameVariant sets the headers of a rendition.
func nameVariant(w http.ResponseWriter, mediaType, tag string) {
	h := w.Header()
	if mediaType != "" {
		h["Content-Type"] = []string{mediaType}
	}
	h["Cache-Control"] = forAYear
	h["Etag"] = []string{tag}
}

// variantTag is the ETag of a rendition; name is its own among those of the
// content.
func variantTag(c vitrine.Content, name string) string {
	return `"` + c.SHA256[:32] + "-" + c.Recipe + "-" + name + `"`
}

// variant finds what the address of a rendition names.
func (p *portal) variant(r *http.Request) (vitrine.Content, vitrine.Variant, error) {
	digest := r.PathValue("sha256")
	if !isDigest(digest) {
		return vitrine.Content{}, vitrine.Variant{}, errNotFound
	}
	c, err := p.gallery.VariantShown(r.Context(), digest)
	if err != nil {
		return vitrine.Content{}, vitrine.Variant{}, err
	}
	i := slices.IndexFunc(c.Variants, func(v vitrine.Variant) bool { return v.File() == r.PathValue("file") })
	if i < 0 || c.Recipe != r.PathValue("recipe") {
		return vitrine.Content{}, vitrine.Variant{}, errNotFound
	}
	return c, c.Variants[i], nil
}

// serveOriginal answers with the bytes as they were sent, to be saved and not
// shown: they are a stranger's, and may be anything that begins like a picture.
func (p *portal) serveOriginal(w http.ResponseWriter, r *http.Request) {
	digest, ok := p.urls.verify(r.PathValue("token"))
	if !ok {
		p.refuse(w, r, errNotFound)
		return
	}
	c, err := p.gallery.VariantShown(r.Context(), digest)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	p.serveBlob(w, r, gallery.OriginalKey(digest), func() {
		h := w.Header()
		h.Set("Content-Type", c.Type)
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", digest[:12]+"."+extension(c.Type)))
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		h.Set("Cache-Control", "private, no-store")
	})
}

// extension is how the file names of a media type end. The type's own name
// will do where the system of whoever saves the file knows it.
func extension(mediaType string) string {
	switch mediaType {
	case "video/quicktime":
		return "mov"
	case "video/x-msvideo":
		return "avi"
	}
	_, name, _ := strings.Cut(mediaType, "/")
	return name
}

// serveBlob answers with the bytes at the key, whole or by ranges. The headers
// are set only when the bytes are there: an error must not be kept for a year.
func (p *portal) serveBlob(w http.ResponseWriter, r *http.Request, key string, setHeaders func()) {
	object, err := p.blobs.Open(r.Context(), key)
	if errors.Is(err, blob.ErrNotFound) {
		err = errNotFound // deleted between the two looks
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	defer func() {
		if err := object.Close(); err != nil {
			p.log.WarnContext(r.Context(), "close blob", "key", key, "err", err)
		}
	}()
	setHeaders()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	// No time of change: the ETag is the validator, and a copy of the same
	// bytes in another bucket has another time. A file is handed over as one, as
	// the kernel then sends it by itself.
	http.ServeContent(w, r, "", time.Time{}, object.ReadSeekCloser)
}

package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

//go:embed embed/gallery.js
var galleryJS []byte

//go:embed embed/gallery.css
var galleryCSS string

//go:embed viewer/pannellum.js
var viewerJS []byte

//go:embed viewer/COPYING
var viewerLicence []byte

//go:embed viewer/panorama.js
var panoramaJS []byte

//go:embed viewer/panorama.css
var panoramaCSS string

// Where other sites find the scripts, below the base of all addresses. The
// component finds the viewer beside its gallery: "/g/x" and "../embed/".
const (
	galleryPath  = "/embed/vitrine-gallery.js"
	panoramaPath = "/embed/vitrine-panorama.js"
)

// renewed is the Cache-Control of what other sites load by a fixed address: a
// release of vitrine reaches them within an hour, and a page never waits for
// the question whether there is one.
const renewed = "public, max-age=3600, stale-while-revalidate=86400"

// asset is a script.
type asset struct {
	hash    string // of its body
	body    []byte
	gzipped []byte
}

func newAsset(parts ...[]byte) asset {
	body := bytes.Join(parts, nil)
	sum := sha256.Sum256(body)
	var gzipped bytes.Buffer
	w, _ := gzip.NewWriterLevel(&gzipped, gzip.BestCompression) // a level that there is
	_, _ = w.Write(body)                                        // a Buffer takes all
	_ = w.Close()
	return asset{hash: hex.EncodeToString(sum[:16]), body: body, gzipped: gzipped.Bytes()}
}

// withStyle is a call of the function that a script consists of. The style sheet
// that it takes goes where the script goes.
func withStyle(script []byte, css string) []byte {
	argument, _ := json.Marshal(css) // of a string: can't fail
	return bytes.Join([][]byte{bytes.TrimSpace(script), []byte("("), argument, []byte(");\n")}, nil)
}

// scripts are what a page with something to look at loads.
type scripts struct {
	gallery  asset // ours
	panorama asset // Pannellum and ours, when somebody opens a panorama
}

func newScripts() scripts {
	return scripts{
		gallery: newAsset(withStyle(galleryJS, galleryCSS)),
		// Its licence has to go wherever a copy goes.
		panorama: newAsset([]byte("/*\n"), viewerLicence, []byte("*/\n"), viewerJS, []byte("\n"), withStyle(panoramaJS, panoramaCSS)),
	}
}

// galleryAsset is the address of the component for our own page. It holds the
// digest of the script, so it may be kept for a year.
func (s scripts) galleryAsset() string { return "/assets/" + s.gallery.hash + "/vitrine-gallery.js" }

func (p *portal) serveAsset(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != p.scripts.galleryAsset() {
		p.refuse(w, r, errNotFound)
		return
	}
	p.scripts.gallery.serve(w, r, immutable)
}

func (p *portal) serveEmbed(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case galleryPath:
		p.scripts.gallery.serve(w, r, renewed)
	case panoramaPath:
		p.scripts.panorama.serve(w, r, renewed)
	default:
		p.refuse(w, r, errNotFound)
	}
}

// serve answers with the script, to pages of any site.
func (a asset) serve(w http.ResponseWriter, r *http.Request, cacheControl string) {
	shareWithAll(w)
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", cacheControl)
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	body, etag := a.body, `"`+a.hash+`"`
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		body, etag = a.gzipped, `"`+a.hash+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// takesGzip reports whether an Accept-Encoding names gzip, and not to refuse it.
func takesGzip(accept string) bool {
	for coding := range strings.SplitSeq(accept, ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.TrimSpace(name) == "gzip" {
			weight = strings.ReplaceAll(weight, " ", "")
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}

package portal

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"time"
)

//go:embed viewer/pannellum.js
var viewerJS []byte

//go:embed viewer/COPYING
var viewerLicence []byte

//go:embed viewer/panorama.js
var panoramaJS []byte

//go:embed viewer/panorama.css
var panoramaCSS string

// asset is a script of the page. Its address holds its digest, so it may be
// kept for a year.
type asset struct {
	hash string
	name string
	body []byte
}

func newAsset(name string, parts ...[]byte) asset {
	body := bytes.Join(parts, nil)
	sum := sha256.Sum256(body)
	return asset{hash: hex.EncodeToString(sum[:16]), name: name, body: body}
}

// path is the asset's address below the base of all addresses.
func (a asset) path() string { return "/assets/" + a.hash + "/" + a.name }

// scripts are what a page with a panorama loads.
type scripts struct {
	panorama asset // ours, with the page
	viewer   asset // Pannellum, when somebody opens a panorama
}

func newScripts() scripts {
	return scripts{
		panorama: newAsset("panorama.js", panoramaJS),
		// Its licence has to go wherever a copy goes.
		viewer: newAsset("pannellum.js", []byte("/*\n"), viewerLicence, []byte("*/\n"), viewerJS),
	}
}

func (p *portal) serveAsset(w http.ResponseWriter, r *http.Request) {
	for _, a := range []asset{p.scripts.panorama, p.scripts.viewer} {
		if a.hash != r.PathValue("hash") || a.name != r.PathValue("file") {
			continue
		}
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", immutable)
		h.Set("ETag", `"`+a.hash+`"`)
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
		return
	}
	p.refuse(w, r, errNotFound)
}

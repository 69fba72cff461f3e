package dashboard

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"time"
)

//go:embed static/style.css static/htmx.min.js static/edit.js static/hx-sse.min.js static/icon.svg
var staticFiles embed.FS

// asset is a file that all pages use. Its address holds its digest, so that it
// may be kept for a year.
type asset struct {
	hash, contentType string
	body              []byte
}

func newAssets() map[string]asset {
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	assets := map[string]asset{}
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, entry := range entries {
		body, err := staticFiles.ReadFile("static/" + entry.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(body)
		assets[entry.Name()] = asset{hash: hex.EncodeToString(sum[:8]), contentType: types[path.Ext(entry.Name())], body: body}
	}
	return assets
}

// staticPath is the address of a file.
func (d *Dashboard) staticPath(name string) string {
	return "/static/" + d.static[name].hash + "/" + name
}

func (d *Dashboard) serveStatic(w http.ResponseWriter, r *http.Request) {
	a, ok := d.static[r.PathValue("file")]
	if !ok || a.hash != r.PathValue("hash") {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

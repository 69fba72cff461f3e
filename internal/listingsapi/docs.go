package listingsapi

import (
	"embed"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// docsPolicy allows the page its own script, style and requests, and nothing
// from elsewhere: it works without the internet and can't leak a key to it.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed docs
var docsFiles embed.FS

// serveDocs adds the OpenAPI document, and a page to read and try it. Neither
// needs a key.
func (a *api) serveDocs(rt *router, doc huma.API) {
	doc.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: "/openapi.json", OperationID: "openapi", Tags: []string{"Document"},
		Summary: "Get this document; no key is needed",
		Responses: map[string]*huma.Response{"200": {
			Description: "An OpenAPI 3.1 document",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}},
		}},
	})
	a.document = finish(doc)
	rt.add(http.MethodGet, Base+"/openapi.json", a.static("application/json", a.document))
	for _, page := range []struct{ path, file, contentType string }{
		{"/docs", "docs/index.html", "text/html; charset=utf-8"},
		{"/docs/docs.js", "docs/docs.js", "text/javascript; charset=utf-8"},
		{"/docs/docs.css", "docs/docs.css", "text/css; charset=utf-8"},
	} {
		content, err := docsFiles.ReadFile(page.file)
		if err != nil {
			panic("listingsapi: " + err.Error()) // the build embeds them
		}
		rt.add(http.MethodGet, Base+page.path, a.static(page.contentType, content))
	}
}

func (a *api) static(contentType string, content []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Length", strconv.Itoa(len(content)))
		h.Set("Content-Security-Policy", docsPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if _, err := w.Write(content); err != nil {
			a.log.InfoContext(r.Context(), "answer not delivered", "err", err)
		}
	})
}

package main

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// face is one of the APIs.
type face string

const (
	listingsFace    face = "/api/v1"
	classifiedsFace face = "/caas/v4"
	uploadsFace     face = "/api/v1/uploads" // has no document of its own
)

// header carries a key, or a token, "" for none, as the face takes it.
func (f face) header(bearer string) http.Header {
	h := http.Header{}
	switch {
	case bearer == "":
	case f == classifiedsFace:
		h.Set("Authorization", "Bearer "+bearer)
	default:
		h.Set("X-API-Key", bearer)
	}
	return h
}

// route is an operation of the server.
type route struct {
	face   face
	method string
	path   string // with {names}
	scope  string // of the Classifieds API
	body   string // with {names}; "" for none
	header http.Header
}

func (r route) String() string { return r.method + " " + r.path }

// harm is how much an operation may change of what others are about.
func (r route) harm() int {
	if strings.HasSuffix(r.path, "/bulk") { // which deletes
		return 5
	}
	return slices.Index([]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodPut, "bulk", http.MethodDelete}, r.method)
}

// named are the bodies and queries of operations that name something there, as
// {what it is}. Every other operation with a JSON body is sent an empty object.
var named = map[string]string{
	"PUT /api/v1/listings":                             `{"externalId":"probe","files":[{"id":{media id}}]}`,
	"POST /api/v1/listings/bulk":                       `{"operations":[{"op":"delete","id":{listings id}},{"op":"unlink","id":{listings id}},{"op":"link","id":{listings id},"externalId":"x"},{"op":"upsert","id":{listings id}},{"op":"validate","externalId":"probe","files":[{"id":{media id}}]}]}`,
	"POST /api/v1/listings/{id}/link":                  `{"externalId":"mine"}`,
	"POST /api/v1/media/bulk":                          `{"operations":[{"op":"delete","id":{media id}},{"op":"unlink","id":{media id}},{"op":"link","id":{media id},"externalId":"x"},{"op":"confirm-upload","mediaId":{media id}},{"op":"delete","externalId":"{media externalId}"}]}`,
	"POST /api/v1/media/{id}/link":                     `{"externalId":"mine"}`,
	"PATCH /api/v1/webhooks/{id}":                      `{"enabled":false}`,
	"POST /api/v1/webhooks/{id}/replay":                `{"ids":[1]}`,
	"GET /api/v1/job/status":                           `?id={job id}`,
	"PUT /caas/v4/classifieds/{classifiedId}":          `{"portals":["SL"],"data":{},"media":[]}`,
	"GET /caas/v4/classifieds/{classifiedId}/statuses": `?limit=1`,
}

// open are the operations for which no key is needed: the document itself, the
// signed upload, and the way to a token.
var open = []string{
	"GET /api/v1/openapi.json", "GET /caas/v4/openapi.json", "POST /oauth/token", "PUT /api/v1/media/upload/{uuid}",
}

// resumableRoutes are those of tus, of which no document tells.
var resumableRoutes = []route{
	{method: http.MethodPost, path: "/api/v1/uploads", header: http.Header{"Upload-Length": {"10"}}},
	{method: http.MethodHead, path: "/api/v1/uploads/{id}"},
	{method: http.MethodPatch, path: "/api/v1/uploads/{id}", body: "0123456789", header: http.Header{"Upload-Offset": {"0"}, "Content-Type": {"application/offset+octet-stream"}}},
	{method: http.MethodDelete, path: "/api/v1/uploads/{id}"},
}

// routes are all operations of the server that need a key, from the documents
// that it serves, those that change the least first. An operation that is open
// without being known to be is an error.
func (s *server) routes(t testing.TB) (all []route) {
	t.Helper()
	var opened []string
	for _, f := range []face{listingsFace, classifiedsFace} {
		var document struct {
			Paths map[string]map[string]struct {
				Security    []map[string][]string
				RequestBody *struct{ Content map[string]any }
			}
		}
		if err := json.Unmarshal(get(t, s.base+string(f)+"/openapi.json").Body, &document); err != nil {
			t.Fatal(err)
		}
		for path, methods := range document.Paths {
			for method, op := range methods {
				r := route{face: f, method: strings.ToUpper(method), path: string(f) + path}
				if path == "/oauth/token" {
					r.path = path
				}
				if len(op.Security) == 0 {
					opened = append(opened, r.String())
					continue
				}
				if scopes := op.Security[0]["bearer"]; f == classifiedsFace && len(scopes) == 1 {
					r.scope = scopes[0]
				}
				if query, ok := strings.CutPrefix(named[r.String()], "?"); ok {
					r.path += "?" + query
				} else if op.RequestBody != nil {
					r.body = cmp.Or(named[r.String()], "{}")
					r.header = http.Header{"Content-Type": {"application/json"}}
				}
				all = append(all, r)
			}
		}
	}
	if slices.Sort(opened); !slices.Equal(opened, open) {
		t.Errorf("operations without a key: %q, want %q", opened, open)
	}
	for _, r := range resumableRoutes {
		r.face, r.header = uploadsFace, maps.Clone(r.header)
		if r.header == nil {
			r.header = http.Header{}
		}
		r.header.Set("Tus-Resumable", "1.0.0")
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b route) int {
		return cmp.Or(a.harm()-b.harm(), strings.Compare(a.path, b.path))
	})
	return all
}

// inPath and inBody are names that stand for what is asked for.
var (
	inPath = regexp.MustCompile(`/([a-z]+)(?:/external)?/\{([a-zA-Z]+)\}`)
	inText = regexp.MustCompile(`\{[a-z]+ [a-zA-Z]+\}`)
)

// with is the route with what it names: its path, and its body.
func (r route) with(t testing.TB, names ids) (path, body string) {
	t.Helper()
	name := func(what string) string {
		value, ok := names[what]
		if !ok {
			t.Fatalf("%s: the world has no %q", r, what)
		}
		return value
	}
	fill := func(text string) string {
		return inText.ReplaceAllStringFunc(text, func(s string) string { return name(strings.Trim(s, "{}")) })
	}
	path = r.path
	for {
		at := inPath.FindStringSubmatchIndex(path)
		if at == nil {
			return fill(path), fill(r.body)
		}
		value := name(path[at[2]:at[3]] + " " + path[at[4]:at[5]])
		path = path[:at[4]-1] + value + path[at[5]+1:]
	}
}

// as asks for a route with that key or token, "" for none.
func (w *world) as(t testing.TB, bearer string, r route, names ids) reply {
	t.Helper()
	path, body := r.with(t, names)
	header := r.face.header(bearer)
	maps.Copy(header, r.header)
	return w.ask(t, r.method, path, header, body)
}

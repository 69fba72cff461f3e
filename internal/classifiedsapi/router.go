package classifiedsapi

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// router is http.ServeMux with the contract's own answers to unknown paths and
// wrong methods, and without its redirects of unclean paths.
type router struct {
	mux    *http.ServeMux
	paths  map[string]methods
	refuse func(http.ResponseWriter, *http.Request, error)
}

// methods are the handlers of one path.
type methods map[string]http.Handler

func newRouter(refuse func(http.ResponseWriter, *http.Request, error)) *router {
	rt := &router{mux: http.NewServeMux(), paths: map[string]methods{}, refuse: refuse}
	rt.mux.HandleFunc("/", rt.unknown)
	return rt
}

// add registers a handler. A template has no trailing slash.
func (rt *router) add(method, template string, h http.Handler) {
	known := rt.paths[template]
	if known == nil {
		known = methods{}
		rt.paths[template] = known
		rt.mux.HandleFunc(template, func(w http.ResponseWriter, r *http.Request) {
			exchangeOf(r).route = template
			rt.choose(w, r, known)
		})
	}
	known[method] = h
}

func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path.Clean(r.URL.Path) != r.URL.Path {
		rt.unknown(w, r)
		return
	}
	rt.mux.ServeHTTP(w, r)
}

// choose calls the handler of the method. One of GET answers HEAD too.
func (rt *router) choose(w http.ResponseWriter, r *http.Request, known methods) {
	h := known[r.Method]
	if h == nil && r.Method == http.MethodHead {
		h = known[http.MethodGet]
	}
	if h == nil {
		w.Header().Set("Allow", known.allow())
		rt.refuse(w, r, refusal(vitrine.CodeMethodNotAllowed, "", "Cannot "+r.Method+" "+r.URL.EscapedPath()))
		return
	}
	h.ServeHTTP(w, r)
}

func (rt *router) unknown(w http.ResponseWriter, r *http.Request) {
	rt.refuse(w, r, refusal(vitrine.CodeNotFound, "", "Cannot "+r.Method+" "+r.URL.EscapedPath()))
}

// allow is the value of an Allow header.
func (m methods) allow() string {
	var names []string
	for method := range m {
		names = append(names, method)
		if method == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

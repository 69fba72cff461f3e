package listingsapi

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// router finds the handler of a request. It is not http.ServeMux, because
// section 2 of the contract lets the literal "external" win over {id} whatever
// follows, where ServeMux refuses two patterns of one method that overlap
// (/media/external/{externalId} and /media/{id}/link), and because ServeMux
// answers unclean paths, unknown paths and wrong methods in its own shape.
type router struct {
	paths    []*path // the more specific first
	unrouted func(http.ResponseWriter, *http.Request, *errorBody)
}

// path is one path template with the handlers of its methods.
type path struct {
	template string
	segments []string // "{name}" takes any one segment that is not empty
	methods  map[string]http.Handler
}

// add registers a handler. A template has no trailing slash.
func (rt *router) add(method, template string, h http.Handler) {
	for _, p := range rt.paths {
		if p.template == template {
			p.methods[method] = h
			return
		}
	}
	rt.paths = append(rt.paths, &path{
		template: template,
		segments: strings.Split(template, "/"),
		methods:  map[string]http.Handler{method: h},
	})
	slices.SortStableFunc(rt.paths, moreSpecific)
}

// moreSpecific orders templates that can match the same path, which those of
// one length can: at the first segment in which one has a literal and the other
// a wildcard, the literal comes first.
func moreSpecific(a, b *path) int {
	if longer := cmp.Compare(len(a.segments), len(b.segments)); longer != 0 {
		return longer
	}
	for i := range a.segments {
		switch wildA, wildB := isWildcard(a.segments[i]), isWildcard(b.segments[i]); {
		case wildA && !wildB:
			return 1
		case wildB && !wildA:
			return -1
		}
	}
	return 0
}

func isWildcard(segment string) bool { return strings.HasPrefix(segment, "{") }

// ServeHTTP calls the handler of the most specific path that matches. A GET
// handler answers HEAD too.
func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	segments, err := split(r.URL)
	if err != nil {
		rt.unrouted(w, r, routeUnknown(r))
		return
	}
	i := slices.IndexFunc(rt.paths, func(p *path) bool { return p.matches(segments) })
	if i < 0 {
		rt.unrouted(w, r, routeUnknown(r))
		return
	}
	p := rt.paths[i]
	exchangeOf(r).route = p.template

	h := p.methods[r.Method]
	if h == nil && r.Method == http.MethodHead {
		h = p.methods[http.MethodGet]
	}
	if h == nil {
		w.Header().Set("Allow", p.allow())
		rt.unrouted(w, r, methodUnknown(r))
		return
	}
	for i, segment := range p.segments {
		if isWildcard(segment) {
			r.SetPathValue(strings.Trim(segment, "{}"), segments[i])
		}
	}
	h.ServeHTTP(w, r)
}

// split decodes each segment once, so that an external id may hold a slash or
// a percent sign (section 2).
func split(u *url.URL) ([]string, error) {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return nil, err
		}
		segments[i] = decoded
	}
	return segments, nil
}

func (p *path) matches(segments []string) bool {
	return slices.EqualFunc(p.segments, segments, func(want, got string) bool {
		if isWildcard(want) {
			return got != ""
		}
		return want == got
	})
}

// allow is the value of an Allow header.
func (p *path) allow() string {
	var methods []string
	for method := range p.methods {
		methods = append(methods, method)
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

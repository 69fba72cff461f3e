// Package badorigin is a host of photos that misbehaves in the ways that hosts
// of photos do, each time in the one that the URL names:
//
//	/slow/5s/kitchen.jpg              answers after five seconds
//	/redirect/3/status/404/hall.jpg   redirects three times, to where nothing is
//
// The last part of a path names the photo, which is drawn after it; the parts
// before it are patterns, obeyed from left to right. Whoever sends photos can
// try out what becomes of them, and so do our own tests.
package badorigin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Pattern is one way to misbehave.
type Pattern struct {
	Path    string              // "/slow/{duration}"
	Means   string              // what it does, in a sentence
	Example string              // a path with it
	Failure vitrine.FailureCode // what comes of the example with the default limits, "" for a photo

	name  string // the first part of Path
	args  int    // parts behind it
	serve func(x *exchange, args []string) (answered bool, err error)
}

// maxRemembered bounds the URLs whose requests are counted. Beyond it all
// counting begins anew.
const maxRemembered = 10_000

// Origin is the host, as a handler. It is safe for concurrent use.
type Origin struct {
	now   func() time.Time
	mu    sync.Mutex
	asked map[string]int // by URI
}

// New makes an Origin with that clock.
func New(now func() time.Time) *Origin {
	return &Origin{now: now, asked: map[string]int{}}
}

// Patterns are all of them, in the order in which they are listed.
func Patterns() []Pattern { return slices.Clone(patterns) }

// exchange is a request being answered.
type exchange struct {
	w      http.ResponseWriter
	r      *http.Request
	origin *Origin
	nth    int    // how often this very URL has been asked for, with this time
	name   string // of the photo
	rest   string // of the path, behind the pattern being obeyed: "/photo.jpg"
}

// ServeHTTP obeys the URL. What can't be obeyed is answered with 404 and a hint.
func (o *Origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/":
		o.index(w, r)
		return
	case "/listing.json":
		o.listing(w, r)
		return
	case "/classified.json":
		o.classified(w, r)
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	x := &exchange{w: w, r: r, origin: o, nth: o.count(r.RequestURI), name: parts[len(parts)-1] + version(r.URL)}
	if err := x.obey(parts); err != nil {
		http.Error(w, err.Error()+"; what there is is listed at /", http.StatusNotFound)
	}
}

func (o *Origin) count(uri string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.asked) >= maxRemembered {
		clear(o.asked)
	}
	o.asked[uri]++
	return o.asked[uri]
}

// version is what makes the photo of a name another one: "?v=2".
func version(u *url.URL) string {
	if v := u.Query().Get("v"); v != "" {
		return "?v=" + v
	}
	return ""
}

// obey follows the patterns to the photo's name, or to the first that answers.
func (x *exchange) obey(parts []string) error {
	for len(parts) > 1 {
		i := slices.IndexFunc(patterns, func(p Pattern) bool { return p.name == parts[0] })
		if i < 0 {
			return fmt.Errorf("there is no pattern %q", parts[0])
		}
		p := patterns[i]
		if len(parts) < p.args+2 {
			return fmt.Errorf("a URL of this kind is %s/photo.jpg", p.Path)
		}
		args := parts[1 : p.args+1]
		parts = parts[p.args+1:]
		x.rest = "/" + strings.Join(parts, "/")
		if answered, err := p.serve(x, args); err != nil || answered {
			return err
		}
	}
	x.send(Photo(x.name))
	return nil
}

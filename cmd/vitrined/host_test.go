package main

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// host is where the pictures of an agency are. It answers each URI with a
// picture of its own, unless it is told otherwise, and notes what it is asked
// for: anything but a GET is an error of the test.
type host struct {
	*httptest.Server
	t *testing.T // whose name makes its pictures differ from those of other hosts

	mu       sync.Mutex
	visits   []visit
	answered map[string]int           // by URI
	answers  map[string][]int         // by path: the next statuses, of which the last one stays
	tags     map[string]string        // by path: the ETag of what is there
	held     map[string]chan struct{} // by path or whole URI: closed when it may be answered
}

// visit is one request, with the status that it was given.
type visit struct {
	method, uri string
	status      int
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{
		t: t, answered: map[string]int{}, answers: map[string][]int{}, tags: map[string]string{}, held: map[string]chan struct{}{},
	}
	h.Server = httptest.NewServer(h)
	t.Cleanup(func() {
		h.CloseClientConnections() // which lets go what is held
		h.Close()
		for _, v := range h.visits {
			if v.method != http.MethodGet {
				t.Errorf("the host was sent a %s for %s", v.method, v.uri)
			}
		}
	})
	return h
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := pathOf(r.RequestURI)
	h.mu.Lock()
	status, tag, held := http.StatusOK, h.tags[path], h.held[r.RequestURI]
	if held == nil {
		held = h.held[path]
	}
	if next := h.answers[path]; len(next) > 0 {
		status = next[0]
		if len(next) > 1 {
			h.answers[path] = next[1:]
		}
	}
	if status == http.StatusOK && tag != "" && r.Header.Get("If-None-Match") == tag {
		status = http.StatusNotModified
	}
	h.visits = append(h.visits, visit{r.Method, r.RequestURI, status})
	h.mu.Unlock()

	if held != nil {
		select {
		case <-held:
		case <-r.Context().Done():
			return
		}
	}
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
	w.WriteHeader(status)
	if status == http.StatusOK {
		_, _ = w.Write(h.picture(r.RequestURI + tag))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answered[r.RequestURI]++
}

// picture is a small JPEG that is nowhere else.
func (h *host) picture(name string) []byte {
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(h.t.Name() + name))
	return photo(h.t, seed.Sum64(), 48, 36)
}

// pathOf is a URI without whatever a sender has added to it.
func pathOf(uri string) string {
	if i := strings.IndexAny(uri, "?&"); i >= 0 {
		return uri[:i]
	}
	return uri
}

// answer has the host answer a path with these statuses in turn, and from then
// on with the last one.
func (h *host) answer(path string, statuses ...int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers[path] = statuses
}

// tag has the host serve another picture at a path, and name it by that ETag.
func (h *host) tag(path, etag string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tags[path] = etag
}

// hold has the host let requests for a path, or a whole URI, wait until release
// is called.
func (h *host) hold(uri string) (release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := make(chan struct{})
	h.held[uri] = held
	return func() { close(held) }
}

// urls are n pictures of the host.
func (h *host) urls(n int) (urls []string) {
	for i := range n {
		urls = append(urls, fmt.Sprintf("%s/%d.jpg", h.URL, i))
	}
	return urls
}

// gets counts the requests of each URI.
func (h *host) gets() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	counts := map[string]int{}
	for _, v := range h.visits {
		counts[v.uri]++
	}
	return counts
}

// expect compares the requests so far with these.
func (h *host) expect(t *testing.T, want map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, h.gets()); diff != "" {
		t.Errorf("the requests to the host (-want +got):\n%s", diff)
	}
}

// expectAnswers compares the statuses that each URI was given with these.
func (h *host) expectAnswers(t *testing.T, want map[string][]int) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	got := map[string][]int{}
	for _, v := range h.visits {
		got[v.uri] = append(got[v.uri], v.status)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the answers of the host (-want +got):\n%s", diff)
	}
}

// waitFor waits until each of these URIs has been asked for.
func (h *host) waitFor(t *testing.T, uris ...string) {
	t.Helper()
	wait(t, fmt.Sprintf("requests for %q", uris), func() bool {
		counts := h.gets()
		return !slices.ContainsFunc(uris, func(uri string) bool { return counts[uri] == 0 })
	})
}

// waitForAnswers waits until each of these URIs has been answered.
func (h *host) waitForAnswers(t *testing.T, uris ...string) {
	t.Helper()
	wait(t, fmt.Sprintf("answers to %q", uris), func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return !slices.ContainsFunc(uris, func(uri string) bool { return h.answered[uri] == 0 })
	})
}

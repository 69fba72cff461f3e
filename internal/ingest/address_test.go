package ingest_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// forbiddenToPages are spellings of what a page may not lead us to. Loopback is among
// them: that the operator lets senders name it is no leave for their pages.
var forbiddenToPages = []string{
	"localhost", "127.0.0.2", "127.1", "2130706433", "0x7f000001", "017700000001", "127.0.0.1.", "[::1]", "[::]", "0.0.0.0",
	"[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::1]", "10.0.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
	"[fe80::1%25lo]", "[fd00:ec2::254]", "168.63.129.16",
}

// forbiddenToSenders are those that nobody may name.
var forbiddenToSenders = []string{
	"127.1", "2130706433", "0x7f000001", "017700000001", "127.0.0.1.", "[::1]", "[::]", "0.0.0.0",
	"[64:ff9b::7f00:1]", "[2002:7f00:1::1]", "10.0.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
	"[fe80::1%25lo]", "[fd00:ec2::254]", "168.63.129.16",
}

// bait is the page of a tour, whose host is another than that of what it names:
// an oEmbed answer or a preview at the URL in the query, at once or behind a
// redirect.
type bait struct {
	*httptest.Server
	inside string       // port of a server on all addresses, which nobody is to reach
	pages  atomic.Int64 // asked for
}

func newBait(t *testing.T) *bait {
	t.Helper()
	var reached atomic.Int64
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	inside := &httptest.Server{Listener: listener, Config: &http.Server{
		Handler:   http.NotFoundHandler(),
		ConnState: func(net.Conn, http.ConnState) { reached.Add(1) },
	}}
	inside.Start()
	b := &bait{}
	if _, b.inside, err = net.SplitHostPort(listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	page := func(pattern, html string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			b.pages.Add(1)
			w.Header().Set("Content-Type", "text/html")
			_, _ = fmt.Fprintf(w, "<title>The house</title>"+html, r.URL.Query().Get("to"))
		})
	}
	page("GET /oembed", `<link rel="alternate" type="application/json+oembed" href="%s">`)
	page("GET /preview", `<meta property="og:image" content="%s">`)
	page("GET /oembed-away", `<link rel="alternate" type="application/json+oembed" href="/away?to=%s">`)
	page("GET /preview-away", `<meta property="og:image" content="/away?to=%s">`)
	page("GET /oembed-preview", `<link rel="alternate" type="application/json+oembed" href="/says?to=%s">`)
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{r.URL.Query().Get("to")}
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("GET /says", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"thumbnail_url":%q}`, r.URL.Query().Get("to"))
	})
	b.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		b.Close()
		inside.Close()
		if n := reached.Load(); n != 0 {
			t.Errorf("the server inside was connected to: %d changes of a connection", n)
		}
	})
	return b
}

// target is a URL of the server inside.
func (b *bait) target(host string) string { return "http://" + host + ":" + b.inside + "/picture.png" }

// tours has tours fetched, and gives what became of each.
func (w *works) tours(t *testing.T, addresses []string) (ended []vitrine.Media) {
	t.Helper()
	var ids []string
	for _, address := range addresses {
		result, err := w.PostClassified(t.Context(), w.account, gallery.ClassifiedInput{
			Portals: []string{"SL"}, Data: []byte("{}"), Media: []gallery.ClassifiedMedia{{URL: address, Type: vitrine.VirtualTour}},
		}, gallery.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, result.Classified.UUID)
	}
	for i, id := range ids {
		until(t, addresses[i], func() bool {
			placed, err := w.ClassifiedMedia(t.Context(), w.account, id)
			if err != nil || len(placed) != 1 {
				t.Fatalf("%d media, %v", len(placed), err)
			}
			if placed[0].Media.State.Ended() {
				ended = append(ended, placed[0].Media)
			}
			return len(ended) > i
		})
	}
	return ended
}

// What the page of a tour names is asked for only where the public is: neither
// its oEmbed answer nor its preview leads inside, and the tour is as good
// without them.
func TestPagesLeadNowhereInside(t *testing.T) {
	t.Parallel()
	w, b := start(t, self(t), "imaging-worker"), newBait(t)
	var pages []string
	for _, host := range forbiddenToPages {
		for _, path := range []string{"/oembed", "/preview", "/oembed-preview"} {
			pages = append(pages, b.URL+path+"?to="+url.QueryEscape(b.target(host)))
		}
	}
	for i, m := range w.tours(t, pages) {
		wantBareTour(t, pages[i], m)
	}
	if got := b.pages.Load(); got != int64(len(pages)) {
		t.Errorf("%d pages were asked for, want %d", got, len(pages))
	}
	w.wantTried(t)
}

// Where not even the operator's exceptions lead, neither do tours, redirects of
// theirs, nor those of what their pages name.
func TestToursLeadNowhereInside(t *testing.T) {
	t.Parallel()
	w, b := start(t, self(t), "imaging-worker"), newBait(t)
	var links, pages []string
	for _, host := range forbiddenToSenders {
		to := "?to=" + url.QueryEscape(b.target(host))
		links = append(links, b.target(host), b.URL+"/away"+to)
		pages = append(pages, b.URL+"/oembed-away"+to, b.URL+"/preview-away"+to)
	}
	for i, m := range w.tours(t, links) {
		if m.State != vitrine.MediaFailed || m.Failure == nil || m.Failure.Code != vitrine.AddressForbidden {
			t.Errorf("%s: the tour is %s, %v", links[i], m.State, m.Failure)
		} else if strings.Contains(m.Failure.Detail, "/picture") {
			t.Errorf("%s: told as %q", links[i], m.Failure.Detail)
		}
	}
	for i, m := range w.tours(t, pages) {
		wantBareTour(t, pages[i], m)
	}
	w.wantTried(t)
}

// wantBareTour wants a tour that is good, without a preview.
func wantBareTour(t *testing.T, address string, m vitrine.Media) {
	t.Helper()
	if m.State != vitrine.MediaReady || m.Content != nil || m.Link == nil || m.Link.Title != "The house" {
		t.Errorf("%s: the tour is %s, %+v, %v", address, m.State, m.Link, m.Failure)
	}
}

// wantTried wants both kinds of links of pages to have been followed, in vain.
func (w *works) wantTried(t *testing.T) {
	t.Helper()
	for _, said := range []string{"a page's oEmbed answer can't be had", "a page's preview can't be had"} {
		if n := w.said.count(said); n < 10 {
			t.Errorf("%q was said %d times", said, n)
		}
	}
}

// Webhooks are called nowhere inside, however they are spelled; nor is it told
// what is there.
func TestWebhooksLeadNowhereInside(t *testing.T) {
	t.Parallel()
	p, b := startPost(t), newBait(t) // not even loopback
	hosts := append([]string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.0.0.2"}, forbiddenToSenders...)
	for some := range slices.Chunk(hosts, 10) { // an account has no more endpoints at one time
		var told []vitrine.Delivery
		for _, host := range some {
			told = append(told, p.tell(t, p.endpoint(t, b.target(host))))
		}
		for i, d := range told {
			got := p.attempted(t, d, 1).Attempts[0]
			if got.HTTPStatus != 0 || !slices.Contains([]string{"address is not allowed", "the name does not resolve"}, got.Detail) {
				t.Errorf("%s: %+v", some[i], got)
			}
			if err := p.RemoveEndpoint(t.Context(), p.account, d.EndpointID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

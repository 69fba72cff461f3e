package ingest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// tourOrigin serves the page of a tour, which changes and dies.
type tourOrigin struct {
	*httptest.Server
	title  atomic.Value // "" for a dead one
	pages  atomic.Int64
	silent atomic.Bool // its oEmbed endpoint is in trouble
}

func newTourOrigin(t *testing.T, preview []byte) *tourOrigin {
	t.Helper()
	o := &tourOrigin{}
	o.title.Store("The house")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tour", func(w http.ResponseWriter, _ *http.Request) {
		o.pages.Add(1)
		title := o.title.Load().(string)
		if title == "" {
			w.WriteHeader(http.StatusGone)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<title>%s</title><link rel="alternate" type="application/json+oembed" href="/oembed">`, title)
	})
	mux.HandleFunc("GET /oembed", func(w http.ResponseWriter, _ *http.Request) {
		if o.silent.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintf(w, `{"thumbnail_url":"http://%s/preview.png","html":"<iframe src='https://player.example/1'>"}`, o.Listener.Addr())
	})
	mux.HandleFunc("GET /preview.png", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(preview) })
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

func (w *works) wantTour(t *testing.T, galleryID, title string, poster bool) {
	t.Helper()
	var got string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		shown, err := w.Public(t.Context(), galleryID)
		if err != nil && vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Fatal(err)
		}
		switch {
		case shown.Tour == nil && title == "":
			return
		case shown.Tour == nil:
			got = "no tour"
		case shown.Tour.Link.Title == title && (shown.Tour.Content != nil) == poster:
			return
		default:
			got = fmt.Sprintf("%q, poster: %t", shown.Tour.Link.Title, shown.Tour.Content != nil)
		}
	}
	t.Fatalf("the public sees %s, want %q, poster: %t", got, title, poster)
}

// check lets time pass until the tour is due, and waits for its page to be asked
// for and for what follows of that.
func (w *works) check(t *testing.T, o *tourOrigin, pages int64) {
	t.Helper()
	before := o.pages.Load()
	w.ahead.Add(int64(vitrine.DefaultLimits().TourCheck) + int64(time.Second))
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); w.tasks(t) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("tasks are left")
		}
	}
	if got := o.pages.Load() - before; got != pages {
		t.Errorf("the page was asked for %d times, want %d", got, pages)
	}
}

func (w *works) tasks(t *testing.T) (n int) {
	t.Helper()
	loads, err := w.queue.Loads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, load := range loads {
		n += load.Tasks()
	}
	return n
}

// A tour is looked at from time to time: one that is as it was costs a request,
// one that has changed is shown as it is now, a dead one goes and comes back.
func TestTourChecks(t *testing.T) {
	t.Parallel()
	w, o := start(t, self(t), "imaging-worker"), newTourOrigin(t, picture(t))
	result, err := w.PostClassified(t.Context(), w.account, gallery.ClassifiedInput{
		Portals: []string{"SL"}, Data: []byte("{}"), Media: []gallery.ClassifiedMedia{{URL: o.URL + "/tour", Type: vitrine.VirtualTour}},
	}, gallery.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	id := result.Classified.Gallery
	w.wantTour(t, id, "The house", true)
	w.check(t, o, 1)
	w.wantTour(t, id, "The house", true)
	o.title.Store("Sold")
	w.check(t, o, 2)
	w.wantTour(t, id, "Sold", true)
	o.title.Store("")
	w.check(t, o, 2)
	w.wantTour(t, id, "", false)
	w.check(t, o, 1)
	o.title.Store("Sold")
	w.check(t, o, 2)
	w.wantTour(t, id, "Sold", true)
}

// An oEmbed endpoint in trouble takes nothing away.
func TestTourOEmbedTrouble(t *testing.T) {
	t.Parallel()
	w, o := start(t, self(t), "imaging-worker"), newTourOrigin(t, picture(t))
	result, err := w.PostClassified(t.Context(), w.account, gallery.ClassifiedInput{
		Portals: []string{"SL"}, Data: []byte("{}"), Media: []gallery.ClassifiedMedia{{URL: o.URL + "/tour", Type: vitrine.VirtualTour}},
	}, gallery.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	id := result.Classified.Gallery
	w.wantTour(t, id, "The house", true)
	o.silent.Store(true)
	w.check(t, o, 1)
	o.title.Store("Sold")
	w.check(t, o, 2)
	w.wantTour(t, id, "Sold", true)
	shown, err := w.Public(t.Context(), id)
	if err != nil || shown.Tour.Link.EmbedURL != "https://player.example/1" {
		t.Errorf("the page says %+v, %v", shown.Tour.Link, err)
	}
}

// A page whose preview is none is as good a tour.
func TestTourBadPreview(t *testing.T) {
	t.Parallel()
	w := start(t, self(t), "imaging-worker")
	for _, preview := range []string{"<html>no picture</html>", string(picture(t)[:60])} {
		o := newTourOrigin(t, []byte(preview))
		result, err := w.PostClassified(t.Context(), w.account, gallery.ClassifiedInput{
			Portals: []string{"SL"}, Data: []byte("{}"), Media: []gallery.ClassifiedMedia{{URL: o.URL + "/tour", Type: vitrine.VirtualTour}},
		}, gallery.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.wantTour(t, result.Classified.Gallery, "The house", false)
	}
}

package portal_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/browsertest"
)

// box is where a picture stands on the page.
type box struct{ X, Y, W, H float64 }

const boxes = `[...document.images].map(i => { const b = i.getBoundingClientRect(); return {X: b.x, Y: b.y + scrollY, W: b.width, H: b.height} })`

// The page in a real browser whose pictures come late: nothing may move when
// they do, all must be shown, and nothing may be refused by the page's policy.
func TestPageInBrowser(t *testing.T) {
	t.Parallel()
	late := make(chan struct{})
	release := sync.OnceFunc(func() { close(late) })
	s := open(t, func(portal http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/v/") {
				<-late
			}
			portal.ServeHTTP(w, r)
		})
	})
	t.Cleanup(release) // or a failed test would wait for its server
	var media []vitrine.Media
	for n, shape := range []string{"wide", "tall", "wide", "wide", "tall", "wide", "wide", "wide"} {
		c := picture(n, shape)
		media = append(media, s.add(t, n, shape, &c))
	}
	s.publish(t, "g1", flat77(8), media...)

	ctx := browsertest.Start(t)
	checkComplaints := browsertest.Complaints(ctx, t)
	// All of the page is in sight, so that no picture is too far down to be loaded.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 4000)); err != nil {
		t.Fatal(err)
	}
	browsertest.GoTo(ctx, t, s.urls.Page("g1"))
	before := browsertest.Evaluate[[]box](ctx, t, boxes)
	release()
	browsertest.Await(ctx, t, `document.readyState == "complete" && [...document.images].every(i => i.complete)`)
	after := browsertest.Evaluate[[]box](ctx, t, boxes)
	shown := browsertest.Evaluate[int](ctx, t, `[...document.images].filter(i => i.naturalWidth > 0 && i.checkVisibility()).length`)
	browsertest.WantNoShift(ctx, t)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("pictures moved when they arrived (-before +after)\n%s", diff)
	}
	if shown != 8 {
		t.Errorf("%d of 8 pictures are shown", shown)
	}
	for _, b := range after {
		if b.W < 100 || b.H < 100 || b.X < 0 || b.X+b.W > 1280 {
			t.Errorf("a picture stands at %+v", b)
		}
	}
	checkComplaints()
}

// Without scripts the page shows all its pictures, each a link to itself.
func TestPageWithoutScripts(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	s.rich(t, "g1", 5)
	r := s.get(t, "GET", "/l/g1")
	page := strings.ReplaceAll(r.body, "<script src=", "<script data-src=")
	if page == r.body {
		t.Fatal("the page has no script")
	}
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(bare.Close)
	ctx := browsertest.Start(t)
	browsertest.GoTo(ctx, t, bare.URL+"/")
	browsertest.Evaluate[chromedp.Void](ctx, t, `document.querySelectorAll("img").forEach(i => i.loading = "eager")`)
	browsertest.Await(ctx, t, `[...document.images].every(i => i.complete && i.naturalWidth > 0 && i.closest("a").href)`)
	if got := browsertest.Evaluate[int](ctx, t, `document.images.length`); got != 5 {
		t.Errorf("%d pictures, want 5", got)
	}
	browsertest.Axe(ctx, t, "without scripts")
}

// What stands far below the window of the page is not asked for.
func TestPageIsLazy(t *testing.T) {
	t.Parallel()
	asked := &requests{}
	s := open(t, asked.note)
	s.rich(t, "g1", 40)
	ctx := browsertest.Start(t)
	checkComplaints := browsertest.Complaints(ctx, t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 700, chromedp.EmulateMobile, chromedp.EmulateTouch)); err != nil {
		t.Fatal(err)
	}
	browsertest.GoTo(ctx, t, s.urls.Page("g1"))
	browsertest.Await(ctx, t, `document.readyState === "complete" && document.images[0].complete`)
	browsertest.WantNoShift(ctx, t)
	if got := asked.of("/v/"); got < 1 || got > 15 {
		t.Errorf("%d of 41 pictures were asked for", got)
	}
	if asked.of("/g/") != 0 || asked.of("/embed/") != 0 || asked.of(".mp4") != 0 {
		t.Error("more was asked for than the page and its pictures")
	}
	browsertest.Evaluate[chromedp.Void](ctx, t, `document.querySelector("[data-show='30']").click()`)
	awaitSlide(ctx, t, 30)
	checkComplaints()
}

package portal_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/browsertest"
	"github.com/vitrine-media/vitrine/internal/store"
)

const (
	cells    = inside + `.querySelectorAll(".cell")`
	slides   = inside + `.querySelectorAll(".slide")`
	isFilled = `(e => e?.querySelector("img")?.complete && e.querySelector("img").naturalWidth > 0)`
)

// requests notes which addresses were asked for.
type requests struct {
	mu    sync.Mutex
	paths []string
}

func (q *requests) note(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q.mu.Lock()
		q.paths = append(q.paths, r.URL.Path)
		q.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// of is the number of different paths that have this in them.
func (q *requests) of(part string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	found := slices.Clone(q.paths)
	slices.Sort(found)
	return len(slices.DeleteFunc(slices.Compact(found), func(path string) bool { return !strings.Contains(path, part) }))
}

// elsewhere serves a page of another site, whose policy allows nothing inline
// and of this site what the component needs. before stands above it.
func (s *site) elsewhere(t *testing.T, lang, before, element string) (address string) {
	t.Helper()
	policy := "default-src 'none'; style-src 'self'; script-src " + s.url + "/embed/; connect-src " + s.url +
		"; img-src blob: " + s.url + "; media-src " + s.url + "; frame-src https://tours.example"
	page := fmt.Sprintf(`<!doctype html><html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A flat</title>
		<link rel="stylesheet" href="/page.css"><script src="%s/embed/vitrine-gallery.js"></script></head>
		<body><main><h1>A flat</h1>%s%s<p id="after">Near the river.</p></main></body></html>`, lang, s.url, before, element)
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", policy)
			_, _ = w.Write([]byte(page))
		case "/page.css":
			w.Header().Set("Content-Type", "text/css")
			_, _ = w.Write([]byte(".tall { height: 5000px }"))
		}
	}))
	t.Cleanup(portal.Close)
	return portal.URL + "/"
}

// element is the component for a gallery of this site.
func (s *site) element(gallery string) string {
	return `<vitrine-gallery src="` + s.urls.Gallery(gallery) + `" label="12 Linden Street"></vitrine-gallery>`
}

// rich publishes a gallery of n pictures, a video and a tour.
func (s *site) rich(t *testing.T, id string, n int) {
	t.Helper()
	var media []vitrine.Media
	for i := range n {
		c := picture(i, []string{"wide", "wide", "tall"}[i%3])
		media = append(media, s.add(t, i, []string{"wide", "wide", "tall"}[i%3], &c))
	}
	film1, _ := s.addVideo(t, 900, clip(t, "320x180"), clip(t, "480x270"))
	shown := places(media...)
	shown[1].Title = "The <b>kitchen</b>"
	shown[2].Altered, shown[2].AlteredFromMedia = true, media[0].ID
	tour := store.Shown{Placement: vitrine.Placement{MediaID: media[0].ID, Type: vitrine.VirtualTour, URL: "https://tours.example/1"},
		Link: &vitrine.Link{Title: "A walk", Frameable: true}}
	s.show(t, s.publish(t, id, flat77(n)), append(shown, film(film1, ""), tour)...)
}

// swipe moves a finger over the screen, from x to toX at the height y.
func swipe(ctx context.Context, t *testing.T, x, toX, y float64) {
	t.Helper()
	const steps = 8
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		touch := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) error {
			_, err := cdp.Call(ctx, target, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
			return err
		}
		err := touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x, Y: y})
		for i := 1.0; i <= steps && err == nil; i++ {
			err = touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: x + (toX-x)*i/steps, Y: y})
		}
		return errors.Join(err, touch(input.DispatchTouchEventTypeTouchEnd))
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// awaitSlide waits until the full window shows the slide of that number, from 0.
func awaitSlide(ctx context.Context, t *testing.T, n int) {
	t.Helper()
	browsertest.Await(ctx, t, fmt.Sprintf(`[...%s].findIndex(s => !s.inert) === %d && Math.abs(%s[%d].getBoundingClientRect().x) < 1`, slides, n, slides, n))
}

// The component on a page of another site, whose policy is strict: by keyboard.
func TestEmbedByKeyboard(t *testing.T) {
	t.Parallel()
	asked := &requests{}
	s := open(t, asked.note)
	s.rich(t, "g1", 6)
	ctx := browsertest.Start(t)
	checkComplaints := browsertest.Complaints(ctx, t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1000, 700)); err != nil {
		t.Fatal(err)
	}
	browsertest.GoTo(ctx, t, s.elsewhere(t, "en", "", s.element("g1")))
	browsertest.Await(ctx, t, `[...`+cells+`].slice(0, 3).length === 3 && [...`+cells+`].slice(0, 3).every(`+isFilled+`)`)
	browsertest.WantNoShift(ctx, t)
	if got := asked.of("/v/"); got != 3 {
		t.Errorf("%d pictures were asked for, three are in sight", got)
	}
	browsertest.Axe(ctx, t, "on the page")

	browsertest.Press(ctx, t, kb.Tab)
	browsertest.Press(ctx, t, kb.Enter)
	browsertest.Await(ctx, t, status+` === "12 Linden Street, Photo 1 of 6"`)
	awaitSlide(ctx, t, 0)
	browsertest.Axe(ctx, t, "in the whole window")
	for _, row := range []struct {
		key   string
		slide int
		says  string
	}{
		{kb.ArrowRight, 1, "The <b>kitchen</b>"}, {kb.ArrowRight, 2, "12 Linden Street, Photo 3 of 6"}, {kb.ArrowLeft, 1, "The <b>kitchen</b>"},
		{kb.End, 7, "A walk"}, {kb.ArrowRight, 7, "A walk"}, {kb.PageUp, 6, "12 Linden Street, Video"}, {kb.Home, 0, "12 Linden Street, Photo 1 of 6"}, {kb.ArrowLeft, 0, "12 Linden Street, Photo 1 of 6"},
	} {
		browsertest.Press(ctx, t, row.key)
		awaitSlide(ctx, t, row.slide)
		if got := browsertest.Evaluate[string](ctx, t, status); got != row.says {
			t.Errorf("it says %q, want %q", got, row.says)
		}
	}
	for range 8 { // the focus stays in the window, or is the browser's own
		browsertest.Press(ctx, t, kb.Tab)
		if !browsertest.Evaluate[bool](ctx, t, `document.activeElement === document.body || `+dialog+`.contains(`+inside+`.activeElement)`) {
			t.Errorf("the focus is at %s", browsertest.Evaluate[string](ctx, t, `document.activeElement.outerHTML`))
		}
	}
	browsertest.Press(ctx, t, "f")
	browsertest.Await(ctx, t, inside+`.fullscreenElement?.className === "stage"`)
	browsertest.Press(ctx, t, "f")
	browsertest.Await(ctx, t, inside+`.fullscreenElement === null`)
	browsertest.Press(ctx, t, kb.Escape)
	browsertest.Await(ctx, t, `!`+dialog+`.open && `+inside+`.activeElement === `+cells+`[0] && document.documentElement.style.overflow === ""`)
	if asked.of(".mp4") != 0 || asked.of("panorama") != 0 {
		t.Error("a video or the viewer was asked for, and nobody wanted it")
	}
	checkComplaints()
}

// A finger swipes through the pictures on the page and in the whole window, and
// only what comes near is asked for.
func TestEmbedBySwipe(t *testing.T) {
	t.Parallel()
	asked := &requests{}
	s := open(t, asked.note)
	s.rich(t, "g1", 9)
	ctx := browsertest.Start(t)
	checkComplaints := browsertest.Complaints(ctx, t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 700, chromedp.EmulateMobile, chromedp.EmulateTouch)); err != nil {
		t.Fatal(err)
	}
	browsertest.GoTo(ctx, t, s.elsewhere(t, "en", "", s.element("g1")))
	browsertest.Await(ctx, t, isFilled+`(`+cells+`[0])`)
	if got := asked.of("/v/"); got > 2 {
		t.Errorf("%d pictures were asked for, one is in sight", got)
	}
	middle := browsertest.Evaluate[float64](ctx, t, `(b => b.y + b.height / 2)(`+component+`.getBoundingClientRect())`)
	swipe(ctx, t, 330, 60, middle)
	browsertest.Await(ctx, t, inside+`.querySelector(".one").textContent === "2 / 11" && `+isFilled+`(`+cells+`[1])`)
	browsertest.WantNoShift(ctx, t)
	if got := asked.of("/v/"); got > 3 {
		t.Errorf("%d pictures were asked for, the second is in sight", got)
	}

	browsertest.Evaluate[chromedp.Void](ctx, t, cells+`[1].click()`)
	awaitSlide(ctx, t, 1)
	swipe(ctx, t, 330, 60, 350)
	awaitSlide(ctx, t, 2)
	swipe(ctx, t, 60, 330, 350)
	awaitSlide(ctx, t, 1)
	swipe(ctx, t, 330, 60, 350)
	awaitSlide(ctx, t, 2)
	browsertest.Await(ctx, t, isFilled+`(`+slides+`[2])`)
	if got := browsertest.Evaluate[string](ctx, t, slides+`[2].querySelector(".mark").textContent`); got != "Altered image · original" {
		t.Errorf("of an altered picture it says %q", got)
	}
	for _, turned := range [][2]int64{{700, 390}, {390, 700}} { // the device, and the picture stays
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(turned[0], turned[1], chromedp.EmulateMobile, chromedp.EmulateTouch)); err != nil {
			t.Fatal(err)
		}
		browsertest.Await(ctx, t, fmt.Sprintf("innerWidth === %d", turned[0]))
		awaitSlide(ctx, t, 2)
	}
	browsertest.Evaluate[chromedp.Void](ctx, t, slides+`[2].querySelector(".mark button").click()`)
	awaitSlide(ctx, t, 0)
	browsertest.Evaluate[chromedp.Void](ctx, t, inside+`.querySelector(".close").click()`)
	browsertest.Await(ctx, t, `!`+dialog+`.open && `+inside+`.querySelector(".one").textContent === "1 / 11"`)
	checkComplaints()
}

// The video and the tour come when somebody asks for them, and go again.
func TestEmbedFilmAndTour(t *testing.T) {
	t.Parallel()
	asked := &requests{}
	s := open(t, asked.note)
	s.rich(t, "g1", 3)
	ctx := browsertest.Start(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1000, 700)); err != nil {
		t.Fatal(err)
	}
	browsertest.GoTo(ctx, t, s.elsewhere(t, "fr-CH", "", s.element("g1")))
	pills := inside + `.querySelectorAll(".inline .bar button")`
	browsertest.Await(ctx, t, pills+`.length === 3`)
	if got := browsertest.Evaluate[string](ctx, t, `[...`+pills+`].map(b => b.innerText).join()`); got != "Visite virtuelle,Vidéo,3 photos" {
		t.Errorf("the ways are %s", got)
	}
	if asked.of(".mp4") != 0 {
		t.Error("the video was asked for, and nobody wanted it")
	}
	browsertest.Evaluate[chromedp.Void](ctx, t, pills+`[1].click()`)
	awaitSlide(ctx, t, 3)
	browsertest.Await(ctx, t, slides+`[3].querySelector("video")?.readyState >= HTMLMediaElement.HAVE_METADATA`)
	browsertest.Axe(ctx, t, "a video")
	if asked.of("1080.mp4") != 1 || asked.of("720.mp4") != 0 {
		t.Error("a large screen didn't ask for the large video")
	}
	browsertest.Evaluate[chromedp.Void](ctx, t, inside+`.querySelector(".stage .next").click()`)
	awaitSlide(ctx, t, 4)
	browsertest.Await(ctx, t, inside+`.querySelector("video") === null`)
	browsertest.Evaluate[chromedp.Void](ctx, t, slides+`[4].querySelector(".start").click()`)
	tour := slides + `[4].querySelector("iframe")`
	if got := browsertest.Evaluate[string](ctx, t, tour+`.src + " " + `+tour+`.title + " " + `+tour+`.referrerPolicy`); got != "https://tours.example/1 A walk strict-origin" {
		t.Errorf("the tour is in the frame %q", got)
	}
	browsertest.Evaluate[chromedp.Void](ctx, t, dialog+`.close()`)
	browsertest.Await(ctx, t, tour+` === null`)
}

// Far below the window nothing is asked for, not even the list.
func TestEmbedIsLazy(t *testing.T) {
	t.Parallel()
	asked := &requests{}
	s := open(t, asked.note)
	s.rich(t, "g1", 3)
	ctx := browsertest.Start(t)
	browsertest.GoTo(ctx, t, s.elsewhere(t, "en", `<p class="tall"></p>`, s.element("g1")))
	browsertest.Await(ctx, t, `document.readyState === "complete"`)
	after := browsertest.Evaluate[float64](ctx, t, `document.querySelector("#after").getBoundingClientRect().y + scrollY`)
	browsertest.Evaluate[chromedp.Void](ctx, t, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))`)
	if got := asked.of("/g/") + asked.of("/v/"); got != 0 {
		t.Errorf("%d things were asked for, none is in sight", got)
	}
	browsertest.Evaluate[chromedp.Void](ctx, t, component+`.scrollIntoView()`)
	browsertest.Await(ctx, t, isFilled+`(`+cells+`[0])`)
	if got := browsertest.Evaluate[float64](ctx, t, `document.querySelector("#after").getBoundingClientRect().y + scrollY`); got != after {
		t.Errorf("what stands below has moved from %v to %v", after, got)
	}
	browsertest.WantNoShift(ctx, t)
}

// Until a picture comes its blur stands there, and when it comes nothing moves.
func TestEmbedBlur(t *testing.T) {
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
	c := picture(1, "wide")
	s.publish(t, "g1", flat77(1), s.add(t, 1, "wide", &c))
	ctx := browsertest.Start(t)
	browsertest.GoTo(ctx, t, s.elsewhere(t, "en", "", s.element("g1")))
	blurred := inside + `.querySelector(".cell canvas")`
	browsertest.Await(ctx, t, blurred+`?.width === 24`)
	// The third to sixth digit of the hash, HV6n, are the colour that the light of the whole adds up to.
	type colour struct{ R, G, B float64 }
	linear := func(byte int) float64 { return math.Pow((float64(byte)/255+0.055)/1.055, 2.4) }
	const mean = 0x979695
	want := colour{linear(mean >> 16), linear(mean >> 8 & 255), linear(mean & 255)}
	got := browsertest.Evaluate[colour](ctx, t, `(c => {
		const light = [0, 0, 0], bytes = c.getContext("2d").getImageData(0, 0, 24, 24).data;
		bytes.forEach((byte, i) => { if (i % 4 < 3) light[i % 4] += ((byte / 255 + 0.055) / 1.055) ** 2.4 / 576 });
		return {R: light[0], G: light[1], B: light[2]};
	})(`+blurred+`)`)
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 0.02)); diff != "" {
		t.Errorf("the light of the blur (-want +got)\n%s", diff)
	}
	if pixels := browsertest.Evaluate[int](ctx, t, `new Set(new Uint32Array(`+blurred+`.getContext("2d").getImageData(0, 0, 24, 24).data.buffer)).size`); pixels < 100 {
		t.Errorf("the blur has %d colours", pixels)
	}
	release()
	browsertest.Await(ctx, t, isFilled+`(`+cells+`[0])`)
	browsertest.WantNoShift(ctx, t)
}

// What comes of other galleries: one that is gone, one that is empty, one with
// nothing but a tour, and one that takes the place of another.
func TestEmbedOthers(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	c := picture(1, "wide")
	m := s.add(t, 1, "wide", &c)
	s.publish(t, "one", flat77(1), m)
	s.publish(t, "empty", flat77(0))
	s.show(t, s.publish(t, "tour", flat77(0)), link(m, vitrine.VirtualTour, "https://tours.example/1", "Walk", nil, nil))
	s.show(t, s.publish(t, "trap", flat77(0)), link(m, vitrine.VirtualTour, "javascript:alert(1)", "Walk", &vitrine.Link{Frameable: true, EmbedURL: "javascript:alert(1)"}, nil))
	s.show(t, s.publish(t, "refused", flat77(0)), link(m, vitrine.VirtualTour, "https://others.example/1", "Walk", &vitrine.Link{Frameable: true}, nil))
	ctx := browsertest.Start(t)
	browsertest.GoTo(ctx, t, s.elsewhere(t, "en", "", s.element("gone")))
	says := inside + `.querySelector(".inline").innerText`
	height := browsertest.Evaluate[float64](ctx, t, component+`.offsetHeight`)
	for gallery, want := range map[string]string{
		"gone": "The photos can’t be shown here.", "empty": "There are no photos here yet.", "one": "", "tour": "",
	} {
		browsertest.Evaluate[chromedp.Void](ctx, t, component+`.src = "`+s.urls.Gallery(gallery)+`"`)
		browsertest.Await(ctx, t, inside+`.querySelector(".inline").firstChild !== null`)
		if got := strings.TrimSpace(browsertest.Evaluate[string](ctx, t, says)); got != want {
			t.Errorf("%s: it says %q, want %q", gallery, got, want)
		}
		browsertest.Axe(ctx, t, gallery)
	}
	for gallery, want := range map[string]string{
		"tour": "https://tours.example/1", "trap": "",
		"refused": "https://others.example/1", // by the page's policy
	} {
		browsertest.Evaluate[chromedp.Void](ctx, t, component+`.src = "`+s.urls.Gallery(gallery)+`"`)
		browsertest.Await(ctx, t, cells+`.length === 1`)
		browsertest.Evaluate[chromedp.Void](ctx, t, cells+`[0].click()`)
		awaitSlide(ctx, t, 0)
		browsertest.Await(ctx, t, `(`+inside+`.querySelector("a.start")?.href ?? "") === "`+want+`"`)
		if browsertest.Evaluate[bool](ctx, t, inside+`.querySelector("dialog iframe") !== null`) {
			t.Errorf("%s: what can't be framed is in a frame", gallery)
		}
	}
	browsertest.Evaluate[chromedp.Void](ctx, t, `window.g = `+component+`, g.remove()`)
	if got := browsertest.Evaluate[string](ctx, t, `document.documentElement.style.overflow`); got != "" {
		t.Errorf("the page can't be scrolled any more: %q", got)
	}
	browsertest.Evaluate[chromedp.Void](ctx, t, `document.querySelector("main").append(g)`)
	browsertest.Await(ctx, t, cells+`.length === 1`)
	if got := browsertest.Evaluate[float64](ctx, t, component+`.offsetHeight`); got != height || got < 100 {
		t.Errorf("it is %v px high, was %v", got, height)
	}
}

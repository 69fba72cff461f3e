package portal_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

// browser starts a headless Chromium with a fresh profile. Without one
// installed the test fails.
func browser(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
	)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return ctx
}

// goTo opens a page and returns when it is parsed. (chromedp.Navigate would
// wait for its load event, and that waits for the pictures.)
func goTo(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	evaluate[chromedp.Void](ctx, t, "location.href = '"+address+"'")
	await(ctx, t, "location.href == '"+address+"' && document.readyState != 'loading'")
}

// evaluate gives what an expression of the page is.
func evaluate[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// await waits until an expression of the page is true. On the way from one page
// to the next there is no page to ask: that too is a "not yet".
func await(ctx context.Context, t *testing.T, expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		done, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if err == nil && done {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s: %v", expression, err)
		}
	}
}

// slowWebGL is what the browser says of drawing without a graphics card.
const slowWebGL = "GPU stall due to ReadPixels"

// listen collects what the browser complains of. The function that it gives
// fails the test when that is anything.
func listen(ctx context.Context, t *testing.T) (check func()) {
	t.Helper()
	var mu sync.Mutex
	var complaints []string
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *log.EventEntryAdded: // also what the page's policy refused
			if !strings.Contains(e.Entry.Text, slowWebGL) {
				complaints = append(complaints, e.Entry.Text)
			}
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError {
				complaints = append(complaints, "console.error was called")
			}
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		for _, text := range complaints {
			t.Errorf("the browser complains: %s", text)
		}
	}
}

// wantNoShift checks that nothing on the page has moved since it was opened.
func wantNoShift(ctx context.Context, t *testing.T) {
	t.Helper()
	shift := evaluate[float64](ctx, t, `new Promise(done => {
		let sum = 0;
		new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
			.observe({type: "layout-shift", buffered: true});
		requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 50)));
	})`)
	if shift != 0 {
		t.Errorf("cumulative layout shift is %v, want 0", shift)
	}
}

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

	ctx := browser(t)
	checkComplaints := listen(ctx, t)
	// All of the page is in sight, so that no picture is too far down to be loaded.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 4000)); err != nil {
		t.Fatal(err)
	}
	goTo(ctx, t, s.urls.Page("g1"))
	before := evaluate[[]box](ctx, t, boxes)
	release()
	await(ctx, t, `document.readyState == "complete" && [...document.images].every(i => i.complete)`)
	after := evaluate[[]box](ctx, t, boxes)
	shown := evaluate[int](ctx, t, `[...document.images].filter(i => i.naturalWidth > 0 && i.checkVisibility()).length`)
	wantNoShift(ctx, t)
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

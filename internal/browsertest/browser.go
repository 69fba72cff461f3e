// Package browsertest drives a real Chromium in tests.
//
// Chromium has to be installed, and axe-core, which checks whether a page can be
// used by everybody, to be in the user's cache folder: "make test" sees to both.
// Without them a test fails.
package browsertest

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds every wait; it is no assertion about speed.
const patience = time.Minute

// Start starts a headless Chromium with a fresh profile, which ends with the test.
func Start(t testing.TB) context.Context {
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

// GoTo opens a page and returns when it is parsed. (chromedp.Navigate would
// wait for its load event, and that waits for the pictures.)
func GoTo(ctx context.Context, t testing.TB, address string) {
	t.Helper()
	Evaluate[chromedp.Void](ctx, t, "location.href = '"+address+"'")
	Await(ctx, t, "location.href == '"+address+"' && document.readyState != 'loading'")
}

// Evaluate gives what an expression of the page is.
func Evaluate[T any](ctx context.Context, t testing.TB, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Await waits until an expression of the page is true. On the way from one page
// to the next there is no page to ask: that too is a "not yet".
func Await(ctx context.Context, t testing.TB, expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
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

// Press is what a person does with a key, by its name in chromedp's kb.
func Press(ctx context.Context, t testing.TB, name string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(name)); err != nil {
		t.Fatal(err)
	}
}

// Screenshot is what the window shows.
func Screenshot(ctx context.Context, t testing.TB) (image.Image, []byte) {
	t.Helper()
	shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	return img, shot
}

// slowWebGL is what the browser says of drawing without a graphics card.
const slowWebGL = "GPU stall due to ReadPixels"

// Complaints collects what the browser complains of from now on, such as what a
// page's policy refuses. The function that it gives fails the test when that is
// anything.
func Complaints(ctx context.Context, t testing.TB) (check func()) {
	t.Helper()
	var mu sync.Mutex
	var complaints []string
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if !strings.Contains(e.Entry.Text, slowWebGL) {
				complaints = append(complaints, e.Entry.Text+" "+e.Entry.URL)
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

// WantNoShift checks that nothing on the page has moved since it was opened, not
// even what somebody has moved by a press.
func WantNoShift(ctx context.Context, t testing.TB) {
	t.Helper()
	shift := Evaluate[float64](ctx, t, `new Promise(done => {
		let sum = 0;
		new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
			.observe({type: "layout-shift", buffered: true});
		requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 50)));
	})`)
	if shift != 0 {
		t.Errorf("cumulative layout shift is %v, want 0", shift)
	}
}

package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// KeepIn is the environment variable that names the folder in which tests keep
// pictures of the pages that they look at; none are kept without it. "make test"
// sets it to bin/screenshots. (It doesn't begin with VITRINE_, as servers refuse
// such variables that they don't know.)
const KeepIn = "BROWSERTEST_SCREENSHOTS"

var unfit = regexp.MustCompile(`[^a-zA-Z0-9.=_]+`)

// wholePage is how much of a page is kept, in CSS px: its width and height. Of one
// that shows something in front of all else it is the window, since the rest can't
// be seen, and as a larger window would move what is there.
const wholePage = `(() => {
	const modal = root => root.querySelector(":modal") !== null || [...root.querySelectorAll("*")].some(e => e.shadowRoot && modal(e.shadowRoot));
	return modal(document) ? [] : [innerWidth, Math.min(6000, Math.max(innerHeight, document.documentElement.scrollHeight))];
})()`

// keep keeps a picture of the page as it stands now, by the name of the test and
// of the page's state; one of the same name is replaced. Of a page that is higher
// than the window all is kept, up to 6,000 px.
func keep(ctx context.Context, t testing.TB, state string) {
	t.Helper()
	folder := os.Getenv(KeepIn)
	if folder == "" {
		return
	}
	var picture page.CaptureScreenshotParams
	if size := Evaluate[[]float64](ctx, t, wholePage); len(size) == 2 {
		beyond := true
		picture.CaptureBeyondViewport = &beyond
		picture.Clip = &page.Viewport{Width: size[0], Height: size[1], Scale: 1}
	}
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	name := strings.Trim(unfit.ReplaceAllString(t.Name()+" "+state, "-"), "-") + ".png"
	if err := os.WriteFile(filepath.Join(folder, name), shot.Data, 0o644); err != nil {
		t.Fatal(err)
	}
}

package docsite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/vitrine-media/vitrine/docs"
	"github.com/vitrine-media/vitrine/internal/browsertest"
	"github.com/vitrine-media/vitrine/internal/docsite"
)

// screens are the widths of a phone, a tablet and a desktop, in CSS px, each with
// both schemes of colours.
var screens = []struct {
	width  int64
	scheme string
}{{360, "light"}, {360, "dark"}, {768, "light"}, {768, "dark"}, {1280, "light"}, {1280, "dark"}}

// Everybody can read every page, on each screen, and nothing is refused.
func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	base := open(t)
	paths := []string{docsite.Base, docsite.Base + "/nothing"}
	entries, err := docs.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), ".md"); ok && name != "README" {
			paths = append(paths, docsite.Base+"/"+name)
		}
	}
	ctx := browsertest.Start(t)
	for i, screen := range screens {
		emulate(ctx, t, screen.width, screen.scheme)
		for j, path := range paths {
			if (i+j)%3 > 0 { // each page on two of the six, in turns, one of them dark
				continue
			}
			state := fmt.Sprintf("%s, %d px, %s", path, screen.width, screen.scheme)
			browsertest.GoTo(ctx, t, base+path)
			browsertest.Await(ctx, t, `document.readyState == "complete"`)
			browsertest.Axe(ctx, t, state)
			if wide := browsertest.Evaluate[int64](ctx, t, `document.documentElement.scrollWidth`); wide > screen.width {
				t.Errorf("%s: the page is %d px wide", state, wide)
			}
			if missing := browsertest.Evaluate[[]string](ctx, t, `[...document.images].filter(i => !i.complete || i.naturalWidth == 0).map(i => i.src)`); len(missing) > 0 {
				t.Errorf("%s: these pictures did not come: %q", state, missing)
			}
		}
	}
}

// A person finds the way from page to page on a phone, without a script, and the
// browser has nothing to complain of.
func TestWayInBrowser(t *testing.T) {
	t.Parallel()
	base := open(t)
	ctx := browsertest.Start(t)
	check := browsertest.Complaints(ctx, t)
	emulate(ctx, t, 360, "light")
	browsertest.GoTo(ctx, t, base+docsite.Base)
	click := func(selector string) {
		browsertest.Evaluate[chromedp.Void](ctx, t, fmt.Sprintf(`document.querySelector(%q).click()`, selector))
	}
	click(".above summary")
	browsertest.Await(ctx, t, `document.querySelector(".above nav").checkVisibility() && !document.querySelector(".beside").checkVisibility()`)
	click(`.above a[href="/docs/listings-api"]`)
	browsertest.Await(ctx, t, `location.pathname == "/docs/listings-api" && document.readyState == "complete"`)
	click(`#op-putListing ~ p a[href^="#object-"]`)
	browsertest.Await(ctx, t, `location.hash == "#object-ListingWrite" && Math.abs(document.querySelector(location.hash).getBoundingClientRect().top) < 100`)
	click(".next")
	browsertest.Await(ctx, t, `location.pathname == "/docs/classifieds-api"`)
	check()
}

// emulate makes the window that wide, and the reader prefer a scheme of colours.
func emulate(ctx context.Context, t *testing.T, width int64, scheme string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800)); err != nil {
		t.Fatal(err)
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
}

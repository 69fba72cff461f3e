package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/vitrine-media/vitrine/internal/browsertest"
)

var keepScreens = flag.String("screens", "", "a `folder` to keep what the tests of the gallery's look have seen")

// allShown is true when what is in sight has come.
const allShown = `(() => {
	const pictures = root => [...root.querySelectorAll("*")].flatMap(e => [...e.shadowRoot ? pictures(e.shadowRoot) : [], ...e.localName === "img" ? [e] : []]);
	const inSight = pictures(document).filter(i => { const b = i.getBoundingClientRect();
		return b.width > 0 && b.bottom > 0 && b.top < innerHeight && b.right > 0 && b.left < innerWidth });
	return document.readyState === "complete" && inSight.length > 0 && inSight.every(i => i.complete && i.naturalWidth > 0);
})()`

const component = `document.querySelector("vitrine-gallery")`

// The page and the component on a portal's page, on all screens, by day and by
// night: nothing is refused, and everybody can use it. By night only on every
// other screen, unless somebody wants to see them all.
func TestGalleryScreens(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := browsertest.Start(t)
	checkComplaints := browsertest.Complaints(ctx, t)
	for i, screen := range screens {
		screen.use(ctx, t)
		schemes := []string{"light", "dark"}
		if *keepScreens == "" {
			schemes = schemes[i%2:][:1]
		}
		for _, scheme := range schemes {
			prefer(ctx, t, "prefers-color-scheme", scheme)
			for place, address := range map[string]string{"page": s.page, "embed": s.embeds["at once"]} {
				view := place + " " + screen.name + " " + scheme
				browsertest.GoTo(ctx, t, address)
				browsertest.Await(ctx, t, allShown)
				inspect(ctx, t, view)
				if place == "page" {
					browsertest.Evaluate[chromedp.Void](ctx, t, `document.querySelector("[data-show]").click()`)
				} else {
					browsertest.Evaluate[chromedp.Void](ctx, t, component+`.shadowRoot.querySelector(".cell").click()`)
				}
				browsertest.Await(ctx, t, component+`.shadowRoot.querySelector("dialog .slide") != null && `+allShown)
				browsertest.Press(ctx, t, kb.ArrowRight)
				browsertest.Await(ctx, t, component+`.shadowRoot.querySelector("dialog .slide:not([inert])").ariaLabel != "" && `+allShown)
				inspect(ctx, t, view+" whole")
			}
		}
	}
	checkComplaints()
}

// inspect checks what is in sight and keeps its picture.
func inspect(ctx context.Context, t *testing.T, view string) {
	t.Helper()
	browsertest.Axe(ctx, t, view)
	_, shot := browsertest.Screenshot(ctx, t)
	if *keepScreens == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*keepScreens, view+".png"), shot, 0o644); err != nil {
		t.Fatal(err)
	}
}

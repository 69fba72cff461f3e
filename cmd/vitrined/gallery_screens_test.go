package main

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/vitrine-media/vitrine/internal/browsertest"
)

// allShown is true when what is in sight has come.
const allShown = `(() => {
	const pictures = root => [...root.querySelectorAll("*")].flatMap(e => [...e.shadowRoot ? pictures(e.shadowRoot) : [], ...e.localName === "img" ? [e] : []]);
	const inSight = pictures(document).filter(i => { const b = i.getBoundingClientRect();
		return b.width > 0 && b.bottom > 0 && b.top < innerHeight && b.right > 0 && b.left < innerWidth });
	return document.readyState === "complete" && inSight.length > 0 && inSight.every(i => i.complete && i.naturalWidth > 0);
})()`

const component = `document.querySelector("vitrine-gallery")`

// The page and the component on a portal's page, on all screens, by day and by
// night: nothing is refused, and everybody can use it.
func TestGalleryScreens(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := browsertest.Start(t)
	checkComplaints := browsertest.Complaints(ctx, t)
	for _, screen := range screens {
		screen.use(ctx, t)
		for _, scheme := range []string{"light", "dark"} {
			prefer(ctx, t, "prefers-color-scheme", scheme)
			for place, address := range map[string]string{"page": s.page, "embed": s.embeds["at once"]} {
				view := place + " " + screen.name + " " + scheme
				browsertest.GoTo(ctx, t, address)
				browsertest.Await(ctx, t, allShown)
				browsertest.Axe(ctx, t, view)
				if place == "page" {
					browsertest.Evaluate[chromedp.Void](ctx, t, `document.querySelector("[data-show]").click()`)
				} else {
					browsertest.Evaluate[chromedp.Void](ctx, t, component+`.shadowRoot.querySelector(".cell").click()`)
				}
				browsertest.Await(ctx, t, component+`.shadowRoot.querySelector("dialog .slide") != null && `+allShown)
				browsertest.Press(ctx, t, kb.ArrowRight)
				browsertest.Await(ctx, t, component+`.shadowRoot.querySelector("dialog .slide:not([inert])").ariaLabel != "" && `+allShown)
				browsertest.Axe(ctx, t, view+" whole")
			}
		}
	}
	checkComplaints()
}

package portal_test

import (
	"context"
	"image/color"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/vitrine-media/vitrine/internal/browsertest"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// awaitMiddle waits until the middle of the screen has the colour of that wall.
// It is asked of a picture of the screen: what WebGL drew can't be read back
// from its canvas once it is shown.
func awaitMiddle(ctx context.Context, t *testing.T, wall string, is func(r, g, b uint32) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var last color.Color
	for ctx.Err() == nil {
		img, _ := browsertest.Screenshot(ctx, t)
		last = img.At(img.Bounds().Dx()/2, img.Bounds().Dy()/2)
		if r, g, b, _ := last.RGBA(); is(r>>8, g>>8, b>>8) {
			return
		}
	}
	t.Fatalf("waited in vain for the %s wall, saw %v", wall, last)
}

func isRed(r, g, b uint32) bool    { return r > 150 && g < 130 && b < 110 }
func isGreen(r, g, b uint32) bool  { return r < 110 && g > 110 && b < 130 }
func isYellow(r, g, b uint32) bool { return r > 170 && g > 140 && b < 110 }

// key presses a key or lets it go.
func key(ctx context.Context, t *testing.T, name rune, kind input.DispatchKeyEventType) {
	t.Helper()
	event := *kb.Encode(name)[0]
	event.Type = kind
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// drag moves the mouse with its button down.
func drag(ctx context.Context, t *testing.T, x, y, toX float64) {
	t.Helper()
	left := func(p *input.DispatchMouseEventParams) { p.Button, p.Buttons = input.MouseButtonLeft, 1 }
	for _, event := range []chromedp.Action[chromedp.Void]{
		chromedp.MouseEvent(chromedp.MousePressed, x, y, left),
		chromedp.MouseEvent(chromedp.MouseMoved, (x+toX)/2, y, left),
		chromedp.MouseEvent(chromedp.MouseMoved, toX, y, left),
		chromedp.MouseEvent(chromedp.MouseReleased, toX, y, left),
	} {
		if err := chromedp.Do(ctx, event); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	component = `document.querySelector("vitrine-gallery")`
	inside    = component + `.shadowRoot`
	dialog    = inside + `.querySelector("dialog")`
	canvas    = inside + `.querySelector("[role=application] canvas")`
	status    = inside + `.querySelector("dialog [role=status] .heard")?.textContent`
	firstLink = `document.querySelector("[data-show]")`
)

// A panorama in a real browser: nothing of the viewer is loaded before somebody
// wants it; it can be opened, turned and closed by keyboard and by mouse; the
// page's policy refuses nothing of what it does.
func TestPanoramaInBrowser(t *testing.T) {
	t.Parallel()
	asked := &answers{statuses: map[string][]int{}}
	s := open(t, asked.watch)
	m, _ := s.addPanorama(t, 1, sphere())
	s.publish(t, "g1", flat77(1), m)
	ctx := browsertest.Start(t)
	checkComplaints := browsertest.Complaints(ctx, t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1000, 700)); err != nil {
		t.Fatal(err)
	}
	browsertest.GoTo(ctx, t, s.urls.Page("g1"))
	browsertest.Await(ctx, t, `document.readyState == "complete" && document.querySelector(".turn").checkVisibility()`)
	browsertest.WantNoShift(ctx, t)
	for _, file := range []string{"pano.webp", "vitrine-panorama.js"} {
		if asked.of(file) != nil {
			t.Errorf("%s was loaded before anybody wanted it", file)
		}
	}

	browsertest.Evaluate[chromedp.Void](ctx, t, firstLink+".focus()")
	browsertest.Press(ctx, t, kb.Enter)
	awaitMiddle(ctx, t, "red", isRed)
	browsertest.Await(ctx, t, canvas+` != null && `+status+` == "12 Linden Street, Photo 1 of 1"`)
	browsertest.Axe(ctx, t, "a panorama")
	if got := browsertest.Evaluate[string](ctx, t, inside+`.activeElement.ariaLabel`); got != "12 Linden Street, Photo 1 of 1. Drag or use the arrow keys to look around" {
		t.Errorf("the focus is at %q", got)
	}
	key(ctx, t, []rune(kb.ArrowRight)[0], input.DispatchKeyEventTypeRawKeyDown)
	awaitMiddle(ctx, t, "green", isGreen)
	key(ctx, t, []rune(kb.ArrowRight)[0], input.DispatchKeyEventTypeKeyUp)
	browsertest.Press(ctx, t, kb.Escape)
	browsertest.Await(ctx, t, `!`+dialog+`.open && `+canvas+` == null && document.activeElement == `+firstLink)

	browsertest.Press(ctx, t, kb.Enter)
	awaitMiddle(ctx, t, "red", isRed)
	drag(ctx, t, 200, 350, 900)
	awaitMiddle(ctx, t, "yellow", isYellow)
	browsertest.Evaluate[chromedp.Void](ctx, t, dialog+`.close(); `+firstLink+`.click()`)
	awaitMiddle(ctx, t, "red", isRed)
	browsertest.Evaluate[chromedp.Void](ctx, t, inside+`.querySelector(".close").click()`)
	browsertest.Await(ctx, t, `!`+dialog+`.open && `+canvas+` == null`)
	if got := asked.of("vitrine-panorama.js"); len(got) != 1 {
		t.Errorf("the viewer was answered %v, want once", got)
	}
	checkComplaints()
}

// Where the viewer can't be had the dialog says so, and can be closed.
func TestPanoramaFails(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	m, c := s.addPanorama(t, 1, sphere())
	s.publish(t, "g1", flat77(1), m)
	ctx := browsertest.Start(t)
	browsertest.GoTo(ctx, t, s.urls.Page("g1"))
	browsertest.Await(ctx, t, `document.querySelector(".turn").checkVisibility()`)
	if err := s.blobs.Delete(t.Context(), gallery.VariantKey(c.SHA256, recipe, *c.Pano())); err != nil {
		t.Fatal(err)
	}
	browsertest.Evaluate[chromedp.Void](ctx, t, firstLink+".click()")
	browsertest.Await(ctx, t, status+` == "The panorama can’t be shown here."`)
	browsertest.Press(ctx, t, kb.Escape)
	browsertest.Await(ctx, t, `!`+dialog+`.open`)
}

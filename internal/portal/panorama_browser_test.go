package portal_test

import (
	"bytes"
	"context"
	"image/color"
	"image/png"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

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
	for {
		shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatalf("waited in vain for the %s wall, saw %v: %v", wall, last, err)
		}
		img, err := png.Decode(bytes.NewReader(shot))
		if err != nil {
			t.Fatal(err)
		}
		last = img.At(img.Bounds().Dx()/2, img.Bounds().Dy()/2)
		if r, g, b, _ := last.RGBA(); is(r>>8, g>>8, b>>8) {
			return
		}
	}
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

// press is what a person does with a key.
func press(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(name)); err != nil {
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
	turnButton = `document.querySelector("button.turn")`
	canvas     = `document.querySelector("dialog canvas")`
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
	ctx := browser(t)
	checkComplaints := listen(ctx, t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1000, 700)); err != nil {
		t.Fatal(err)
	}
	goTo(ctx, t, s.urls.Page("g1"))
	await(ctx, t, `document.readyState == "complete" && `+turnButton+`.checkVisibility()`)
	wantNoShift(ctx, t)
	for _, file := range []string{"pano.webp", "pannellum.js"} {
		if asked.of(file) != nil {
			t.Errorf("%s was loaded before anybody wanted it", file)
		}
	}

	evaluate[chromedp.Void](ctx, t, turnButton+".focus()")
	press(ctx, t, kb.Enter)
	await(ctx, t, canvas+` != null && document.querySelector("dialog [role=status]").textContent == ""`)
	awaitMiddle(ctx, t, "red", isRed)
	if got := evaluate[string](ctx, t, `document.activeElement.getAttribute("aria-label")`); got != "12 Linden Street, photo 1 of 1" {
		t.Errorf("the focus is at %q", got)
	}
	key(ctx, t, []rune(kb.ArrowRight)[0], input.DispatchKeyEventTypeRawKeyDown)
	awaitMiddle(ctx, t, "green", isGreen)
	key(ctx, t, []rune(kb.ArrowRight)[0], input.DispatchKeyEventTypeKeyUp)
	press(ctx, t, kb.Escape)
	await(ctx, t, `!document.querySelector("dialog").open && `+canvas+` == null && document.activeElement == `+turnButton)

	press(ctx, t, kb.Enter)
	awaitMiddle(ctx, t, "red", isRed)
	drag(ctx, t, 200, 350, 900)
	awaitMiddle(ctx, t, "yellow", isYellow)
	evaluate[chromedp.Void](ctx, t, `document.querySelector("dialog").close(); `+turnButton+`.click()`)
	awaitMiddle(ctx, t, "red", isRed)
	if err := chromedp.Do(ctx, chromedp.Click(".pano .close")); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, `!document.querySelector("dialog").open && `+canvas+` == null`)
	if got := asked.of("pannellum.js"); len(got) != 1 {
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
	ctx := browser(t)
	goTo(ctx, t, s.urls.Page("g1"))
	await(ctx, t, turnButton+`.checkVisibility()`)
	if err := s.blobs.Delete(t.Context(), gallery.VariantKey(c.SHA256, recipe, *c.Pano())); err != nil {
		t.Fatal(err)
	}
	evaluate[chromedp.Void](ctx, t, turnButton+".click()")
	await(ctx, t, `document.querySelector("dialog [role=status]").textContent == "The panorama can’t be shown here."`)
	press(ctx, t, kb.Escape)
	await(ctx, t, `!document.querySelector("dialog").open`)
}

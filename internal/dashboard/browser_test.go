package dashboard_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/browsertest"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// signInBy has a person sign in with the keyboard.
func (s *site) signInBy(ctx context.Context, t *testing.T, secret string) {
	t.Helper()
	browsertest.GoTo(ctx, t, s.url+"/signin")
	browsertest.Await(ctx, t, `document.activeElement.id == "key"`)
	if err := chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#key"), secret+"\r")); err != nil {
		t.Fatal(err)
	}
	browsertest.Await(ctx, t, `location.pathname == "/listings" && document.readyState == "complete"`)
}

// What happens shows on an open page by itself, and whoever reads it keeps the
// place that they had.
func TestLiveInBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	hook, err := s.AddEndpoint(t.Context(), mine, "https://crm.example/hook", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := browsertest.Start(t)
	check := browsertest.Complaints(ctx, t)
	s.signInBy(ctx, t, secret)
	browsertest.GoTo(ctx, t, fmt.Sprintf("%s/webhooks/%d", s.url, hook.ID))
	browsertest.Await(ctx, t, `document.querySelector("#live")._htmx?.sse?.status == 200`)
	browsertest.Evaluate[chromedp.Void](ctx, t, `document.querySelector("main button").focus()`)
	for n := 1; n <= 2; n++ {
		if _, err := s.TestEndpoint(t.Context(), mine, hook.ID); err != nil {
			t.Fatal(err)
		}
		browsertest.Await(ctx, t, fmt.Sprintf(`[...document.querySelectorAll("td")].filter(e => e.textContent == "webhook.test").length == %d`, n))
	}
	if !browsertest.Evaluate[bool](ctx, t, `document.activeElement == document.querySelector("main button")`) {
		t.Error("the page took away what had the focus")
	}
	check()
}

// What waits of other accounts shows by itself, though the operator's own account
// has no news; and goes with the key.
func TestQueuesInBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, _ := s.account(t, "mine")
	keyID, secret := s.operator(t)
	ctx := browsertest.Start(t)
	s.signInBy(ctx, t, secret)
	browsertest.GoTo(ctx, t, s.url+"/now")
	browsertest.Await(ctx, t, `document.querySelector("#queues")?.textContent.includes("Nothing waits")`)
	browsertest.Evaluate[chromedp.Void](ctx, t, `document.querySelector("[aria-labelledby=lanes]").focus()`)
	for n := 1; n <= 3; n++ { // again and again: the page that was brought up to date goes on
		s.put(t, mine, fmt.Sprintf("flat-%d", n), fmt.Sprintf("https://crm.example/%d.jpg", n))
		browsertest.Await(ctx, t, fmt.Sprintf(`document.querySelector("[aria-labelledby=accounts] tbody")?.textContent.startsWith("\nmine%d")`, n))
	}
	if !browsertest.Evaluate[bool](ctx, t, `document.activeElement == document.querySelector("[aria-labelledby=lanes]")`) {
		t.Error("the page took away what had the focus")
	}
	if !browsertest.Evaluate[bool](ctx, t, `performance.getEntriesByType("resource").filter(e => e.name.endsWith("/now")).length <= performance.now() / 5000 + 1`) {
		t.Error("the page is asked for more often than every 5 s")
	}
	if err := s.RevokeKey(t.Context(), "ops", keyID); err != nil {
		t.Fatal(err)
	}
	browsertest.Await(ctx, t, `location.pathname == "/signin" && document.readyState == "complete"`)
}

// Everybody can use every page: keyboard, screen reader, phone, light and dark.
func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, _ := s.account(t, "ops")
	_, secret := s.operator(t)
	others, _, _ := s.account(t, "an-account-with-a-name-that-has-no-place-to-break-for-more-than-sixty-signs")
	s.put(t, others, "flat-1", "https://crm.example/1.jpg")
	l := s.put(t, mine, "flat-with-a-very-long-name-that-has-no-place-to-break-for-more-than-sixty-signs", "https://crm.example/2.jpg", "https://crm.example/3.jpg", "https://crm.example/4.jpg")
	l = s.put(t, mine, l.ExternalID, "https://crm.example/1.jpg", "https://crm.example/3.jpg", "https://crm.example/2.jpg")
	m := s.endMedia(t, mine, l, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	warned := s.measured(t, mine, l, 1, "sha-warned", dark())
	hook, err := s.AddEndpoint(t.Context(), mine, "https://crm.example/hook", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.TestEndpoint(t.Context(), mine, hook.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutListing(t.Context(), mine, gallery.ListingInput{Ref: gallery.Ref{ExternalID: "empty"}}); err != nil {
		t.Fatal(err)
	}
	looks, _ := pages(l, m, hook.ID)
	looks = append(looks, "/listings/"+l.UUID+"/media/"+warned.UUID)
	ctx := browsertest.Start(t)
	check := browsertest.Complaints(ctx, t)
	browsertest.GoTo(ctx, t, s.url+"/signin")
	browsertest.Axe(ctx, t, "/signin")
	s.signInBy(ctx, t, secret)
	for _, width := range []int64{360, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			emulate(ctx, t, width, scheme)
			for _, path := range looks {
				if path == "/live" {
					continue
				}
				state := fmt.Sprintf("%s, %d px, %s", path, width, scheme)
				browsertest.GoTo(ctx, t, s.url+path)
				browsertest.Axe(ctx, t, state)
				if wide := browsertest.Evaluate[int64](ctx, t, `document.documentElement.scrollWidth`); wide > width {
					t.Errorf("%s: the page is %d px wide", state, wide)
				}
			}
		}
	}
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

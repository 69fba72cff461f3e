package dashboard_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/browsertest"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

var (
	planLine = regexp.MustCompile(`(?s)<li class="(?:add|remove|refetch|move|keep)">(.*?)</li>`)
	dateLine = regexp.MustCompile(`<time[^>]*>[^<]*</time>`)
	tag      = regexp.MustCompile(`<[^>]*>`)
)

// text is what a reader of some HTML sees, without times.
func text(piece string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(dateLine.ReplaceAllString(piece, ""), " "))), " ")
}

// plan gives the lines of the plan on a page.
func (r reply) plan(t *testing.T) (lines []string) {
	t.Helper()
	r.wants(t)
	for _, match := range planLine.FindAllStringSubmatch(r.body, -1) {
		lines = append(lines, text(match[1]))
	}
	return lines
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// A person sees what each change did to a list, and why, and what is different
// between any two of them.
func TestRevisions(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, "flat-1", "https://crm.example/a", "https://crm.example/b", "https://crm.example/c", "https://crm.example/d")
	ids := s.list(t, mine, l)
	s.endMedia(t, mine, l, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	v := s.signedIn(t, secret)
	page := "/listings/" + l.UUID
	wantLines(t, "the first revision", v.get(t, page).plan(t),
		"1 + added https://crm.example/a It was not here yet.", "2 + added https://crm.example/b It was not here yet.",
		"3 + added https://crm.example/c It was not here yet.", "4 + added https://crm.example/d It was not here yet.")
	v.get(t, page+"/compare").wants(t, "There are not two revisions to compare yet.")

	s.put(t, mine, "flat-1", "https://crm.example/d", "https://crm.example/a", "https://crm.example/b")
	want := []string{
		"4 → 1 ↕ moved https://crm.example/d It was put in another place.", "1 → 2 ⟳ fetched again https://crm.example/a It had failed before.",
		"2 → 3 ⇣ shifted https://crm.example/b Others came, went or moved before it.", "3 − removed https://crm.example/c The new list is without it.",
	}
	wantLines(t, "the second revision", v.get(t, page).plan(t), want...)
	// What changes nothing of the list takes its plan from nobody's sight.
	if r := v.post(t, page+"/hide", nil); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %s", r.Status, r.body)
	}
	wantLines(t, "the third revision", v.get(t, page).plan(t), want...)
	if err := s.DeleteMedia(t.Context(), mine, gallery.Ref{ID: ids[3]}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "the fourth revision", v.get(t, page).plan(t),
		"2 → 1 ⇣ shifted https://crm.example/a Others came, went or moved before it.", "3 → 2 ⇣ shifted https://crm.example/b Others came, went or moved before it.",
		fmt.Sprintf("1 − removed File %d, deleted since It was deleted for good.", ids[3]))

	wantLines(t, "from 1 to 2", v.get(t, page+"/compare?from=1&to=2").plan(t),
		fmt.Sprintf("4 → 1 ↕ moved File %d, deleted since", ids[3]), "1 → 2 ⟳ changed https://crm.example/a It was asked for again in between.",
		"2 → 3 ⇣ shifted https://crm.example/b", "3 − removed https://crm.example/c")
	wantLines(t, "from 4 to 1", v.get(t, page+"/compare?from=4&to=1").plan(t),
		"1 ⟳ changed https://crm.example/a It was asked for again in between.", "2 = kept https://crm.example/b", "3 + added https://crm.example/c",
		fmt.Sprintf("4 + added File %d, deleted since", ids[3]))
	v.get(t, page+"/compare?from=2&to=3").wants(t, "Both have the same list.")
	if _, err := s.PutListing(t.Context(), mine, gallery.ListingInput{
		Ref: gallery.Ref{ID: l.ID}, Files: []gallery.File{{URL: "https://crm.example/a"}, {URL: "https://crm.example/b", Altered: true}},
	}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "from 4 to 5", v.get(t, page+"/compare").plan(t),
		"1 = kept https://crm.example/a", "2 = kept https://crm.example/b It is described otherwise.")
	for _, query := range []string{"?from=9", "?to=0", "?from=x&to=1", "?to=%FF"} {
		if r := v.get(t, page+"/compare"+query); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", query, r.Status)
		}
	}
}

var happened = regexp.MustCompile(`(?s)<ol class="timeline">(.*?)</ol>`)

// timeline gives the lines of what happened on a page.
func (r reply) timeline(t *testing.T) (lines []string) {
	t.Helper()
	r.wants(t)
	if match := happened.FindStringSubmatch(r.body); match != nil {
		for _, line := range strings.Split(match[1], "<li>")[1:] {
			lines = append(lines, text(line))
		}
	}
	return lines
}

// What happened to a listing is told from its changes, its publication and the
// feed of events.
func TestTimeline(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, "flat-1", "https://crm.example/a", "https://crm.example/b", "https://crm.example/c")
	v := s.signedIn(t, secret)
	page := "/listings/" + l.UUID
	if r := v.post(t, page+"/publish", nil); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %s", r.Status, r.body)
	}
	for place := range 3 {
		s.endMedia(t, mine, l, place, vitrine.Failf(vitrine.TooLarge, "60 MB"))
	}
	why := vitrine.RuleOf(vitrine.TooLarge).Message
	got := v.get(t, page).timeline(t)
	end := got[:min(3, len(got))]
	slices.Sort(end) // which all comes within a millisecond or two
	wantLines(t, "what happened", got,
		"All files have ended Revision 2 ·",
		"Publication failed At least 3 photos are required to publish, 0 are good (media 1: too_large, media 2: too_large, media 3: too_large)",
		"publish_failed Revision 2 ·",
		"Failed https://crm.example/c too_large: "+why, "Failed https://crm.example/b too_large: "+why, "Failed https://crm.example/a too_large: "+why,
		"Publication asked for", "pending_active Revision 2 · · dashboard = 3 kept", "draft Revision 1 · · Listings API + 3 added")
}

// A person goes from a listing to what its last change did, and chooses two other
// revisions.
func TestCompareInBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, "flat-1", "https://crm.example/a")
	s.put(t, mine, "flat-1", "https://crm.example/a", "https://crm.example/b")
	s.put(t, mine, "flat-1", "https://crm.example/c", "https://crm.example/b")
	ctx := browsertest.Start(t)
	check := browsertest.Complaints(ctx, t)
	s.signInBy(ctx, t, secret)
	browsertest.GoTo(ctx, t, s.url+"/listings/"+l.UUID)
	browsertest.Await(ctx, t, `document.readyState == "complete"`)
	words := func(want string) {
		t.Helper()
		browsertest.Await(ctx, t, `[...document.querySelectorAll("main .plan .verdict")].map(e => e.textContent).join(",") == "`+want+`"`)
	}
	words("+ added,= kept,− removed")
	browsertest.Evaluate[chromedp.Void](ctx, t, `document.querySelector('a[aria-label="Compare revision 2 with the one before"]').click()`)
	words("= kept,+ added")
	browsertest.Evaluate[chromedp.Void](ctx, t, `{
		const form = document.querySelector("form.compare");
		form.from.value = "3";
		form.to.value = "1";
		form.requestSubmit();
	}`)
	words("+ added,− removed,− removed")
	if got, want := browsertest.Evaluate[string](ctx, t, `location.search`), (url.Values{"from": {"3"}, "to": {"1"}}).Encode(); got != "?"+want {
		t.Errorf("the address is %s", got)
	}
	check()
}

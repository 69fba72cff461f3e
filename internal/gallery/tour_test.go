package gallery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

var tourPage = vitrine.Link{
	Title: "The house", EmbedURL: "https://tours.example/embed/1", Frameable: true, PreviewURL: "https://tours.example/1.jpg",
}

// postTours makes a classified with one good picture and these tours.
func (f fixture) postTours(t *testing.T, names ...string) classified {
	t.Helper()
	in := wish(append([]string{"a@1"}, names...)...)
	for i := range names {
		in.Media[i+1].Type = vitrine.VirtualTour
	}
	result, err := f.PostClassified(t.Context(), f.account, in, gallery.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := classified{f, result.Classified.UUID, result.Classified.Gallery}
	c.ok(t, "a@1")
	return c
}

func (c classified) linked(t *testing.T, name string, link vitrine.Link) {
	t.Helper()
	if err := c.Linked(t.Context(), noFinish, attemptAt(c.one(t, name)), link); err != nil {
		t.Fatal(err)
	}
}

// previewed ends the fetch of a link with its preview on the way.
func (c classified) previewed(t *testing.T, name, sha256 string) {
	t.Helper()
	attempt := attemptAt(c.one(t, name))
	claim := attempt
	claim.Bytes, claim.Type = 1000, "image/jpeg"
	if _, _, err := c.Claim(t.Context(), noFinish, claim, sha256, &tourPage); err != nil {
		t.Fatal(err)
	}
	preview := gallery.Preview{SHA256: sha256, Bytes: 1000, Type: "image/jpeg"}
	if err := c.LinkedWithPreview(t.Context(), noFinish, attempt, tourPage, preview, gallery.PrioritySingle); err != nil {
		t.Fatal(err)
	}
}

func (c classified) tour(t *testing.T) *store.Shown {
	t.Helper()
	shown, err := c.Public(t.Context(), c.gallery)
	if err != nil {
		t.Fatal(err)
	}
	return shown.Tour
}

func (c classified) wantTour(t *testing.T, path, poster string, link vitrine.Link) {
	t.Helper()
	link.PreviewURL = "" // which is not for the public
	tour := c.tour(t)
	if tour == nil || nameOf(tour.URL) != path || tour.Link == nil {
		t.Fatalf("the public sees the tour %+v, want %s", tour, path)
	}
	if diff := cmp.Diff(link, *tour.Link); diff != "" {
		t.Errorf("the page says (-want +got)\n%s", diff)
	}
	got := ""
	if tour.Content != nil {
		got = tour.Content.SHA256
	}
	if got != poster {
		t.Errorf("the tour's poster is %q, want %q", got, poster)
	}
}

func TestTours(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.postTours(t, "tour@1", "other@1")
		c.previewed(t, "tour@1", "sha-p")
		c.linked(t, "other@1", vitrine.Link{Title: "Another"})
		if tour := c.tour(t); tour == nil || nameOf(tour.URL) != "other@1" {
			t.Errorf("while the first tour's preview is on its way the public sees %+v, want the other", tour)
		}
		c.optimised(t, "sha-p")
		c.wantTour(t, "tour@1", "sha-p", tourPage)
		c.wantSees(t, "a@1") // a poster is no picture
		var marks []string
		for _, m := range c.view(t).Media {
			mark := nameOf(m.Placement.URL)
			if !m.Shown {
				mark += " is not shown"
			}
			marks = append(marks, mark)
		}
		if got, want := strings.Join(marks, ", "), "a@1, tour@1, other@1 is not shown"; got != want {
			t.Errorf("the list is %q, want %q", got, want)
		}
		c.wantHistory(t, "CREATING", "CREATED")
	})
}

// Nothing that is wrong with a preview is a failure of its link.
func TestPreviewFails(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		for _, code := range []vitrine.FailureCode{vitrine.Unreadable, vitrine.Infected} {
			c := f.postTours(t, "tour-"+string(code))
			c.previewed(t, "tour-"+string(code), "sha-"+string(code))
			attempt := vitrine.Attempt{Number: 1, Stage: "optimise"}
			if err := f.ContentFailed(t.Context(), noFinish, "sha-"+string(code), attempt, vitrine.Failf(code, "")); err != nil {
				t.Fatal(err)
			}
			c.wantTour(t, "tour-"+string(code), "", tourPage)
			c.wantHistory(t, "CREATING", "CREATED")
		}
		c := f.postTours(t, "late")
		c.previewed(t, "late", "sha-late")
		c.optimised(t, "sha-late")
		c.wantTour(t, "late", "sha-late", tourPage)
		attempt := vitrine.Attempt{Number: 1, Stage: "scan"}
		if err := f.ContentFailed(t.Context(), noFinish, "sha-late", attempt, vitrine.Failf(vitrine.Infected, "")); err != nil {
			t.Fatal(err)
		}
		c.wantTour(t, "late", "", tourPage)
		if m := c.one(t, "late"); m.State != vitrine.MediaReady || m.Failure != nil {
			t.Errorf("the tour is %s, %v", m.State, m.Failure)
		}
	})
}

// checks gives the checks that are due, and has them asked for.
func (f fixture) checks(t *testing.T) []gallery.CheckTask {
	t.Helper()
	find := func() (due []gallery.CheckTask) {
		err := f.db.View(t.Context(), func(tx *store.Tx) error {
			links, err := tx.DueLinks(t.Context(), time.Now().Add(time.Duration(f.ahead.Load())), 10)
			for _, link := range links {
				due = append(due, gallery.CheckTask{MediaID: link.MediaID, Seq: link.Seq})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return due
	}
	due := find()
	if err := f.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if still := find(); len(still) != 0 {
		t.Errorf("still due after they were asked for: %v", still)
	}
	return due
}

func TestCheckTours(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.postTours(t, "tour@1")
		c.previewed(t, "tour@1", "sha-p")
		c.optimised(t, "sha-p")
		limits := vitrine.DefaultLimits()
		if due := f.checks(t); len(due) != 0 {
			t.Errorf("to be checked at once: %v", due)
		}
		f.later(limits.TourCheck)
		due := f.checks(t)
		if len(due) != 1 {
			t.Fatalf("after a week there are %v to be checked", due)
		}
		wish, wanted, err := f.BeginCheck(t.Context(), due[0])
		if err != nil || !wanted || wish.Media.Link == nil || *wish.Media.Link != tourPage {
			t.Fatalf("BeginCheck = %+v, %t, %v", wish, wanted, err)
		}
		if err := f.Checked(t.Context(), noFinish, due[0], true); err != nil {
			t.Fatal(err)
		}
		c.wantFetches(t, "")

		// It is dead: fetched with all tries, then no longer shown.
		f.later(limits.TourCheck)
		due = f.checks(t)
		if err := f.Checked(t.Context(), noFinish, due[0], false); err != nil {
			t.Fatal(err)
		}
		c.wantFetches(t, "tour@1")
		if _, wanted, err := f.BeginCheck(t.Context(), due[0]); err != nil || wanted {
			t.Errorf("a check of what is being fetched: %t, %v", wanted, err)
		}
		c.wantTour(t, "tour@1", "sha-p", tourPage)
		c.notOK(t, "tour@1")
		if tour := c.tour(t); tour != nil {
			t.Errorf("a dead tour is shown: %+v", tour)
		}
		c.wantHistory(t, "CREATED", "CREATED_WITH_MEDIA_ERROR")
		f.wantAllFreed(t)

		// And comes back by itself.
		f.later(limits.TourCheck / 7)
		if due = f.checks(t); len(due) != 1 {
			t.Fatalf("a dead tour is to be checked: %v", due)
		}
		if err := f.Checked(t.Context(), noFinish, due[0], false); err != nil {
			t.Fatal(err)
		}
		c.linked(t, "tour@1", vitrine.Link{Title: "Back"})
		c.wantTour(t, "tour@1", "", vitrine.Link{Title: "Back"})
		c.wantHistory(t, "CREATED_WITH_MEDIA_ERROR", "UPDATED")
	})
}

// A tour whose server is in trouble stays in the gallery.
func TestTourInTrouble(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.postTours(t, "tour@1")
		c.previewed(t, "tour@1", "sha-p")
		c.optimised(t, "sha-p")
		f.later(vitrine.DefaultLimits().TourCheck)
		if err := f.Checked(t.Context(), noFinish, f.checks(t)[0], false); err != nil {
			t.Fatal(err)
		}
		failure := vitrine.Failf(vitrine.SourceError, "HTTP 503")
		if err := f.FetchFailed(t.Context(), noFinish, attemptAt(c.one(t, "tour@1")), failure); err != nil {
			t.Fatal(err)
		}
		c.wantTour(t, "tour@1", "sha-p", tourPage)
		c.wantHistory(t, "CREATED", "CREATED_WITH_MEDIA_ERROR")
		// Of the same page with no preview at hand for now, the last one stays.
		f.later(vitrine.DefaultLimits().TourCheck / 7)
		if err := f.Checked(t.Context(), noFinish, f.checks(t)[0], false); err != nil {
			t.Fatal(err)
		}
		c.linked(t, "tour@1", tourPage)
		c.wantTour(t, "tour@1", "sha-p", tourPage)
	})
}

// A link that works once is never looked at again.
func TestCheckSingleUse(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		if err := f.SetAccount(t.Context(), "acme", vitrine.AccountSettings{SingleUse: true}); err != nil {
			t.Fatal(err)
		}
		c := f.postTours(t, "tour@1")
		c.linked(t, "tour@1", tourPage)
		f.later(vitrine.DefaultLimits().TourCheck)
		if _, wanted, err := f.BeginCheck(t.Context(), f.checks(t)[0]); err != nil || wanted {
			t.Errorf("BeginCheck wants it: %t, %v", wanted, err)
		}
	})
}

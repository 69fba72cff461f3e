package gallery_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// putTour has the classified of one tour want another version or spelling of it.
func (c classified) putTour(t *testing.T, url string) gallery.ClassifiedResult {
	t.Helper()
	in := wish("a@1", "tour")
	in.Media[1].Type, in.Media[1].URL = vitrine.VirtualTour, url
	return c.putWish(t, in)
}

const tourURL = "https://origin.example/tour"

// What a page says is shown with the version that it was said of.
func TestTourFactsOfLostWish(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.postTours(t, "tour@1")
		first := vitrine.Link{Title: "A", EmbedURL: "https://tours.example/a"}
		c.linked(t, "tour@1", first)
		c.putTour(t, tourURL+"?timestamp=2")
		c.previewed(t, "tour@2", "sha-p2")
		c.putTour(t, tourURL+"?timestamp=3")
		failure := vitrine.Failf(vitrine.SourceError, "HTTP 503")
		if err := f.FetchFailed(t.Context(), noFinish, attemptAt(c.one(t, "tour@3")), failure); err != nil {
			t.Fatal(err)
		}
		c.wantTour(t, "tour@1", "", first)
		c.putTour(t, tourURL+"?timestamp=1") // restored
		c.wantTour(t, "tour@1", "", first)
	})
}

// A poster goes when the page names another preview, even one that can't be had.
func TestTourStalePoster(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.postTours(t, "tour@1")
		c.previewed(t, "tour@1", "sha-old")
		c.optimised(t, "sha-old")
		retry := func() {
			t.Helper()
			if err := f.RetryPlaced(t.Context(), f.account, c.uuid, c.one(t, "tour@1").UUID); err != nil {
				t.Fatal(err)
			}
		}
		retry()
		c.linked(t, "tour@1", tourPage)
		c.wantTour(t, "tour@1", "sha-old", tourPage)
		retry()
		named := tourPage
		named.PreviewURL = "https://tours.example/2.jpg"
		c.linked(t, "tour@1", named)
		c.wantTour(t, "tour@1", "", named)
		f.wantAllFreed(t)
	})
}

// A preview may turn out to be broken by another tour, while it is still on its
// way to the bucket for this one.
func TestPreviewFailsMeanwhile(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.postTours(t, "tour@1", "other@1")
		c.previewed(t, "other@1", "sha-p")
		attempt := attemptAt(c.one(t, "tour@1"))
		claim := attempt
		claim.Bytes, claim.Type = 1000, "image/jpeg"
		if _, _, err := c.Claim(t.Context(), noFinish, claim, "sha-p", &tourPage); err != nil {
			t.Fatal(err)
		}
		broken := vitrine.Failf(vitrine.Unreadable, "")
		if err := f.ContentFailed(t.Context(), noFinish, "sha-p", vitrine.Attempt{Number: 1, Stage: "optimise"}, broken); err != nil {
			t.Fatal(err)
		}
		preview := gallery.Preview{SHA256: "sha-p", Bytes: 1000, Type: "image/jpeg"}
		if err := c.LinkedWithPreview(t.Context(), noFinish, attempt, tourPage, preview, gallery.PrioritySingle); err != nil {
			t.Fatal(err)
		}
		c.wantTour(t, "tour@1", "", tourPage)
		c.wantHistory(t, "CREATING", "CREATED")
	})
}

// Another spelling of its URL is the same tour: it dies and keeps its poster as
// that.
func TestTourSpelling(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.postTours(t, "tour@1")
		c.previewed(t, "tour@1", "sha-p")
		c.optimised(t, "sha-p")
		if c.putTour(t, tourURL+"&timestamp=1").Changed {
			t.Error("another spelling changed something")
		}
		check := func() vitrine.Media {
			t.Helper()
			f.later(vitrine.DefaultLimits().TourCheck)
			if err := f.Checked(t.Context(), noFinish, f.checks(t)[0], false); err != nil {
				t.Fatal(err)
			}
			return c.view(t).Media[1].Media
		}
		if err := f.Linked(t.Context(), noFinish, attemptAt(check()), tourPage); err != nil {
			t.Fatal(err)
		}
		if tour := c.tour(t); tour == nil || tour.Content == nil {
			t.Errorf("with its preview as before the public sees %+v", tour)
		}
		c.bad(t, check())
		if tour := c.tour(t); tour != nil {
			t.Errorf("a dead tour is shown: %s", tour.URL)
		}
	})
}

// What only moves at the origin is no change for the public.
func TestTourRotatingPreview(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.postTours(t, "tour@1")
		page := vitrine.Link{Title: "A", PreviewURL: "https://tours.example/1.jpg?signature=1"}
		c.linked(t, "tour@1", page)
		before, err := f.Public(t.Context(), c.gallery)
		if err != nil {
			t.Fatal(err)
		}
		f.later(vitrine.DefaultLimits().TourCheck)
		if err := f.Checked(t.Context(), noFinish, f.checks(t)[0], false); err != nil {
			t.Fatal(err)
		}
		page.PreviewURL = "https://tours.example/1.jpg?signature=2"
		c.linked(t, "tour@1", page)
		after, err := f.Public(t.Context(), c.gallery)
		if err != nil || !after.Listing.ShownAt.Equal(before.Listing.ShownAt) {
			t.Errorf("it was published anew, %v", err)
		}
	})
}

// Many nodes sweep, and each link is asked for once.
func TestSweepTogether(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		var names []string
		for i := range 20 {
			names = append(names, fmt.Sprintf("tour-%d", i))
		}
		c := f.postTours(t, names...)
		for _, name := range names {
			c.linked(t, name, tourPage)
		}
		f.later(vitrine.DefaultLimits().TourCheck)
		var sweeps sync.WaitGroup
		for range 6 {
			sweeps.Go(func() {
				if err := f.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		sweeps.Wait()
		table := "queue_task"
		if f.db.Engine() == store.Postgres {
			table = "river_job"
		}
		var asked int
		err := f.db.View(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(t.Context(), `select count(*) from `+table+` where kind = 'check'`).Scan(&asked)
		})
		if err != nil || asked != len(names) {
			t.Errorf("%d checks of %d tours, %v", asked, len(names), err)
		}
	})
}

// A tour may go while it is being looked at.
func TestCheckedGone(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.postTours(t, "tour@1")
		c.linked(t, "tour@1", tourPage)
		f.later(vitrine.DefaultLimits().TourCheck)
		due := f.checks(t)
		c.put(t, "a@1")
		if err := f.Checked(t.Context(), noFinish, due[0], false); err != nil {
			t.Error(err)
		}
	})
}

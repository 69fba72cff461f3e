package gallery_test

import (
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// The same URL twice is one media in two places; two classifieds share it (4.6).
func TestClassifiedShared(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "b@1", "a@1")
		c.wantFetches(t, "a@1 b@1")
		c.allGood(t)
		c.wantSees(t, "a@1 b@1 a@1")
		d := f.post(t, "a@1")
		d.wantHistory(t, "CREATING", "CREATED")
		d.wantSees(t, "a@1")

		// Another version there is everybody's, and asks nobody to send it again.
		d.put(t, "a@2")
		d.wantFetches(t, "a@2")
		d.ok(t, "a@2")
		c.wantSees(t, "a@2 b@1 a@2")
		in := wish("a@1", "b@1", "a@1")
		in.Media[1].Title = "told otherwise"
		wantPlan(t, c.putWish(t, in), "keep a@1, keep b@1, keep a@1")
		c.wantFetches(t, "")
		wantPlan(t, c.put(t, "a@2", "b@1"), "keep a@2, keep b@1, remove a@1")
		c.wantFetches(t, "")

		if _, err := f.DeleteClassified(t.Context(), f.account, d.uuid, gallery.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		c.wantSees(t, "a@2 b@1")
	})
}

// What one classified sends of a shared media never takes away what another one
// wants of it.
func TestClassifiedSharedInFlight(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c, d := f.posted(t, "x@1", "y@1"), f.posted(t, "x@1", "z@1")
		d.put(t, "x@2", "z@2")
		in := wish("x@1", "y@1")
		in.Media[0].Title = "told otherwise"
		c.putWish(t, in)
		if m := d.one(t, "x@2"); m.Source.URL != "https://origin.example/x?timestamp=2" {
			t.Errorf("what is fetched is now %s", m.Source.URL)
		}
		// One more of the same is under way for another, which says so.
		c.putWish(t, in)
		c.wantHistory(t, "UPDATING")
		// A shared picture changes when no other of the list is open, not before.
		c.put(t, "x@2", "y@2")
		d.ok(t, "x@2")
		c.wantSees(t, "x@1 y@1")
		c.ok(t, "y@2")
		c.wantSees(t, "x@2 y@2")
		c.wantHistory(t, "UPDATING", "UPDATED")
	})
}

// Bytes that turn out to be infected are taken from all who show them.
func TestInfectedEverywhere(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b@1")
		d := f.post(t, "other@1")
		attempt := attemptAt(d.one(t, "other@1"))
		if _, _, err := f.Claim(t.Context(), noFinish, attempt, "sha-a@1", nil); err != nil {
			t.Fatal(err)
		}
		err := f.ContentFailed(t.Context(), noFinish, "sha-a@1", vitrine.Attempt{Number: 1, Stage: "scan"}, vitrine.Failf(vitrine.Infected, "Eicar"))
		if err != nil {
			t.Fatal(err)
		}
		c.wantSees(t, "b@1")
		c.wantMedia(t, "a@1 AV_SCANNED, b@1 DOWNLOADED")
		c.wantHistory(t, "CREATED", "CREATED_WITH_MEDIA_ERROR")
		d.wantSees(t, "")
		d.wantMedia(t, "other@1 AV_SCANNED")
	})
}

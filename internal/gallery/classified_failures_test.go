package gallery_test

import (
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// A failed media is tried again for a new version or a retry only (4.9); until
// all are well the status says so.
func TestClassifiedFailed(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "b@1")
		c.ok(t, "a@1")
		c.notOK(t, "b@1")
		c.wantHistory(t, "CREATING", "CREATED_WITH_MEDIA_ERROR")
		c.wantSees(t, "a@1")
		c.put(t, "a@1", "b@1")
		c.wantFetches(t, "")
		c.wantHistory(t, "CREATED_WITH_MEDIA_ERROR", "CREATED_WITH_MEDIA_ERROR")
		c.put(t, "b@1", "a@1")
		c.wantFetches(t, "")
		c.wantHistory(t, "UPDATING", "CREATED_WITH_MEDIA_ERROR")

		if err := f.RetryPlaced(t.Context(), f.account, c.uuid, c.one(t, "b@1").UUID); err != nil {
			t.Fatal(err)
		}
		c.wantFetches(t, "b@1")
		c.wantHistory(t, "CREATED_WITH_MEDIA_ERROR", "UPDATING")
		c.ok(t, "b@1")
		c.wantHistory(t, "UPDATING", "UPDATED")
		c.wantSees(t, "b@1 a@1")
		if view := c.view(t); view.Classified.Revision != 2 {
			t.Errorf("a retry gave revision %d", view.Classified.Revision)
		}
		if err := f.RetryPlaced(t.Context(), f.account, c.uuid, "nobody"); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("a retry of nothing gave %v", err)
		}
	})
}

// A failed version leaves the last good one in its place (4.10). Asking for that
// one again costs nothing.
func TestClassifiedStale(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b@1")
		c.put(t, "a@2", "b@1")
		c.notOK(t, "a@2")
		c.wantSees(t, "a@1 b@1")
		c.wantHistory(t, "UPDATING", "CREATED_WITH_MEDIA_ERROR")
		c.wantMedia(t, "a@2 DOWNLOADING_FAILED, b@1 DOWNLOADED")
		if m := c.view(t).Media[0]; !m.Stale || m.Media.Failure.Code != vitrine.SourceNotFound {
			t.Errorf("the media is %+v", m)
		}
		c.put(t, "a@1", "b@1")
		c.wantFetches(t, "")
		c.wantSees(t, "a@1 b@1")
		c.wantHistory(t, "RECEIVING RECEIVING_PUT", "RECEIVED RECEIVED_PUT", "UPDATING", "UPDATED")

		// While it is still being downloaded as well.
		c.put(t, "a@3", "b@1")
		late := c.one(t, "a@3")
		c.put(t, "a@1", "b@1")
		c.wantHistory(t, "UPDATING", "UPDATED")
		c.fetched(t, late, "sha-late")
		c.wantSees(t, "a@1 b@1")
	})
}

// A tour stays while a newer version of its link is tried, and when that fails.
func TestClassifiedTour(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		tour := func(version string) gallery.ClassifiedInput {
			in := wish("a@1", "t@"+version)
			in.Media[1].Type = vitrine.VirtualTour
			return in
		}
		result, err := f.PostClassified(t.Context(), f.account, tour("1"), gallery.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c := classified{f, result.Classified.UUID, result.Classified.Gallery}
		leads := func(want string) {
			t.Helper()
			shown, err := f.Public(t.Context(), c.gallery)
			if err != nil || shown.Tour == nil || nameOf(shown.Tour.URL) != want {
				t.Errorf("the tour is %+v, %v; want %s", shown.Tour, err, want)
			}
		}
		visited := func(name string) {
			t.Helper()
			if err := f.Unchanged(t.Context(), noFinish, attemptAt(c.one(t, name))); err != nil {
				t.Fatal(err)
			}
		}
		c.ok(t, "a@1")
		visited("t@1")
		leads("t@1")
		c.putWish(t, tour("2"))
		leads("t@1")
		c.notOK(t, "t@2")
		leads("t@1")
		if m := c.view(t).Media[1]; !m.Stale {
			t.Errorf("the tour is %+v", m)
		}
		c.wantHistory(t, "UPDATING", "CREATED_WITH_MEDIA_ERROR")
		c.putWish(t, tour("3"))
		visited("t@3")
		leads("t@3")
		c.wantHistory(t, "UPDATING", "UPDATED")
	})
}

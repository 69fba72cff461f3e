package gallery_test

import (
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// Only a different version is downloaded again, whatever its order; what is
// moved or told otherwise is not (4.3, 4.7).
func TestClassifiedPlan(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@2", "b@1", "c", "d@1")
		ids := map[string]int64{}
		for _, name := range []string{"a@2", "b@1", "c"} {
			ids[name] = c.one(t, name).ID
		}
		result := c.put(t, "b@1", "a@1", "c@1", "e@1")
		wantPlan(t, result, "move b@1, refetch a@1, refetch c@1, add e@1, remove d@1")
		c.wantFetches(t, "a@1 c@1 e@1")
		if c.one(t, "b@1").ID != ids["b@1"] || c.one(t, "a@1").ID != ids["a@2"] || c.one(t, "c@1").ID != ids["c"] {
			t.Error("a media has changed its id")
		}
		c.wantSees(t, "a@2 b@1 c d@1")
		c.wantMedia(t, "b@1 DOWNLOADED, a@1 RECEIVED, c@1 RECEIVED, e@1 RECEIVED, d@1 DELETED")
		c.allGood(t)
		c.wantSees(t, "b@1 a@1 c@1 e@1")
		c.wantHistory(t, "RECEIVING RECEIVING_PUT", "RECEIVED RECEIVED_PUT", "UPDATING", "UPDATED")
		c.wantMedia(t, "b@1 DOWNLOADED, a@1 DOWNLOADED, c@1 DOWNLOADED, e@1 DOWNLOADED, d@1 DELETED")

		in := wish("b@1", "a@1", "c@1", "e@1")
		in.Media[0].Title, in.Media[1].Tags = "Kitchen", []vitrine.Category{"KITCHEN"}
		result = c.putWish(t, in)
		wantPlan(t, result, "keep b@1, keep a@1, keep c@1, keep e@1")
		if !result.Changed || result.Classified.Revision != 3 {
			t.Errorf("a new title gave %+v", result)
		}
		c.wantFetches(t, "")
		shown, err := f.Public(t.Context(), c.gallery)
		if err != nil || shown.Pictures[0].Title != "Kitchen" {
			t.Errorf("the public sees %+v, %v", shown.Pictures, err)
		}
	})
}

// What changes with each list is told by the account's settings (4.5).
func TestClassifiedSettings(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		set := func(settings vitrine.AccountSettings) {
			t.Helper()
			if err := f.SetAccount(t.Context(), "acme", settings); err != nil {
				t.Fatal(err)
			}
		}
		signed := func(signature, version string) gallery.ClassifiedInput {
			in := wish()
			in.Media = []gallery.ClassifiedMedia{{URL: "https://origin.example/a?v=" + version + "&X-Amz-Signature=" + signature, Type: vitrine.Picture}}
			return in
		}
		result, err := f.PostClassified(t.Context(), f.account, signed("1", "1"), gallery.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c := classified{f, result.Classified.UUID, result.Classified.Gallery}
		end := func() {
			t.Helper()
			for _, m := range c.view(t).Media {
				if !m.Media.State.Ended() {
					c.fetched(t, m.Media, "sha-"+m.Media.Source.Version)
					c.optimised(t, "sha-"+m.Media.Source.Version)
				}
			}
		}
		end()
		id := c.view(t).Media[0].Media.ID
		set(vitrine.AccountSettings{SourceRules: vitrine.SourceRules{Versions: []string{"v"}, Ignored: []string{"X-Amz-*"}}})
		// The new rules alone are no reason to see other media in the old URLs.
		if result := c.putWish(t, signed("2", "1")); result.Changed || c.view(t).Media[0].Media.ID != id {
			t.Errorf("a new signature gave %+v", result)
		}
		if m := c.view(t).Media[0]; m.Media.Source.URL != m.Placement.URL {
			t.Errorf("the next fetch would use %s", m.Media.Source.URL)
		}
		if result := c.putWish(t, signed("3", "2")); planText(result.Plan) == "" || result.Plan[0].Action != vitrine.Refetch {
			t.Errorf("a new version gave %+v", result)
		}
		end()

		set(vitrine.AccountSettings{Revalidate: true})
		d := f.posted(t, "x", "y@1")
		for range 2 {
			wantPlan(t, d.put(t, "x", "y@1"), "refetch x, keep y@1")
			m := d.one(t, "x")
			attempt := vitrine.Attempt{MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", HTTPStatus: 304}
			if err := f.Unchanged(t.Context(), noFinish, attempt); err != nil {
				t.Fatal(err)
			}
			d.wantSees(t, "x y@1")
			d.wantHistory(t, "UPDATING", "UPDATED")
			if view := d.view(t); view.Classified.Revision != 1 {
				t.Errorf("asking whether it has changed gave revision %d", view.Classified.Revision)
			}
		}
	})
}

// One URL of two versions in one list is one media, of the first one's version.
func TestClassifiedTwoVersions(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "a@2")
		c.allGood(t)
		wantPlan(t, c.put(t, "a@2"), "refetch a@2, remove a@2")
		c.wantFetches(t, "a@2")
	})
}

package gallery_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// A first gallery grows; the statuses come in their order (section 5).
func TestClassifiedCreated(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "b@1")
		c.wantSees(t, "nothing")
		c.wantHistory(t, "RECEIVING RECEIVING_POST", "RECEIVED RECEIVED_POST", "CREATING")
		c.wantMedia(t, "a@1 RECEIVED, b@1 RECEIVED")
		c.ok(t, "b@1")
		c.wantSees(t, "b@1")
		c.wantMedia(t, "a@1 RECEIVED, b@1 DOWNLOADED")
		c.wantHistory(t, "CREATING")
		c.ok(t, "a@1")
		c.wantSees(t, "a@1 b@1")
		c.wantHistory(t, "RECEIVING RECEIVING_POST", "RECEIVED RECEIVED_POST", "CREATING", "CREATED")
		if view := c.view(t); view.Classified.Revision != 1 {
			t.Errorf("the revision is %d", view.Classified.Revision)
		}

		empty := f.post(t)
		empty.wantSees(t, "")
		empty.wantHistory(t, "CREATING", "CREATED")
	})
}

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

// The same again is no revision and no download, but a status (4.8), in
// whatever order its JSON is.
func TestClassifiedUnchanged(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "b@1")
		if result := c.put(t, "a@1", "b@1"); result.Changed || planText(result.Plan) != "keep a@1, keep b@1" {
			t.Errorf("the same while it is under way gave %+v", result)
		}
		c.wantHistory(t, "RECEIVED RECEIVED_POST", "CREATING")
		c.allGood(t)
		for range 2 {
			if result := c.put(t, "a@1", "b@1"); result.Changed || result.Classified.Revision != 1 || planText(result.Plan) != "keep a@1, keep b@1" {
				t.Errorf("the same gave %+v", result)
			}
		}
		c.wantHistory(t, "CREATED", "UPDATED", "UPDATED")
		c.wantMedia(t, "a@1 DOWNLOADED, b@1 DOWNLOADED")

		in := wish("a@1", "b@1")
		in.Data = json.RawMessage(`{"price":1,"rooms":{"a":1,"b":2}}`)
		c.putWish(t, in)
		in.Data = json.RawMessage(`{"rooms":{"b":2,"a":1},"price":1}`)
		if result := c.putWish(t, in); result.Changed || result.Classified.Revision != 2 {
			t.Errorf("the same in another order gave %+v", result)
		}
		in.Data = json.RawMessage(`{"rooms":{"b":2,"a":1},"price":1.0}`)
		if result := c.putWish(t, in); !result.Changed {
			t.Error("another spelling of a number is lost")
		}
	})
}

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

// A list of which nothing can be had takes nothing from the public.
func TestClassifiedNeverEmptied(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b@1")
		c.put(t, "c@1", "d@1")
		c.notOK(t, "c@1")
		c.notOK(t, "d@1")
		c.wantHistory(t, "UPDATING", "CREATED_WITH_MEDIA_ERROR")
		c.wantSees(t, "a@1 b@1")
		c.put(t, "c@2", "d@1")
		c.ok(t, "c@2")
		c.wantSees(t, "c@2")
		c.put(t)
		c.wantSees(t, "")
		c.wantHistory(t, "UPDATING", "UPDATED")
		f.wantAllFreed(t)
	})
}

// The gallery changes over in one step, when the pictures of the new list have
// ended, or when its time is up.
func TestClassifiedSwap(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b@1", "c@1")
		c.put(t, "d@1", "e@1", "f@1")
		c.ok(t, "d@1")
		c.ok(t, "e@1")
		c.wantSees(t, "a@1 b@1 c@1")
		c.ok(t, "f@1")
		c.wantSees(t, "d@1 e@1 f@1")

		c.put(t, "g@1", "d@1", "h@1")
		c.ok(t, "g@1")
		f.later(vitrine.DefaultLimits().SwapPatience - time.Second)
		c.sweep(t)
		c.wantSees(t, "d@1 e@1 f@1")
		c.put(t, "g@1", "d@1", "h@1", "i@1") // another list has its own time
		f.later(2 * time.Second)
		c.sweep(t)
		c.wantSees(t, "d@1 e@1 f@1")
		f.later(vitrine.DefaultLimits().SwapPatience)
		c.sweep(t)
		c.wantSees(t, "g@1 d@1")
		c.ok(t, "i@1")
		c.wantSees(t, "g@1 d@1 i@1")
		c.wantHistory(t, "UPDATING")
		c.ok(t, "h@1")
		c.wantSees(t, "g@1 d@1 h@1 i@1")
		c.wantHistory(t, "UPDATING", "UPDATED")
	})
}

func (c classified) sweep(t *testing.T) {
	t.Helper()
	if err := c.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Of two PUTs in a row the last wins; what both want is downloaded once (4.11).
func TestClassifiedTwoPuts(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1")
		c.put(t, "a@2", "b@1", "c@1")
		b, dropped := c.one(t, "b@1"), c.one(t, "c@1")
		c.put(t, "a@3", "b@1", "d@1")
		if got := c.one(t, "b@1"); got.Seq != b.Seq {
			t.Error("what both want is downloaded twice")
		}
		c.fetched(t, dropped, "sha-c@1") // comes to nothing
		c.allGood(t)
		c.wantSees(t, "a@3 b@1 d@1")
		c.wantHistory(t, "CREATED", "RECEIVING RECEIVING_PUT", "RECEIVED RECEIVED_PUT", "UPDATING",
			"RECEIVING RECEIVING_PUT", "RECEIVED RECEIVED_PUT", "UPDATING", "UPDATED")
		lines, err := f.Statuses(t.Context(), f.account, c.uuid, 0, 1)
		if err != nil || lines[0].Revision != 3 {
			t.Errorf("the newest status is of revision %d, %v", lines[0].Revision, err)
		}
	})
}

// A deleted classified is gone for the public and never comes back; its history
// stays. Its estate may be sent anew.
func TestClassifiedDeleted(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		in := wish("a@1")
		in.EstateID = "estate-1"
		result, err := f.PostClassified(t.Context(), f.account, in, gallery.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c := classified{f, result.Classified.UUID, result.Classified.Gallery}
		c.allGood(t)
		var duplicate *gallery.DuplicateError
		if _, err := f.PostClassified(t.Context(), f.account, in, gallery.WriteOptions{}); !errors.As(err, &duplicate) || duplicate.ClassifiedID != c.uuid {
			t.Errorf("the same estate again gave %v", err)
		}
		for range 2 {
			if _, err := f.DeleteClassified(t.Context(), f.account, c.uuid, gallery.WriteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		c.wantSees(t, "nothing")
		c.wantHistory(t, "RECEIVING RECEIVING_DELETE", "RECEIVED RECEIVED_DELETE", "DELETING", "DELETED", "DELETED")
		c.wantMedia(t, "a@1 DELETED")
		if put := c.putWish(t, in); put.Changed {
			t.Error("a PUT has brought it back")
		}
		c.wantHistory(t, "DELETED", "RECEIVING RECEIVING_PUT", "RECEIVED RECEIVED_PUT", "UPDATING", "UPDATING_FAILED")
		if view := c.view(t); view.Classified.Status != vitrine.StatusDeleted || view.Status.Status != vitrine.StatusDeleted || view.Classified.Revision != 2 || string(view.Data) != "{}" {
			t.Errorf("it is %+v", view)
		}
		if list, err := f.Classifieds(t.Context(), f.account, 0, 10); err != nil || len(list) != 0 {
			t.Errorf("the list has %v, %v", list, err)
		}
		f.wantAllFreed(t)
		if _, err := f.PostClassified(t.Context(), f.account, in, gallery.WriteOptions{}); err != nil {
			t.Errorf("its estate sent anew gave %v", err)
		}
	})
}

// A dry run and a stale If-Match change nothing.
func TestClassifiedConditions(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1")
		dry, err := f.PutClassified(t.Context(), f.account, c.uuid, wish("a@2", "b@1"), gallery.WriteOptions{DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		wantPlan(t, dry, "refetch a@2, add b@1")
		if dry.Plan[1].MediaUUID != "" || !dry.Changed {
			t.Errorf("the dry run gave %+v", dry)
		}
		if dry, err := f.PostClassified(t.Context(), f.account, wish("a@1"), gallery.WriteOptions{DryRun: true}); err != nil || planText(dry.Plan) != "add a@1" {
			t.Errorf("the dry run of a POST gave %+v, %v", dry, err)
		}
		old := gallery.WriteOptions{Match: func(revision int64) bool { return revision == 7 }}
		if _, err := f.PutClassified(t.Context(), f.account, c.uuid, wish("b@1"), old); vitrine.CodeOf(err) != vitrine.CodePrecondition {
			t.Errorf("a stale revision gave %v", err)
		}
		if _, err := f.DeleteClassified(t.Context(), f.account, c.uuid, old); vitrine.CodeOf(err) != vitrine.CodePrecondition {
			t.Errorf("a stale revision gave %v", err)
		}
		c.wantHistory(t, "CREATING", "CREATED")
		c.wantFetches(t, "")
		if list, err := f.Classifieds(t.Context(), f.account, 0, 10); err != nil || len(list) != 1 {
			t.Errorf("the list has %v, %v", list, err)
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

// One URL of two versions in one list is one media, of the first one's version.
func TestClassifiedTwoVersions(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "a@2")
		c.allGood(t)
		wantPlan(t, c.put(t, "a@2"), "refetch a@2, remove a@2")
		c.wantFetches(t, "a@2")
	})
}

// A first gallery goes on growing over a change of its list, as long as nothing
// goes that it shows.
func TestClassifiedGrowsOn(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "b@1", "c@1", "d@1")
		c.ok(t, "b@1")
		c.put(t, "a@1", "b@1", "c@1", "e@1")
		c.ok(t, "a@1")
		c.wantSees(t, "a@1 b@1")
		c.put(t, "b@1", "a@1", "c@1")
		c.wantSees(t, "a@1 b@1")
		c.ok(t, "c@1")
		c.wantSees(t, "b@1 a@1 c@1")

		// One of which nothing could be had grows from the next list on.
		bad := f.post(t, "x@1")
		bad.notOK(t, "x@1")
		bad.wantSees(t, "")
		bad.put(t, "x@2", "y@2")
		bad.ok(t, "y@2")
		bad.wantSees(t, "y@2")
	})
}

// After its time a gallery changes over with the first good picture.
func TestClassifiedOverdue(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1")
		c.put(t, "b@1", "c@1")
		f.later(vitrine.DefaultLimits().SwapPatience + time.Second)
		c.sweep(t)
		c.wantSees(t, "a@1")
		c.ok(t, "c@1")
		c.wantSees(t, "c@1")
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

// Bytes that turn out to be infected are taken from all who show them.
func TestInfectedEverywhere(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b@1")
		d := f.post(t, "other@1")
		attempt := attemptAt(d.one(t, "other@1"))
		if _, _, err := f.Claim(t.Context(), noFinish, attempt, "sha-a@1"); err != nil {
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

package gallery_test

import (
	"encoding/json"
	"errors"
	"testing"

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

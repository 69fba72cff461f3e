package main

import (
	"net/http"
	"slices"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// estate is the data of a classified that has this id at its sender.
func estate(id string) any {
	type object = map[string]any
	return object{"metaData": object{"source": object{"offererEstateId": id}}}
}

func testDuplicate(t *testing.T, a *agency) {
	list := a.classified(pictures(a.host.urls(1)...)...)
	list.Data = estate("house-1")
	first, err := a.PostClassified(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	a.wait(t, first.ClassifiedID, 1, vitrine.StatusCreated)
	refused := func() {
		t.Helper()
		_, err := a.PostClassified(t.Context(), list)
		wantRefusal(t, err, http.StatusBadRequest)
		if id, ok := client.DuplicateOf(err); !ok || id != first.ClassifiedID {
			t.Errorf("%v names %q, want %s", err, id, first.ClassifiedID)
		}
	}
	refused()

	// Neither can another one become it, and with its own data it can stay.
	list.Data = estate("house-2")
	second, err := a.PostClassified(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	list.Data = estate("house-1")
	_, err = a.PutClassified(t.Context(), second.ClassifiedID, list)
	wantRefusal(t, err, http.StatusBadRequest)
	list.Portals = []string{"BD"}
	if put, err := a.PutClassified(t.Context(), first.ClassifiedID, list); err != nil || put.Revision != 2 {
		t.Errorf("a put of the one that has the estate is revision %d, %v", put.Revision, err)
	}
	refused()

	// Once deleted, its estate is free.
	if err := a.DeleteClassified(t.Context(), first.ClassifiedID); err != nil {
		t.Fatal(err)
	}
	third, err := a.PostClassified(t.Context(), list)
	if err != nil || third.ClassifiedID == first.ClassifiedID {
		t.Errorf("the estate of a deleted classified gives %+v, %v", third, err)
	}
}

func testDryRun(t *testing.T, a *agency) {
	urls := a.host.urls(4)
	list := a.classified(pictures(urls[0], urls[1]+"?timestamp=1", urls[2])...)
	list.Data = estate("house-1")
	plan, err := a.PlanClassified(t.Context(), "", list)
	if err != nil {
		t.Fatal(err)
	}
	wantPlan(t, plan, "add -1 0", "add -1 1", "add -1 2")
	if plan.ClassifiedID != "" || plan.Revision != 0 {
		t.Errorf("the dry run of a post made %+v", plan)
	}
	posted, err := a.PostClassified(t.Context(), list) // its estate is still free
	if err != nil {
		t.Fatal(err)
	}
	wantPlan(t, posted, "add -1 0", "add -1 1", "add -1 2")
	id := posted.ClassifiedID
	a.wait(t, id, 1, vitrine.StatusCreated)
	before, history, shown, gets := a.media(t, id), a.history(t, id), a.gallery(t, id), a.host.gets()

	_, err = a.PlanClassified(t.Context(), "", list)
	wantRefusal(t, err, http.StatusBadRequest)
	list.Media = pictures(urls[2], urls[1]+"?timestamp=2", urls[3])
	if plan, err = a.PlanClassified(t.Context(), id, list, client.IfMatch(posted.ETag)); err != nil {
		t.Fatal(err)
	}
	want := []string{"move 2 0", "refetch 1 1 " + vitrine.VersionChanged, "add -1 2", "remove 0 -1"}
	wantPlan(t, plan, want...)
	if plan.Revision != 1 || plan.ETag != posted.ETag || plan.Plan[0].MediaID != before[2].MediaID || plan.Plan[3].MediaID != before[0].MediaID {
		t.Errorf("the plan is %+v", plan)
	}
	wantIDs(t, a.media(t, id), idsOf(before)...)
	a.wantHistory(t, id, history...)
	if now := a.gallery(t, id); !slices.Equal(now, shown) {
		t.Errorf("after a dry run the gallery shows %q, want %q", now, shown)
	}
	if now, err := a.Classified(t.Context(), id); err != nil || now.ETag != posted.ETag || now.Revision != 1 || now.Status != vitrine.StatusCreated {
		t.Errorf("after a dry run the classified is %s, revision %d, ETag %s, %v", now.Status, now.Revision, now.ETag, err)
	}
	a.host.expect(t, gets)

	// What it told is what happens.
	put, err := a.PutClassified(t.Context(), id, list)
	if err != nil {
		t.Fatal(err)
	}
	wantPlan(t, put, want...)
	a.wait(t, id, 2, vitrine.StatusUpdated)
	gets["/1.jpg?timestamp=2"], gets["/3.jpg"] = 1, 1
	a.host.expect(t, gets)
	_, err = a.PlanClassified(t.Context(), id, list, client.IfMatch(posted.ETag))
	wantRefusal(t, err, http.StatusPreconditionFailed)
}

package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// TestClassifiedStatuses holds section 5 of the Classifieds API, and what its
// writes answer, on both set-ups.
func TestClassifiedStatuses(t *testing.T) {
	t.Parallel()
	testClassifieds(t, map[string]func(*testing.T, *agency){
		"life":                          testLife,
		"a media error that passes":     testMediaError,
		"deleted with pictures to come": testDeletedEarly,
		"put on a deleted one":          testPutOnDeleted,
		"the same estate":               testDuplicate,
		"virtual tours":                 testTours,
		"what pages say":                testTourFacts,
		"panoramas":                     testPanorama,
		"altered pictures":              testAltered,
		"dry run":                       testDryRun,
		"pages":                         testPages,
	})
}

func testLife(t *testing.T, a *agency) {
	urls := a.host.urls(3)
	posted := a.postMedia(t, pictures(urls[:2]...)...)
	id := posted.ClassifiedID
	if posted.Revision != 1 || posted.ETag == "" || posted.Links.Statuses != posted.Links.Self+"/statuses" {
		t.Errorf("the post answered %+v", posted)
	}
	created := a.wait(t, id, 1, vitrine.StatusCreated)
	wantReports(t, created, urls[0]+" DOWNLOADED", urls[1]+" DOWNLOADED")
	want := []string{"1 CREATED ", "1 CREATING ", "1 RECEIVED RECEIVED_POST", "1 RECEIVING RECEIVING_POST"}
	a.wantHistory(t, id, want...)

	put, err := a.PutClassified(t.Context(), id, a.classified(pictures(urls[1:]...)...), client.IfMatch(posted.ETag))
	if err != nil || put.Revision != 2 || put.ETag == posted.ETag {
		t.Fatalf("the put answered %+v, %v", put, err)
	}
	updated := a.wait(t, id, 2, vitrine.StatusUpdated)
	wantReports(t, updated, urls[1]+" DOWNLOADED", urls[2]+" DOWNLOADED", urls[0]+" DELETED")
	want = slices.Concat([]string{"2 UPDATED ", "2 UPDATING ", "2 RECEIVED RECEIVED_PUT", "2 RECEIVING RECEIVING_PUT"}, want)
	a.wantHistory(t, id, want...)

	gallery, shown := a.galleryURL(t, id), a.gallery(t, id)
	wantRefusal(t, a.DeleteClassified(t.Context(), id, client.IfMatch(posted.ETag)), http.StatusPreconditionFailed)
	a.wantHistory(t, id, want...)
	for range 2 { // the second tells the same once more
		if err := a.DeleteClassified(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		deleted := a.wait(t, id, 3, vitrine.StatusDeleted)
		wantReports(t, deleted, urls[1]+" DELETED", urls[2]+" DELETED")
	}
	a.wantHistory(t, id, slices.Concat([]string{"3 DELETED ", "3 DELETED ", "3 DELETING ", "3 RECEIVED RECEIVED_DELETE", "3 RECEIVING RECEIVING_DELETE"}, want)...)
	gone, err := a.Classified(t.Context(), id)
	if err != nil || gone.Status != vitrine.StatusDeleted || len(gone.Media) != 0 {
		t.Errorf("the deleted classified is %+v, %v", gone, err)
	}
	if answer := get(t, gallery); answer.StatusCode != http.StatusNotFound {
		t.Errorf("the gallery of a deleted classified answers %d", answer.StatusCode)
	}
	for _, url := range shown {
		wait(t, "its pictures to be gone", func() bool { return get(t, url).StatusCode == http.StatusNotFound })
	}
	a.host.expect(t, map[string]int{"/0.jpg": 1, "/1.jpg": 1, "/2.jpg": 1})
}

func testMediaError(t *testing.T, a *agency) {
	good, bad := a.host.URL+"/good.jpg", a.host.URL+"/bad.jpg"
	a.host.answer("/bad.jpg", http.StatusNotFound)
	id := a.postMedia(t, pictures(good, bad)...).ClassifiedID
	status := a.wait(t, id, 1, vitrine.StatusCreatedWithMediaError)
	wantReports(t, status, good+" DOWNLOADED", bad+" DOWNLOADING_FAILED")
	if m := status.MediaStatuses[1]; m.SubStatus != string(vitrine.SourceNotFound) || m.Message == "" || m.SubStatusDetails == "" {
		t.Errorf("the failed media is told of as %+v", m)
	}
	if status.Message == "" {
		t.Error("the status with a media error has no message")
	}
	if shown := a.gallery(t, id); len(shown) != 1 {
		t.Errorf("the gallery shows %d pictures, want the good one", len(shown))
	}
	media := a.media(t, id)
	if media[1].Status != vitrine.MediaDownloadingFailed || media[1].Stale || media[1].Failure == nil {
		t.Errorf("the failed media is %+v", media[1])
	}

	// While one is failed, an update ends in the same status.
	list := pictures(good, bad)
	list[0].Title = "The front"
	if _, err := a.PutClassified(t.Context(), id, a.classified(list...)); err != nil {
		t.Fatal(err)
	}
	a.wait(t, id, 2, vitrine.StatusCreatedWithMediaError)

	a.host.answer("/bad.jpg", http.StatusOK)
	if err := a.RetryClassifiedMedia(t.Context(), id, media[1].MediaID); err != nil {
		t.Fatal(err)
	}
	status = a.wait(t, id, 2, vitrine.StatusUpdated)
	wantReports(t, status, good+" DOWNLOADED", bad+" DOWNLOADED")
	a.wantHistory(t, id,
		"2 UPDATED ", "2 UPDATING ",
		"2 CREATED_WITH_MEDIA_ERROR ", "2 UPDATING ", "2 RECEIVED RECEIVED_PUT", "2 RECEIVING RECEIVING_PUT",
		"1 CREATED_WITH_MEDIA_ERROR ", "1 CREATING ", "1 RECEIVED RECEIVED_POST", "1 RECEIVING RECEIVING_POST",
	)
	if shown := a.gallery(t, id); !slices.Equal(shown, firstVariants(a.media(t, id))) {
		t.Errorf("the gallery shows %q, want both", shown)
	}
	timeline, err := a.ClassifiedMediaTimeline(t.Context(), id, media[1].MediaID)
	if err != nil || len(timeline) != 3 {
		t.Fatalf("the timeline is %+v, %v; want a fetch that failed, one that did not, and an optimisation", timeline, err)
	}
	if f := timeline[0].Failure; f == nil || f.Code != vitrine.SourceNotFound || timeline[1].Failure != nil {
		t.Errorf("the timeline is %+v", timeline)
	}
	wantRefusal(t, a.RetryClassifiedMedia(t.Context(), id, id), http.StatusNotFound)
	a.host.expect(t, map[string]int{"/good.jpg": 1, "/bad.jpg": 2})
}

// testDeletedEarly deletes a classified before its pictures have come: what
// comes late changes nothing.
func testDeletedEarly(t *testing.T, a *agency) {
	release := a.host.hold("/late.jpg")
	late := a.host.URL + "/late.jpg"
	id := a.postMedia(t, pictures(late)...).ClassifiedID
	a.host.waitFor(t, "/late.jpg")
	if err := a.DeleteClassified(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	wantReports(t, a.wait(t, id, 2, vitrine.StatusDeleted), late+" DELETED")
	release()
	a.host.waitForAnswers(t, "/late.jpg")
	a.post(t, a.host.URL+"/other.jpg") // through the same workers behind it
	a.wantHistory(t, id,
		"2 DELETED ", "2 DELETING ", "2 RECEIVED RECEIVED_DELETE", "2 RECEIVING RECEIVING_DELETE",
		"1 CREATING ", "1 RECEIVED RECEIVED_POST", "1 RECEIVING RECEIVING_POST",
	)
	if answer := get(t, a.galleryURL(t, id)); answer.StatusCode != http.StatusNotFound {
		t.Errorf("its gallery answers %d", answer.StatusCode)
	}
	a.host.expect(t, map[string]int{"/late.jpg": 1, "/other.jpg": 1})
}

func testPutOnDeleted(t *testing.T, a *agency) {
	id := a.post(t, a.host.urls(1)...)
	if err := a.DeleteClassified(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	before := a.history(t, id)
	for i := range 2 {
		if _, err := a.PutClassified(t.Context(), id, a.classified(pictures(a.host.urls(2)...)...)); err != nil {
			t.Fatalf("a put on a deleted classified: %v", err)
		}
		after := a.history(t, id)
		want := []string{"2 UPDATING_FAILED ", "2 UPDATING ", "2 RECEIVED RECEIVED_PUT", "2 RECEIVING RECEIVING_PUT"}
		if diff := cmp.Diff(want, after[:4]); diff != "" || len(after) != len(before)+4*(i+1) {
			t.Errorf("put %d: the newest of %d statuses (-want +got):\n%s", i, len(after), diff)
		}
	}
	if media := a.media(t, id); len(media) != 0 {
		t.Errorf("it has %d media again", len(media))
	}
	if answer := get(t, a.galleryURL(t, id)); answer.StatusCode != http.StatusNotFound {
		t.Errorf("its gallery answers %d", answer.StatusCode)
	}
	a.host.expect(t, map[string]int{"/0.jpg": 1})
}

func testPages(t *testing.T, a *agency) {
	urls := a.host.urls(1)
	id := a.post(t, urls...)
	again := func() {
		t.Helper()
		if _, err := a.PutClassified(t.Context(), id, a.classified(pictures(urls...)...)); err != nil {
			t.Fatal(err)
		}
	}
	for range 30 {
		again()
	}
	all, err := a.ClassifiedStatuses(t.Context(), id, 100, "")
	if err != nil || len(all.Items) != 34 || all.NextToken != "" {
		t.Fatalf("the history has %d statuses, then %q, %v; want 34", len(all.Items), all.NextToken, err)
	}
	want := linesOf(all.Items)
	var got []string
	for token, pages := "", 0; pages == 0 || token != ""; pages++ {
		page, err := a.ClassifiedStatuses(t.Context(), id, 7, token)
		if err != nil || pages > len(want) {
			t.Fatalf("page %d: %v", pages, err)
		}
		got, token = append(got, linesOf(page.Items)...), page.NextToken
		again() // a new status, which no later page shows
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the pages together (-want +got):\n%s", diff)
	}
	other := a.post(t, urls...)
	first, err := a.ClassifiedStatuses(t.Context(), id, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.ClassifiedStatuses(t.Context(), other, 1, first.NextToken)
	wantRefusal(t, err, http.StatusBadRequest)
}

// linesOf names statuses.
func linesOf(statuses []client.ClassifiedStatus) (lines []string) {
	for _, status := range statuses {
		lines = append(lines, fmt.Sprint(status.StatusID, " ", status.Status, " ", status.StatusDate))
	}
	return lines
}

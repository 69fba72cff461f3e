package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// TestClassifiedSync holds the rules of section 4 of the Classifieds API, one
// by one, and counts what the pictures' host is asked for.
func TestClassifiedSync(t *testing.T) {
	t.Parallel()
	testClassifieds(t, map[string]func(*testing.T, *agency){
		"timestamps in all spellings":         testTimestamps,
		"different, not newer":                testDifferent,
		"the same URL twice":                  testTwice,
		"a URL of two classifieds":            testShared,
		"two versions in one list":            testTwoVersions,
		"retitled, recategorised, reordered":  testRearranged,
		"unchanged":                           testUnchanged,
		"failed, with the same timestamp":     testFailedAgain,
		"two puts in a row":                   testTwoPuts,
		"back to what is shown":               testBack,
		"the last good one is kept":           testLastGood,
		"the gallery changes over at once":    testSwap,
		"a list without one good picture":     testNoneGood,
		"removed":                             testRemoved,
		"a first gallery grows":               testGrows,
		"versions and signatures":             testVersions,
		"signatures that are ignored later":   testIgnoredLater,
		"asked whether it has changed":        testRevalidate,
		"URLs that work once":                 testSingleUse,
		"a put while a download is under way": testUnchangedUnderWay,
	})
}

func testRearranged(t *testing.T, a *agency) {
	urls := a.host.urls(5)
	id := a.post(t, urls...)
	before, shown := a.media(t, id), a.gallery(t, id)
	gets := a.host.gets()

	list := pictures(urls[0], urls[4], urls[2], urls[1], urls[3])
	list[0].Title, list[1].Category, list[2].Tags = "The front", "COVER_PICTURE", []vitrine.Category{"GARDEN", "POOL"}
	list[3].MediaType = vitrine.Panorama
	put, err := a.PutClassified(t.Context(), id, a.classified(list...))
	if err != nil {
		t.Fatal(err)
	}
	wantPlan(t, put, "keep 0 0", "move 4 1", "keep 2 2", "move 1 3", "move 3 4")
	if put.Revision != 2 {
		t.Errorf("another order is revision %d, want 2", put.Revision)
	}
	a.wait(t, id, 2, vitrine.StatusUpdated)
	wantIDs(t, a.media(t, id), pick(idsOf(before), 0, 4, 2, 1, 3)...)
	if diff := cmp.Diff(pick(shown, 0, 4, 2, 1, 3), a.gallery(t, id)); diff != "" {
		t.Errorf("the gallery's order (-want +got):\n%s", diff)
	}
	seen := a.see(t, id)
	if p := seen.Pictures; p[0].Title != "The front" || p[1].Category != "COVER_PICTURE" || !slices.Equal(p[2].Tags, []string{"GARDEN", "POOL"}) || p[3].MediaType != string(vitrine.Panorama) {
		t.Errorf("the gallery shows %+v, want the new title, category, tags and type", p)
	}
	a.host.expect(t, gets)
}

func testUnchanged(t *testing.T, a *agency) {
	urls := a.host.urls(3)
	list := a.classified(pictures(urls...)...)
	list.Data = json.RawMessage(`{"price": 350000, "rooms": 4}`)
	written, err := a.PostClassified(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	id := written.ClassifiedID
	a.wait(t, id, 1, vitrine.StatusCreated)
	gets := a.host.gets()
	before, err := a.Classified(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	// As it was, then with the keys of its data in another order.
	for i, data := range []string{`{"price": 350000, "rooms": 4}`, `{"rooms":4,"price":350000}`} {
		list.Data = json.RawMessage(data)
		put, err := a.PutClassified(t.Context(), id, list, client.IfMatch(before.ETag))
		if err != nil {
			t.Fatal(err)
		}
		wantPlan(t, put, "keep 0 0", "keep 1 1", "keep 2 2")
		if put.Revision != 1 || put.ETag != before.ETag {
			t.Errorf("an unchanged put is revision %d, ETag %s; want 1 and %s", put.Revision, put.ETag, before.ETag)
		}
		lines := a.history(t, id)
		if len(lines) != 5+i || lines[0] != "1 UPDATED " {
			t.Errorf("after an unchanged put the history is %q", lines)
		}
	}
	after, err := a.Classified(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if after.ETag != before.ETag || after.Revision != 1 || after.Status != vitrine.StatusUpdated {
		t.Errorf("the classified is %s, revision %d, ETag %s", after.Status, after.Revision, after.ETag)
	}
	a.host.expect(t, gets)

	// What is written for a revision that has passed is refused, and does nothing.
	a.put(t, id, vitrine.StatusUpdated, urls[0])
	_, err = a.PutClassified(t.Context(), id, list, client.IfMatch(before.ETag))
	wantRefusal(t, err, http.StatusPreconditionFailed)
	if media := a.media(t, id); len(media) != 1 {
		t.Errorf("after a refused put there are %d media, want 1", len(media))
	}
}

// testUnchangedUnderWay sends a list again while its pictures are on their way:
// they are had once, and the pollers get one end.
func testUnchangedUnderWay(t *testing.T, a *agency) {
	release := a.host.hold("/0.jpg")
	urls := a.host.urls(2)
	id := a.postMedia(t, pictures(urls...)...).ClassifiedID
	for range 2 {
		if put, err := a.PutClassified(t.Context(), id, a.classified(pictures(urls...)...)); err != nil || put.Revision != 1 {
			t.Fatalf("an unchanged put is revision %d, %v", put.Revision, err)
		}
	}
	release()
	a.wait(t, id, 1, vitrine.StatusCreated)
	a.host.expect(t, map[string]int{"/0.jpg": 1, "/1.jpg": 1})
}

func testTwoPuts(t *testing.T, a *agency) {
	first, older, both, newer := a.host.URL+"/first.jpg", a.host.URL+"/older.jpg", a.host.URL+"/both.jpg", a.host.URL+"/newer.jpg"
	changed := a.host.URL + "/changed.jpg?timestamp="
	id := a.post(t, first, changed+"1")
	one := a.media(t, id)[1].MediaID
	releaseOlder, releaseBoth, releaseChanged := a.host.hold("/older.jpg"), a.host.hold("/both.jpg"), a.host.hold("/changed.jpg?timestamp=2")
	write := func(urls ...string) client.ClassifiedWritten {
		t.Helper()
		put, err := a.PutClassified(t.Context(), id, a.classified(pictures(urls...)...))
		if err != nil {
			t.Fatal(err)
		}
		return put
	}
	write(older, both, changed+"2", first)
	a.host.waitFor(t, "/older.jpg", "/both.jpg", "/changed.jpg?timestamp=2")
	put := write(both, newer, changed+"3")
	wantPlan(t, put, "move 1 0", "add -1 1", "refetch 2 2 "+vitrine.VersionChanged, "remove 0 -1", "remove 3 -1")
	releaseBoth()
	a.wait(t, id, 3, vitrine.StatusUpdated)
	media := a.media(t, id)
	shown := a.gallery(t, id)
	wantIDs(t, media[2:], one)

	// The older put's downloads come late: one of a media that is gone, one of a
	// version that nobody wants any more. Another put goes through the same
	// workers behind them.
	releaseOlder()
	releaseChanged()
	a.host.waitForAnswers(t, "/older.jpg", "/changed.jpg?timestamp=2")
	a.put(t, id, vitrine.StatusUpdated, both, newer, changed+"3", first)
	want := []string{
		"4 UPDATED ", "4 UPDATING ", "4 RECEIVED RECEIVED_PUT", "4 RECEIVING RECEIVING_PUT",
		"3 UPDATED ", "3 UPDATING ", "3 RECEIVED RECEIVED_PUT", "3 RECEIVING RECEIVING_PUT",
		"2 UPDATING ", "2 RECEIVED RECEIVED_PUT", "2 RECEIVING RECEIVING_PUT",
		"1 CREATED ", "1 CREATING ", "1 RECEIVED RECEIVED_POST", "1 RECEIVING RECEIVING_POST",
	}
	if diff := cmp.Diff(want, a.history(t, id)); diff != "" {
		t.Errorf("the history (-want +got):\n%s", diff)
	}
	if got := firstVariants(a.media(t, id)); !slices.Equal(got[:3], shown) || !slices.Equal(firstVariants(media), shown) {
		t.Errorf("the media show %q, want %q as before the late downloads, and one more", got, shown)
	}
	a.host.expect(t, map[string]int{
		"/first.jpg": 2, "/older.jpg": 1, "/both.jpg": 1, "/newer.jpg": 1,
		"/changed.jpg?timestamp=1": 1, "/changed.jpg?timestamp=2": 1, "/changed.jpg?timestamp=3": 1,
	})
}

// testBack asks for the version that is shown while another one is on its way,
// which then comes late.
func testBack(t *testing.T, a *agency) {
	url := a.host.URL + "/a.jpg?timestamp="
	id := a.post(t, url+"1")
	shown := a.gallery(t, id)
	release := a.host.hold("/a.jpg?timestamp=2")
	if _, err := a.PutClassified(t.Context(), id, a.classified(pictures(url+"2")...)); err != nil {
		t.Fatal(err)
	}
	a.host.waitFor(t, "/a.jpg?timestamp=2")
	put := a.put(t, id, vitrine.StatusUpdated, url+"1")
	release()
	a.host.waitForAnswers(t, "/a.jpg?timestamp=2")
	// Another picture goes through the same workers behind the late one.
	a.put(t, id, vitrine.StatusUpdated, url+"1", a.host.URL+"/b.jpg")
	if now := a.gallery(t, id); put.Revision != 3 || now[0] != shown[0] {
		t.Errorf("at revision %d the gallery shows %q, want %q and one more", put.Revision, now, shown)
	}
	a.host.expect(t, map[string]int{"/a.jpg?timestamp=1": 1, "/a.jpg?timestamp=2": 1, "/b.jpg": 1})
}

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/openapitest"
	"github.com/vitrine-media/vitrine/internal/store"
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

// testClassifieds runs tests on both set-ups, each with an account and a host of
// pictures of its own.
func testClassifieds(t *testing.T, tests map[string]func(*testing.T, *agency)) {
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUp(t)
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, newAgency(t, s))
				})
			}
		})
	}
}

func testTimestamps(t *testing.T, a *agency) {
	kitchen, bath := a.host.URL+"/kitchen.jpg", a.host.URL+"/bath.jpg?w=800"
	id := a.post(t, kitchen+"?timestamp=1", bath+"&timestamp=1")
	first := a.media(t, id)
	gets := map[string]int{"/kitchen.jpg?timestamp=1": 1, "/bath.jpg?w=800&timestamp=1": 1}
	a.host.expect(t, gets)

	for _, urls := range [][]string{
		{kitchen + "&timestamp=1", bath + "×tamp=1"},
		{kitchen + "×tamp=1", bath + "%C3%97tamp=1"},
		{kitchen + "?timestamp=1", bath + "&timestamp=1"},
	} {
		put := a.put(t, id, vitrine.StatusUpdated, urls...)
		if put.Revision != 1 {
			t.Errorf("%q made revision %d", urls, put.Revision)
		}
		media := a.media(t, id)
		wantIDs(t, media, idsOf(first)...)
		if got := urlsOf(media); !slices.Equal(got, urls) {
			t.Errorf("the media have the URLs %q, want them as sent: %q", got, urls)
		}
		a.host.expect(t, gets)
	}

	// Another version in each spelling: what was eaten is put back for the host.
	a.put(t, id, vitrine.StatusUpdated, kitchen+"×tamp=2", bath+"×tamp=2")
	gets["/kitchen.jpg&timestamp=2"], gets["/bath.jpg?w=800&timestamp=2"] = 1, 1
	a.put(t, id, vitrine.StatusUpdated, kitchen+"&timestamp=3", bath+"&timestamp=2")
	gets["/kitchen.jpg&timestamp=3"] = 1
	wantIDs(t, a.media(t, id), idsOf(first)...)
	a.host.expect(t, gets)
}

func testDifferent(t *testing.T, a *agency) {
	const newer, older = "/a.jpg?timestamp=2026-02-13T09:25:57", "/a.jpg?timestamp=2025-01-01T00:00:00"
	id := a.post(t, a.host.URL+newer)
	first := a.media(t, id)
	shown := a.gallery(t, id)
	for i, uri := range []string{older, "/a.jpg", older} {
		put := a.put(t, id, vitrine.StatusUpdated, a.host.URL+uri)
		wantPlan(t, put, "refetch 0 0 "+vitrine.VersionChanged)
		if want := int64(i + 2); put.Revision != want {
			t.Errorf("%s is revision %d, want %d", uri, put.Revision, want)
		}
		wantIDs(t, a.media(t, id), first[0].MediaID)
		now := a.gallery(t, id)
		if slices.Equal(now, shown) {
			t.Errorf("with %s the gallery shows what it showed before", uri)
		}
		shown = now
	}
	a.host.expect(t, map[string]int{newer: 1, older: 2, "/a.jpg": 1})
}

func testTwice(t *testing.T, a *agency) {
	url := a.host.URL + "/a.jpg"
	written := a.postMedia(t,
		client.MediaSource{URL: url + "?timestamp=1", MediaType: vitrine.Picture, Category: "KITCHEN", Title: "The kitchen"},
		client.MediaSource{URL: url + "?timestamp=1", MediaType: vitrine.Picture, Category: "FLOOR_PLAN"},
		client.MediaSource{URL: url + "&timestamp=1", MediaType: vitrine.Picture},
	)
	id := written.ClassifiedID
	wantPlan(t, written, "add -1 0", "add -1 1", "add -1 2")
	a.wait(t, id, 1, vitrine.StatusCreated)
	media := a.media(t, id)
	one := media[0].MediaID
	wantIDs(t, media, one, one, one)
	if media[0].Title != "The kitchen" || media[1].Title != "" || media[1].Category != "FLOOR_PLAN" {
		t.Errorf("the places are %+v, want a title and a category for each", media)
	}
	if shown := a.gallery(t, id); len(shown) != 3 || shown[0] != shown[1] || shown[0] != shown[2] {
		t.Errorf("the gallery shows %q, want one picture three times", shown)
	}

	// One of its places goes: the media stays.
	put := a.put(t, id, vitrine.StatusUpdated, url+"?timestamp=1")
	wantPlan(t, put, "keep 0 0", "remove 1 -1", "remove 2 -1")
	wantIDs(t, a.media(t, id), one)
	if status := a.newest(t, id); len(status.MediaStatuses) != 1 || status.MediaStatuses[0].Status != vitrine.MediaDownloaded {
		t.Errorf("the status says %+v of a media that has lost a place", status.MediaStatuses)
	}
	a.host.expect(t, map[string]int{"/a.jpg?timestamp=1": 1})
}

// testTwoVersions sends one picture at two places with two timestamps: the first
// counts, and when the second comes alone, it is another version.
func testTwoVersions(t *testing.T, a *agency) {
	url := a.host.URL + "/a.jpg?timestamp="
	id := a.post(t, url+"1", url+"2")
	one := a.media(t, id)[0].MediaID
	wantIDs(t, a.media(t, id), one, one)
	shown := a.gallery(t, id)
	a.host.expect(t, map[string]int{"/a.jpg?timestamp=1": 1})

	put := a.put(t, id, vitrine.StatusUpdated, url+"2")
	wantPlan(t, put, "refetch 0 0 "+vitrine.VersionChanged, "remove 1 -1")
	wantIDs(t, a.media(t, id), one)
	if now := a.gallery(t, id); len(now) != 1 || now[0] == shown[0] {
		t.Errorf("the gallery shows %q, want the second version alone", now)
	}
	a.host.expect(t, map[string]int{"/a.jpg?timestamp=1": 1, "/a.jpg?timestamp=2": 1})
}

func testShared(t *testing.T, a *agency) {
	url := a.host.URL + "/a.jpg?timestamp="
	release := a.host.hold("/a.jpg")
	first := a.postMedia(t, pictures(url+"1")...).ClassifiedID
	second := a.postMedia(t, pictures(url+"1", a.host.URL+"/b.jpg")...).ClassifiedID
	release()
	a.wait(t, first, 1, vitrine.StatusCreated)
	a.wait(t, second, 1, vitrine.StatusCreated)
	one := a.media(t, first)[0].MediaID
	b := a.media(t, second)[1].MediaID
	wantIDs(t, a.media(t, second), one, b)
	a.host.expect(t, map[string]int{"/a.jpg?timestamp=1": 1, "/b.jpg": 1})

	// Another version comes with either and is had once.
	a.put(t, first, vitrine.StatusUpdated, url+"2")
	a.put(t, second, vitrine.StatusUpdated, url+"2", a.host.URL+"/b.jpg")
	wantIDs(t, a.media(t, first), one)
	wantIDs(t, a.media(t, second), one, b)
	if both := a.gallery(t, second); a.gallery(t, first)[0] != both[0] {
		t.Error("the galleries show different versions")
	}
	// Gone from one, it is still there for the other.
	a.put(t, first, vitrine.StatusUpdated)
	wantIDs(t, a.media(t, second), one, b)
	a.put(t, first, vitrine.StatusUpdated, url+"2")
	wantIDs(t, a.media(t, first), one)
	a.host.expect(t, map[string]int{"/a.jpg?timestamp=1": 1, "/a.jpg?timestamp=2": 1, "/b.jpg": 1})
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

func testFailedAgain(t *testing.T, a *agency) {
	good, bad := a.host.URL+"/good.jpg?timestamp=1", a.host.URL+"/bad.jpg?timestamp="
	a.host.answer("/bad.jpg", http.StatusNotFound)
	list := pictures(good, bad+"1")
	id := a.postMedia(t, list...).ClassifiedID
	a.wait(t, id, 1, vitrine.StatusCreatedWithMediaError)
	gets := map[string]int{"/good.jpg?timestamp=1": 1, "/bad.jpg?timestamp=1": 1}

	// The same again, and with another title, also when the host is well by now.
	a.host.answer("/bad.jpg", http.StatusOK)
	a.put(t, id, vitrine.StatusCreatedWithMediaError, good, bad+"1")
	list[1].Title = "The bad one"
	put, err := a.PutClassified(t.Context(), id, a.classified(list...))
	if err != nil {
		t.Fatal(err)
	}
	wantPlan(t, put, "keep 0 0", "keep 1 1")
	a.wait(t, id, put.Revision, vitrine.StatusCreatedWithMediaError)
	media := a.media(t, id)
	if f := media[1].Failure; f == nil || f.Code != vitrine.SourceNotFound || media[1].Stale {
		t.Errorf("the failed media is %+v", media[1])
	}
	a.host.expect(t, gets)

	// A new timestamp fetches it, and so does a retry.
	a.host.answer("/bad.jpg", http.StatusGone)
	put = a.put(t, id, vitrine.StatusCreatedWithMediaError, good, bad+"2")
	wantPlan(t, put, "keep 0 0", "refetch 1 1 "+vitrine.VersionChanged)
	gets["/bad.jpg?timestamp=2"] = 1
	a.host.expect(t, gets)
	a.host.answer("/bad.jpg", http.StatusOK)
	if err := a.RetryClassifiedMedia(t.Context(), id, media[1].MediaID); err != nil {
		t.Fatal(err)
	}
	a.wait(t, id, put.Revision, vitrine.StatusUpdated)
	gets["/bad.jpg?timestamp=2"] = 2
	a.host.expect(t, gets)
	if shown := a.gallery(t, id); len(shown) != 2 {
		t.Errorf("the gallery shows %d pictures, want both", len(shown))
	}
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

func testLastGood(t *testing.T, a *agency) {
	url, other := a.host.URL+"/a.jpg?timestamp=", a.host.URL+"/b.jpg"
	id := a.post(t, url+"1", other)
	before := a.media(t, id)
	shown := a.gallery(t, id)

	a.host.answer("/a.jpg", http.StatusNotFound)
	a.put(t, id, vitrine.StatusCreatedWithMediaError, url+"2", other)
	media := a.media(t, id)
	wantIDs(t, media, idsOf(before)...)
	if f := media[0].Failure; !media[0].Stale || f == nil || f.Code != vitrine.SourceNotFound || f.Remedy == "" {
		t.Errorf("a media whose new version is missing is %+v, want it stale and why", media[0])
	}
	if media[0].Status != vitrine.MediaDownloadingFailed || media[1].Stale {
		t.Errorf("the media are %s and, stale %v, %s", media[0].Status, media[1].Stale, media[1].Status)
	}
	if !slices.Equal(firstVariants(media), shown) {
		t.Errorf("the media show %q, want what they showed: %q", firstVariants(media), shown)
	}
	if now := a.gallery(t, id); !slices.Equal(now, shown) {
		t.Errorf("the gallery shows %q, want what it showed: %q", now, shown)
	}

	// The version that is shown, asked for again, is there already.
	a.put(t, id, vitrine.StatusUpdated, url+"1", other)
	if m := a.media(t, id)[0]; m.Stale || m.Failure != nil {
		t.Errorf("the version that is shown is %+v", m)
	}
	a.host.answer("/a.jpg", http.StatusOK)
	a.put(t, id, vitrine.StatusUpdated, url+"3", other)
	if m := a.media(t, id)[0]; m.Stale || m.Failure != nil || m.MediaID != before[0].MediaID {
		t.Errorf("the media is %+v, want it well", m)
	}
	if now := a.gallery(t, id); now[0] == shown[0] || now[1] != shown[1] {
		t.Errorf("the gallery shows %q, want a new first picture", now)
	}
	a.host.expect(t, map[string]int{"/a.jpg?timestamp=1": 1, "/a.jpg?timestamp=2": 1, "/a.jpg?timestamp=3": 1, "/b.jpg": 1})
}

// testNoneGood sends a list of which no picture can be had: it does not take the
// place of pictures that are there.
func testNoneGood(t *testing.T, a *agency) {
	id := a.post(t, a.host.URL+"/good.jpg")
	shown := a.gallery(t, id)
	a.host.answer("/bad.jpg", http.StatusNotFound)
	a.put(t, id, vitrine.StatusCreatedWithMediaError, a.host.URL+"/bad.jpg")
	if now := a.gallery(t, id); !slices.Equal(now, shown) {
		t.Errorf("the gallery shows %q, want what it showed: %q", now, shown)
	}
	if variant := get(t, shown[0]); variant.StatusCode != http.StatusOK {
		t.Errorf("the picture that is shown answers %d", variant.StatusCode)
	}

	a.put(t, id, vitrine.StatusUpdated, a.host.URL+"/better.jpg")
	if now := a.gallery(t, id); !slices.Equal(now, firstVariants(a.media(t, id))) {
		t.Errorf("the gallery shows %q, want the better picture", now)
	}
	wait(t, "the first picture to be gone", func() bool { return get(t, shown[0]).StatusCode == http.StatusNotFound })
	a.host.expect(t, map[string]int{"/good.jpg": 1, "/bad.jpg": 1, "/better.jpg": 1})
}

func testSwap(t *testing.T, a *agency) {
	const photos = 20
	var before, after []string
	for i := range photos {
		before = append(before, fmt.Sprintf("%s/old/%d.jpg", a.host.URL, i))
		after = append(after, fmt.Sprintf("%s/new/%d.jpg", a.host.URL, i))
	}
	id := a.post(t, before...)
	old, url := a.gallery(t, id), a.galleryURL(t, id)
	var held []func()
	for i := range photos {
		held = append(held, a.host.hold(fmt.Sprintf("/new/%d.jpg", i)))
	}
	mathrand.Shuffle(photos, func(i, j int) { held[i], held[j] = held[j], held[i] })

	// The reader lets one photo of the new list through after each look.
	ended := make(chan struct{})
	var reader sync.WaitGroup
	var looks [][]string // each different from the one before
	reader.Go(func() {
		for last := false; !last; {
			select {
			case <-ended:
				last = true // and one more look
			default:
			}
			seen, err := look(url)
			if err != nil {
				t.Error(err)
				break
			}
			if len(looks) == 0 || !slices.Equal(looks[len(looks)-1], seen) {
				looks = append(looks, seen)
			}
			if len(held) > 0 {
				held[0]()
				held = held[1:]
			}
		}
		for _, release := range held {
			release()
		}
	})
	put, err := a.PutClassified(t.Context(), id, a.classified(pictures(after...)...))
	if err == nil {
		_, err = a.waitEnd(t, id, put.Revision)
	}
	close(ended)
	reader.Wait()
	if err != nil {
		t.Fatal(err)
	}
	fresh := firstVariants(a.media(t, id))
	if slices.Contains(fresh, "") || len(fresh) != photos {
		t.Fatalf("the new photos are %q", fresh)
	}
	if diff := cmp.Diff([][]string{old, fresh}, looks); diff != "" {
		t.Errorf("what the reader saw (-want +got):\n%s", diff)
	}
}

func testRemoved(t *testing.T, a *agency) {
	stays, goes := a.host.URL+"/stays.jpg", a.host.URL+"/goes.jpg"
	id := a.post(t, stays, goes)
	media := a.media(t, id)
	put := a.put(t, id, vitrine.StatusUpdated, stays)
	wantPlan(t, put, "keep 0 0", "remove 1 -1")
	if last := put.Plan[1]; last.MediaID != media[1].MediaID || last.URL != goes {
		t.Errorf("the plan removes %+v, want %s", last, media[1].MediaID)
	}
	wantIDs(t, a.media(t, id), media[0].MediaID)
	page, err := a.ClassifiedStatuses(t.Context(), id, 4, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range page.Items {
		if status.Status != vitrine.StatusReceived && status.Status != vitrine.StatusUpdated {
			continue
		}
		if got := reportsOf(status); !slices.Equal(got, []string{stays + " DOWNLOADED", goes + " DELETED"}) {
			t.Errorf("%s of revision %d says %q", status.Status, status.Revision, got)
		}
	}
	variants := firstVariants(media)
	wait(t, "the removed picture to be gone", func() bool { return get(t, variants[1]).StatusCode == http.StatusNotFound })
	if kept := get(t, variants[0]); kept.StatusCode != http.StatusOK {
		t.Errorf("the picture that stays answers %d", kept.StatusCode)
	}
	a.host.expect(t, map[string]int{"/stays.jpg": 1, "/goes.jpg": 1})

	a.put(t, id, vitrine.StatusUpdated, stays, goes)
	a.host.expect(t, map[string]int{"/stays.jpg": 1, "/goes.jpg": 2})
	for _, url := range a.gallery(t, id) {
		if shown := get(t, url); shown.StatusCode != http.StatusOK {
			t.Errorf("a picture of the gallery answers %d", shown.StatusCode)
		}
	}
}

func testGrows(t *testing.T, a *agency) {
	var release []func()
	for i := range 3 {
		release = append(release, a.host.hold(fmt.Sprintf("/%d.jpg", i)))
	}
	id := a.postMedia(t, pictures(a.host.urls(3)...)...).ClassifiedID
	url := a.galleryURL(t, id)
	if empty := get(t, url); empty.StatusCode != http.StatusNotFound {
		t.Errorf("a gallery without a picture answers %d: %s", empty.StatusCode, empty.Body)
	}
	var ready []int
	for _, i := range []int{2, 0, 1} {
		if status := a.newest(t, id); status.Status != vitrine.StatusCreating {
			t.Fatalf("with %d of 3 pictures the classified is %s", len(ready), status.Status)
		}
		release[i]()
		ready = append(ready, i)
		slices.Sort(ready)
		wait(t, fmt.Sprintf("pictures %d in the gallery", ready), func() bool {
			media := firstVariants(a.media(t, id))
			return !slices.Contains(pick(media, ready...), "") && get(t, url).StatusCode == http.StatusOK &&
				slices.Equal(a.gallery(t, id), pick(media, ready...))
		})
	}
	a.wait(t, id, 1, vitrine.StatusCreated)
	a.host.expect(t, map[string]int{"/0.jpg": 1, "/1.jpg": 1, "/2.jpg": 1})
}

func testVersions(t *testing.T, a *agency) {
	a.set(t, "versions=v", "ignored=X-Amz-*,Expires")
	uri := func(version, signature string) string {
		return "/a.jpg?v=" + version + "&w=800&X-Amz-Signature=" + signature + "&Expires=4102444800"
	}
	id := a.post(t, a.host.URL+uri("1", "abc"))
	one := a.media(t, id)[0].MediaID
	gets := map[string]int{uri("1", "abc"): 1}
	put := a.put(t, id, vitrine.StatusUpdated, a.host.URL+uri("1", "def"))
	wantPlan(t, put, "keep 0 0")
	if put.Revision != 1 {
		t.Errorf("another signature is revision %d", put.Revision)
	}
	a.host.expect(t, gets)
	put = a.put(t, id, vitrine.StatusUpdated, a.host.URL+uri("2", "ghi"))
	wantPlan(t, put, "refetch 0 0 "+vitrine.VersionChanged)
	gets[uri("2", "ghi")] = 1
	wantIDs(t, a.media(t, id), one)

	// A retry uses the signature that came last.
	a.put(t, id, vitrine.StatusUpdated, a.host.URL+uri("2", "jkl"))
	if err := a.RetryClassifiedMedia(t.Context(), id, one); err != nil {
		t.Fatal(err)
	}
	a.wait(t, id, put.Revision, vitrine.StatusUpdated)
	gets[uri("2", "jkl")] = 1
	a.host.expect(t, gets)
}

// testIgnoredLater has the operator learn of an account's signatures when its
// pictures are there already: none of them is downloaded for that.
func testIgnoredLater(t *testing.T, a *agency) {
	id := a.post(t, a.host.URL+"/a.jpg?sig=abc")
	one := a.media(t, id)[0].MediaID
	a.set(t, "ignored=sig")
	if put := a.put(t, id, vitrine.StatusUpdated, a.host.URL+"/a.jpg?sig=def"); put.Revision != 1 {
		t.Errorf("another signature is revision %d", put.Revision)
	}
	wantIDs(t, a.media(t, id), one)
	a.host.expect(t, map[string]int{"/a.jpg?sig=abc": 1})
}

func testRevalidate(t *testing.T, a *agency) {
	a.set(t, "revalidate=true")
	a.host.tag("/plain.jpg", `"one"`)
	plain, versioned := a.host.URL+"/plain.jpg", a.host.URL+"/versioned.jpg?timestamp=1"
	id := a.post(t, plain, versioned)
	before := a.media(t, id)
	shown := a.gallery(t, id)

	put := a.put(t, id, vitrine.StatusUpdated, plain, versioned)
	wantPlan(t, put, "refetch 0 0 may have changed", "keep 1 1")
	wantIDs(t, a.media(t, id), idsOf(before)...)
	if now := a.gallery(t, id); !slices.Equal(now, shown) {
		t.Errorf("the gallery shows %q, want what it showed: %q", now, shown)
	}
	a.host.expectAnswers(t, map[string][]int{"/plain.jpg": {200, 304}, "/versioned.jpg?timestamp=1": {200}})

	a.host.tag("/plain.jpg", `"two"`)
	a.put(t, id, vitrine.StatusUpdated, plain, versioned)
	wantIDs(t, a.media(t, id), idsOf(before)...)
	if now := a.gallery(t, id); now[0] == shown[0] || now[1] != shown[1] {
		t.Errorf("the gallery shows %q, want a new first picture", now)
	}
	a.host.expectAnswers(t, map[string][]int{"/plain.jpg": {200, 304, 200}, "/versioned.jpg?timestamp=1": {200}})
}

func testSingleUse(t *testing.T, a *agency) {
	a.set(t, "single-use=true")
	a.host.answer("/good.jpg", http.StatusOK, http.StatusForbidden)
	a.host.answer("/ill.jpg", http.StatusInternalServerError, http.StatusForbidden)
	good, ill := a.host.URL+"/good.jpg?token=1", a.host.URL+"/ill.jpg?token=1"
	id := a.postMedia(t, pictures(good, ill)...).ClassifiedID
	a.wait(t, id, 1, vitrine.StatusCreatedWithMediaError)
	media := a.media(t, id)
	if f := media[1].Failure; media[0].Failure != nil || f == nil || f.Code != vitrine.SourceError {
		t.Errorf("the media failed with %v and %v, want only the second, with %s", media[0].Failure, f, vitrine.SourceError)
	}
	a.put(t, id, vitrine.StatusCreatedWithMediaError, good, ill)
	a.host.expectAnswers(t, map[string][]int{"/good.jpg?token=1": {200}, "/ill.jpg?token=1": {500}})
	if err := a.RetryClassifiedMedia(t.Context(), id, media[1].MediaID); err != nil {
		t.Fatal(err)
	}
	a.wait(t, id, 1, vitrine.StatusCreatedWithMediaError)
	a.host.expectAnswers(t, map[string][]int{"/good.jpg?token=1": {200}, "/ill.jpg?token=1": {500, 403}})
}

// agency is an account of a running server, and the host of its pictures.
type agency struct {
	*client.Client
	server *server
	name   string // of the account
	host   *host
	db     *store.DB // of the server
}

// newAgency makes an account. Each answer that it gets is checked against the
// OpenAPI document that the server gives out.
func newAgency(t *testing.T, s *server) *agency {
	t.Helper()
	a := &agency{server: s, name: rand.Text(), host: newHost(t)}
	secret := a.admin(t, "keys", "create")
	beside, _, _ := parseSettings([]string{"--data", s.data}, s.environ)
	var err error
	if a.db, err = openDB(t.Context(), beside, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.db.Close() }) // of which only was read
	document := openapitest.Load(t, get(t, s.base+"/caas/v4/openapi.json").Body)
	a.Client = client.New(s.base, secret, client.WithHTTPClient(&http.Client{Transport: document.Transport(http.DefaultTransport)}))
	return a
}

// admin runs a command about the account beside the server and gives the last
// line of what it prints.
func (a *agency) admin(t *testing.T, command ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := slices.Concat(command, []string{"--data", a.server.data, "--account", a.name})
	if code := run(t.Context(), args, a.server.environ, nil, &stdout, &stderr); code != exitOK {
		t.Fatalf("%v: exit %d: %s", command, code, &stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	return lines[len(lines)-1]
}

// set changes settings of the account.
func (a *agency) set(t *testing.T, settings ...string) {
	t.Helper()
	a.admin(t, append([]string{"accounts", "set"}, settings...)...)
}

// pictures is a list of these pictures.
func pictures(urls ...string) []client.MediaSource {
	var media []client.MediaSource
	for _, url := range urls {
		media = append(media, client.MediaSource{URL: url, MediaType: vitrine.Picture})
	}
	return media
}

func (*agency) classified(media ...client.MediaSource) client.ClassifiedInput {
	return client.ClassifiedInput{Portals: []string{"SL"}, Data: struct{}{}, Media: media}
}

// postMedia makes a classified with this list.
func (a *agency) postMedia(t *testing.T, media ...client.MediaSource) client.ClassifiedWritten {
	t.Helper()
	written, err := a.PostClassified(t.Context(), a.classified(media...))
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// post makes a classified with these pictures and waits until it is there.
func (a *agency) post(t *testing.T, urls ...string) (id string) {
	t.Helper()
	id = a.postMedia(t, pictures(urls...)...).ClassifiedID
	a.wait(t, id, 1, vitrine.StatusCreated)
	return id
}

// put gives a classified these pictures and waits for the end of that.
func (a *agency) put(t *testing.T, id string, want vitrine.ListingStatus, urls ...string) client.ClassifiedWritten {
	t.Helper()
	written, err := a.PutClassified(t.Context(), id, a.classified(pictures(urls...)...))
	if err != nil {
		t.Fatal(err)
	}
	a.wait(t, id, written.Revision, want)
	return written
}

// wait waits for the end of a revision, in which the classified shall be in
// that status.
func (a *agency) wait(t *testing.T, id string, revision int64, want vitrine.ListingStatus) client.ClassifiedStatus {
	t.Helper()
	status, err := a.waitEnd(t, id, revision)
	if err != nil {
		t.Fatal(err)
	}
	if status.Status != want || status.Revision != revision {
		t.Fatalf("revision %d ended as %s of revision %d, want %s: %q", revision, status.Status, status.Revision, want, reportsOf(status))
	}
	return status
}

func (a *agency) waitEnd(t *testing.T, id string, revision int64) (client.ClassifiedStatus, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return a.WaitClassified(ctx, id, revision, nil)
}

func (a *agency) media(t *testing.T, id string) []client.ClassifiedMedia {
	t.Helper()
	media, err := a.ClassifiedMedia(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return media
}

// newest gives the newest status.
func (a *agency) newest(t *testing.T, id string) client.ClassifiedStatus {
	t.Helper()
	page, err := a.ClassifiedStatuses(t.Context(), id, 1, "")
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%d statuses, %v", len(page.Items), err)
	}
	return page.Items[0]
}

// history gives all statuses, newest first, as "revision STATUS SUBSTATUS".
func (a *agency) history(t *testing.T, id string) (lines []string) {
	t.Helper()
	page, err := a.ClassifiedStatuses(t.Context(), id, 100, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range page.Items {
		lines = append(lines, fmt.Sprintf("%d %s %s", status.Revision, status.Status, status.SubStatus))
	}
	return lines
}

// publicJSON is what front ends read of a classified.
type publicJSON struct {
	Pictures []struct {
		MediaType, Title, Category string
		Tags                       []string
		Variants                   []struct{ URL string }
	}
	VirtualTour *struct{ URL, Title string }
}

// galleryURL is the address of what the public sees, of which the Classifieds
// API does not tell.
func (a *agency) galleryURL(t *testing.T, id string) string {
	t.Helper()
	var gallery string
	err := a.db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `select gallery from listing where uuid = $1`, id).Scan(&gallery)
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.server.base + "/g/" + gallery
}

func (a *agency) see(t *testing.T, id string) (seen publicJSON) {
	t.Helper()
	answer := get(t, a.galleryURL(t, id))
	if err := json.Unmarshal(answer.Body, &seen); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the gallery answered %d, %v: %s", answer.StatusCode, err, answer.Body)
	}
	return seen
}

// gallery gives the address of the smallest variant of each picture.
func (a *agency) gallery(t *testing.T, id string) []string {
	t.Helper()
	return a.see(t, id).urls()
}

// look is gallery for a goroutine of its own.
func look(url string) ([]string, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the gallery answered %s", response.Status)
	}
	var seen publicJSON
	err = json.NewDecoder(response.Body).Decode(&seen)
	return seen.urls(), err
}

func (p publicJSON) urls() []string {
	urls := []string{}
	for _, picture := range p.Pictures {
		urls = append(urls, picture.Variants[0].URL)
	}
	return urls
}

// firstVariants is the same of the media of a classified, "" for those without.
func firstVariants(media []client.ClassifiedMedia) []string {
	urls := []string{}
	for _, m := range media {
		url := ""
		if len(m.Variants) > 0 {
			url = m.Variants[0].URL
		}
		urls = append(urls, url)
	}
	return urls
}

func idsOf(media []client.ClassifiedMedia) (ids []string) {
	for _, m := range media {
		ids = append(ids, m.MediaID)
	}
	return ids
}

func urlsOf(media []client.ClassifiedMedia) (urls []string) {
	for _, m := range media {
		urls = append(urls, m.URL)
	}
	return urls
}

// reportsOf gives what a status says about each media, as "URL STATUS".
func reportsOf(status client.ClassifiedStatus) (reports []string) {
	for _, m := range status.MediaStatuses {
		reports = append(reports, m.URL+" "+string(m.Status))
	}
	return reports
}

// pick gives the items at these places.
func pick(items []string, places ...int) (picked []string) {
	for _, i := range places {
		picked = append(picked, items[i])
	}
	return picked
}

func wantIDs(t *testing.T, media []client.ClassifiedMedia, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, idsOf(media)); diff != "" {
		t.Errorf("the media of the list (-want +got):\n%s", diff)
	}
}

// wantPlan compares a plan with lines of "action from to why".
func wantPlan(t *testing.T, written client.ClassifiedWritten, want ...string) {
	t.Helper()
	var got []string
	for _, line := range written.Plan {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %d %d %s", line.Action, line.From, line.To, line.Why)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the plan (-want +got):\n%s", diff)
	}
}

func wantRefusal(t *testing.T, err error, status int) {
	t.Helper()
	if refused, ok := errors.AsType[*client.Error](err); !ok || refused.StatusCode != status {
		t.Errorf("the answer is %v, want status %d", err, status)
	}
}

// host is where the pictures of an agency are. It answers each URI with a
// picture of its own, unless it is told otherwise, and notes what it is asked
// for: anything but a GET is an error of the test.
type host struct {
	*httptest.Server
	t *testing.T // whose name makes its pictures differ from those of other hosts

	mu       sync.Mutex
	visits   []visit
	answered map[string]int           // by URI
	answers  map[string][]int         // by path: the next statuses, of which the last one stays
	tags     map[string]string        // by path: the ETag of what is there
	held     map[string]chan struct{} // by path or whole URI: closed when it may be answered
}

// visit is one request, with the status that it was given.
type visit struct {
	method, uri string
	status      int
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{
		t: t, answered: map[string]int{}, answers: map[string][]int{}, tags: map[string]string{}, held: map[string]chan struct{}{},
	}
	h.Server = httptest.NewServer(h)
	t.Cleanup(func() {
		h.CloseClientConnections() // which lets go what is held
		h.Close()
		for _, v := range h.visits {
			if v.method != http.MethodGet {
				t.Errorf("the host was sent a %s for %s", v.method, v.uri)
			}
		}
	})
	return h
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := pathOf(r.RequestURI)
	h.mu.Lock()
	status, tag, held := http.StatusOK, h.tags[path], h.held[r.RequestURI]
	if held == nil {
		held = h.held[path]
	}
	if next := h.answers[path]; len(next) > 0 {
		status = next[0]
		if len(next) > 1 {
			h.answers[path] = next[1:]
		}
	}
	if status == http.StatusOK && tag != "" && r.Header.Get("If-None-Match") == tag {
		status = http.StatusNotModified
	}
	h.visits = append(h.visits, visit{r.Method, r.RequestURI, status})
	h.mu.Unlock()

	if held != nil {
		select {
		case <-held:
		case <-r.Context().Done():
			return
		}
	}
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
	w.WriteHeader(status)
	if status == http.StatusOK {
		_, _ = w.Write(h.picture(r.RequestURI + tag))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answered[r.RequestURI]++
}

// picture is a small JPEG that is nowhere else.
func (h *host) picture(name string) []byte {
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(h.t.Name() + name))
	return photo(h.t, seed.Sum64(), 48, 36)
}

// pathOf is a URI without whatever a sender has added to it.
func pathOf(uri string) string {
	if i := strings.IndexAny(uri, "?&"); i >= 0 {
		return uri[:i]
	}
	return uri
}

// answer has the host answer a path with these statuses in turn, and from then
// on with the last one.
func (h *host) answer(path string, statuses ...int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers[path] = statuses
}

// tag has the host serve another picture at a path, and name it by that ETag.
func (h *host) tag(path, etag string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tags[path] = etag
}

// hold has the host let requests for a path, or a whole URI, wait until release
// is called.
func (h *host) hold(uri string) (release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := make(chan struct{})
	h.held[uri] = held
	return func() { close(held) }
}

// urls are n pictures of the host.
func (h *host) urls(n int) (urls []string) {
	for i := range n {
		urls = append(urls, fmt.Sprintf("%s/%d.jpg", h.URL, i))
	}
	return urls
}

// gets counts the requests of each URI.
func (h *host) gets() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	counts := map[string]int{}
	for _, v := range h.visits {
		counts[v.uri]++
	}
	return counts
}

// expect compares the requests so far with these.
func (h *host) expect(t *testing.T, want map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, h.gets()); diff != "" {
		t.Errorf("the requests to the host (-want +got):\n%s", diff)
	}
}

// expectAnswers compares the statuses that each URI was given with these.
func (h *host) expectAnswers(t *testing.T, want map[string][]int) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	got := map[string][]int{}
	for _, v := range h.visits {
		got[v.uri] = append(got[v.uri], v.status)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the answers of the host (-want +got):\n%s", diff)
	}
}

// waitFor waits until each of these URIs has been asked for.
func (h *host) waitFor(t *testing.T, uris ...string) {
	t.Helper()
	wait(t, fmt.Sprintf("requests for %q", uris), func() bool {
		counts := h.gets()
		return !slices.ContainsFunc(uris, func(uri string) bool { return counts[uri] == 0 })
	})
}

// waitForAnswers waits until each of these URIs has been answered.
func (h *host) waitForAnswers(t *testing.T, uris ...string) {
	t.Helper()
	wait(t, fmt.Sprintf("answers to %q", uris), func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return !slices.ContainsFunc(uris, func(uri string) bool { return h.answered[uri] == 0 })
	})
}

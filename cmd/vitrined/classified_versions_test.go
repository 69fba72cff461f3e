package main

import (
	"slices"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

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

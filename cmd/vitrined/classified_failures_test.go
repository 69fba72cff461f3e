package main

import (
	"net/http"
	"slices"
	"testing"

	"github.com/vitrine-media/vitrine"
)

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

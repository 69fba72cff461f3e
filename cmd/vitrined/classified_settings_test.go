package main

import (
	"net/http"
	"slices"
	"testing"

	"github.com/vitrine-media/vitrine"
)

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

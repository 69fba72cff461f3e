package main

import (
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

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

func testTours(t *testing.T, a *agency) {
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!DOCTYPE html><title>A tour</title>"))
	}
	o := newOrigin(t)
	o.mux.HandleFunc("GET /tour/{n}", page)
	tour := func(path, title string) client.MediaSource {
		return client.MediaSource{URL: o.URL + path, MediaType: vitrine.VirtualTour, Title: title}
	}
	picture := pictures(a.host.URL + "/a.jpg")[0]
	id := a.postMedia(t, tour("/gone/1", ""), tour("/tour/2?timestamp=1", "Walk through"), picture, tour("/tour/3", "")).ClassifiedID
	status := a.wait(t, id, 1, vitrine.StatusCreatedWithMediaError)
	wantReports(t, status,
		o.URL+"/gone/1 DOWNLOADING_FAILED", o.URL+"/tour/2?timestamp=1 DOWNLOADED", a.host.URL+"/a.jpg DOWNLOADED", o.URL+"/tour/3 DOWNLOADED")
	media := a.media(t, id)
	if f := media[0].Failure; f == nil || f.Code != vitrine.SourceNotFound {
		t.Errorf("the tour that is not there failed with %+v", f)
	}
	if m := media[1]; m.Failure != nil || m.MediaType != vitrine.VirtualTour || len(m.Variants) != 0 {
		t.Errorf("the good tour is %+v", m)
	}
	wantTour := func(url, title string) {
		t.Helper()
		seen := a.see(t, id)
		if v := seen.VirtualTour; len(seen.Pictures) != 1 || v == nil || v.URL != url || v.Title != title {
			t.Errorf("the gallery shows %d pictures and the tour %+v, want one and %s", len(seen.Pictures), v, url)
		}
	}
	wantTour(o.URL+"/tour/2?timestamp=1", "Walk through")

	// In another order another one is the first.
	list := a.classified(tour("/tour/3", ""), picture, tour("/tour/2?timestamp=1", "Walk through"))
	if _, err := a.PutClassified(t.Context(), id, list); err != nil {
		t.Fatal(err)
	}
	a.wait(t, id, 2, vitrine.StatusUpdated)
	wantTour(o.URL+"/tour/3", "A tour") // as the page says
	for path, want := range map[string]int64{"/gone/1": 1, "/tour/2": 1, "/tour/3": 1} {
		if n := o.count(path); n != want {
			t.Errorf("%s was asked for %d times, want %d", path, n, want)
		}
	}
	a.host.expect(t, map[string]int{"/a.jpg": 1})
}

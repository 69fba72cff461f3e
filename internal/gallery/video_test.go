package gallery_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// film has the bytes of a media turn out to be a video, which is to be encoded.
func (f fixture) film(t *testing.T, m vitrine.Media, sha256 string) {
	t.Helper()
	attempt := attemptAt(m)
	attempt.Type, attempt.Bytes = "video/mp4", 1000
	if _, _, err := f.Claim(t.Context(), noFinish, attempt, sha256, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Fetched(t.Context(), noFinish, attempt, sha256, vitrine.Validator{}, gallery.PrioritySingle); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) encoded(t *testing.T, sha256 string) {
	t.Helper()
	content := vitrine.Content{SHA256: sha256, Type: "video/mp4", Width: 4, Height: 3, Duration: 1500_000_000, Recipe: "r", Variants: []vitrine.Variant{
		{Name: "128", Type: "image/webp", Width: 4, Height: 3, Bytes: 9}, {Name: "720", Type: "video/mp4", Width: 4, Height: 3, Bytes: 9},
	}}
	if err := f.Optimised(t.Context(), noFinish, f.asBegun(t, content), vitrine.Attempt{Number: 1, Stage: "encode"}); err != nil {
		t.Fatal(err)
	}
}

// A listing is published when its pictures are ready; its video appears when it
// is, and ends the job.
func TestVideoNeverDelays(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "film.mp4", "c"))
		media := f.media(t, put.Listing.ID)
		f.film(t, media[2], "sha-film")
		for _, i := range []int{0, 1, 3} {
			f.fetched(t, media[i], digest(media[i]))
			f.optimised(t, digest(media[i]))
		}
		f.wantShown(t, put, "sha-a", "sha-b", "sha-c")
		if got := f.status(t, put.Listing.ID); got != vitrine.StatusActive {
			t.Errorf("the listing is %s", got)
		}
		f.wantJob(t, put.JobID, vitrine.JobPending)
		if again := f.put(t, vitrine.StatusActive, files("b", "a", "film.mp4", "c")); again.JobID != put.JobID {
			t.Errorf("a change while the video is encoded gave job %d, want %d", again.JobID, put.JobID)
		}
		f.encoded(t, "sha-film")
		f.wantJob(t, put.JobID, vitrine.JobCompleted)
		shown, err := f.Public(t.Context(), put.Listing.Gallery)
		if err != nil || shown.Video == nil || shown.Video.Content.SHA256 != "sha-film" || shown.Video.URL != "" || shown.Video.Content.Duration != 1500_000_000 {
			t.Errorf("the public sees the video %+v, %v", shown.Video, err)
		}
		f.wantShown(t, put, "sha-b", "sha-a", "sha-c")
	})
}

// A listing takes 20 photos and 3 videos; three videos are no three photos.
func TestVideosCount(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		names := func(photos, videos int) (list []string) {
			for i := range photos {
				list = append(list, fmt.Sprintf("%d.jpg", i))
			}
			for i := range videos {
				list = append(list, fmt.Sprintf("%d.mp4", i))
			}
			return list
		}
		for _, row := range []struct {
			photos, videos int
			status         vitrine.ListingStatus
			ok             bool
		}{
			{20, 3, vitrine.StatusActive, true},
			{21, 0, vitrine.StatusActive, false},
			{20, 4, vitrine.StatusActive, false},
			{2, 3, vitrine.StatusActive, false},
			{0, 3, vitrine.StatusDraft, true},
		} {
			_, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{
				Ref: gallery.Ref{ExternalID: "house-1"}, Status: row.status, Files: files(names(row.photos, row.videos)...),
			})
			if ok := err == nil; ok != row.ok {
				t.Errorf("%d photos and %d videos, %s: %v", row.photos, row.videos, row.status, err)
			}
		}
	})
}

// What a file is follows the bytes that it shows, whatever is tried since.
func TestVideoStaysVideo(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "film.mp4", "c"))
		f.film(t, f.media(t, put.Listing.ID)[2], "sha-film")
		f.encodedAll(t, put)
		seesVideo := func() {
			t.Helper()
			shown, err := f.Public(t.Context(), put.Listing.Gallery)
			if err != nil || shown.Video == nil || len(shown.Pictures) != 3 {
				t.Errorf("the public sees %+v, %v", shown, err)
			}
		}
		film := func() vitrine.Media { return f.media(t, put.Listing.ID)[2] }
		for _, end := range []func(){
			func() { f.bad(t, film()) },
			func() {
				if err := f.Unchanged(t.Context(), noFinish, attemptAt(film())); err != nil {
					t.Fatal(err)
				}
			},
			func() { f.film(t, film(), "sha-film") },
		} {
			if _, err := f.Retry(t.Context(), f.account, film().ID); err != nil {
				t.Fatal(err)
			}
			seesVideo()
			end()
			seesVideo()
			if m := film(); m.Kind != vitrine.KindVideo || m.State != vitrine.MediaReady {
				t.Errorf("the media is %+v", m)
			}
		}
		// A photo in its place is a photo.
		if _, err := f.Retry(t.Context(), f.account, film().ID); err != nil {
			t.Fatal(err)
		}
		f.fetched(t, film(), "sha-photo")
		f.optimised(t, "sha-photo")
		f.wantShown(t, put, "sha-a", "sha-b", "sha-photo", "sha-c")
	})
}

// encodedAll ends every media well, those that are fetched already too.
func (f fixture) encodedAll(t *testing.T, put gallery.PutResult) {
	t.Helper()
	f.encoded(t, "sha-film")
	f.good(t, put.Listing.ID)
}

// The job of a publication that waits for a video lives through changes of the
// advert, and ends when too few photos are left.
func TestVideoJob(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "film.mp4", "c"))
		media := f.media(t, put.Listing.ID)
		f.film(t, media[2], "sha-film")
		for _, i := range []int{0, 1, 3} {
			f.fetched(t, media[i], digest(media[i]))
			f.optimised(t, digest(media[i]))
		}
		_, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{
			Ref: gallery.Ref{ID: put.Listing.ID}, Fields: map[string]json.RawMessage{"announcementValue": json.RawMessage("7")},
		})
		if err != nil {
			t.Fatal(err)
		}
		f.wantJob(t, put.JobID, vitrine.JobPending)
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: media[0].ID}); err != nil {
			t.Fatal(err)
		}
		f.encoded(t, "sha-film")
		f.wantJob(t, put.JobID, vitrine.JobFailed)
	})
}

// A video that has become a page of somebody else's is that, and its bytes go.
func TestVideoBecomesLink(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		in := wish("film@1")
		in.Media[0].Type = vitrine.Video
		result, err := f.PostClassified(t.Context(), f.account, in, gallery.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c := classified{f, result.Classified.UUID, result.Classified.Gallery}
		f.film(t, c.one(t, "film@1"), "sha-film")
		f.encoded(t, "sha-film")
		in.Media[0].URL = "https://origin.example/film?timestamp=2"
		c.putWish(t, in)
		if err := f.Linked(t.Context(), noFinish, attemptAt(c.one(t, "film@2")), vitrine.Link{}); err != nil {
			t.Fatal(err)
		}
		shown, err := f.Public(t.Context(), c.gallery)
		if err != nil || shown.Video == nil || shown.Video.Content != nil || nameOf(shown.Video.URL) != "film@2" {
			t.Errorf("the public sees %+v, %v", shown.Video, err)
		}
		c.wantHistory(t, "UPDATING", "UPDATED")
		f.wantAllFreed(t)
	})
}

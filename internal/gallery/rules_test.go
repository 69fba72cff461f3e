package gallery_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// A late worker can't have a media wait for its bytes.
func TestLateClaim(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		m := f.imported(t, "a")
		f.fetched(t, m, "sha-1")
		lost := func(context.Context, *store.Tx) error { return queue.ErrLost }
		if _, _, err := f.Claim(t.Context(), lost, attemptAt(m), "sha-2", nil); !errors.Is(err, queue.ErrLost) {
			t.Errorf("a late claim gave %v", err)
		}
		f.optimised(t, "sha-1")
		f.wantJob(t, m.JobID, vitrine.JobCompleted)
		f.wantAllFreed(t)
	})
}

// An origin may have other bytes at the second try.
func TestOtherBytes(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		m := f.imported(t, "a")
		if _, _, err := f.Claim(t.Context(), noFinish, attemptAt(m), "sha-1", nil); err != nil {
			t.Fatal(err)
		}
		f.fetched(t, m, "sha-2")
		f.optimised(t, "sha-2")
		f.wantAllFreed(t)
	})
}

// Whoever asks for the same as PutListing does is told the same.
func TestValidateStoredList(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusDraft, files("a", "b", "c"))
		in := gallery.ListingInput{Ref: gallery.Ref{ID: put.Listing.ID}, Status: vitrine.StatusActive}
		if err := f.ValidateListing(t.Context(), f.account, in); err != nil {
			t.Errorf("three stored photos gave %v", err)
		}
	})
}

// A list that is not good enough takes nothing from the public, whatever the
// status.
func TestCompletedNeverWorse(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.good(t, put.Listing.ID)
		f.put(t, vitrine.StatusCompleted, files("x", "y", "z"))
		for _, m := range f.media(t, put.Listing.ID) {
			f.bad(t, m)
		}
		f.wantShown(t, put, "sha-a", "sha-b", "sha-c")
	})
}

// Every write that asks for publication, or keeps a listing public, is checked.
func TestCountWithoutStatus(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		media := f.media(t, put.Listing.ID)
		for _, m := range media {
			f.bad(t, m)
		}
		refused := func(in gallery.ListingInput) {
			t.Helper()
			in.Ref = gallery.Ref{ExternalID: "house-1"}
			if _, err := f.PutListing(t.Context(), f.account, in); vitrine.CodeOf(err) != vitrine.CodeInvalid {
				t.Errorf("too few photos gave %v", err)
			}
		}
		refused(gallery.ListingInput{Files: files("q")})
		f.put(t, vitrine.StatusActive, files("d", "e", "f"))
		f.good(t, put.Listing.ID)
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: f.media(t, put.Listing.ID)[0].ID}); err != nil {
			t.Fatal(err)
		}
		refused(gallery.ListingInput{Fields: map[string]json.RawMessage{"a": json.RawMessage("1")}})
	})
}

// The fields of an advert don't grow without end, however many writes they come
// in.
func TestFieldsBounded(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		large := json.RawMessage(`"` + strings.Repeat("x", 400<<10) + `"`)
		put := func(name string, value json.RawMessage) error {
			_, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{
				Ref: gallery.Ref{ExternalID: "house-1"}, Fields: map[string]json.RawMessage{name: value},
			})
			return err
		}
		if err := put("a", large); err != nil {
			t.Fatal(err)
		}
		if err := put("b", large); vitrine.CodeOf(err) != vitrine.CodeTooLarge {
			t.Errorf("twice as much gave %v", err)
		}
		if err := errors.Join(put("a", json.RawMessage("null")), put("b", large)); err != nil {
			t.Errorf("the one in place of the other gave %v", err)
		}
	})
}

// A photo that is deleted before it was optimised is not optimised any more;
// one that is deleted meanwhile leaves nothing.
func TestOptimiseUnwanted(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		m := f.imported(t, "a")
		f.fetched(t, m, "sha-a")
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: m.ID}); err != nil {
			t.Fatal(err)
		}
		finished := false
		finish := func(context.Context, *store.Tx) error { finished = true; return nil }
		if _, wanted, err := f.BeginOptimise(t.Context(), finish, gallery.OptimiseTask{SHA256: "sha-a"}); err != nil || wanted || !finished {
			t.Errorf("wanted %v, finished %v, %v", wanted, finished, err)
		}
		f.optimised(t, "sha-a")
		f.wantPruned(t, gallery.PruneTask{SHA256: "sha-a"}, gallery.VariantKey("sha-a", "r", vitrine.Variant{Name: "128"}))
	})
}

// An external id that has moved to another file is looked at anew.
func TestMovedExternalID(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		in := gallery.ListingInput{Ref: gallery.Ref{ExternalID: "house-1"}, Files: []gallery.File{{URL: "https://o.example/a", ExternalID: "x"}}}
		put, err := f.PutListing(t.Context(), f.account, in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.UnlinkMedia(t.Context(), f.account, f.media(t, put.Listing.ID)[0].ID); err != nil {
			t.Fatal(err)
		}
		other := f.imported(t, "x")
		if _, err := f.PutListing(t.Context(), f.account, in); err != nil {
			t.Fatal(err)
		}
		if got := f.media(t, put.Listing.ID)[0].ID; got != other.ID {
			t.Errorf("the list has media %d, want %d", got, other.ID)
		}
	})
}

// A file that was to be uploaded, and then is sent by URL, is fetched.
func TestImportInsteadOfUpload(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		for _, name := range []string{"x", "y"} {
			if _, err := f.RequestUpload(t.Context(), f.account, gallery.UploadInput{ContentType: "image/jpeg", ExternalID: name}); err != nil {
				t.Fatal(err)
			}
		}
		if m := f.imported(t, "x"); m.State != vitrine.MediaPending || m.JobID == 0 {
			t.Errorf("imported, the media is %s with job %d", m.State, m.JobID)
		}
		put := f.put(t, vitrine.StatusActive, []gallery.File{
			{ExternalID: "x"}, {URL: "https://o.example/y", ExternalID: "y"}, {URL: "https://o.example/z"},
		})
		f.good(t, put.Listing.ID)
		f.wantJob(t, put.JobID, vitrine.JobCompleted)
		f.later(25 * time.Hour)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.wantShown(t, put, "sha-x", "sha-y", "sha-z")
	})
}

func TestTooFewAfterDeletion(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		media := f.media(t, put.Listing.ID)
		for _, m := range media[:2] {
			f.fetched(t, m, digest(m))
			f.optimised(t, digest(m))
		}
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: media[2].ID}); err != nil {
			t.Fatal(err)
		}
		job, err := f.Job(t.Context(), f.account, put.JobID)
		if err != nil || job.Job.Status != vitrine.JobFailed || strings.Contains(job.Job.Error, "()") {
			t.Errorf("the job is %+v, %v", job.Job, err)
		}
	})
}

// A prune that finds its content in use again ends its task, so that the next
// one to leave it begins another.
func TestPruneInUse(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		m := f.imported(t, "a")
		f.fetched(t, m, "sha-a")
		f.optimised(t, "sha-a")
		finished := false
		finish := func(context.Context, *store.Tx) error { finished = true; return nil }
		if _, found, err := f.BeginPrune(t.Context(), finish, gallery.PruneTask{SHA256: "sha-a"}); err != nil || found || !finished {
			t.Errorf("found %v, finished %v, %v", found, finished, err)
		}
	})
}

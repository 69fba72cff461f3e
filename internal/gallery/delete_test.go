package gallery_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/recent"
)

func (f fixture) wantServed(t *testing.T, sha256 string, want bool) {
	t.Helper()
	_, err := f.VariantShown(t.Context(), sha256)
	if err != nil && vitrine.CodeOf(err) != vitrine.CodeNotFound {
		t.Fatal(err)
	}
	if got := err == nil; got != want {
		t.Errorf("variants of %s are served: %v, want %v", sha256, got, want)
	}
}

// What this node takes away is served no more at once, and what another one does
// a second later.
func TestServedNoMore(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusDraft, files("a", "b"))
		f.good(t, put.Listing.ID)
		media := f.media(t, put.Listing.ID)
		elsewhere := gallery.New(gallery.Config{DB: f.db, Queue: f.queue, Limits: f.Limits(), Now: time.Now})
		for _, sha256 := range []string{"sha-a", "sha-b"} {
			f.wantServed(t, sha256, true)
		}
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: media[0].ID}); err != nil {
			t.Fatal(err)
		}
		f.wantServed(t, "sha-a", false)
		if err := elsewhere.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: media[1].ID}); err != nil {
			t.Fatal(err)
		}
		f.later(recent.Kept)
		f.wantServed(t, "sha-b", false)
	})
}

func TestDeleteMedia(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.good(t, put.Listing.ID)
		media := f.media(t, put.Listing.ID)
		shared, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{
			Ref: gallery.Ref{ExternalID: "house-2"}, Status: vitrine.StatusActive,
			Files: []gallery.File{{ID: media[2].ID}, {ID: media[1].ID}, {ID: media[0].ID}},
		})
		if err != nil {
			t.Fatal(err)
		}
		f.wantShown(t, shared, "sha-c", "sha-b", "sha-a")

		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: media[1].ID}); err != nil {
			t.Fatal(err)
		}
		f.wantShown(t, put, "sha-a", "sha-c")
		f.wantShown(t, shared, "sha-c", "sha-a")
		f.wantServed(t, "sha-b", false)
		f.wantServed(t, "sha-a", true)
		if got := f.status(t, put.Listing.ID); got != vitrine.StatusActive {
			t.Errorf("the listing is %s", got)
		}
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: media[1].ID}); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("deleting again gave %v", err)
		}
		// The next write that keeps it public is checked again.
		_, err = f.PutListing(t.Context(), f.account, gallery.ListingInput{Ref: gallery.Ref{ID: put.Listing.ID}, Status: vitrine.StatusActive})
		if vitrine.CodeOf(err) != vitrine.CodeInvalid {
			t.Errorf("publishing two photos gave %v", err)
		}
	})
}

// A file that is deleted while it is being worked on does not come back, and
// its listing goes on without it.
func TestDeleteWhileProcessing(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c", "d"))
		media := f.media(t, put.Listing.ID)
		attempt := vitrine.Attempt{MediaID: media[3].ID, JobID: media[3].JobID, Seq: media[3].Seq, Number: 1, Stage: "fetch"}
		if wanted, _, err := f.Claim(t.Context(), noFinish, attempt, "sha-d", nil); err != nil || !wanted {
			t.Fatalf("claim: %v, %v", wanted, err)
		}
		for _, m := range media[:3] {
			f.fetched(t, m, digest(m))
			f.optimised(t, digest(m))
		}
		f.wantShown(t, put)
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: media[3].ID}); err != nil {
			t.Fatal(err)
		}
		f.wantShown(t, put, "sha-a", "sha-b", "sha-c")
		f.wantJob(t, put.JobID, vitrine.JobCompleted)
		f.wantJob(t, media[3].JobID, vitrine.JobFailed)
		f.fetched(t, media[3], "sha-d")
		f.optimised(t, "sha-d")
		f.wantServed(t, "sha-d", false)
		if n := len(f.media(t, put.Listing.ID)); n != 3 {
			t.Errorf("the list has %d media", n)
		}
	})
}

// A file dropped from a list is unlinked, not deleted, and a deleted listing
// leaves its files.
func TestFilesStay(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c", "d"))
		f.good(t, put.Listing.ID)
		media := f.media(t, put.Listing.ID)
		f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.wantServed(t, "sha-d", true)
		if err := f.DeleteListing(t.Context(), f.account, gallery.Ref{ExternalID: "house-1"}); err != nil {
			t.Fatal(err)
		}
		f.wantShown(t, put)
		if err := f.DeleteListing(t.Context(), f.account, gallery.Ref{ExternalID: "house-1"}); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("deleting again gave %v", err)
		}
		for _, m := range media {
			if _, err := f.Media(t.Context(), f.account, gallery.Ref{ID: m.ID}); err != nil {
				t.Error(err)
			}
			f.wantServed(t, digest(m), true)
		}
	})
}

// Variants go at once when nobody uses them, originals after their time; who
// wants the bytes meanwhile waits, and gets them whole.
func TestPrune(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		first, err := f.Import(t.Context(), f.account, "https://origin.example/a", "")
		if err != nil {
			t.Fatal(err)
		}
		f.fetched(t, first.Media, "sha-a")
		f.optimised(t, "sha-a")
		task := gallery.PruneTask{SHA256: "sha-a"}
		if keys, found, err := f.BeginPrune(t.Context(), noFinish, task); err != nil || found {
			t.Fatalf("bytes in use are pruned: %v, %v", keys, err)
		}
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: first.Media.ID}); err != nil {
			t.Fatal(err)
		}
		f.wantPruned(t, task, gallery.VariantKey("sha-a", "r", vitrine.Variant{Name: "128"}))

		second, err := f.Import(t.Context(), f.account, "https://origin.example/a", "")
		if err != nil {
			t.Fatal(err)
		}
		attempt := vitrine.Attempt{MediaID: second.Media.ID, JobID: second.JobID, Seq: second.Media.Seq, Number: 1, Stage: "fetch"}
		if _, _, err := f.Claim(t.Context(), noFinish, attempt, "sha-a", nil); !errors.Is(err, gallery.ErrPruning) {
			t.Errorf("claiming bytes that are being deleted gave %v", err)
		}
		if err := f.EndPrune(t.Context(), noFinish, task); err != nil {
			t.Fatal(err)
		}
		if keys, found, err := f.BeginPrune(t.Context(), noFinish, task); err != nil || found {
			t.Errorf("an original is pruned before its time: %v, %v", keys, err)
		}
		if _, known, err := f.Claim(t.Context(), noFinish, attempt, "sha-a", nil); err != nil || known {
			t.Fatalf("claiming again: known %v, %v", known, err)
		}
		f.later(25 * time.Hour)
		if keys, found, err := f.BeginPrune(t.Context(), noFinish, task); err != nil || found {
			t.Errorf("an original that is waited for is pruned: %v, %v", keys, err)
		}
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: second.Media.ID}); err != nil {
			t.Fatal(err)
		}
		f.later(25 * time.Hour)
		f.wantPruned(t, task, gallery.OriginalKey("sha-a"))
		if err := f.EndPrune(t.Context(), noFinish, task); err != nil {
			t.Fatal(err)
		}
		if _, found, err := f.BeginPrune(t.Context(), noFinish, task); err != nil || found {
			t.Errorf("the content is still there, %v", err)
		}
	})
}

// An original whose content nobody uses any more lives until every request that
// puts it must have ended, however soon originals are deleted: one that comes later
// would lie there unknown.
func TestPruneLate(t *testing.T) {
	limits := vitrine.DefaultLimits()
	limits.OriginalKept = time.Second
	onEnginesWithin(t, limits, func(t *testing.T, f fixture) {
		imported, err := f.Import(t.Context(), f.account, "https://origin.example/a", "")
		if err != nil {
			t.Fatal(err)
		}
		f.fetched(t, imported.Media, "sha-a") // at the second try; the first one's request goes on
		f.optimised(t, "sha-a")
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: imported.Media.ID}); err != nil {
			t.Fatal(err)
		}
		task := gallery.PruneTask{SHA256: "sha-a"}
		f.wantPruned(t, task, gallery.VariantKey("sha-a", "r", vitrine.Variant{Name: "128"}))
		if err := f.EndPrune(t.Context(), noFinish, task); err != nil {
			t.Fatal(err)
		}
		f.later(2*limits.StoreTimeout - time.Minute)
		if keys, found, err := f.BeginPrune(t.Context(), noFinish, task); err != nil || found {
			t.Errorf("an original that may still arrive is pruned: %v, %v", keys, err)
		}
		f.later(2 * time.Minute)
		f.wantPruned(t, task, gallery.OriginalKey("sha-a"))
	})
}

func (f fixture) wantPruned(t *testing.T, task gallery.PruneTask, want ...string) {
	t.Helper()
	keys, found, err := f.BeginPrune(t.Context(), noFinish, task)
	if diff := cmp.Diff(want, keys); err != nil || !found || diff != "" {
		t.Fatalf("pruned %v, %v (-want +got)\n%s", found, err, diff)
	}
}

func TestLink(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		var ids []int64
		for i := range 2 {
			imported, err := f.Import(t.Context(), f.account, fmt.Sprintf("https://origin.example/%d", i), "")
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, imported.Media.ID)
		}
		for _, externalID := range []string{"x", "x", "y"} {
			if err := f.LinkMedia(t.Context(), f.account, ids[0], externalID); err != nil {
				t.Errorf("link %s: %v", externalID, err)
			}
		}
		if err := f.LinkMedia(t.Context(), f.account, ids[1], "y"); vitrine.CodeOf(err) != vitrine.CodeConflict {
			t.Errorf("linking an id that is in use gave %v", err)
		}
		if err := f.LinkMedia(t.Context(), f.account, ids[1], "x"); err != nil {
			t.Errorf("linking an id that was replaced: %v", err)
		}
		for _, want := range []string{"y", ""} {
			if removed, err := f.UnlinkMedia(t.Context(), f.account, ids[0]); err != nil || removed != want {
				t.Errorf("unlink removed %q, %v; want %q", removed, err, want)
			}
		}
		put := f.put(t, vitrine.StatusDraft, files("a"))
		if err := f.LinkListing(t.Context(), f.account, put.Listing.ID, "house-9"); err != nil {
			t.Error(err)
		}
		other := f.put(t, vitrine.StatusDraft, files("a"))
		if other.Listing.ID == put.Listing.ID {
			t.Error("the old external id still names the listing")
		}
		if err := f.LinkListing(t.Context(), f.account, other.Listing.ID, "house-9"); vitrine.CodeOf(err) != vitrine.CodeConflict {
			t.Errorf("linking a listing's id that is in use gave %v", err)
		}
		if removed, err := f.UnlinkListing(t.Context(), f.account, put.Listing.ID); err != nil || removed != "house-9" {
			t.Errorf("unlink removed %q, %v", removed, err)
		}
	})
}

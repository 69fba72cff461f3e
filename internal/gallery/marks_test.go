package gallery_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// A picture's label is a change of the list like any other, with no download.
func TestAlteredListing(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		list := files("a", "b", "c")
		list[0].ExternalID, list[1].ExternalID = "as-built", "furnished"
		result := f.put(t, vitrine.StatusActive, list)
		f.good(t, result.Listing.ID)

		list[1].Altered, list[1].AlteredFrom = true, "as-built"
		again := f.put(t, vitrine.StatusActive, list)
		if !again.Updated || again.Listing.Revision != result.Listing.Revision+1 {
			t.Errorf("a new label gave %+v", again)
		}
		shown, err := f.Public(t.Context(), result.Listing.Gallery)
		if err != nil || len(shown.Pictures) != 3 {
			t.Fatalf("the public sees %d pictures, %v", len(shown.Pictures), err)
		}
		first, second := shown.Pictures[0], shown.Pictures[1]
		if first.Altered || !second.Altered || second.AlteredFromMedia != first.MediaID || second.AlteredFrom != "" {
			t.Errorf("the public sees %+v, made of %+v", second, first)
		}
		view, err := f.Listing(t.Context(), f.account, gallery.Ref{ID: result.Listing.ID})
		if err != nil || !view.Media[1].Placement.Altered || view.Media[1].Placement.AlteredFrom != "as-built" {
			t.Errorf("its sender reads %+v, %v", view.Media, err)
		}
		if f.put(t, vitrine.StatusActive, list).Updated {
			t.Error("the same list changed something")
		}
		// A list that isn't sent keeps its labels.
		kept, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{Ref: gallery.Ref{ExternalID: "house-1"}, Status: vitrine.StatusActive})
		if err != nil || kept.Updated {
			t.Errorf("a write without a list gave %+v, %v", kept, err)
		}
		list[1].Altered, list[1].AlteredFrom = false, ""
		if !f.put(t, vitrine.StatusActive, list).Updated {
			t.Error("a label that goes changed nothing")
		}
	})
}

func TestAlteredClassified(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b@1")
		in := wish("a@1", "b@1")
		in.Media[1].Altered, in.Media[1].AlteredFrom = true, in.Media[0].URL
		result := c.putWish(t, in)
		if !result.Changed {
			t.Error("a new label changed nothing")
		}
		c.wantFetches(t, "")
		c.wantHistory(t, "UPDATING", "UPDATED")
		shown, err := f.Public(t.Context(), c.gallery)
		if err != nil || !shown.Pictures[1].Altered || shown.Pictures[1].AlteredFromMedia != shown.Pictures[0].MediaID {
			t.Errorf("the public sees %+v, %v", shown.Pictures, err)
		}
	})
}

// A ready picture that comes to be called a panorama gets what shows it all
// around, and nothing that it had changes.
func TestCalledPanorama(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1")
		task := gallery.OptimiseTask{SHA256: "sha-a@1"}
		if _, wanted, err := f.BeginOptimise(t.Context(), noFinish, task); err != nil || wanted {
			t.Errorf("a ready picture is to be optimised: %t, %v", wanted, err)
		}
		in := wish("a@1")
		in.Media[0].Type = vitrine.Panorama
		c.putWish(t, in)
		wish, wanted, err := f.BeginOptimise(t.Context(), noFinish, task)
		if err != nil || !wanted || !wish.Panorama || wish.Content.Recipe != "r" {
			t.Fatalf("BeginOptimise = %+v, %t, %v", wish, wanted, err)
		}
		content := wish.Content
		content.Facts.Panorama = &vitrine.PanoData{Projection: vitrine.Equirectangular, CroppedWidth: 4, Called: true}
		content.Variants = []vitrine.Variant{{Name: vitrine.PanoVariant, Type: "image/webp", Width: 4, Height: 2, Bytes: 7}}
		for range 2 { // as two workers would, of which one is late
			if err := f.Optimised(t.Context(), noFinish, content, vitrine.Attempt{Number: 1, Stage: "optimise"}); err != nil {
				t.Fatal(err)
			}
		}
		shown, err := f.Public(t.Context(), c.gallery)
		if err != nil || len(shown.Pictures) != 1 {
			t.Fatalf("the public sees %+v, %v", shown.Pictures, err)
		}
		got := shown.Pictures[0].Content
		want := *got
		want.Facts = content.Facts
		want.Variants = []vitrine.Variant{{Name: "128", Type: "image/webp", Width: 4, Height: 3, Bytes: 9}, content.Variants[0]}
		if diff := cmp.Diff(want, *got, cmpopts.SortSlices(func(a, b vitrine.Variant) bool { return a.Name < b.Name })); diff != "" {
			t.Errorf("content (-want +got)\n%s", diff)
		}
		if _, wanted, err := f.BeginOptimise(t.Context(), noFinish, task); err != nil || wanted {
			t.Errorf("it is to be optimised once more: %t, %v", wanted, err)
		}
	})
}

// wantPanorama puts the one picture of a classified as a panorama, and begins the
// work on that.
func (c classified) wantPanorama(t *testing.T, name string) gallery.Optimise {
	t.Helper()
	in := wish(name)
	in.Media[0].Type = vitrine.Panorama
	c.putWish(t, in)
	work, wanted, err := c.BeginOptimise(t.Context(), noFinish, gallery.OptimiseTask{SHA256: "sha-" + name})
	if err != nil || !wanted {
		t.Fatalf("BeginOptimise = %t, %v", wanted, err)
	}
	return work
}

// A content lives for as long as a panorama is being made of it: else what comes
// of that would be nobody's.
func TestPanoramaOfDeleted(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1")
		content := c.wantPanorama(t, "a@1").Content
		if _, err := f.DeleteClassified(t.Context(), f.account, c.uuid, gallery.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		prune := gallery.PruneTask{SHA256: "sha-a@1"}
		if keys, found, err := f.BeginPrune(t.Context(), noFinish, prune); err != nil || found {
			t.Fatalf("while it is being worked on, %v are to be deleted, %v", keys, err)
		}
		content.Facts.Panorama = &vitrine.PanoData{Projection: vitrine.Equirectangular, CroppedWidth: 4, Called: true}
		content.Variants = []vitrine.Variant{{Name: vitrine.PanoVariant, Type: "image/webp", Width: 4, Height: 2, Bytes: 7}}
		if err := f.Optimised(t.Context(), noFinish, content, vitrine.Attempt{Number: 1, Stage: "optimise"}); err != nil {
			t.Fatal(err)
		}
		keys, found, err := f.BeginPrune(t.Context(), noFinish, prune)
		want := []string{gallery.VariantKey("sha-a@1", "r", vitrine.Variant{Name: "128"}), gallery.VariantKey("sha-a@1", "r", content.Variants[0])}
		if diff := cmp.Diff(want, keys, cmpopts.SortSlices(func(a, b string) bool { return a < b })); err != nil || !found || diff != "" {
			t.Errorf("to be deleted (-want +got), %v\n%s", err, diff)
		}
	})
}

// A picture of which no panorama can be made stays flat, says so in its timeline,
// and is not tried for ever.
func TestPanoramaFails(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1")
		c.wantPanorama(t, "a@1")
		died := vitrine.Failf(vitrine.Unreadable, "the decoder died")
		attempt := vitrine.Attempt{Number: 3, Stage: "optimise", Outcome: string(died.Code)}
		if err := f.ContentFailed(t.Context(), noFinish, "sha-a@1", attempt, died); err != nil {
			t.Fatal(err)
		}
		m := c.one(t, "a@1")
		attempts, err := f.TimelinePlaced(t.Context(), f.account, c.uuid, m.UUID)
		if last := attempts[len(attempts)-1]; err != nil || last.Outcome != string(died.Code) || m.State != vitrine.MediaReady {
			t.Errorf("it is %s, its timeline ends with %+v, %v", m.State, last, err)
		}
		if _, wanted, err := f.BeginOptimise(t.Context(), noFinish, gallery.OptimiseTask{SHA256: "sha-a@1"}); err != nil || wanted {
			t.Errorf("it is to be tried again: %t, %v", wanted, err)
		}
		c.wantSees(t, "a@1")
	})
}

// A picture isn't made of itself, and what is no picture isn't labelled.
func TestAlteredNonsense(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1")
		in := wish("a@1")
		in.Media[0].Altered, in.Media[0].AlteredFrom = true, in.Media[0].URL
		c.putWish(t, in)
		shown, err := f.Public(t.Context(), c.gallery)
		if err != nil || !shown.Pictures[0].Altered || shown.Pictures[0].AlteredFromMedia != 0 {
			t.Errorf("the public sees %+v, %v", shown.Pictures, err)
		}

		list := files("b", "c", "d", "film")
		list[3].Altered = true
		result := f.put(t, vitrine.StatusActive, list)
		f.film(t, f.media(t, result.Listing.ID)[3], "sha-film")
		f.encoded(t, "sha-film")
		f.good(t, result.Listing.ID)
		if shown, err = f.Public(t.Context(), result.Listing.Gallery); err != nil || shown.Video == nil || shown.Video.Altered {
			t.Errorf("the public sees the film %+v, %v", shown.Video, err)
		}
	})
}

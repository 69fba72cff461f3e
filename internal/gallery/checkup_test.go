package gallery_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// picture is figures with nothing to be warned of. Pictures of one seed look the
// same; bits are those in which the hash differs.
func picture(seed byte, bits uint64) *vitrine.Figures {
	thumb := make([]byte, vitrine.ThumbFields)
	for i := range thumb {
		thumb[i] = byte(i*int(seed)*37) ^ seed
	}
	return &vitrine.Figures{
		Measures: vitrine.Measures{Sharpness: 1, Edges: 0.5, Lights: 200, Flat: 0.4, Hard: 0.1, Plain: 0.2},
		Likeness: vitrine.Likeness{Hash: uint64(seed)*0x0101_0101_0101_0101 ^ bits, Information: 50, Thumb: thumb},
	}
}

// measured ends a media well with these figures.
func (f fixture) measured(t *testing.T, m vitrine.Media, figures *vitrine.Figures) {
	t.Helper()
	f.fetched(t, m, digest(m))
	content := f.asBegun(t, vitrine.Content{SHA256: digest(m), Type: "image/jpeg", Width: 2000, Height: 1500, Recipe: "r", Figures: figures})
	if err := f.Optimised(t.Context(), noFinish, content, vitrine.Attempt{Number: 1, Stage: "optimise"}); err != nil {
		t.Fatal(err)
	}
}

// warned gives the codes of the warnings of a listing, file by file.
func (f fixture) warned(t *testing.T, ref gallery.Ref) (codes [][]vitrine.CheckCode, checked []gallery.CheckedMedia) {
	t.Helper()
	_, checked, err := f.CheckUp(t.Context(), f.account, ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range checked {
		var of []vitrine.CheckCode
		for _, w := range m.Warnings {
			of = append(of, w.Code)
		}
		codes = append(codes, of)
	}
	return codes, checked
}

func (f fixture) putAs(t *testing.T, externalID string, list []gallery.File) gallery.PutResult {
	t.Helper()
	result, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{
		Ref: gallery.Ref{ExternalID: externalID}, Status: vitrine.StatusDraft, Files: list,
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// Pictures are judged by themselves and against each other, also of those of
// another listing; nothing that is found keeps one from being good.
func TestCheckUp(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		blurred, wall := picture(5, 0), picture(9, 0)
		blurred.Measures.Sharpness = 0.1
		wall.Likeness.Information = 3
		other := f.putAs(t, "house-2", files("their kitchen", "wall"))
		theirs := f.media(t, other.Listing.ID)
		f.measured(t, theirs[0], picture(7, 0))
		f.measured(t, theirs[1], wall)

		put := f.putAs(t, "house-1", files("a", "a again", "blurred", "kitchen", "another wall", "old", "pending"))
		media := f.media(t, put.Listing.ID)
		for i, figures := range []*vitrine.Figures{picture(1, 0), picture(1, 0xff), blurred, picture(7, 0b111<<20), wall, nil} {
			f.measured(t, media[i], figures)
		}
		ref := gallery.Ref{ID: put.Listing.ID}
		codes, checked := f.warned(t, ref)
		if diff := cmp.Diff([][]vitrine.CheckCode{
			nil, {vitrine.CheckSame}, {vitrine.CheckBlurred}, {vitrine.CheckElsewhere}, nil, nil, nil,
		}, codes); diff != "" {
			t.Fatalf("warnings (-want +got)\n%s", diff)
		}
		if got := checked[1].Warnings[0]; got.Other.MediaID != media[0].ID || got.Evidence[0].Is != 8 || got.Evidence[1].Is != 1 {
			t.Errorf("the same picture: %+v, %+v", got, got.Other)
		}
		if got := checked[3].Warnings[0]; got.Other.MediaID != theirs[0].ID || got.Other.ListingID != other.Listing.ID || got.Evidence[0].Is != 3 {
			t.Errorf("the picture elsewhere: %+v, %+v", got, got.Other)
		}
		if !checked[0].Measured || checked[5].Measured || checked[6].Measured {
			t.Errorf("measured: %v, %v, %v", checked[0].Measured, checked[5].Measured, checked[6].Measured)
		}
		for _, m := range f.media(t, put.Listing.ID)[:6] {
			if m.State != vitrine.MediaReady || m.Failure != nil {
				t.Errorf("media %d is %s: %v", m.ID, m.State, m.Failure)
			}
		}

		// What is deleted looks like nothing any more.
		if err := f.DeleteListing(t.Context(), f.account, gallery.Ref{ID: other.Listing.ID}); err != nil {
			t.Fatal(err)
		}
		if codes, _ = f.warned(t, ref); codes[3] != nil {
			t.Errorf("warnings of a picture that no longer stands elsewhere: %v", codes[3])
		}
		// Another account's pictures are nobody else's business.
		stranger, _, err := f.CreateKey(t.Context(), "stranger")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.CheckUp(t.Context(), stranger.Account.ID, ref); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("a stranger's check-up gave %v", err)
		}
	})
}

// What is erased takes its figures with it, and the receipt counts them.
func TestEraseFigures(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.putAs(t, "house-1", files("a"))
		f.measured(t, f.media(t, put.Listing.ID)[0], picture(1, 0))
		e, err := f.EraseListing(t.Context(), f.account, gallery.Ref{ID: put.Listing.ID})
		if err != nil {
			t.Fatal(err)
		}
		if e.Receipt.Rows["measure"] != 1 {
			t.Errorf("the receipt counts %v", e.Receipt.Rows)
		}
	})
}

package gallery_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
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
		if _, _, err := f.CheckUp(t.Context(), f.stranger(t).account, ref); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("a stranger's check-up gave %v", err)
		}
	})
}

// stranger is the fixture of another account.
func (f fixture) stranger(t *testing.T) fixture {
	t.Helper()
	key, _, err := f.CreateKey(t.Context(), "stranger")
	if err != nil {
		t.Fatal(err)
	}
	f.account = key.Account.ID
	return f
}

// Another account's pictures are nobody else's business, be they alike or the
// same bytes.
func TestCheckUpOfStrangers(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		for _, one := range []fixture{f, f.stranger(t)} {
			put := one.putAs(t, "house-1", files("same", fmt.Sprint("of ", one.account)))
			media := one.media(t, put.Listing.ID)
			one.measured(t, media[0], picture(1, 0))
			one.measured(t, media[1], picture(7, uint64(one.account)))
		}
		for account := range int64(2) {
			one := f
			one.account += account
			if codes, checked := one.warned(t, gallery.Ref{ExternalID: "house-1"}); codes[0] != nil || codes[1] != nil || !checked[0].Measured || !checked[1].Measured {
				t.Errorf("account %d is warned of %v", one.account, codes)
			}
		}
	})
}

// A picture is found among however many that have the same bands and don't count:
// those of other accounts, and the account's own that stand nowhere.
func TestCheckUpInACrowd(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		other := f.putAs(t, "house-2", files("theirs"))
		f.measured(t, f.media(t, other.Listing.ID)[0], picture(7, 1))
		stranger := f.stranger(t)
		crowd := stranger.putAs(t, "house-3", nil)
		err := f.db.Write(t.Context(), func(tx *store.Tx) error {
			for _, statement := range []string{
				`insert into content (sha256, bytes, type, state, recipe, created_at)
					with recursive n (i) as (select 1 union all select i + 1 from n where i < 600)
					select 'crowd-' || i, 9, 'image/jpeg', 'ready', 'r', 1 from n`,
				`insert into measure select c.sha256, m.measures, m.likeness, m.band0, m.band1, m.band2, m.band3
					from content c join measure m on m.sha256 = 'sha-theirs' where c.sha256 like 'crowd-%'`,
				`insert into media (uuid, account_id, kind, url, identity, version, state, seq, sha256, created_at, updated_at, band0, band1, band2, band3)
					select a.name || n.sha256, a.id, 'image', '', '', '', 'ready', 1, n.sha256, 1, 1, n.band0, n.band1, n.band2, n.band3
					from measure n cross join account a where n.sha256 like 'crowd-%'`,
				fmt.Sprintf(`insert into placement (listing_id, position, media_id, type, url, version, category, tags, title)
					select %d, id, id, 'PICTURE', '', '', '', '[]', '' from media where account_id = %d`, crowd.Listing.ID, stranger.account),
			} {
				if _, err := tx.Exec(t.Context(), statement); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		put := f.putAs(t, "house-1", files("mine"))
		f.measured(t, f.media(t, put.Listing.ID)[0], picture(7, 0))
		_, checked := f.warned(t, gallery.Ref{ID: put.Listing.ID})
		if w := checked[0].Warnings; len(w) != 1 || w[0].Code != vitrine.CheckElsewhere || w[0].Other.ListingID != other.Listing.ID || w[0].Evidence[0].Is != 1 {
			t.Errorf("warned of %+v", w)
		}
	})
}

// The same bytes are the same picture, measured or not, with much in it or little.
func TestCheckUpOfTheSameBytes(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		wall := picture(9, 0)
		wall.Likeness.Information = 3
		put := f.putAs(t, "house-1", files("old", "copy/old", "wall"))
		other := f.putAs(t, "house-2", files("elsewhere/old", "elsewhere/wall"))
		media := f.media(t, put.Listing.ID)
		f.measured(t, media[0], nil)
		f.measured(t, media[1], nil)
		f.measured(t, media[2], wall)
		for _, m := range f.media(t, other.Listing.ID) {
			f.measured(t, m, nil)
		}
		codes, checked := f.warned(t, gallery.Ref{ID: put.Listing.ID})
		if diff := cmp.Diff([][]vitrine.CheckCode{{vitrine.CheckElsewhere}, {vitrine.CheckSame}, {vitrine.CheckElsewhere}}, codes); diff != "" {
			t.Fatalf("warnings (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff(vitrine.Identical(), checked[0].Warnings[0].Evidence); diff != "" {
			t.Errorf("evidence (-want +got)\n%s", diff)
		}
	})
}

// An altered picture looks like what it was made of, and a plan in a listing of
// the API without categories like a plan: both are right. A repetition of the
// altered one is not.
func TestCheckUpOfWhatIsMeant(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		list := files("bare", "furnished", "at night", "plan", "again")
		list[0].ExternalID = "as-built"
		for i := 1; i <= 2; i++ {
			list[i].Altered, list[i].AlteredFrom = true, "as-built"
		}
		plan := picture(5, 0)
		plan.Measures = vitrine.Measures{Sharpness: 3, Edges: 0.4, Lights: 255, White: 0.9, Flat: 0.9, Hard: 0.06, Plain: 0.9}
		put := f.putAs(t, "house-1", list)
		media := f.media(t, put.Listing.ID)
		for i, figures := range []*vitrine.Figures{picture(1, 0), picture(1, 1), picture(1, 2), plan, picture(1, 3)} {
			f.measured(t, media[i], figures)
		}
		codes, _ := f.warned(t, gallery.Ref{ID: put.Listing.ID})
		if diff := cmp.Diff([][]vitrine.CheckCode{nil, nil, nil, nil, {vitrine.CheckSame}}, codes); diff != "" {
			t.Errorf("warnings (-want +got)\n%s", diff)
		}
	})
}

// What the flats of a house have in common is in the right place in each.
func TestCheckUpOfWhatIsShared(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		figures := []*vitrine.Figures{picture(1, 0), picture(3, 0), picture(5, 0)}
		var last classified
		for _, flat := range []string{"1", "2"} {
			in := wish("logo"+flat, "map"+flat, "kitchen"+flat)
			in.Media[0].Category, in.Media[1].Category, in.Media[2].Category = "LOGO", "MAP", "KITCHEN"
			result, err := f.PostClassified(t.Context(), f.account, in, gallery.WriteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			last = classified{f, result.Classified.UUID, result.Classified.Gallery}
			for i, m := range last.view(t).Media {
				f.measured(t, m.Media, figures[i])
			}
		}
		checked, err := f.CheckUpClassified(t.Context(), f.account, last.uuid)
		if err != nil {
			t.Fatal(err)
		}
		if w := checked[2].Warnings; checked[0].Warnings != nil || checked[1].Warnings != nil || len(w) != 1 || w[0].Code != vitrine.CheckElsewhere {
			t.Errorf("warned of %+v", checked)
		}
	})
}

// A picture that is made anew is measured, and found from then on.
func TestCheckUpOfTheRepaired(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		other := f.putAs(t, "house-2", files("old"))
		old := f.media(t, other.Listing.ID)[0]
		f.measured(t, old, nil)
		put := f.putAs(t, "house-1", files("new"))
		f.measured(t, f.media(t, put.Listing.ID)[0], picture(7, 0))
		ref := gallery.Ref{ID: put.Listing.ID}
		if codes, _ := f.warned(t, ref); codes[0] != nil {
			t.Fatalf("warned of %v", codes)
		}
		begun, wanted, err := f.BeginRepair(t.Context(), noFinish, gallery.OptimiseTask{SHA256: digest(old)})
		if err != nil || !wanted {
			t.Fatalf("begin to repair: wanted %t, %v", wanted, err)
		}
		begun.Content.Figures = picture(7, 1)
		if err := f.Repaired(t.Context(), noFinish, begun.Content, vitrine.Attempt{Number: 1, Stage: "optimise"}); err != nil {
			t.Fatal(err)
		}
		if codes, _ := f.warned(t, ref); len(codes[0]) != 1 || codes[0][0] != vitrine.CheckElsewhere {
			t.Errorf("warned of %v", codes)
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

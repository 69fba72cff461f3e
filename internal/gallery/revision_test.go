package gallery_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// wantRevisions checks what is kept of a list, newest first: each revision is
// "number way status: step, step". A step is written as its action, its file and,
// if there is one, its reason.
func (f fixture) wantRevisions(t *testing.T, uuid string, want ...string) {
	t.Helper()
	h, err := f.Revisions(t.Context(), f.account, uuid)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range h.Revisions {
		var steps []string
		for _, step := range r.Steps {
			text := string(step.Action) + " " + nameOf(h.Name(step))
			if step.Why != "" {
				text += " (" + step.Why + ")"
			}
			steps = append(steps, text)
		}
		got = append(got, fmt.Sprintf("%d %s %s: %s", r.Number, r.By, r.Status, strings.Join(steps, ", ")))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("revisions (-want +got)\n%s", diff)
	}
}

func (f fixture) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	err := f.db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Each write that changes a listing is kept, and no other.
func TestRevisions(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusDraft, files("a", "b"))
		uuid := put.Listing.UUID
		media := f.media(t, put.Listing.ID)
		f.bad(t, media[1])
		f.fetched(t, media[0], "0123456789abcdef0123456789abcdef")
		f.optimised(t, "0123456789abcdef0123456789abcdef")
		f.put(t, "", files("c", "a", "b"))
		f.put(t, "", files("c", "a", "b")) // b is on its way: it is as asked
		f.put(t, "", files("c", "a", "b"))
		_, err := f.EditFiles(t.Context(), f.account, uuid, func(list []gallery.File) ([]gallery.File, error) {
			return list[1:], nil
		})
		if err != nil {
			t.Fatal(err)
		}
		f.put(t, vitrine.StatusHidden, nil)
		f.put(t, "", []gallery.File{{ID: media[0].ID}})
		f.put(t, "", []gallery.File{{ID: media[0].ID}, {ID: media[1].ID}})
		f.wantRevisions(t, uuid,
			"6 listings_api hidden: keep a, add b (already here)",
			"5 listings_api hidden: keep a, remove b",
			"4 listings_api hidden: keep a, keep b",
			"3 dashboard draft: move a, move b, remove c",
			"2 listings_api draft: add c, move a, refetch b (failed before)",
			"1 listings_api draft: add a, add b")
		h, err := f.Revisions(t.Context(), f.account, uuid)
		if err != nil {
			t.Fatal(err)
		}
		if step := h.Revisions[4].Steps[1]; step.Shown != "0123456789abcdef" || step.From != 0 || step.To != 1 || step.URL != "" {
			t.Errorf("the second place of revision 2 is %+v", step)
		}
		if step := h.Revisions[4].Steps[2]; step.Wish != 2 {
			t.Errorf("what was asked for again has wish %d", step.Wish)
		}
		neighbour := f.neighbour(t)
		if _, err := f.Revisions(t.Context(), neighbour.account, uuid); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("another account is told %v", err)
		}
	})
}

func TestClassifiedRevisions(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		other := f.posted(t, "known@1")
		c := f.posted(t, "a@1", "b@1")
		if result := c.put(t, "a@1", "b@1"); result.Changed {
			t.Fatalf("the same list again gave %+v", result)
		}
		c.put(t, "a@2", "known@1", "new@1")
		c.put(t, "a@1", "known@1", "new@1") // which it still shows
		c.wantRevisions(t, c.uuid,
			"3 classifieds_api UPDATING: keep a@1 (shown already), keep known@1, keep new@1",
			"2 classifieds_api UPDATING: refetch a@2 (version changed), add known@1 (already here), add new@1, remove b@1",
			"1 classifieds_api CREATING: add a@1, add b@1")
		if _, err := c.DeleteClassified(t.Context(), c.account, c.uuid, gallery.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		c.wantRevisions(t, c.uuid)
		// A node of before revisions were kept deletes a classified and leaves them.
		f.exec(t, `insert into listing_revision (listing_id, revision, at, changed_by, status, bytes, steps)
			select id, 9, 1, 'classifieds_api', 'UPDATING', 2, '[]' from listing where uuid = $1`, c.uuid)
		if _, err := c.DeleteClassified(t.Context(), c.account, c.uuid, gallery.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		c.wantRevisions(t, c.uuid)
		other.wantRevisions(t, other.uuid, "1 classifieds_api CREATING: add known@1")
	})
}

// wantDiff checks the difference between two revisions.
func (f fixture) wantDiff(t *testing.T, uuid string, from, to int64, want ...string) {
	t.Helper()
	h, err := f.Revisions(t.Context(), f.account, uuid)
	if err != nil {
		t.Fatal(err)
	}
	var before, after vitrine.Revision
	for _, r := range h.Revisions {
		switch r.Number {
		case from:
			before = r
		case to:
			after = r
		}
	}
	var got []string
	for _, c := range gallery.Diff(before, after) {
		step := c.After
		if step == nil {
			step = c.Before
		}
		text := fmt.Sprintf("%s %s", c.Action, nameOf(step.URL))
		if c.Described() {
			text += " otherwise"
		}
		got = append(got, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("from %d to %d (-want +got)\n%s", from, to, diff)
	}
}

// What a change had fetched is told of that change alone, and not again by the
// next, by when it has come.
func TestRefetchedOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b", "c@1")
		c.put(t, "a@2", "b", "c@1")
		c.allGood(t)
		in := wish("a@2", "b", "c@1", "d@1")
		in.Media[2].Title, in.Media[2].Tags = "Garden", []vitrine.Category{"OUTDOOR"}
		c.putWish(t, in)
		c.allGood(t)
		c.wantDiff(t, c.uuid, 1, 2, "refetch a@2", "keep b", "keep c@1")
		c.wantDiff(t, c.uuid, 2, 3, "keep a@2", "keep b", "keep c@1 otherwise", "add d@1")
		if err := f.SetAccount(t.Context(), "acme", vitrine.AccountSettings{Revalidate: true}); err != nil {
			t.Fatal(err)
		}
		c.put(t, "a@2", "b")
		c.wantDiff(t, c.uuid, 3, 4, "keep a@2", "refetch b", "remove c@1", "remove d@1")
		c.allGood(t) // with the same bytes
		c.put(t, "b", "a@2")
		c.allGood(t)
		c.wantDiff(t, c.uuid, 3, 4, "keep a@2", "refetch b", "remove c@1", "remove d@1")
		if err := f.SetAccount(t.Context(), "acme", vitrine.AccountSettings{}); err != nil {
			t.Fatal(err)
		}
		c.put(t, "a@2", "b")
		c.wantDiff(t, c.uuid, 3, 6, "keep a@2", "keep b", "remove c@1", "remove d@1")
	})
}

// A version that another classified has had fetched already is another one.
func TestVersionAlreadyHere(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c, d := f.posted(t, "a@1"), f.posted(t, "a@1")
		d.put(t, "a@2")
		d.allGood(t)
		c.put(t, "a@2")
		c.wantRevisions(t, c.uuid,
			"2 classifieds_api UPDATING: keep a@2 (already here)",
			"1 classifieds_api CREATING: add a@1")
	})
}

// What changes no list leaves the plans of those that did.
func TestRevisionsOfOtherChanges(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusDraft, files("a", "b"))
		c := f.posted(t, "x@1")
		for i := range store.KeptRevisions + 3 {
			status := []vitrine.ListingStatus{vitrine.StatusHidden, vitrine.StatusDraft}[i%2]
			f.put(t, status, files("a", "b"))
			in := wish("x@1")
			in.Data = fmt.Appendf(nil, `{"price":%d}`, 2+i)
			c.putWish(t, in)
		}
		for uuid, want := range map[string]string{put.Listing.UUID: "keep a, keep b", c.uuid: "keep x@1"} {
			h, err := f.Revisions(t.Context(), f.account, uuid)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(h.Revisions); n != store.KeptRevisions+1 || h.Revisions[n-1].Number != 1 || h.Revisions[n-1].Steps[0].Action != vitrine.Add {
				t.Errorf("%d revisions are kept, the oldest is %+v", n, h.Revisions[n-1])
			}
			var got []string
			for _, step := range h.Revisions[0].Steps {
				got = append(got, string(step.Action)+" "+nameOf(h.Name(step)))
			}
			if text := strings.Join(got, ", "); text != want {
				t.Errorf("the newest has %q, want %q", text, want)
			}
		}
	})
}

// A file that was never uploaded goes by itself.
func TestRevisionOfExpiry(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		upload, err := f.RequestUpload(t.Context(), f.account, gallery.UploadInput{ContentType: "image/jpeg", ExternalID: "photo-1"})
		if err != nil {
			t.Fatal(err)
		}
		put := f.put(t, vitrine.StatusDraft, append(files("a"), gallery.File{ID: upload.Media.ID}))
		f.later(1000 * time.Hour)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.wantRevisions(t, put.Listing.UUID,
			"2 upload_expired draft: keep a, remove ",
			"1 listings_api draft: add a, add  (already here)")
	})
}

// Of a file that is deleted for good its number is left, and not where it came
// from; of a listing nothing is.
func TestRevisionsOfDeleted(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusDraft, files("a", "b", "c", "d"))
		f.good(t, put.Listing.ID)
		media := f.media(t, put.Listing.ID)
		f.put(t, "", files("a", "b", "c")) // d is in the list before only
		for _, m := range []vitrine.Media{media[0], media[3]} {
			f.eraseMedia(t, gallery.Ref{ID: m.ID})
		}
		f.wantRevisions(t, put.Listing.UUID,
			"3 media_deleted draft: move b, move c, remove ",
			"2 listings_api draft: keep , keep b, keep c, remove ",
			"1 listings_api draft: add , add b, add c, add ")
		texts := func() (all []string) {
			t.Helper()
			err := f.db.View(t.Context(), func(tx *store.Tx) (err error) {
				rows, err := tx.Query(t.Context(), `select steps from listing_revision`)
				if err != nil {
					return err
				}
				for rows.Next() {
					var text string
					if err := rows.Scan(&text); err != nil {
						return err
					}
					all = append(all, text)
				}
				return errors.Join(rows.Err(), rows.Close())
			})
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if text := strings.Join(texts(), " "); strings.Contains(text, "origin.example") {
			t.Errorf("the revisions of a listing say where its files came from: %s", text)
		}
		if _, err := f.EraseListing(t.Context(), f.account, gallery.Ref{ID: put.Listing.ID}); err != nil {
			t.Fatal(err)
		}
		if left := texts(); len(left) > 0 {
			t.Errorf("a listing that was erased has left %s", left)
		}
	})
}

// Events name files too, of which no revision may be kept.
func TestHistoryWithoutRevisions(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusDraft, files("a", "b"))
		failed := f.media(t, put.Listing.ID)[1]
		f.bad(t, failed)
		f.exec(t, `delete from listing_revision`)
		h, err := f.History(t.Context(), f.account, put.Listing.UUID)
		if err != nil {
			t.Fatal(err)
		}
		if len(h.Files) != 1 || nameOf(h.Name(vitrine.RevisionStep{MediaID: failed.ID})) != "b" {
			t.Errorf("the files are %+v", h.Files)
		}
	})
}

// A listing's own history is told by the events of its account.
func TestHistory(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.good(t, put.Listing.ID)
		other, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{Ref: gallery.Ref{ExternalID: `"listingId":1,`}, Files: files("x")})
		if err != nil {
			t.Fatal(err)
		}
		f.bad(t, f.media(t, other.Listing.ID)[0])
		h, err := f.History(t.Context(), f.account, put.Listing.UUID)
		if err != nil {
			t.Fatal(err)
		}
		var types []vitrine.EventType
		for _, event := range h.Events {
			types = append(types, event.Type)
		}
		want := []vitrine.EventType{
			vitrine.EventListingPublished, vitrine.EventListingSettled, vitrine.EventMediaReady, vitrine.EventMediaReady, vitrine.EventMediaReady,
		}
		if diff := cmp.Diff(want, types); diff != "" {
			t.Errorf("events (-want +got)\n%s", diff)
		}
		if h.Job.ID != put.JobID || h.Job.EndedAt.IsZero() || len(h.Revisions) != 1 || len(h.Files) != 3 {
			t.Errorf("the history is %+v", h)
		}
		c := f.posted(t, "a@1")
		if h, err = f.History(t.Context(), f.account, c.uuid); err != nil || len(h.Events) != 0 || len(h.Revisions) != 1 {
			t.Errorf("the history of a classified is %+v, %v", h, err)
		}
	})
}

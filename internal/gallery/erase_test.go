package gallery_test

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// rows counts what the database has of everything that can be erased.
func (f fixture) rows(t *testing.T) map[string]int64 {
	t.Helper()
	rows := map[string]int64{}
	err := f.db.View(t.Context(), func(tx *store.Tx) error {
		for _, table := range []string{"listing", "listing_revision", "placement", "shown", "media", "upload", "attempt", "content", "variant"} {
			var n int64
			if err := tx.QueryRow(t.Context(), `select count(*) from `+table).Scan(&n); err != nil {
				return err
			}
			rows[table] = n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// wantRemoved compares the rows that are gone with those of a receipt.
func (f fixture) wantRemoved(t *testing.T, e vitrine.Erasure, before map[string]int64) {
	t.Helper()
	gone, now := map[string]int64{}, f.rows(t)
	for table, n := range before {
		if table == "listing_revision" && n < now[table] {
			continue // a list without a file is a new one
		}
		if n != now[table] {
			gone[table] = n - now[table]
		}
	}
	if diff := cmp.Diff(gone, e.Receipt.Rows); diff != "" {
		t.Errorf("rows (-gone +in the receipt)\n%s", diff)
	}
}

// wantErasure reads an erasure and compares it with the receipt given out.
func (f fixture) wantErasure(t *testing.T, e vitrine.Erasure, want vitrine.ErasureStatus) {
	t.Helper()
	now, err := f.Erasure(t.Context(), f.account, e.UUID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e.Receipt, now.Receipt); diff != "" || now.Status() != want {
		t.Errorf("the erasure is %s, want %s; its receipt (-given out +read)\n%s", now.Status(), want, diff)
	}
}

// pruned deletes a content as ingest does, and gives the keys.
func (f fixture) pruned(t *testing.T, sha256 string) []string {
	t.Helper()
	task := gallery.PruneTask{SHA256: sha256}
	keys, found, err := f.BeginPrune(t.Context(), noFinish, task)
	if err != nil || !found {
		t.Fatalf("prune %s: found %t, %v", sha256, found, err)
	}
	if err := f.EndPrune(t.Context(), noFinish, task); err != nil {
		t.Fatal(err)
	}
	return keys
}

// own is a media of an account's own, with these bytes.
func (f fixture) own(t *testing.T, name, sha256 string) vitrine.Media {
	t.Helper()
	result, err := f.Import(t.Context(), f.account, "https://origin.example/"+name, name)
	if err != nil {
		t.Fatal(err)
	}
	f.fetched(t, result.Media, sha256)
	f.optimised(t, sha256)
	return result.Media
}

// claim has a media of its own wait for these bytes.
func (f fixture) claim(t *testing.T, name, sha256 string) error {
	t.Helper()
	result, err := f.Import(t.Context(), f.account, "https://origin.example/"+name, "")
	if err != nil {
		t.Fatal(err)
	}
	attempt := vitrine.Attempt{MediaID: result.Media.ID, JobID: result.JobID, Seq: result.Media.Seq, Number: 1, Stage: "fetch"}
	_, _, err = f.Claim(t.Context(), noFinish, attempt, sha256, nil)
	return err
}

// neighbour is the fixture for another account.
func (f fixture) neighbour(t *testing.T) fixture {
	t.Helper()
	key, _, err := f.CreateKey(t.Context(), "neighbour")
	if err != nil {
		t.Fatal(err)
	}
	f.account = key.Account.ID
	return f
}

func (f fixture) eraseMedia(t *testing.T, ref gallery.Ref) vitrine.Erasure {
	t.Helper()
	e, err := f.EraseMedia(t.Context(), f.account, ref)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (f fixture) refuseErased(t *testing.T) {
	t.Helper()
	if err := f.SetAccount(t.Context(), "acme", vitrine.AccountSettings{RefuseErased: true}); err != nil {
		t.Fatal(err)
	}
}

func wantRefused(t *testing.T, err error) {
	t.Helper()
	if failure, ok := errors.AsType[*vitrine.Failure](err); !ok || failure.Code != vitrine.Erased {
		t.Errorf("erased bytes are answered %v", err)
	}
}

func keysOf(sha256 string) []string {
	return []string{gallery.VariantKey(sha256, "r", vitrine.Variant{Name: "128", Type: "image/webp"}), gallery.OriginalKey(sha256)}
}

// All bytes of a file go at once, and the receipt names them and every row.
func TestEraseMedia(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c", "d"))
		f.good(t, put.Listing.ID)
		media := f.media(t, put.Listing.ID)
		before := f.rows(t)

		e := f.eraseMedia(t, gallery.Ref{ID: media[3].ID})
		if diff := cmp.Diff(keysOf("sha-d"), e.Receipt.Keys); diff != "" {
			t.Errorf("keys (-want +got)\n%s", diff)
		}
		for what, urls := range map[string][]string{"the receipt": e.Receipt.URLs, "the event": f.purged(t)} {
			if diff := cmp.Diff(addressesOf("sha-d"), urls); diff != "" {
				t.Errorf("addresses in %s (-want +got)\n%s", what, diff)
			}
		}
		if len(e.Receipt.Kept) > 0 {
			t.Errorf("kept are %v", e.Receipt.Kept)
		}
		f.wantShown(t, put, "sha-a", "sha-b", "sha-c")
		f.wantServed(t, "sha-d", false)
		f.wantErasure(t, e, vitrine.ErasureOpen)
		if err := f.claim(t, "again", "sha-d"); !errors.Is(err, gallery.ErrPruning) {
			t.Errorf("bytes that are being erased are answered %v", err)
		}
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: f.newest(t)}); err != nil {
			t.Fatal(err)
		}

		if diff := cmp.Diff(e.Receipt.Keys, f.pruned(t, "sha-d")); diff != "" {
			t.Errorf("deleted (-receipt +got)\n%s", diff)
		}
		f.wantErasure(t, e, vitrine.ErasureEnded)
		f.wantRemoved(t, e, before)
		if err := f.claim(t, "again", "sha-d"); err != nil {
			t.Errorf("erased bytes, which nobody refuses, are answered %v", err)
		}
		for _, id := range []string{uuid.NewString(), ""} {
			if _, err := f.Erasure(t.Context(), f.account, id); vitrine.CodeOf(err) != vitrine.CodeNotFound {
				t.Errorf("erasure %q: %v", id, err)
			}
		}
		if _, err := f.Erasure(t.Context(), f.neighbour(t).account, e.UUID); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("another account's erasure: %v", err)
		}
		if _, err := f.EraseMedia(t.Context(), f.account, gallery.Ref{ID: media[3].ID}); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("erased again: %v", err)
		}
	})
}

// newest is the media that was made last.
func (f fixture) newest(t *testing.T) (id int64) {
	t.Helper()
	err := f.db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `select max(id) from media`).Scan(&id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Bytes that another file has stay, whoever sent it, and are named.
func TestEraseKept(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		f.refuseErased(t)
		neighbour := f.neighbour(t)
		f.own(t, "one", "sha-own")
		f.own(t, "two", "sha-own")
		f.own(t, "three", "sha-common")
		neighbour.own(t, "theirs", "sha-common")
		for name, sha256 := range map[string]string{"one": "sha-own", "three": "sha-common"} {
			before := f.rows(t)
			e := f.eraseMedia(t, gallery.Ref{ExternalID: name})
			if diff := cmp.Diff([]string{sha256}, e.Receipt.Kept); diff != "" || len(e.Receipt.Keys)+len(e.Receipt.URLs) > 0 {
				t.Errorf("%s: %+v; kept (-want +got)\n%s", name, e.Receipt, diff)
			}
			f.wantErasure(t, e, vitrine.ErasureEnded)
			f.wantRemoved(t, e, before)
			f.wantServed(t, sha256, true)
			if keys, found, err := f.BeginPrune(t.Context(), noFinish, gallery.PruneTask{SHA256: sha256}); err != nil || found {
				t.Errorf("%s are pruned: %v, %v", sha256, keys, err)
			}
		}
		if urls := f.purged(t); urls != nil {
			t.Errorf("purged are %v", urls)
		}
		// What the account has still is not erased; what only others have is.
		if err := f.claim(t, "again", "sha-own"); err != nil {
			t.Errorf("bytes that the account has still are answered %v", err)
		}
		wantRefused(t, f.claim(t, "again", "sha-common"))
		if err := neighbour.claim(t, "again", "sha-common"); err != nil {
			t.Errorf("another account is answered %v", err)
		}
	})
}

// An account that wants it is never given erased bytes again.
func TestEraseRefused(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		f.refuseErased(t)
		f.own(t, "one", "sha-one")
		e := f.eraseMedia(t, gallery.Ref{ExternalID: "one"})
		neighbour := f.neighbour(t)
		if err := neighbour.claim(t, "theirs", "sha-one"); !errors.Is(err, gallery.ErrPruning) {
			t.Errorf("another account is answered %v meanwhile", err)
		}
		f.pruned(t, "sha-one")
		f.wantErasure(t, e, vitrine.ErasureEnded)
		wantRefused(t, f.claim(t, "again", "sha-one"))
		if err := neighbour.claim(t, "theirs", "sha-one"); err != nil {
			t.Errorf("another account is answered %v", err)
		}
		wantRefused(t, f.claim(t, "again", "sha-one")) // though others have them
	})
}

// A file that is only on its way is erased with what has come of it.
func TestEraseUnderWay(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		if err := f.claim(t, "one", "sha-one"); err != nil {
			t.Fatal(err)
		}
		before := f.rows(t)
		e := f.eraseMedia(t, gallery.Ref{ID: f.newest(t)})
		want := vitrine.Receipt{
			Keys: []string{gallery.OriginalKey("sha-one"), gallery.VariantsPrefix("sha-one")}, URLs: []string{}, Kept: []string{}, Rows: e.Receipt.Rows,
		}
		if diff := cmp.Diff(want, e.Receipt); diff != "" {
			t.Errorf("receipt (-want +got)\n%s", diff)
		}
		f.optimised(t, "sha-one") // too late
		if diff := cmp.Diff(want.Keys[:1], f.pruned(t, "sha-one")); diff != "" {
			t.Errorf("deleted (-want +got)\n%s", diff)
		}
		// Whoever was at work may put something yet.
		f.wantErasure(t, e, vitrine.ErasureOpen)
		late := gallery.TidyTask{SHA256: "sha-one", Erasing: true}
		if strays, err := f.BeginTidy(t.Context(), noFinish, late, []string{gallery.VariantsPrefix("sha-one") + "r/128.webp"}); err != nil || len(strays) > 0 {
			t.Fatalf("BeginTidy = %v, %v", strays, err)
		}
		f.wantErasure(t, e, vitrine.ErasureOpen)
		if diff := cmp.Diff(want.Keys[:1], f.pruned(t, "sha-one")); diff != "" {
			t.Errorf("deleted late (-want +got)\n%s", diff)
		}
		f.wantErasure(t, e, vitrine.ErasureEnded)
		f.wantRemoved(t, e, before)
	})
}

// What was uploaded is erased too, confirmed or not.
func TestEraseUpload(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		for _, confirmed := range []bool{false, true} {
			upload, err := f.RequestUpload(t.Context(), f.account, gallery.UploadInput{ContentType: "image/jpeg"})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.send(t.Context(), upload, "image/jpeg", "bytes"); err != nil {
				t.Fatal(err)
			}
			key := gallery.UploadKey(upload.Media.UUID)
			want := []string{key}
			if confirmed {
				c, err := f.ConfirmUpload(t.Context(), f.account, gallery.Ref{ID: upload.Media.ID})
				if err != nil {
					t.Fatal(err)
				}
				f.fetched(t, c.Media, "sha-up")
				f.optimised(t, "sha-up")
				want = append(want, keysOf("sha-up")...)
			}
			before := f.rows(t)
			e := f.eraseMedia(t, gallery.Ref{ID: upload.Media.ID})
			if diff := cmp.Diff(want, e.Receipt.Keys); diff != "" {
				t.Errorf("keys (-want +got)\n%s", diff)
			}
			if confirmed {
				f.pruned(t, "sha-up")
			}
			f.wantErasure(t, e, vitrine.ErasureOpen)
			if err := f.EndDiscard(t.Context(), noFinish, gallery.DiscardTask{Key: key}); err != nil {
				t.Fatal(err)
			}
			f.wantErasure(t, e, vitrine.ErasureEnded)
			f.wantRemoved(t, e, before)
		}
	})
}

// A listing takes its files with it, but for those that stand in another one.
func TestEraseListing(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c", "d"))
		f.good(t, put.Listing.ID)
		media := f.media(t, put.Listing.ID)
		other, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{
			Ref: gallery.Ref{ExternalID: "house-2"}, Files: []gallery.File{{ID: media[1].ID}, {ID: media[0].ID}},
		})
		if err != nil {
			t.Fatal(err)
		}
		before := f.rows(t)

		e, err := f.EraseListing(t.Context(), f.account, gallery.Ref{ExternalID: "house-1"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slices.Concat(keysOf("sha-c"), keysOf("sha-d")), e.Receipt.Keys); diff != "" {
			t.Errorf("keys (-want +got)\n%s", diff)
		}
		if len(e.Receipt.Kept) > 0 {
			t.Errorf("kept are %v", e.Receipt.Kept)
		}
		f.wantShown(t, put)
		if left := f.media(t, other.Listing.ID); len(left) != 2 || left[0].ID != media[1].ID || left[1].ID != media[0].ID {
			t.Errorf("the other listing has %+v", left)
		}
		f.pruned(t, "sha-c")
		f.wantErasure(t, e, vitrine.ErasureOpen)
		f.pruned(t, "sha-d")
		f.wantErasure(t, e, vitrine.ErasureEnded)
		f.wantRemoved(t, e, before)
		if _, err := f.EraseListing(t.Context(), f.account, gallery.Ref{ExternalID: "house-1"}); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("erased again: %v", err)
		}
	})
}

// However many nodes delete the bytes of an erasure at the same time, it ends.
func TestEraseTogether(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		var names []string
		for i := range 12 {
			names = append(names, strconv.Itoa(i))
		}
		for range 5 {
			put := f.put(t, vitrine.StatusDraft, files(names...))
			f.good(t, put.Listing.ID)
			e, err := f.EraseListing(t.Context(), f.account, gallery.Ref{ExternalID: "house-1"})
			if err != nil {
				t.Fatal(err)
			}
			var nodes sync.WaitGroup
			for _, name := range names {
				task := gallery.PruneTask{SHA256: "sha-" + name}
				if _, found, err := f.BeginPrune(t.Context(), noFinish, task); err != nil || !found {
					t.Fatalf("prune %s: found %t, %v", name, found, err)
				}
				nodes.Go(func() {
					if err := f.EndPrune(t.Context(), noFinish, task); err != nil {
						t.Error(err)
					}
				})
			}
			nodes.Wait()
			f.wantErasure(t, e, vitrine.ErasureEnded)
		}
	})
}

// A classified takes the media with it that no other one has. Its history stays.
func TestEraseClassified(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		one, other := f.posted(t, "a@1", "b@1", "b@1"), f.post(t, "a@1")
		before := f.rows(t)
		stale := gallery.WriteOptions{Match: func(revision int64) bool { return revision != 1 }}
		if _, _, err := f.EraseClassified(t.Context(), f.account, one.uuid, stale); vitrine.CodeOf(err) != vitrine.CodePrecondition {
			t.Errorf("erasing another revision gave %v", err)
		}
		result, e, err := f.EraseClassified(t.Context(), f.account, one.uuid, gallery.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		wantPlan(t, result, "remove a@1, remove b@1, remove b@1")
		one.wantHistory(t, "DELETING", "DELETED")
		one.wantSees(t, "nothing")
		other.wantSees(t, "a@1")
		if diff := cmp.Diff(keysOf("sha-b@1"), e.Receipt.Keys); diff != "" || len(e.Receipt.Kept) > 0 {
			t.Errorf("kept %v; keys (-want +got)\n%s", e.Receipt.Kept, diff)
		}
		f.pruned(t, "sha-b@1")
		f.wantErasure(t, e, vitrine.ErasureEnded)
		f.wantRemoved(t, e, before)

		f.later(time.Second)
		result, again, err := f.EraseClassified(t.Context(), f.account, one.uuid, gallery.WriteOptions{})
		if err != nil || !result.Deleted || len(again.Receipt.Keys) > 0 || again.Status() != vitrine.ErasureEnded {
			t.Errorf("erased again: %+v, %+v, %v", result, again, err)
		}
	})
}

// What was made of bytes that were erased meanwhile, and have been sent again, is
// not what those who wait now are given: some of it has been deleted.
func TestEraseResent(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		if err := f.claim(t, "one", "sha-one"); err != nil {
			t.Fatal(err)
		}
		late := f.asBegun(t, vitrine.Content{SHA256: "sha-one", Type: "image/jpeg", Recipe: "r"})
		f.eraseMedia(t, gallery.Ref{ID: f.newest(t)})
		f.pruned(t, "sha-one")
		f.later(time.Second)
		if err := f.claim(t, "two", "sha-one"); err != nil {
			t.Fatal(err)
		}
		if err := f.Optimised(t.Context(), noFinish, late, vitrine.Attempt{Number: 1, Stage: "optimise"}); err != nil {
			t.Fatal(err)
		}
		o, wanted, err := f.BeginOptimise(t.Context(), noFinish, gallery.OptimiseTask{SHA256: "sha-one"})
		if err != nil || !wanted || o.Content.State != vitrine.ContentPending {
			t.Errorf("BeginOptimise = %+v, %t, %v: the late one has won", o, wanted, err)
		}
	})
}

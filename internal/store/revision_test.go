package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Of a list the newest revisions are kept, bounded by number and by bytes, and
// two whatever they are.
func testRevisions(t *testing.T, db *store.DB) {
	write(t, db, `insert into account (id, name, created_at) values (1, 'acme', 1)`)
	for _, listing := range []string{"1", "2"} {
		write(t, db, `insert into listing (id, uuid, gallery, account_id, kind, status, revision, digest, form_data, created_at, updated_at, synced_at)
			values (`+listing+`, $1, $1, 1, 'listing', 'draft', 1, '', '{}', 1, 1, 1)`, listing)
	}
	keep := func(listing, number int64, urlBytes int) vitrine.Revision {
		t.Helper()
		r := vitrine.Revision{
			ListingID: listing, Number: number, At: time.UnixMilli(1000 + number).UTC(), By: vitrine.ByDashboard, Status: vitrine.StatusHidden,
			Steps: []vitrine.RevisionStep{{Action: vitrine.Refetch, MediaID: 7, From: 1, To: 0, Why: vitrine.VersionChanged, Wish: 3,
				URL: strings.Repeat("é", urlBytes/2), Version: "v", Shown: "abc"}},
		}
		err := db.Write(t.Context(), func(tx *store.Tx) error { return tx.InsertRevision(t.Context(), r) })
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	kept := func(listing int64) (all []vitrine.Revision, numbers []int64) {
		t.Helper()
		err := db.View(t.Context(), func(tx *store.Tx) (err error) {
			all, err = tx.Revisions(t.Context(), listing)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			numbers = append(numbers, r.Number)
		}
		return all, numbers
	}
	want := func(listing int64, newest, oldest int64) {
		t.Helper()
		var numbers []int64
		for n := newest; n >= oldest; n-- {
			numbers = append(numbers, n)
		}
		if _, got := kept(listing); !cmp.Equal(numbers, got) {
			t.Errorf("of listing %d the revisions %v are kept, want %v", listing, got, numbers)
		}
	}

	r := keep(1, 1, 10)
	if all, _ := kept(1); !cmp.Equal([]vitrine.Revision{r}, all) {
		t.Errorf("(-want +got)\n%s", cmp.Diff([]vitrine.Revision{r}, all))
	}
	for n := range int64(store.KeptRevisions + 4) {
		keep(1, n+2, 10)
	}
	want(1, store.KeptRevisions+5, 6)
	for n := range int64(5) {
		keep(2, n+1, store.KeptRevisionBytes/3-200) // so that three are within
	}
	want(2, 5, 3)
	keep(2, 6, store.KeptRevisionBytes)
	want(2, 6, 5)
	keep(2, 7, store.KeptRevisionBytes)
	want(2, 7, 6)
	keep(2, 9, 10) // after one that nobody knows of
	if _, got := kept(2); !cmp.Equal([]int64{9, 7}, got) {
		t.Errorf("of listing 2 the revisions %v are kept", got)
	}

	forget := func(how func(tx *store.Tx) error) {
		t.Helper()
		if err := db.Write(t.Context(), how); err != nil {
			t.Fatal(err)
		}
	}
	forget(func(tx *store.Tx) error { return tx.ForgetRevisions(t.Context(), 2) })
	want(2, 0, 1)
	want(1, store.KeptRevisions+5, 6)
	forget(func(tx *store.Tx) error { return tx.DeleteListing(t.Context(), 1) })
	want(1, 0, 1)
}

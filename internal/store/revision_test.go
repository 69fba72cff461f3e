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
	insert := func(r vitrine.Revision, same bool) {
		t.Helper()
		err := db.Write(t.Context(), func(tx *store.Tx) error { return tx.InsertRevision(t.Context(), r, same) })
		if err != nil {
			t.Fatal(err)
		}
	}
	keep := func(listing, number int64, urlBytes int) vitrine.Revision {
		t.Helper()
		r := vitrine.Revision{
			ListingID: listing, Number: number, At: time.UnixMilli(1000 + number).UTC(), By: vitrine.ByDashboard, Status: vitrine.StatusHidden,
			Steps: []vitrine.RevisionStep{{Action: vitrine.Refetch, MediaID: 7, From: 1, To: 0, Why: vitrine.VersionChanged, Wish: 3,
				URL: strings.Repeat("é", urlBytes/2), Version: "v", Shown: "abc"}},
		}
		insert(r, false)
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
	keep(2, 10, 10)
	want(2, 10, 9) // and 7 no longer

	// Those that leave the list as it was take no other's place, and have its list.
	for n := range int64(store.KeptRevisions + 4) {
		insert(vitrine.Revision{ListingID: 2, Number: n + 11, At: time.UnixMilli(1).UTC(), By: vitrine.ByListingsAPI, Status: vitrine.StatusActive, Steps: r.Steps[:0]}, true)
	}
	all, numbers := kept(2)
	if n := len(numbers); n != store.KeptRevisions+2 || numbers[n-1] != 9 || numbers[n-2] != 10 || numbers[n-3] != 15 {
		t.Errorf("of listing 2 the revisions %v are kept", numbers)
	}
	same := vitrine.RevisionStep{Action: vitrine.Keep, MediaID: 7, Wish: 3, URL: strings.Repeat("é", 5), Version: "v", Shown: "abc"}
	if diff := cmp.Diff([]vitrine.RevisionStep{same}, all[0].Steps); diff != "" {
		t.Errorf("steps of one that left the list as it was (-want +got)\n%s", diff)
	}
	for n := range int64(store.KeptRevisions) {
		keep(2, n+35, 10)
	}
	want(2, store.KeptRevisions+34, 35) // none refers to a list that is forgotten
	r.ListingID, r.Number = 2, store.KeptRevisions+36
	insert(r, true) // the one before is not known
	if all, _ := kept(2); !cmp.Equal(r, all[0]) {
		t.Errorf("after one that nobody knows of (-want +got)\n%s", cmp.Diff(r, all[0]))
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

package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/store"
)

// TestFairShare has one account send 400 photos and then another one send 5:
// those are published before most of the 400 are done. Of the 400 the first
// pictures of each listing come first.
func TestFairShare(t *testing.T) {
	t.Parallel()
	// The origins are no bottleneck, and wait for the test.
	for name, setUp := range setUpsWith("--rate-limit", "100000", "--fetch-per-origin", "64", "--idle-timeout", "5m", "--fetch-timeout", "5m") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testFairShare(t, setUp(t))
		})
	}
}

func testFairShare(t *testing.T, s *server) {
	const listings, pictures, total = 20, 20, 20 * 20
	large, small := newAgency(t, s), newAgency(t, s)
	feed := client.New(s.base, large.admin(t, "keys", "create"))
	// The large account's host waits until all is queued.
	release := large.host.hold("/feed.jpg")
	for i := range listings {
		var urls []string
		for j := range pictures {
			urls = append(urls, fmt.Sprintf("%s/feed.jpg?listing=%d&picture=%d", large.host.URL, i, j))
		}
		if _, err := feed.PutListing(t.Context(), listing(fmt.Sprint("house-", i), urls...)); err != nil {
			t.Fatal(err)
		}
	}
	c := client.New(s.base, small.admin(t, "keys", "create"))
	put, err := c.PutListing(t.Context(), listing("house", small.host.urls(5)...))
	if err != nil {
		t.Fatal(err)
	}
	release()
	if job, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the small listing's job ended as %+v, %v", job, err)
	}
	done, others := 0, 0
	for _, photo := range optimisedOf(t, large, small) {
		switch {
		case photo.account == small.name:
			done++
		case done < 5:
			others++
		}
	}
	if done != 5 || others > total/4 {
		t.Errorf("%d of %d photos of the large account were done before %d of the small one", others, total, done)
	}

	// What yields is fetched with the first pictures ahead; only what was under
	// way before they came may be done before them.
	half := (total - pictures) / 2
	var yielding []optimisedPhoto
	wait(t, "half of the photos that yield", func() bool {
		yielding = slices.DeleteFunc(optimisedOf(t, large), func(photo optimisedPhoto) bool { return !photo.yields })
		return len(yielding) >= half
	})
	first := 0
	for _, photo := range yielding[:half] {
		if photo.position < 3 {
			first++
		}
	}
	if want := 3 * (listings - 1); first != want {
		t.Errorf("of the first %d photos that yield %d were the first ones of a listing, want all %d", half, first, want)
	}
}

// optimisedPhoto is one that was optimised.
type optimisedPhoto struct {
	account  string
	position int
	yields   bool // to other accounts
}

// optimisedOf gives the photos of some accounts in the order in which they were
// optimised.
func optimisedOf(t *testing.T, accounts ...*agency) (photos []optimisedPhoto) {
	t.Helper()
	err := accounts[0].db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select account.name, placement.position, media.yields from attempt
			join media on media.id = attempt.media_id
			join placement on placement.media_id = media.id
			join account on account.id = media.account_id
			where attempt.stage = 'optimise' order by attempt.id`)
		if err != nil {
			return err
		}
		for rows.Next() {
			var o optimisedPhoto
			var yields int
			if err := rows.Scan(&o.account, &o.position, &yields); err != nil {
				return err
			}
			o.yields = yields != 0
			if slices.ContainsFunc(accounts, func(a *agency) bool { return a.name == o.account }) {
				photos = append(photos, o)
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return photos
}

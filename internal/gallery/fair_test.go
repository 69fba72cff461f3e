package gallery_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// fetches gives the downloads that an account waits for, in the order in which
// they are begun, each as its lane and priority.
func (f fixture) fetches(t *testing.T, account int64) (tasks []string) {
	t.Helper()
	query := `select q.lane, q.priority from queue_task q join media m on m.id = json_extract(q.args, '$.mediaId')
		where q.kind = 'fetch' and m.account_id = $1 order by q.priority, q.id`
	if f.db.Engine() == store.Postgres {
		query = `select q.queue, q.priority from river_job q join media m on m.id = (q.args->'args'->>'mediaId')::bigint
			where q.kind = 'fetch' and m.account_id = $1 order by q.priority, q.id`
	}
	err := f.db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), query, account)
		if err != nil {
			return err
		}
		for rows.Next() {
			var lane string
			var priority int
			if err := rows.Scan(&lane, &priority); err != nil {
				return err
			}
			tasks = append(tasks, fmt.Sprint(lane, " ", priority))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

func names(prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%d@1", prefix, i))
	}
	return all
}

// Whoever has sent much yields to whoever has sent little, and the first three
// pictures of a listing go first in either line.
func TestFairShare(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		key, _, err := f.CreateKey(t.Context(), "small")
		if err != nil {
			t.Fatal(err)
		}
		bulk := []classified{f.post(t, names("a", 20)...), f.post(t, names("b", 10)...)}
		f.account, bulk[0].account = key.Account.ID, f.account
		f.post(t, names("c", 5)...)

		repeat := func(task string, n int) []string { return slices.Repeat([]string{task}, n) }
		want := slices.Concat(repeat("fetch 1", 3), repeat("fetch 2", 17), repeat("bulk 3", 3), repeat("bulk 4", 7))
		if diff := cmp.Diff(want, f.fetches(t, bulk[0].account)); diff != "" {
			t.Errorf("the large account's (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff(slices.Concat(repeat("fetch 1", 3), repeat("fetch 2", 2)), f.fetches(t, key.Account.ID)); diff != "" {
			t.Errorf("the small account's (-want +got)\n%s", diff)
		}

		// Only what doesn't yield counts: once that has ended, an edit is as urgent
		// as anybody's, however much of the feed still waits.
		bulk[0].allGood(t)
		f.account = bulk[0].account
		f.post(t, "edit@1")
		urgent := slices.DeleteFunc(f.fetches(t, f.account), func(task string) bool { return task != "fetch 1" })
		if len(urgent) != 3+1 {
			t.Errorf("with its own edit the large account has %d urgent downloads, want 4", len(urgent))
		}
	})
}

// A listing is one write, in either API, and goes as a whole, however long.
func TestFairShareOfListings(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := func(externalID string, n int) {
			t.Helper()
			in := gallery.ListingInput{Ref: gallery.Ref{ExternalID: externalID}}
			for i := range n {
				in.Files = append(in.Files, gallery.File{URL: fmt.Sprintf("https://origin.example/%s/%d", externalID, i)})
			}
			if _, err := f.PutListing(t.Context(), f.account, in); err != nil {
				t.Fatal(err)
			}
		}
		put("one", 12)
		f.post(t, names("two", 25)...)
		put("three", 4)
		repeat := func(task string, n int) []string { return slices.Repeat([]string{task}, n) }
		want := slices.Concat(repeat("fetch 1", 3+3), repeat("fetch 2", 9+22), repeat("bulk 3", 3), repeat("bulk 4", 1))
		if diff := cmp.Diff(want, f.fetches(t, f.account)); diff != "" {
			t.Errorf("downloads (-want +got)\n%s", diff)
		}
	})
}

// A bound never refuses what is alone.
func TestBacklogOfOneWrite(t *testing.T) {
	limits := vitrine.DefaultLimits()
	limits.MaxQueued = 1
	onEnginesWithin(t, limits, func(t *testing.T, f fixture) {
		result := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.good(t, result.Listing.ID)
		if _, err := f.Import(t.Context(), f.account, "https://origin.example/d", "d"); err != nil {
			t.Error(err)
		}
	})
}

func TestBacklog(t *testing.T) {
	limits := vitrine.DefaultLimits()
	limits.MaxQueued = 4
	onEnginesWithin(t, limits, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "b@1")
		f.post(t, "c@1", "d@1")
		refused := func(what string, err error) {
			t.Helper()
			if vitrine.CodeOf(err) != vitrine.CodeBacklog {
				t.Errorf("%s gave %v, want %s", what, err, vitrine.CodeBacklog)
			}
		}
		_, err := f.PostClassified(t.Context(), f.account, wish("e@1"), gallery.WriteOptions{})
		refused("a new classified", err)
		_, err = f.PutListing(t.Context(), f.account, gallery.ListingInput{Ref: gallery.Ref{ExternalID: "x"}, Files: files("f")})
		refused("a new listing", err)
		_, err = f.Import(t.Context(), f.account, "https://origin.example/g", "g")
		refused("an import", err)
		if _, err := f.Media(t.Context(), f.account, gallery.Ref{ExternalID: "g"}); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("of the refused import there is a media: %v", err)
		}
		c.put(t, "b@1", "a@1") // which fetches nothing
		c.allGood(t)
		f.post(t, "e@1")
	})
}

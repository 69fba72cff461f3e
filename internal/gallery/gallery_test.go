package gallery_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

func TestPublish(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		if !put.Created || put.Updated || put.Listing.Status != vitrine.StatusPendingActive || put.JobID == 0 {
			t.Fatalf("put gave %+v", put)
		}
		f.wantShown(t, put)
		f.good(t, put.Listing.ID)
		f.wantShown(t, put, "sha-a", "sha-b", "sha-c")
		f.wantJob(t, put.JobID, vitrine.JobCompleted)
		if got := f.status(t, put.Listing.ID); got != vitrine.StatusActive {
			t.Errorf("the listing is %s", got)
		}
	})
}

func TestUnchangedList(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		first := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		while := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.good(t, first.Listing.ID)
		after := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		for _, again := range []gallery.PutResult{while, after} {
			if again.Created || again.Updated || again.JobID != first.JobID || again.Listing.Status != vitrine.StatusPendingActive || again.Listing.Revision != 1 {
				t.Errorf("an unchanged list gave %+v", again)
			}
		}
		if got := f.status(t, first.Listing.ID); got != vitrine.StatusActive {
			t.Errorf("the listing is %s after an unchanged list", got)
		}
	})
}

// The gallery of an active listing changes over in one step.
func TestUpdateWhileActive(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.good(t, put.Listing.ID)
		update := f.put(t, vitrine.StatusActive, files("d", "c", "b", "e"))
		if !update.Updated || update.JobID == put.JobID || update.Listing.Revision != 2 {
			t.Fatalf("the update gave %+v", update)
		}
		media := f.media(t, put.Listing.ID)
		f.fetched(t, media[0], "sha-d")
		f.optimised(t, "sha-d")
		f.wantShown(t, put, "sha-a", "sha-b", "sha-c")
		f.bad(t, media[3])
		f.wantShown(t, put, "sha-d", "sha-c", "sha-b")
		f.wantJob(t, update.JobID, vitrine.JobCompleted)
	})
}

// An update that leaves too few good photos fails, and the public goes on
// seeing what it saw.
func TestNeverWorse(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.good(t, put.Listing.ID)
		update := f.put(t, vitrine.StatusActive, files("d", "e", "a"))
		for _, m := range f.media(t, put.Listing.ID)[:2] {
			f.bad(t, m)
		}
		f.wantJob(t, update.JobID, vitrine.JobFailed)
		if got := f.status(t, put.Listing.ID); got != vitrine.StatusPublishFailed {
			t.Errorf("the listing is %s", got)
		}
		f.wantShown(t, put, "sha-a", "sha-b", "sha-c")

		// The same list again tries again what failed, and only that.
		third := f.put(t, vitrine.StatusActive, files("d", "e", "a"))
		var refetched []string
		for _, step := range third.Plan {
			if step.Action == vitrine.Refetch {
				refetched = append(refetched, step.Why)
			}
		}
		if diff := cmp.Diff([]string{"failed before", "failed before"}, refetched); diff != "" {
			t.Errorf("refetched (-want +got)\n%s", diff)
		}
		f.good(t, put.Listing.ID)
		f.wantShown(t, put, "sha-d", "sha-e", "sha-a")
	})
}

func TestHiddenAtOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.good(t, put.Listing.ID)
		f.put(t, vitrine.StatusActive, files("a", "b", "c", "d"))
		hidden := f.put(t, vitrine.StatusHidden, nil)
		f.wantShown(t, put)
		if hidden.JobID != 0 || hidden.Listing.Status != vitrine.StatusHidden {
			t.Errorf("hiding gave %+v", hidden)
		}
		f.good(t, put.Listing.ID)
		f.wantShown(t, put)
		again := f.put(t, vitrine.StatusActive, nil)
		f.wantShown(t, put, "sha-a", "sha-b", "sha-c", "sha-d")
		f.wantJob(t, again.JobID, vitrine.JobCompleted)
	})
}

// A completed listing stays public, and is published without being active.
func TestCompleted(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusCompleted, files("a", "b", "c"))
		if put.Listing.Status != vitrine.StatusCompleted || put.JobID != 0 {
			t.Errorf("put gave %+v", put)
		}
		f.good(t, put.Listing.ID)
		f.wantShown(t, put, "sha-a", "sha-b", "sha-c")
	})
}

// The same bytes are optimised once, for all who wait for them.
func TestSameBytes(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		media := f.media(t, put.Listing.ID)
		f.fetched(t, media[0], "sha-same")
		f.fetched(t, media[1], "sha-same")
		f.optimised(t, "sha-same")
		f.optimised(t, "sha-same") // a late worker
		f.fetched(t, media[2], "sha-same")
		f.wantShown(t, put, "sha-same", "sha-same", "sha-same")
		for i, m := range media {
			f.wantJob(t, m.JobID, vitrine.JobCompleted)
			var stages []string
			err := f.db.View(t.Context(), func(tx *store.Tx) error {
				attempts, err := tx.Attempts(t.Context(), m.ID)
				for _, attempt := range attempts {
					stages = append(stages, attempt.Stage)
				}
				return err
			})
			want := []string{"fetch", "optimise"}
			if i == 2 {
				want = want[:1]
			}
			if diff := cmp.Diff(want, stages); diff != "" || err != nil {
				t.Errorf("timeline of media %d (-want +got)\n%s%v", i, diff, err)
			}
		}
	})
}

// A worker that comes with the outcome of an older wish loses.
func TestLateWorker(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		first, err := f.Import(t.Context(), f.account, "https://origin.example/old", "photo-1")
		if err != nil {
			t.Fatal(err)
		}
		f.bad(t, first.Media)
		f.wantJob(t, first.JobID, vitrine.JobFailed)
		second, err := f.Import(t.Context(), f.account, "https://origin.example/new", "photo-1")
		if err != nil {
			t.Fatal(err)
		}
		if second.Created || second.Media.ID != first.Media.ID || second.JobID == first.JobID || second.Media.State != vitrine.MediaPending {
			t.Fatalf("the second import gave %+v", second)
		}
		f.fetched(t, first.Media, "sha-old")
		f.optimised(t, "sha-old")
		f.bad(t, first.Media)
		f.fetched(t, second.Media, "sha-new")
		f.optimised(t, "sha-new")
		m, err := f.Media(t.Context(), f.account, gallery.Ref{ExternalID: "photo-1"})
		if err != nil {
			t.Fatal(err)
		}
		if m.State != vitrine.MediaReady || m.Content.SHA256 != "sha-new" || m.Failure != nil || m.JobID != 0 {
			t.Errorf("the media is %+v", m)
		}
		third, err := f.Import(t.Context(), f.account, "https://origin.example/other", "photo-1")
		if err != nil || third.Created || third.JobID != 0 || third.Media.Source.URL != "https://origin.example/new" {
			t.Errorf("importing a good file again gave %+v, %v", third, err)
		}
	})
}

func TestList(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		imported, err := f.Import(t.Context(), f.account, "https://origin.example/i", "photo-i")
		if err != nil {
			t.Fatal(err)
		}
		list := []gallery.File{
			{URL: "https://origin.example/a"},
			{ID: imported.Media.ID},
			{URL: "https://origin.example/a"},
			{ExternalID: "photo-i"},
			{URL: "https://origin.example/n", ExternalID: "photo-n"},
			{URL: "https://origin.example/elsewhere", ExternalID: "photo-n"},
			{ExternalID: "photo-n"},
		}
		put := f.put(t, vitrine.StatusActive, list)
		var urls []string
		for _, m := range f.media(t, put.Listing.ID) {
			urls = append(urls, m.Source.URL)
		}
		want := []string{"https://origin.example/a", "https://origin.example/i", "https://origin.example/n"}
		if diff := cmp.Diff(want, urls); diff != "" {
			t.Errorf("the list (-want +got)\n%s", diff)
		}
	})
}

func TestBadLists(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		var many []string
		for i := range 21 {
			many = append(many, fmt.Sprint(i))
		}
		other, _, err := f.CreateKey(t.Context(), "other")
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := f.Import(t.Context(), other.Account.ID, "https://origin.example/x", "")
		if err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			list []gallery.File
			want []string
		}{
			"unknown id":          {append(files("a", "b", "c"), gallery.File{ID: 999}), []string{"files[3]: Media 999 not found"}},
			"another account's":   {append(files("a", "b", "c"), gallery.File{ID: theirs.Media.ID}), []string{fmt.Sprintf("files[3]: Media %d not found", theirs.Media.ID)}},
			"unknown external id": {append([]gallery.File{{ExternalID: "no"}}, files("a", "b", "c")...), []string{"files[0]: Media with external ID no not found"}},
			"21 photos":           {files(many...), []string{"At most 20 photos are allowed, the list has 21"}},
			"2 photos":            {files("a", "b"), []string{"At least 3 photos are required to publish"}},
			"the same photo thrice": {files("a", "a", "a"),
				[]string{"At least 3 photos are required to publish"}},
		} {
			_, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{
				Ref: gallery.Ref{ExternalID: "house-1"}, Status: vitrine.StatusActive, Files: test.list,
			})
			want := &vitrine.Error{Code: vitrine.CodeInvalid, Messages: test.want}
			if diff := cmp.Diff(want.Error(), fmt.Sprint(err)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", name, diff)
			}
		}
		if _, total, err := f.Listings(t.Context(), f.account, 1, 10); err != nil || total != 0 {
			t.Errorf("%d listings were written, %v", total, err)
		}
		_, err = f.PutListing(t.Context(), f.account, gallery.ListingInput{Ref: gallery.Ref{ID: 12}})
		if vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("an unknown listing gave %v", err)
		}
	})
}

// Whoever comes first with a new external id makes the listing; the others
// update it.
func TestOneListing(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		results := make(chan gallery.PutResult)
		for range 20 {
			go func() {
				result, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{
					Ref: gallery.Ref{ExternalID: "house-1"}, Status: vitrine.StatusActive,
					Files: []gallery.File{{URL: "https://o.example/1", ExternalID: "1"}, {URL: "https://o.example/2"}, {URL: "https://o.example/3"}},
				})
				if err != nil {
					t.Error(err)
				}
				results <- result
			}()
		}
		created, ids := 0, map[int64]bool{}
		for range 20 {
			result := <-results
			ids[result.Listing.ID] = true
			if result.Created {
				created++
			}
		}
		if created != 1 || len(ids) != 1 {
			t.Errorf("%d listings, created %d times", len(ids), created)
		}
		for id := range ids {
			if n := len(f.media(t, id)); n != 3 {
				t.Errorf("the list has %d media", n)
			}
		}
	})
}

// Jobs can be asked for long after their end; the one that published a list for
// as long as the list stays.
func TestJobsKept(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		imports := f.media(t, put.Listing.ID)
		f.good(t, put.Listing.ID)
		sweep := func(after time.Duration) {
			f.later(after)
			if err := f.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		sweep(7 * 24 * time.Hour)
		f.wantJob(t, imports[0].JobID, vitrine.JobCompleted)
		sweep(30 * 24 * time.Hour)
		f.wantJob(t, put.JobID, vitrine.JobCompleted)
		if _, err := f.Job(t.Context(), f.account, imports[0].JobID); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("a job of a month ago gave %v", err)
		}
		again := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		if again.Updated || again.JobID != put.JobID {
			t.Errorf("an unchanged list gave %+v", again)
		}
	})
}

func TestKeys(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		key, secret, err := f.CreateKey(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		caller, err := f.Authenticate(t.Context(), secret)
		if err != nil || caller.Account.ID != f.account || caller.KeyID != key.ID {
			t.Errorf("the key let in %+v, %v", caller, err)
		}
		if err := f.RevokeKey(t.Context(), "other", key.ID); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("another account could revoke the key: %v", err)
		}
		if err := f.RevokeKey(t.Context(), "acme", key.ID); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{secret, "", "vtr_nobody's"} {
			if _, err := f.Authenticate(t.Context(), bad); vitrine.CodeOf(err) != vitrine.CodeUnauthorized {
				t.Errorf("key %q gave %v", bad, err)
			}
		}
		keys, err := f.Keys(t.Context(), "acme")
		if err != nil || len(keys) != 2 || keys[1].RevokedAt.IsZero() || !strings.HasPrefix(secret, keys[1].Prefix) {
			t.Errorf("the account has %+v, %v", keys, err)
		}
	})
}

// Who is shut out by this node is so at once, and by another one a second later.
func TestShutOut(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		elsewhere := gallery.New(gallery.Config{DB: f.db, Limits: f.Limits(), Now: time.Now})
		key, secret, err := f.CreateKey(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		want := func(what string, code vitrine.ErrorCode) {
			t.Helper()
			_, bySecret := f.Identify(t.Context(), secret)
			_, byID := f.IdentifyID(t.Context(), key.ID)
			for _, err := range []error{bySecret, byID} {
				if (err == nil) != (code == "") || err != nil && vitrine.CodeOf(err) != code {
					t.Errorf("%s: %v, want %q", what, err, code)
				}
			}
		}
		suspend := func(by *gallery.Gallery, suspended bool) {
			t.Helper()
			if err := by.SuspendAccount(t.Context(), "acme", suspended); err != nil {
				t.Fatal(err)
			}
		}
		want("a good key", "")
		suspend(f.Gallery, true)
		want("suspended here", vitrine.CodeSuspended)
		suspend(elsewhere, false)
		want("let in again elsewhere", "")
		suspend(elsewhere, true)
		f.later(time.Second)
		want("suspended elsewhere", vitrine.CodeSuspended)
		suspend(elsewhere, false)
		want("let in again", "")
		if err := f.RevokeKey(t.Context(), "acme", key.ID); err != nil {
			t.Fatal(err)
		}
		want("revoked here", vitrine.CodeUnauthorized)
	})
}

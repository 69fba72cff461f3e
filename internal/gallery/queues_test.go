package gallery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// queues is a look that is none of before.
func (f fixture) queues(t *testing.T) gallery.Queues {
	t.Helper()
	f.later(time.Minute)
	queues, err := f.Queues(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return queues
}

// putFor is put for any account.
func (f fixture) putFor(t *testing.T, account int64, externalID string, list []gallery.File) vitrine.Listing {
	t.Helper()
	result, err := f.PutListing(t.Context(), account, gallery.ListingInput{Ref: gallery.Ref{ExternalID: externalID}, Files: list})
	if err != nil {
		t.Fatal(err)
	}
	return result.Listing
}

func TestQueues(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		if q := f.queues(t); len(q.Accounts) != 0 || q.More != 0 || len(q.Lanes) != len(gallery.Lanes) {
			t.Errorf("of nothing there is %+v", q)
		}
		key, _, err := f.CreateKey(t.Context(), "busy")
		if err != nil {
			t.Fatal(err)
		}
		f.putFor(t, key.Account.ID, "house-1", files("1.jpg", "2.jpg"))
		f.later(time.Hour)
		f.putFor(t, key.Account.ID, "house-2", files("3.jpg"))
		mine := f.putFor(t, f.account, "house-1", files("1.jpg", "2.jpg"))
		media := f.media(t, mine.ID)
		f.bad(t, media[0])
		if _, wanted, err := f.BeginFetch(t.Context(), gallery.FetchTask{MediaID: media[1].ID, Seq: media[1].Seq}); err != nil || !wanted {
			t.Fatalf("begin to fetch: wanted %t, %v", wanted, err)
		}

		q := f.queues(t)
		want := []store.Backlog{{Account: "busy", Waiting: 3}, {Account: "acme", Working: 1, Failed: 1}}
		if diff := cmp.Diff(want, q.Accounts, cmpopts.IgnoreFields(store.Backlog{}, "Oldest")); diff != "" {
			t.Errorf("accounts (-want +got)\n%s", diff)
		}
		if gap := q.Accounts[1].Oldest.Sub(q.Accounts[0].Oldest); gap < time.Hour || gap > time.Hour+time.Minute {
			t.Errorf("the oldest of one account was sent %v after that of the other, want an hour", gap)
		}
		if first := q.Lanes[0]; first.Lane != gallery.LaneFetch || first.Waiting != 5 {
			t.Errorf("the first lane is %+v", first) // nobody takes tasks here
		}

		// What has failed counts for an hour; an account is there for it alone.
		f.good(t, mine.ID)
		want = []store.Backlog{{Account: "busy", Waiting: 3}, {Account: "acme", Failed: 1}}
		if diff := cmp.Diff(want, f.queues(t).Accounts, cmpopts.IgnoreFields(store.Backlog{}, "Oldest")); diff != "" {
			t.Errorf("when all has ended (-want +got)\n%s", diff)
		}
		f.later(time.Hour)
		if diff := cmp.Diff(want[:1], f.queues(t).Accounts, cmpopts.IgnoreFields(store.Backlog{}, "Oldest")); diff != "" {
			t.Errorf("an hour later (-want +got)\n%s", diff)
		}
	})
}

// The largest accounts are told of, and how many more there are; of those as large
// the one that was there first.
func TestQueuesLargest(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		for i := range 23 {
			key, _, err := f.CreateKey(t.Context(), fmt.Sprintf("agency-%02d", i))
			if err != nil {
				t.Fatal(err)
			}
			list := files("1.jpg")
			if i == 22 {
				list = files("1.jpg", "2.jpg")
			}
			f.putFor(t, key.Account.ID, "house-1", list)
		}
		q := f.queues(t)
		var names []string
		for _, a := range q.Accounts {
			names = append(names, a.Account)
		}
		want := []string{"agency-22"}
		for i := range 19 {
			want = append(want, fmt.Sprintf("agency-%02d", i))
		}
		if diff := cmp.Diff(want, names); diff != "" || q.More != 3 {
			t.Errorf("and %d more, want 3 (-want +got)\n%s", q.More, diff)
		}
	})
}

// slowQueue counts the looks at it, which take long.
type slowQueue struct {
	queue.Backend
	looks int
	takes func()
	err   error // that a look ends with
}

func (q *slowQueue) Loads(ctx context.Context) (map[queue.Lane]queue.Load, error) {
	q.looks++
	q.takes()
	if q.err != nil {
		return nil, q.err
	}
	return q.Backend.Loads(ctx)
}

// What was seen serves for the longer the longer it took to see it, and so does
// that nothing was.
func TestQueuesServe(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		now := time.Now()
		slow := &slowQueue{Backend: f.queue, takes: func() { now = now.Add(time.Second) }}
		g := gallery.New(gallery.Config{DB: f.db, Queue: slow, Limits: vitrine.DefaultLimits(), Now: func() time.Time { return now }})
		for _, step := range []struct {
			after time.Duration
			looks int
		}{{0, 1}, {0, 1}, {9 * time.Second, 1}, {time.Second, 2}} {
			now = now.Add(step.after)
			if _, err := g.Queues(t.Context()); err != nil {
				t.Fatal(err)
			}
			if slow.looks != step.looks {
				t.Errorf("after %v more there were %d looks, want %d", step.after, slow.looks, step.looks)
			}
		}
		now, slow.err = now.Add(time.Minute), errors.New("it is ill")
		for range 2 {
			if _, err := g.Queues(t.Context()); !errors.Is(err, slow.err) || slow.looks != 3 {
				t.Errorf("of an ill queue: %v after %d looks, want that it is ill after 3", err, slow.looks)
			}
		}
		left, leave := context.WithCancel(t.Context())
		now, slow.takes = now.Add(time.Minute), leave
		if _, err := g.Queues(left); err == nil {
			t.Error("who has left has seen something")
		}
		slow.takes, slow.err = func() {}, nil
		if _, err := g.Queues(t.Context()); err != nil {
			t.Errorf("after one who has left: %v", err)
		}
	})
}

// A key operates by its own scope and by no other, and the scope is none of the
// Classifieds API's.
func TestOperator(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		for _, test := range []struct {
			scopes   []string
			operates bool
		}{
			{nil, false},
			{[]string{gallery.ScopeAll}, false},
			{[]string{"caas:classifieds:read"}, false},
			{[]string{gallery.ScopeAll, gallery.ScopeOperator}, true},
			{[]string{gallery.ScopeOperator, gallery.ScopeAll}, true},
		} {
			key, secret, err := f.CreateKey(t.Context(), "ops", test.scopes...)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // looked up, and remembered
				caller, err := f.Identify(t.Context(), secret)
				if err != nil || caller.Operates != test.operates || slices.Contains(caller.Scopes, gallery.ScopeOperator) {
					t.Errorf("a key of %v is let in as %+v, %v", test.scopes, caller, err)
				}
			}
			if err := f.RevokeKey(t.Context(), "ops", key.ID); err != nil {
				t.Fatal(err)
			}
			if caller, err := f.IdentifyID(t.Context(), key.ID); vitrine.CodeOf(err) != vitrine.CodeUnauthorized || caller.Operates {
				t.Errorf("a revoked key of %v is let in as %+v, %v", test.scopes, caller, err)
			}
		}
		for _, scopes := range [][]string{{gallery.ScopeOperator}, {"caas:classifieds:read", gallery.ScopeOperator}} {
			if _, _, err := f.CreateKey(t.Context(), "ops", scopes...); vitrine.CodeOf(err) != vitrine.CodeInvalid {
				t.Errorf("a key of %v: %v", scopes, err)
			}
		}
	})
}

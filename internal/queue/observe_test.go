package queue_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/tracing"
)

// testWaits looks at a lane that nobody works on, and at tasks that wait for
// their time.
func testWaits(r *rig) {
	begin := time.Now()
	r.enqueue(task("early"), task("later", withRunAt(begin.Add(time.Hour))))
	r.enqueue(task("next week", withRunAt(begin.Add(7*24*time.Hour)), func(t *queue.Task) { t.Lane = other }))
	poll(r.T, "a task that has waited", func() bool {
		waits, err := r.backend.Waits(r.Context())
		if err != nil {
			r.Fatal(err)
		}
		_, waiting := waits[other]
		if waits[lane] > time.Since(begin)+time.Second || waiting {
			r.Fatalf("the lanes wait for %v after %v", waits, time.Since(begin))
		}
		return waits[lane] > 50*time.Millisecond
	})
	r.work(1, succeed, neverDead)
	r.wantNext(`"early"`, 1)
	poll(r.T, "nothing that waits", func() bool {
		waits, err := r.backend.Waits(r.Context())
		if err != nil {
			r.Fatal(err)
		}
		return len(waits) == 0
	})
}

// A task runs in the trace of the context with which it was enqueued, or in its
// own, again after a failure; and it can be carried to another database with it.
func testTrace(r *rig) {
	const ours, told = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-11111111111111111111111111111111-2222222222222222-01"
	ctx := tracing.With(r.Context(), ours)
	own := task("own", withKey("k"))
	own.Trace = told
	err := r.db.Write(ctx, func(tx *store.Tx) error {
		return r.backend.Enqueue(ctx, tx, task("context's"), own)
	})
	if err != nil {
		r.Fatal(err)
	}
	r.enqueue(task("none"))
	traces := map[string]string{}
	if err := r.db.View(r.Context(), func(tx *store.Tx) error {
		for task, err := range r.backend.Unfinished(r.Context(), tx) {
			if err != nil {
				return err
			}
			traces[task.Key] += task.Trace
		}
		return nil
	}); err != nil {
		r.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"": ours, "k": told}, traces); diff != "" {
		r.Errorf("unfinished tasks have traces (-want +got)\n%s", diff)
	}

	var mu sync.Mutex
	got := map[string][]string{}
	stop := r.work(1, func(ctx context.Context, run *queue.Run) error {
		mu.Lock()
		defer mu.Unlock()
		got[string(run.Args)] = append(got[string(run.Args)], tracing.Text(ctx))
		if run.Attempt == 1 {
			return errors.New("once more")
		}
		return nil
	}, neverDead)
	for range 6 {
		r.next()
	}
	stop()
	want := map[string][]string{`"context's"`: {ours, ours}, `"own"`: {told, told}, `"none"`: {"", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("tasks ran in these traces (-want +got)\n%s", diff)
	}
}

// testOutcomes counts what becomes of runs.
func testOutcomes(r *rig) {
	var mu sync.Mutex
	got := map[queue.Outcome]int{}
	cfg := testConfig()
	cfg.Ended = func(_ string, outcome queue.Outcome, took time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		got[outcome]++
		if took < 0 {
			r.Errorf("a run took %v", took)
		}
	}
	r.db, r.backend = openBackend(r.T, r.url, cfg)
	deferred := false
	stop := r.work(1, func(ctx context.Context, run *queue.Run) error {
		switch string(run.Args) {
		case `"finishes"`:
			return r.db.Write(ctx, func(tx *store.Tx) error { return run.Finish(ctx, tx) })
		case `"later"`:
			if !deferred {
				deferred = true
				return queue.Later(0)
			}
		case `"fails"`:
			return errors.New("always")
		case `"lost"`:
			return queue.ErrLost
		case `"stops"`:
			<-ctx.Done()
			return context.Cause(ctx)
		}
		return nil
	}, succeed)
	r.enqueue(task("finishes"), task("later"), task("fails"), task("done"))
	r.wantUnfinished(0)
	r.enqueue(task("stops"), task("lost", func(t *queue.Task) { t.Lane = other }))
	poll(r.T, "the last runs", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return got[queue.Lost] == 1
	})
	for string(r.next().Args) != `"stops"` { // until it runs
	}
	stop()
	want := map[queue.Outcome]int{queue.Finished: 3, queue.Deferred: 1, queue.Failed: 3, queue.GivenUp: 1, queue.Lost: 1, queue.HandedBack: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("outcomes (-want +got)\n%s", diff)
	}
}

// poll waits until done says so.
func poll(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

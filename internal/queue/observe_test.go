package queue_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/tracing"
)

// testLoads looks at lanes in which tasks run, wait for a worker, and wait for
// their time.
func testLoads(r *rig) {
	begin := time.Now()
	r.enqueue(task("first"), task("second"), task("later", withRunAt(begin.Add(time.Hour))))
	r.enqueue(task("overdue", withRunAt(begin.Add(-time.Hour)), func(t *queue.Task) { t.Lane = other }))
	r.enqueue(task("next week", withRunAt(begin.Add(7*24*time.Hour)), func(t *queue.Task) { t.Lane = other }))
	awaitLoads(r, "tasks that have waited", func(loads map[queue.Lane]queue.Load) bool {
		if waited := loads[lane].Wait; waited > time.Since(begin)+time.Second {
			r.Fatalf("a task has waited for %v after %v", waited, time.Since(begin))
		}
		waited := loads[lane].Wait > 50*time.Millisecond && loads[other].Wait > 50*time.Millisecond
		wantCounts(r, loads, map[queue.Lane]queue.Load{lane: {Waiting: 2, Later: 1}, other: {Waiting: 1, Later: 1}})
		return waited
	})

	release := make(chan struct{})
	stop := r.work(1, func(_ context.Context, run *queue.Run) error {
		switch string(run.Args) {
		case `"first"`:
			<-release
		case `"overdue"`:
			return queue.Later(time.Hour)
		}
		return nil
	}, neverDead)
	awaitLoads(r, "the task that is put off", func(loads map[queue.Lane]queue.Load) bool { return loads[other].Later == 2 })
	awaitLoads(r, "the task that runs", func(loads map[queue.Lane]queue.Load) bool { return loads[lane].Running == 1 })
	loads := lookAtLoads(r)
	wantCounts(r, loads, map[queue.Lane]queue.Load{lane: {Running: 1, Waiting: 1, Later: 1}, other: {Later: 2}})
	if loads[other].Wait != 0 {
		r.Errorf("a lane in which nothing waits has waited for %v", loads[other].Wait)
	}
	close(release)
	awaitLoads(r, "nothing that waits", func(loads map[queue.Lane]queue.Load) bool { return loads[lane] == queue.Load{Later: 1} })
	stop()
}

func lookAtLoads(r *rig) map[queue.Lane]queue.Load {
	r.Helper()
	loads, err := r.backend.Loads(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	return loads
}

func awaitLoads(r *rig, what string, are func(map[queue.Lane]queue.Load) bool) {
	r.Helper()
	poll(r.T, what, func() bool { return are(lookAtLoads(r)) })
}

// wantCounts compares loads but for how long anything has waited.
func wantCounts(r *rig, got, want map[queue.Lane]queue.Load) {
	r.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(queue.Load{}, "Wait")); diff != "" {
		r.Fatalf("the lanes have (-want +got)\n%s", diff)
	}
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

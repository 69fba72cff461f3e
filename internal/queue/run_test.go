package queue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

func testRuns(r *rig) {
	r.enqueue(task(map[string]string{"a": "<ü>"}))
	stop := r.work(1, succeed, neverDead)
	run := r.next()
	if run.Kind != kind || run.ID == 0 || run.Attempt != 1 || run.LastError != "" {
		r.Errorf("ran %+v", run)
	}
	if got := strings.ReplaceAll(string(run.Args), " ", ""); got != `{"a":"<ü>"}` && got != `{"a":"\u003cü\u003e"}` {
		r.Errorf("args %s", got)
	}
	r.wantUnfinished(0)
	r.enqueue(task(1), task(2)) // to idle workers
	r.next()
	r.next()
	r.wantUnfinished(0)
	stop()
	if n := len(r.ran); n != 0 {
		r.Errorf("%d more runs", n)
	}
}

func testRolledBack(r *rig) {
	sorry := errors.New("sorry")
	err := r.db.Write(r.Context(), func(tx *store.Tx) error {
		return errors.Join(r.backend.Enqueue(r.Context(), tx, task(1)), sorry)
	})
	if !errors.Is(err, sorry) {
		r.Fatal(err)
	}
	r.wantUnfinished(0)
	r.enqueue(task(2))
	r.work(1, succeed, neverDead)
	r.wantNext("2", 1)
	r.wantUnfinished(0)
}

func testRefused(r *rig) {
	for name, bad := range map[string]queue.Task{
		"priority": task(1, withPriority(5)),
		"no kind":  task(1, withKind("")),
		"kind":     task(1, withKind("a b")),
		"args":     task(func() {}),
	} {
		err := r.db.Write(r.Context(), func(tx *store.Tx) error {
			return r.backend.Enqueue(r.Context(), tx, bad)
		})
		if err == nil {
			r.Errorf("%s: no error", name)
		}
	}
	handlers := queue.Handlers{Run: succeed, Dead: neverDead}
	if err := r.backend.Work(r.Context(), []queue.LaneWorkers{{Lane: lane}}, map[string]queue.Handlers{kind: handlers}); err == nil {
		r.Error("a lane without workers: no error")
	}
	handlers.Dead = nil
	if err := r.backend.Work(r.Context(), []queue.LaneWorkers{{Lane: lane, Workers: 1}}, map[string]queue.Handlers{kind: handlers}); err == nil {
		r.Error("a kind without Dead: no error")
	}
}

func testOrder(r *rig) {
	for i, priority := range []int{4, 2, 1, 3, 2, 1, 4} {
		r.enqueue(task(10*priority+i, withPriority(priority)))
	}
	r.work(1, succeed, neverDead)
	var got []string
	for range 7 {
		run := r.next()
		got = append(got, string(run.Args))
	}
	if want := []string{"12", "15", "21", "24", "33", "40", "46"}; !slices.Equal(got, want) {
		r.Errorf("ran in order %v, want %v", got, want)
	}
}

func testRunAt(r *rig) {
	at := time.Now().Add(300 * time.Millisecond).Truncate(time.Millisecond)
	r.work(2, func(context.Context, *queue.Run) error {
		if now := time.Now(); now.Before(at) {
			r.Errorf("ran %v too early", at.Sub(now))
		}
		return nil
	}, neverDead)
	r.enqueue(task(1, withRunAt(at)))
	r.wantNext("1", 1)
	r.wantUnfinished(0)
}

func testAgain(r *rig) {
	r.enqueue(task(1))
	r.work(1, func(_ context.Context, run *queue.Run) error {
		switch run.Attempt {
		case 1:
			return queue.Again(time.Millisecond, errors.New("too many"))
		case 2:
			return errors.New("oh \xff") // broken UTF-8 can't be stored as it is
		}
		return nil
	}, neverDead)
	r.wantNext("1", 1)
	if run := r.wantNext("1", 2); run.LastError != "too many" {
		r.Errorf("last error %q", run.LastError)
	}
	if run := r.wantNext("1", 3); !strings.HasPrefix(run.LastError, "oh ") {
		r.Errorf("last error %q", run.LastError)
	}
	r.wantUnfinished(0)
}

func testLater(r *rig) {
	r.enqueue(task(1))
	var calls atomic.Int64
	r.work(1, func(context.Context, *queue.Run) error {
		if calls.Add(1) < 5 { // more often than the attempts that are allowed
			return queue.Later(time.Millisecond)
		}
		return nil
	}, neverDead)
	for range 5 {
		r.wantNext("1", 1)
	}
	r.wantUnfinished(0)
}

// After its last attempt the task is given to Dead, until that has done its
// work.
func testDead(r *rig) {
	r.enqueue(task(1))
	var told atomic.Int64
	r.work(1, func(context.Context, *queue.Run) error { return errors.New("hopeless") },
		func(ctx context.Context, run *queue.Run) error {
			if told.Add(1) == 1 {
				return errors.New("not now")
			}
			return r.db.Write(ctx, func(tx *store.Tx) error { return run.Finish(ctx, tx) })
		})
	r.wantNext("1", 1)
	r.wantNext("1", 2)
	r.wantNext("1", 3)
	if dead := r.wantNext("1", 3); dead.LastError != "hopeless" {
		r.Errorf("last error %q", dead.LastError)
	}
	r.wantNext("1", 3)
	r.wantUnfinished(0)
	if told.Load() != 2 {
		r.Errorf("Dead was told %d times", told.Load())
	}
}

func testPanic(r *rig) {
	r.enqueue(task(1))
	r.work(1, func(_ context.Context, run *queue.Run) error {
		if run.Attempt == 1 {
			panic("oh")
		}
		return nil
	}, neverDead)
	r.wantNext("1", 1)
	if run := r.wantNext("1", 2); run.LastError != "panic: oh" {
		r.Errorf("last error %q", run.LastError)
	}
	r.wantUnfinished(0)
}

func testUnknownKind(r *rig) {
	r.enqueue(task(1, withKind("of_tomorrow")), task(2))
	r.work(1, succeed, neverDead)
	r.wantNext("2", 1)
	r.wantUnfinished(1)
}

// Every task is run once, however many workers there are, and never by two of
// them at once.
func testNeverTwiceAtOnce(r *rig) {
	const tasks = 150
	var all []queue.Task
	for i := range tasks {
		all = append(all, task(i))
	}
	var running sync.Map
	handler := func(ctx context.Context, run *queue.Run) error {
		if _, twice := running.LoadOrStore(run.ID, true); twice {
			r.Errorf("task %d runs twice", run.ID)
		}
		defer running.Delete(run.ID)
		return r.db.Write(ctx, func(tx *store.Tx) error {
			if err := run.Finish(ctx, tx); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `insert into thing (id) values ($1)`, run.ID)
			return err
		})
	}
	r.work(5, handler, neverDead)
	r.work(5, handler, neverDead)
	r.enqueue(all[:tasks/2]...)
	for _, task := range all[tasks/2:] {
		r.enqueue(task)
	}
	r.wantUnfinished(0)
	if n, distinct := r.count(`select count(*) from thing`), r.count(`select count(distinct id) from thing`); n != tasks || distinct != tasks {
		r.Errorf("%d runs of %d tasks, want %d", n, distinct, tasks)
	}
}

func TestDefaultBackoff(t *testing.T) {
	t.Parallel()
	cfg := queue.DefaultConfig(nil, nil)
	for attempt, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 11: 10 * time.Minute, 1000: 10 * time.Minute} {
		if got := cfg.Backoff(attempt); got != want {
			t.Errorf("after attempt %d: %v, want %v", attempt, got, want)
		}
	}
}

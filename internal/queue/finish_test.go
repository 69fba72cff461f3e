package queue_test

import (
	"context"
	"errors"
	"time"

	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

func testKeyWaiting(r *rig) {
	r.enqueue(task(1, withKey("a")), task(2, withKey("a")), task(3, withKey("b")), task(4), task(5))
	r.enqueue(task(6, withKey("a")))
	r.wantUnfinished(4)
	r.work(1, succeed, neverDead)
	for _, args := range []string{"1", "3", "4", "5"} {
		r.wantNext(args, 1)
	}
	r.wantUnfinished(0)
	r.enqueue(task(7, withKey("a"))) // free again
	r.wantNext("7", 1)
	r.wantUnfinished(0)
}

func testKeyRunning(r *rig) {
	r.enqueue(task(1, withKey("a")))
	release := make(chan struct{})
	r.work(2, func(_ context.Context, run *queue.Run) error {
		if run.Attempt == 1 {
			<-release
			return errors.New("once more")
		}
		return nil
	}, neverDead)
	r.wantNext("1", 1)
	r.enqueue(task(2, withKey("a")))
	r.wantUnfinished(1)
	close(release)
	r.wantNext("1", 2)
	r.wantUnfinished(0)
}

// Work that is absorbed by a running task is seen by it: its Finish comes
// after the commit of the transaction that enqueued.
func testKeyFinishesAfterCommit(r *rig) {
	r.enqueue(task(1, withKey("a")))
	enqueued, finished := make(chan struct{}), make(chan struct{})
	seen := -1
	r.work(1, func(ctx context.Context, run *queue.Run) error {
		<-enqueued
		defer close(finished)
		return r.db.Write(ctx, func(tx *store.Tx) error {
			if err := run.Finish(ctx, tx); err != nil {
				return err
			}
			return tx.QueryRow(ctx, `select count(*) from thing`).Scan(&seen)
		})
	}, neverDead)
	r.wantNext("1", 1)
	if err := r.db.Write(r.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(r.Context(), `insert into thing (id) values (1)`); err != nil {
			return err
		}
		if err := r.backend.Enqueue(r.Context(), tx, task(2, withKey("a"))); err != nil {
			return err
		}
		close(enqueued)
		select {
		case <-finished:
			r.Error("the task was finished before the commit of what it absorbed")
		case <-time.After(300 * time.Millisecond): // a broken queue has had its chance
		}
		return nil
	}); err != nil {
		r.Fatal(err)
	}
	r.wait("the task's end", finished)
	if seen != 1 {
		r.Errorf("the task saw %d rows, want 1", seen)
	}
	r.wantUnfinished(0)
}

// The rows and the end of the task are written together or not at all.
func testFinishIsAtomic(r *rig) {
	r.enqueue(task(1))
	r.work(1, func(ctx context.Context, run *queue.Run) error {
		return r.db.Write(ctx, func(tx *store.Tx) error {
			if err := run.Finish(ctx, tx); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `insert into thing (id) values (1)`); err != nil {
				return err
			}
			if run.Attempt == 1 {
				return errors.New("roll back")
			}
			return nil
		})
	}, neverDead)
	r.wantNext("1", 1)
	r.wantNext("1", 2)
	r.wantUnfinished(0)
	if n := r.count(`select count(*) from thing`); n != 1 {
		r.Errorf("%d rows, want 1", n)
	}
}

// A worker that lost its task to another one can't finish it,
func testLateWorkerFinishes(r *rig) {
	testLateWorker(r, func(ctx context.Context, run *queue.Run) error {
		err := r.db.Write(ctx, func(tx *store.Tx) error {
			if err := run.Finish(ctx, tx); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `insert into thing (id) values (1)`)
			return err
		})
		if !errors.Is(err, queue.ErrLost) {
			r.Errorf("the late worker's Finish gave %v", err)
		}
		return err
	})
}

// nor end it by its return, well
func testLateWorkerReturnsNil(r *rig) { testLateWorker(r, succeed) }

// or badly.
func testLateWorkerFails(r *rig) {
	testLateWorker(r, func(context.Context, *queue.Run) error { return errors.New("sorry") })
}

func testLateWorker(r *rig, late queue.Handler) {
	r.enqueue(task(1))
	lateGo, lateStop, nextGo := make(chan struct{}), make(chan struct{}), make(chan struct{})
	stopLate := r.work(1, func(ctx context.Context, run *queue.Run) error {
		defer close(lateStop)
		<-lateGo
		return late(ctx, run)
	}, neverDead)
	r.wantNext("1", 1)
	r.steal()
	r.work(1, func(ctx context.Context, run *queue.Run) error {
		<-nextGo
		return r.db.Write(ctx, func(tx *store.Tx) error { return run.Finish(ctx, tx) })
	}, neverDead)
	r.wantNext("1", 2)
	close(lateGo)
	r.wait("the late worker", lateStop)
	stopLate()
	r.wantUnfinished(1)
	close(nextGo)
	r.wantUnfinished(0)
	if n := r.count(`select count(*) from thing`); n != 0 {
		r.Error("the late worker has written")
	}
	if n := len(r.ran); n != 0 {
		r.Errorf("%d more runs", n)
	}
}

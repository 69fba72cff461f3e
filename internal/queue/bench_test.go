package queue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// BenchmarkTasks is tasks that do nothing but finish in a transaction, enqueued
// as a listing's are, 20 in one transaction, and taken by 16 workers.
func BenchmarkTasks(b *testing.B) {
	b.Run("embedded", func(b *testing.B) { tasks(b, "sqlite://"+b.TempDir()+"/vitrine.db") })
	b.Run("river", func(b *testing.B) { tasks(b, pgtest.Start(b)) })
}

func tasks(b *testing.B, url string) {
	const count, batch, workers = 1000, 20, 16
	db, backend := openBackend(b, url, testConfig())
	var enqueueing, working time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		began := time.Now()
		for range count / batch {
			some := make([]queue.Task, batch)
			for i := range some {
				some[i] = task(i)
			}
			if err := db.Write(b.Context(), func(tx *store.Tx) error { return backend.Enqueue(b.Context(), tx, some...) }); err != nil {
				b.Fatal(err)
			}
		}
		enqueueing += time.Since(began)

		ctx, stop := context.WithCancel(b.Context())
		var done atomic.Int64
		ended := make(chan time.Time, 1)
		finish := func(ctx context.Context, run *queue.Run) error {
			err := db.Write(ctx, func(tx *store.Tx) error { return run.Finish(ctx, tx) })
			if err == nil && done.Add(1) == count {
				ended <- time.Now()
				stop()
			}
			return err
		}
		began = time.Now()
		err := backend.Work(ctx, []queue.LaneWorkers{{Lane: lane, Workers: workers}}, map[string]queue.Handlers{kind: {Run: finish, Dead: neverDead}})
		if err != nil {
			b.Fatal(err)
		}
		working += (<-ended).Sub(began)
	}
	b.ReportMetric(float64(rounds*count)/working.Seconds(), "tasks/s")
	b.ReportMetric(float64(rounds*count)/enqueueing.Seconds(), "enqueued/s")
}

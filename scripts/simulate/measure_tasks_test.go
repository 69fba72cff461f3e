package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

const (
	taskCount   = 2000 // that are timed
	taskWorkers = 16
	taskBatch   = 20 // enqueued in one transaction, as by the PUT of a new listing
)

// BenchmarkTasks is River with tasks that do nothing but finish in a
// transaction, taken from a short lane and from one of -depth tasks.
func BenchmarkTasks(b *testing.B) {
	log := slog.New(slog.DiscardHandler)
	var measured []Tasks
	for b.Loop() {
		measured = nil
		for _, waiting := range []int{taskCount, max(taskCount, *depth)} {
			var perSecond, cpu, enqueue []float64
			for range *rounds {
				t := runTasks(b, log, waiting)
				perSecond, cpu, enqueue = append(perSecond, t.PerSecond), append(cpu, t.DatabaseMillis), append(enqueue, t.EnqueueMillis)
			}
			measured = append(measured, Tasks{waiting, median(perSecond), median(cpu), median(enqueue)})
		}
	}
	b.ReportMetric(measured[0].PerSecond, "tasks/s")
	b.ReportMetric(measured[0].DatabaseMillis, "database-cpu-ms/task")
	b.ReportMetric(measured[1].PerSecond, "tasks/s-deep")
	record(b, func(m *Measured) { m.Tasks = measured })
}

// runTasks fills a lane and times the first of its tasks.
func runTasks(b *testing.B, log *slog.Logger, waiting int) Tasks {
	b.Helper()
	url := pgtest.Start(b)
	db, err := store.Open(b.Context(), url, log)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	backend, err := queue.New(b.Context(), db, queue.DefaultConfig(time.Now, log))
	if err != nil {
		b.Fatal(err)
	}
	_, server := connect(b, url)
	cpu := func() time.Duration {
		own, children := treeCPU(b, server)
		return own + children
	}
	t := Tasks{Depth: waiting}
	before := cpu()
	for n := 0; n < waiting; n += taskBatch {
		err := db.Write(b.Context(), func(tx *store.Tx) error {
			tasks := make([]queue.Task, taskBatch)
			for i := range tasks {
				tasks[i] = queue.Task{Kind: "idle", Args: n + i, Lane: "idle", Priority: 1 + i%2}
			}
			return backend.Enqueue(b.Context(), tx, tasks...)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	t.EnqueueMillis = millis(cpu()-before) / float64(waiting)

	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	var done atomic.Int64
	enough := make(chan time.Time, 1)
	run := func(ctx context.Context, run *queue.Run) error {
		err := db.Write(ctx, func(tx *store.Tx) error { return run.Finish(ctx, tx) })
		if err == nil && done.Add(1) == taskCount {
			enough <- time.Now()
			stop()
		}
		return err
	}
	before = cpu()
	began := time.Now()
	if err := backend.Work(ctx, []queue.LaneWorkers{{Lane: "idle", Workers: taskWorkers}}, map[string]queue.Handlers{"idle": {Run: run, Dead: run}}); err != nil {
		b.Fatal(err)
	}
	t.DatabaseMillis = millis(cpu()-before) / float64(done.Load())
	t.PerSecond = taskCount / (<-enough).Sub(began).Seconds()
	return t
}

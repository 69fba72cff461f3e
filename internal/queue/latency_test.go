package queue_test

import (
	"context"
	"testing"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// BenchmarkLatency is the time from the begin of the transaction that enqueues
// to the end of the run by an idle worker.
func BenchmarkLatency(b *testing.B) {
	b.Run("embedded", func(b *testing.B) { latency(b, "sqlite://"+b.TempDir()+"/vitrine.db") })
	b.Run("river", func(b *testing.B) { latency(b, pgtest.Start(b)) })
}

func latency(b *testing.B, url string) {
	db, backend := openBackend(b, url, testConfig())
	ctx, cancel := context.WithCancel(b.Context())
	ran, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		ended <- backend.Work(ctx, []queue.LaneWorkers{{Lane: lane, Workers: 4}}, map[string]queue.Handlers{kind: {
			Run:  func(context.Context, *queue.Run) error { ran <- struct{}{}; return nil },
			Dead: neverDead,
		}})
	}()
	enqueue := func() {
		if err := db.Write(ctx, func(tx *store.Tx) error { return backend.Enqueue(ctx, tx, task(1)) }); err != nil {
			b.Fatal(err)
		}
		<-ran
	}
	enqueue()
	for b.Loop() {
		enqueue()
	}
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

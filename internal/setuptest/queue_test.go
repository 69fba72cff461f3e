package setuptest_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/setuptest"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Tasks run as they become due by the clock of the test.
func TestQueue(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	db, _ := setuptest.Open(t, log)
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	tasks := setuptest.Queue(t, db, queue.DefaultConfig(now, log))
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		return tasks.Enqueue(t.Context(), tx,
			queue.Task{Kind: "paint", Lane: "wide", Priority: 1, Args: "third", RunAt: now().Add(48 * time.Hour)},
			queue.Task{Kind: "paint", Lane: "wide", Priority: 1, Args: "second", RunAt: now().Add(24 * time.Hour)},
			queue.Task{Kind: "paint", Lane: "wide", Priority: 1, Args: "first"})
	})
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan string, 3)
	tell := func(_ context.Context, run *queue.Run) error {
		ran <- string(run.Args)
		return nil
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- tasks.Work(ctx, []queue.LaneWorkers{{Lane: "wide", Workers: 1}}, map[string]queue.Handlers{"paint": {Run: tell, Dead: tell}})
	}()
	for _, want := range []string{`"first"`, `"second"`, `"third"`} {
		select {
		case got := <-ran:
			if got != want {
				t.Errorf("%s ran, want %s", got, want)
			}
		case <-time.After(time.Minute):
			t.Errorf("%s doesn't run", want)
		}
		ahead.Add(int64(25 * time.Hour))
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

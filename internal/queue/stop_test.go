package queue_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/queue"
)

// What a stop interrupts goes back as if it had not been begun.
func testStopHandsBack(r *rig) {
	r.enqueue(task(1), task(2))
	stop := r.work(1, func(ctx context.Context, _ *queue.Run) error {
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), queue.ErrStopping) {
			r.Errorf("cancelled because of %v", context.Cause(ctx))
		}
		return ctx.Err()
	}, neverDead)
	r.wantNext("1", 1)
	stop()
	r.wantUnfinished(2)
	r.work(1, succeed, neverDead)
	r.wantNext("1", 1)
	r.wantNext("2", 1)
	r.wantUnfinished(0)
}

// A worker that is told to stop before it has begun ends like any other.
func testStopBeforeBegin(r *rig) {
	r.enqueue(task(1))
	stopped, stop := context.WithCancel(r.Context())
	stop()
	handlers := map[string]queue.Handlers{kind: {Run: succeed, Dead: neverDead}}
	if err := r.backend.Work(stopped, []queue.LaneWorkers{{Lane: lane, Workers: 1}}, handlers); err != nil {
		r.Errorf("it ended with %v", err)
	}
	r.wantUnfinished(1)
}

// A handler that ends within the grace period is not disturbed, and the stop
// waits for it.
func testStopLetsFinish(r *rig) {
	cfg := testConfig()
	cfg.Grace = time.Minute
	r.db, r.backend = openBackend(r.T, r.url, cfg)
	r.enqueue(task(1), task(2))
	release := make(chan struct{})
	stop := r.work(1, func(ctx context.Context, _ *queue.Run) error {
		<-release
		if ctx.Err() != nil {
			r.Errorf("cancelled because of %v", context.Cause(ctx))
		}
		return nil
	}, neverDead)
	r.wantNext("1", 1)
	time.AfterFunc(100*time.Millisecond, func() { close(release) })
	stop()
	r.wantUnfinished(1)
	if n := len(r.ran); n != 0 {
		r.Errorf("%d tasks begun after the stop", n)
	}
}

// The task of a process that was killed runs again elsewhere, and counts.
func testKilledProcess(r *rig) {
	r.enqueue(task(1))
	victim := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	victim.Env = append(os.Environ(), "QUEUE_VICTIM="+r.url)
	out, err := victim.StdoutPipe()
	if err != nil {
		r.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		r.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "running 1" {
		r.Errorf("the victim said %q, %v", lines.Text(), lines.Err())
	}
	if err := victim.Process.Kill(); err != nil {
		r.Error(err)
	}
	_ = victim.Wait() // killed, as wanted

	r.work(1, succeed, neverDead)
	if run := r.wantNext("1", 2); run.LastError == "" {
		r.Error("the second run does not know why the first one ended")
	}
	r.wantUnfinished(0)
}

// TestVictim is the process that testKilledProcess kills.
func TestVictim(t *testing.T) {
	url := os.Getenv("QUEUE_VICTIM")
	if url == "" {
		return // only ever run by testKilledProcess
	}
	r := &rig{T: t, url: url, ran: make(chan queue.Run, 1)}
	r.db, r.backend = openBackend(t, url, testConfig())
	r.work(1, func(_ context.Context, run *queue.Run) error {
		fmt.Printf("running %d\n", run.Attempt)
		select {}
	}, neverDead)
	select {}
}

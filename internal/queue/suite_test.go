package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// The suite is what both backends promise. Each test has a database of its own.
func TestQueueEmbedded(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "vitrine.db") })
}

func TestQueueRiver(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T) string { return pgtest.Start(t) })
}

func suite(t *testing.T, newURL func(*testing.T) string) {
	tests := map[string]func(*rig){
		"runs":                      testRuns,
		"rolled back":               testRolledBack,
		"refused":                   testRefused,
		"order":                     testOrder,
		"run at":                    testRunAt,
		"again":                     testAgain,
		"later":                     testLater,
		"dead":                      testDead,
		"panic":                     testPanic,
		"unknown kind":              testUnknownKind,
		"key while waiting":         testKeyWaiting,
		"key while running":         testKeyRunning,
		"key finishes after commit": testKeyFinishesAfterCommit,
		"finish is atomic":          testFinishIsAtomic,
		"late worker finishes":      testLateWorkerFinishes,
		"late worker returns nil":   testLateWorkerReturnsNil,
		"late worker fails":         testLateWorkerFails,
		"stop hands back":           testStopHandsBack,
		"stop before it begins":     testStopBeforeBegin,
		"stop lets finish":          testStopLetsFinish,
		"never twice at once":       testNeverTwiceAtOnce,
		"killed process":            testKilledProcess,
		"unfinished":                testUnfinished,
		"loads":                     testLoads,
		"trace travels":             testTrace,
		"outcomes":                  testOutcomes,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(newRig(t, newURL(t)))
		})
	}
}

// rig is a backend, and what its handlers did.
type rig struct {
	*testing.T
	url     string
	db      *store.DB
	backend queue.Backend
	ran     chan queue.Run // each call of a handler
}

const (
	kind             = "paint"
	lane  queue.Lane = "wide"
	other queue.Lane = "narrow"
)

// testConfig is quick, and gives up early.
func testConfig() queue.Config {
	cfg := queue.DefaultConfig(time.Now, slog.New(slog.DiscardHandler))
	cfg.MaxAttempts = 3
	cfg.Backoff = func(int) time.Duration { return time.Millisecond }
	cfg.Grace = 50 * time.Millisecond
	cfg.Lease = 2 * time.Second
	return cfg
}

func newRig(t *testing.T, url string) *rig {
	t.Helper()
	r := &rig{T: t, url: url, ran: make(chan queue.Run, 1000)}
	r.db, r.backend = openBackend(t, url, testConfig())
	r.write(`create table thing (id bigint)`)
	return r
}

func openBackend(t testing.TB, url string, cfg queue.Config) (*store.DB, queue.Backend) {
	t.Helper()
	db, err := store.Open(t.Context(), url, cfg.Log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	backend, err := queue.New(t.Context(), db, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return db, backend
}

// task is one to enqueue, with some fields changed.
func task(args any, change ...func(*queue.Task)) queue.Task {
	task := queue.Task{Kind: kind, Args: args, Lane: lane, Priority: 2}
	for _, c := range change {
		c(&task)
	}
	return task
}

func withKey(key string) func(*queue.Task)     { return func(t *queue.Task) { t.Key = key } }
func withPriority(p int) func(*queue.Task)     { return func(t *queue.Task) { t.Priority = p } }
func withKind(kind string) func(*queue.Task)   { return func(t *queue.Task) { t.Kind = kind } }
func withRunAt(at time.Time) func(*queue.Task) { return func(t *queue.Task) { t.RunAt = at } }

func (r *rig) enqueue(tasks ...queue.Task) {
	r.Helper()
	if err := r.db.Write(r.Context(), func(tx *store.Tx) error {
		return r.backend.Enqueue(r.Context(), tx, tasks...)
	}); err != nil {
		r.Fatal(err)
	}
}

// work runs tasks until stop is called, or the test ends. Each call of a
// handler is told on ran.
func (r *rig) work(workers int, run, dead queue.Handler) (stop func()) {
	r.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	tell := func(h queue.Handler) queue.Handler {
		return func(ctx context.Context, run *queue.Run) error {
			r.ran <- *run
			return h(ctx, run)
		}
	}
	go func() {
		ended <- r.backend.Work(ctx, []queue.LaneWorkers{{Lane: lane, Workers: workers}, {Lane: other, Workers: 1}},
			map[string]queue.Handlers{kind: {Run: tell(run), Dead: tell(dead)}})
	}()
	stopped := false
	stop = func() {
		r.Helper()
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				r.Errorf("Work: %v", err)
			}
		case <-time.After(time.Minute):
			r.Error("Work does not end")
		}
	}
	r.Cleanup(stop)
	return stop
}

func succeed(context.Context, *queue.Run) error { return nil }

func neverDead(context.Context, *queue.Run) error { return errors.New("this test has no dead task") }

// next waits for a handler to be called.
func (r *rig) next() queue.Run {
	r.Helper()
	select {
	case run := <-r.ran:
		return run
	case <-time.After(time.Minute):
		r.Fatal("no task was run")
		panic("unreachable")
	}
}

func (r *rig) wantNext(args string, attempt int) queue.Run {
	r.Helper()
	run := r.next()
	if string(run.Args) != args || run.Attempt != attempt {
		r.Fatalf("ran %s, attempt %d; want %s, attempt %d", run.Args, run.Attempt, args, attempt)
	}
	return run
}

// wait waits for something that a handler does.
func (r *rig) wait(what string, c <-chan struct{}) {
	r.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		r.Fatalf("waited in vain for %s", what)
	}
}

// wantUnfinished polls until that many tasks are not finished.
func (r *rig) wantUnfinished(want int) {
	r.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		loads, err := r.backend.Loads(r.Context())
		if err != nil {
			r.Fatal(err)
		}
		got := 0
		for _, load := range loads {
			got += load.Tasks()
		}
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			r.Fatalf("%d unfinished tasks, want %d", got, want)
		}
	}
}

func (r *rig) count(query string) (n int) {
	r.Helper()
	if err := r.db.View(r.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(r.Context(), query).Scan(&n)
	}); err != nil {
		r.Fatal(err)
	}
	return n
}

func (r *rig) write(query string) {
	r.Helper()
	if err := r.db.Write(r.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(r.Context(), query)
		return err
	}); err != nil {
		r.Fatal(err)
	}
}

// steal makes the running task available, as when its worker was taken for
// dead.
func (r *rig) steal() {
	r.Helper()
	if r.db.Engine() == store.Postgres {
		r.write(`update river_job set state = 'available' where state = 'running'`)
		return
	}
	r.write(`update queue_task set worker = '' where worker <> ''`)
}

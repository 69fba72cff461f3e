// Package queue runs tasks that were enqueued in the transaction of the rows
// they are about: no task without its row, no row without its task.
//
// A task runs at least once. It may run again after a crash, so that a handler
// writes its outcome in one transaction together with Run.Finish, which fails
// when another worker has the task by then: a late worker loses.
//
// Two backends keep one contract: Embedded in the SQLite database of one
// process, and River in the PostgreSQL database of many nodes.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"regexp"
	"time"

	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/tracing"
)

// Lane is a line of tasks that wait for the same kind of worker.
type Lane string

// Task is something to do.
type Task struct {
	Kind     string // which handlers run it
	Args     any    // JSON
	Lane     Lane
	Priority int       // 1 (first) to 4
	RunAt    time.Time // not before; zero: at once
	// Key, unless empty, keeps the same work from being done twice: the task
	// is dropped when there is an unfinished one, waiting or running, of the
	// same kind and key. The running one's Run.Finish then waits for, and comes
	// after, the commit of the transaction that enqueued: a handler that looks
	// for work after Finish, in its transaction, sees what was written there.
	Key string
	// Trace is the trace to which the task belongs, as tracing.Text has it; "" is
	// that of the context with which it is enqueued. Handlers run in it. A task
	// that is dropped for its key leaves the other its own.
	Trace string
}

// Backend keeps tasks and runs them. It is safe for concurrent use.
type Backend interface {
	// Enqueue adds tasks in the transaction of the rows they are about, and
	// wakes workers once it is committed.
	Enqueue(ctx context.Context, tx *store.Tx, tasks ...Task) error

	// Loads tells what the lanes have to do that have anything, in the whole
	// installation.
	Loads(ctx context.Context) (map[Lane]Load, error)

	// Work runs tasks until ctx is done. Then it takes no more, gives the
	// handlers Config.Grace to end, cancels their contexts with the cause
	// ErrStopping, waits for them, and hands back what they did not finish. It
	// returns nil after such a stop, or ErrStuck when handlers still ran.
	//
	// Tasks of kinds that have no handlers here wait for a worker that has.
	Work(ctx context.Context, lanes []LaneWorkers, handlers map[string]Handlers) error

	// Unfinished gives all tasks that wait or run, as they were enqueued, the
	// most urgent first. One that failed has the time of its next run. No other
	// statement of the transaction may run meanwhile. An error is the last pair.
	Unfinished(ctx context.Context, tx *store.Tx) iter.Seq2[Task, error]
}

// LaneWorkers is how many tasks of a lane run at one time in this process.
type LaneWorkers struct {
	Lane    Lane
	Workers int
}

// Handlers do the tasks of one kind.
type Handlers struct {
	// Run does the task.
	Run Handler
	// Dead is told, in place of another Run, that the task has failed, or its
	// process died, Config.MaxAttempts times. It is called until it returns nil.
	Dead Handler
}

// Handler does a task. What it returns decides what becomes of the task:
//
//   - nil: it is finished, if Run.Finish has not done that yet.
//   - Again: it runs again after that time; the attempt counts.
//   - Later: it runs again after that time; the attempt does not count.
//   - ErrLost: nothing, another worker has it.
//   - any other error, and a panic: it failed, and runs again after
//     Config.Backoff.
//
// When ctx was cancelled with the cause ErrStopping any error hands the task
// back, uncounted and available at once. A handler bounds its own time.
type Handler func(ctx context.Context, run *Run) error

// Run is one attempt at a task.
type Run struct {
	ID        int64
	Kind      string
	Args      json.RawMessage
	Attempt   int    // 1 for the first; for Dead: how many there were
	LastError string // why the attempt before did not finish the task, "" for the first

	trace    string // Task.Trace
	turn     int64  // attempts begun and counted, with this one: the fencing token, with worker
	worker   string // who runs it
	finisher finisher
	finished bool // Finish was committed
}

// finisher ends the task of a run, or only looks, if the run still has it; else
// it gives ErrLost.
type finisher interface {
	finish(ctx context.Context, tx *store.Tx, run *Run) error
	hold(ctx context.Context, tx *store.Tx, run *Run) error
}

// Finish ends the task in the transaction that writes its outcome. ErrLost
// means that another worker has the task by now: the transaction must be rolled
// back. It should come first in the transaction (see Task.Key).
func (r *Run) Finish(ctx context.Context, tx *store.Tx) error {
	if err := r.finisher.finish(ctx, tx, r); err != nil {
		return err
	}
	tx.OnCommit(func() { r.finished = true })
	return nil
}

// Held makes sure that the run still has its task when the transaction commits,
// for what a handler writes on the way to its outcome. ErrLost means that it
// has not: the transaction must be rolled back.
func (r *Run) Held(ctx context.Context, tx *store.Tx) error { return r.finisher.hold(ctx, tx, r) }

// The errors that callers and handlers tell apart.
var (
	// ErrLost means that the run has lost its task to another worker: it took
	// too long to show that it is alive.
	ErrLost = errors.New("queue: task was lost to another worker")
	// ErrStopping is why the context of a handler was cancelled.
	ErrStopping = errors.New("queue: stopping")
	// ErrStuck means that handlers did not return after the end. Their tasks
	// have been handed back.
	ErrStuck = errors.New("queue: handlers did not stop")
)

// Config is how a backend behaves. Start from DefaultConfig.
type Config struct {
	Now         func() time.Time
	Log         *slog.Logger
	MaxAttempts int                             // failures and crashes after which Dead is told
	Backoff     func(attempt int) time.Duration // the pause after that many failures
	Grace       time.Duration                   // for handlers to end in when stopping
	Lease       time.Duration                   // a process not heard of for so long is dead

	Tracer *tracing.Tracer // begins a span for each run of a task that has a trace
	// Ended, unless nil, is told what became of each run, and how long its
	// handler took.
	Ended func(kind string, outcome Outcome, took time.Duration)
}

// DefaultConfig allows 10 attempts with pauses of 1 s, doubled up to 10 min; it
// gives handlers 20 s to end, and notices a dead process after 30 s.
func DefaultConfig(now func() time.Time, log *slog.Logger) Config {
	return Config{
		Now:         now,
		Log:         log,
		MaxAttempts: 10,
		Backoff:     func(attempt int) time.Duration { return min(time.Second<<min(attempt-1, 20), 10*time.Minute) },
		Grace:       20 * time.Second,
		Lease:       30 * time.Second,
	}
}

// New gives the backend that goes with the database.
func New(ctx context.Context, db *store.DB, cfg Config) (Backend, error) {
	if db.Engine() == store.Postgres {
		return NewRiver(ctx, db, cfg)
	}
	return NewEmbedded(db, cfg), nil
}

// names is what both backends take as the name of a kind or a lane.
var names = regexp.MustCompile(`^[a-z][a-z0-9_]{1,63}$`)

// traceOf is the trace of a task that is enqueued with ctx.
func traceOf(ctx context.Context, task Task) string {
	if task.Trace != "" {
		return task.Trace
	}
	return tracing.Text(ctx)
}

// encode checks a task and gives its arguments as JSON.
func (t Task) encode() ([]byte, error) {
	if !names.MatchString(t.Kind) || !names.MatchString(string(t.Lane)) {
		return nil, fmt.Errorf("enqueue: kind %q or lane %q is not a name", t.Kind, t.Lane)
	}
	if t.Priority < 1 || t.Priority > 4 {
		return nil, fmt.Errorf("enqueue %s: priority %d is not 1 to 4", t.Kind, t.Priority)
	}
	args, err := json.Marshal(t.Args)
	if err != nil {
		return nil, fmt.Errorf("enqueue %s: %w", t.Kind, err)
	}
	return args, nil
}

package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/vitrine-media/vitrine/internal/store"
)

// River is a Backend on PostgreSQL for any number of nodes. River keeps the
// tasks, hands them out, wakes the nodes and tidies up; what becomes of a task
// after a run is written here, because River lets a late worker win: it sets
// the state of whatever run is under way.
type River struct {
	db     *store.DB
	cfg    Config
	client *river.Client[pgx.Tx] // only enqueues
}

// NewRiver brings River's tables up to date and makes a River.
func NewRiver(ctx context.Context, db *store.DB, cfg Config) (*River, error) {
	driver := riverpgxv5.New(db.Pool())
	err := db.Alone(ctx, "river migrations", func() error {
		migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: cfg.Log})
		if err != nil {
			return err
		}
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("migrate River: %w", err)
	}
	client, err := river.NewClient(driver, &river.Config{Logger: cfg.Log})
	if err != nil {
		return nil, fmt.Errorf("make River client: %w", err)
	}
	return &River{db: db, cfg: cfg, client: client}, nil
}

// riverArgs is a task as River keeps it.
type riverArgs struct {
	kind string
	Key  string          `json:"key,omitempty" river:"unique"`
	Args json.RawMessage `json:"args"`
	// Trace makes no task another one: uniqueness looks at Key alone.
	Trace string `json:"trace,omitempty"`
}

// Kind tells River which worker does the job.
func (a riverArgs) Kind() string { return a.kind }

// unfinished are the states of a job in which its key is taken.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// Enqueue is described at Backend. A key that is taken locks its job until the
// commit: that is why Run.Finish of a running one comes after it.
func (r *River) Enqueue(ctx context.Context, tx *store.Tx, tasks ...Task) error {
	ptx, ok := tx.PgxTx()
	if !ok {
		return errors.New("enqueue: River needs PostgreSQL")
	}
	for _, task := range tasks {
		args, err := task.encode()
		if err != nil {
			return err
		}
		opts := &river.InsertOpts{
			Queue: string(task.Lane), Priority: task.Priority, ScheduledAt: task.RunAt,
			MaxAttempts: math.MaxInt16, // the crew counts, and tells Dead
		}
		if task.Key != "" {
			opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: unfinished}
		}
		if _, err := r.client.InsertTx(ctx, ptx, riverArgs{kind: task.Kind, Key: task.Key, Args: args, Trace: traceOf(ctx, task)}, opts); err != nil {
			return fmt.Errorf("enqueue %s: %w", task.Kind, err)
		}
		if err := wakeNodes(ctx, tx, task.Lane); err != nil {
			return err
		}
	}
	return nil
}

// wakeNodes tells all nodes to look at a lane once the transaction is
// committed. River does so itself, but not twice in a short while, even when
// the first message came too early for the second task; PostgreSQL drops
// duplicates within one transaction.
func wakeNodes(ctx context.Context, tx *store.Tx, lane Lane) error {
	payload, err := json.Marshal(map[string]Lane{"queue": lane})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `select pg_notify(current_schema() || '.river_insert', $1)`, payload); err != nil {
		return fmt.Errorf("wake lane %s: %w", lane, err)
	}
	return nil
}

// riverHeld is the condition that a run still has its job.
const riverHeld = ` where id = $1 and state = 'running' and attempted_by[array_length(attempted_by, 1)] = $2 and attempt = $3`

func (r *River) finish(ctx context.Context, tx *store.Tx, run *Run) error {
	n, err := tx.Exec(ctx, `update river_job set state = 'completed', finalized_at = to_timestamp($4::bigint / 1000.0)`+riverHeld,
		run.ID, run.worker, run.turn, store.Millis(r.cfg.Now()))
	if err == nil && n == 0 {
		return ErrLost
	}
	return err
}

func (r *River) hold(ctx context.Context, tx *store.Tx, run *Run) error {
	n, err := tx.Exec(ctx, `update river_job set state = state`+riverHeld, run.ID, run.worker, run.turn)
	if err == nil && n == 0 {
		return ErrLost
	}
	return err
}

// shortPause is up to which pause a job is left in the state available, whose
// time River looks at with each poll. Longer ones wait in the state retryable
// for its scheduler, which comes by every 5 s.
const shortPause = 5 * time.Second

// settle writes what became of a job.
func (r *River) settle(ctx context.Context, run *Run, v verdict) error {
	state := rivertype.JobStateAvailable
	if v.after > shortPause {
		state = rivertype.JobStateRetryable
	}
	now := r.cfg.Now()
	runAt := store.Millis(now.Add(v.after))
	return r.db.Write(ctx, func(tx *store.Tx) error {
		var n int64
		var err error
		switch v.fate {
		case finished:
			return r.finish(ctx, tx, run)
		case again:
			failure, marshalErr := attemptError(now, run.turn, v.cause)
			if marshalErr != nil {
				return marshalErr
			}
			n, err = tx.Exec(ctx, `update river_job set state = $4::text::river_job_state, scheduled_at = to_timestamp($5::bigint / 1000.0),
				errors = array_append(errors, $6::text::jsonb)`+riverHeld, run.ID, run.worker, run.turn, state, runAt, failure)
		case later:
			n, err = tx.Exec(ctx, `update river_job set state = $4::text::river_job_state, scheduled_at = to_timestamp($5::bigint / 1000.0),
				attempt = attempt - 1`+riverHeld, run.ID, run.worker, run.turn, state, runAt)
		case back:
			n, err = tx.Exec(ctx, `update river_job set state = 'available', attempt = attempt - 1`+riverHeld, run.ID, run.worker, run.turn)
		}
		if err != nil || n > 0 {
			return err
		}
		return ErrLost
	})
}

// attemptError is a failure in the form in which River keeps them.
func attemptError(at time.Time, attempt int64, cause string) ([]byte, error) {
	return json.Marshal(rivertype.AttemptError{At: at, Attempt: int(attempt), Error: cause})
}

// logger is what River writes its own log to.
func (r *River) logger() *slog.Logger { return r.cfg.Log.With("engine", "river") }

package queue

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vitrine-media/vitrine/internal/store"
)

// Embedded is a Backend in the SQLite database of the one process that runs
// its tasks. Other processes may enqueue.
type Embedded struct {
	db  *store.DB
	cfg Config
	id  string // begins the names of this process's workers

	mu      sync.Mutex
	waiting map[Lane]map[chan struct{}]bool // of each lane's workers, to wake them
}

// NewEmbedded makes an Embedded.
func NewEmbedded(db *store.DB, cfg Config) *Embedded {
	return &Embedded{db: db, cfg: cfg, id: rand.Text() + "/", waiting: make(map[Lane]map[chan struct{}]bool)}
}

// Enqueue is described at Backend.
func (e *Embedded) Enqueue(ctx context.Context, tx *store.Tx, tasks ...Task) error {
	for _, task := range tasks {
		args, err := task.encode()
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into queue_task (kind, task_key, lane, priority, args, run_at, enqueued_at, trace, attempt, worker, lease_until, last_error)
			values ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', 0, '')
			on conflict (kind, task_key) where task_key <> '' do nothing`,
			task.Kind, task.Key, task.Lane, task.Priority, args, store.Millis(task.RunAt), store.Millis(e.cfg.Now()), traceOf(ctx, task)); err != nil {
			return fmt.Errorf("enqueue %s: %w", task.Kind, err)
		}
		tx.OnCommit(func() { e.wake(task.Lane) })
	}
	return nil
}

// wake has each of the lane's workers in this process look for tasks.
func (e *Embedded) wake(lane Lane) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for worker := range e.waiting[lane] {
		select {
		case worker <- struct{}{}:
		default: // it has been told already
		}
	}
}

// listen gives a channel that has something in it once the lane was woken.
func (e *Embedded) listen(lane Lane) (woken chan struct{}, stop func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	woken = make(chan struct{}, 1)
	if e.waiting[lane] == nil {
		e.waiting[lane] = make(map[chan struct{}]bool)
	}
	e.waiting[lane][woken] = true
	return woken, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.waiting[lane], woken)
	}
}

// write is a transaction of one statement.
func (e *Embedded) write(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = e.db.Write(ctx, func(tx *store.Tx) error {
		n, err = tx.Exec(ctx, query, args...)
		return err
	})
	return n, err
}

// claim takes up to n tasks of a lane whose time has come, the most urgent
// first.
func (e *Embedded) claim(ctx context.Context, worker string, lane Lane, kinds []string, n int) (runs []*Run, err error) {
	known, err := json.Marshal(kinds)
	if err != nil {
		return nil, err
	}
	err = e.db.Write(ctx, func(tx *store.Tx) error {
		runs = nil
		now := e.cfg.Now()
		rows, err := tx.Query(ctx, `update queue_task set worker = $1, lease_until = $2, attempt = attempt + 1
			where id in (select id from queue_task
				where lane = $3 and worker = '' and run_at <= $4 and kind in (select value from json_each($5))
				order by priority, run_at, id limit $6)
			returning id, kind, args, trace, attempt, last_error`,
			worker, store.Millis(now.Add(e.cfg.Lease)), lane, store.Millis(now), known, n)
		if err != nil {
			return err
		}
		for rows.Next() {
			run := &Run{worker: worker, finisher: e}
			if err := rows.Scan(&run.ID, &run.Kind, &run.Args, &run.trace, &run.turn, &run.LastError); err != nil {
				return err
			}
			runs = append(runs, run)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("claim tasks: %w", err)
	}
	return runs, nil
}

// held is the condition that a run still has its task.
const held = ` where id = $1 and worker = $2 and attempt = $3`

func (e *Embedded) finish(ctx context.Context, tx *store.Tx, run *Run) error {
	n, err := tx.Exec(ctx, `delete from queue_task`+held, run.ID, run.worker, run.turn)
	if err == nil && n == 0 {
		return ErrLost
	}
	return err
}

func (e *Embedded) hold(ctx context.Context, tx *store.Tx, run *Run) error {
	n, err := tx.Exec(ctx, `update queue_task set worker = worker`+held, run.ID, run.worker, run.turn)
	if err == nil && n == 0 {
		return ErrLost
	}
	return err
}

// settle writes what became of a task.
func (e *Embedded) settle(ctx context.Context, run *Run, v verdict) error {
	runAt := store.Millis(e.cfg.Now().Add(v.after))
	return e.db.Write(ctx, func(tx *store.Tx) error {
		var n int64
		var err error
		switch v.fate {
		case finished:
			return e.finish(ctx, tx, run)
		case again:
			n, err = tx.Exec(ctx, `update queue_task set worker = '', run_at = $4, last_error = $5`+held,
				run.ID, run.worker, run.turn, runAt, strings.ToValidUTF8(v.cause, "?"))
		case later:
			n, err = tx.Exec(ctx, `update queue_task set worker = '', run_at = $4, attempt = attempt - 1`+held,
				run.ID, run.worker, run.turn, runAt)
		case back:
			n, err = tx.Exec(ctx, `update queue_task set worker = '', attempt = attempt - 1`+held, run.ID, run.worker, run.turn)
		}
		if err == nil && n == 0 {
			return ErrLost
		}
		return err
	})
}

// handBack gives back, uncounted, whatever a worker still has.
func (e *Embedded) handBack(ctx context.Context, worker string) error {
	if _, err := e.write(ctx, `update queue_task set worker = '', attempt = attempt - 1 where worker = $1`, worker); err != nil {
		return fmt.Errorf("hand back tasks: %w", err)
	}
	return nil
}

// died is the last error of a task whose process died.
const died = "the process that ran it died"

// inherit makes the tasks available that former processes were running: only
// one process runs tasks of a SQLite database, so they are gone. The attempts
// count, as the tasks may be why.
func (e *Embedded) inherit(ctx context.Context) error {
	n, err := e.write(ctx, `update queue_task set worker = '', last_error = $2 where worker <> '' and substr(worker, 1, length($1)) <> $1`, e.id, died)
	if err != nil {
		return fmt.Errorf("take over tasks: %w", err)
	}
	if n > 0 {
		e.cfg.Log.WarnContext(ctx, "tasks of a dead process run again", "tasks", n)
	}
	return nil
}

// beat renews the leases of a worker and ends those that have run out.
func (e *Embedded) beat(ctx context.Context, worker string) error {
	var n int64
	err := e.db.Write(ctx, func(tx *store.Tx) error {
		now := e.cfg.Now()
		if _, err := tx.Exec(ctx, `update queue_task set lease_until = $2 where worker = $1`, worker, store.Millis(now.Add(e.cfg.Lease))); err != nil {
			return err
		}
		var err error
		n, err = tx.Exec(ctx, `update queue_task set worker = '', last_error = $2 where worker <> '' and lease_until < $1`, store.Millis(now), died)
		return err
	})
	if err != nil {
		return fmt.Errorf("renew leases: %w", err)
	}
	if n > 0 {
		e.cfg.Log.WarnContext(ctx, "tasks of a dead process run again", "tasks", n)
	}
	return nil
}

// beats is how often a process shows that it is alive.
func (c *Config) beats() time.Duration { return c.Lease / 3 }

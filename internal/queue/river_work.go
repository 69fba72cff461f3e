package queue

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/vitrine-media/vitrine/internal/store"
)

const (
	// riverCooldown is the least time between two looks at a lane: it bounds
	// the load of many messages, and how long a task waits for the second look.
	riverCooldown = 10 * time.Millisecond
	// riverKeeps is how long finished jobs can be looked at.
	riverKeeps = time.Hour
	// riverRescue is when River would take a job from its worker by the clock
	// alone. The nodes' beats tell what is dead, so that is never.
	riverRescue = 365 * 24 * time.Hour
)

// Work is described at Backend.
func (r *River) Work(ctx context.Context, lanes []LaneWorkers, handlers map[string]Handlers) error {
	crew, err := newCrew(ctx, r.cfg, lanes, handlers, r.settle)
	if err != nil {
		return err
	}
	defer crew.cancel(nil)
	node := newNode(r, rand.Text())
	client, err := r.newClient(node.id, crew, lanes)
	if err != nil {
		return err
	}
	if err := node.beat(ctx); err != nil { // before it has a job, else it looks dead
		if ctx.Err() != nil {
			return nil // stopped before it began
		}
		return err
	}
	beating, stopBeating := context.WithCancel(context.WithoutCancel(ctx))
	beaten := make(chan struct{})
	go func() {
		defer close(beaten)
		node.keepAlive(beating)
	}()

	err = client.Start(context.WithoutCancel(ctx))
	if err == nil {
		<-ctx.Done()
		err = r.stop(ctx, client, crew)
	}
	stopBeating()
	<-beaten

	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(err, node.leave(last))
}

// stop has River claim no more jobs and waits for those under way.
func (r *River) stop(ctx context.Context, client *river.Client[pgx.Tx], crew *crew) error {
	stopping, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := client.Stop(stopping); err != nil {
			r.cfg.Log.ErrorContext(ctx, "River not stopped", "err", err)
		}
	}()
	err := crew.stop(ended)
	giveUp()
	<-ended
	return err
}

func (r *River) newClient(node string, crew *crew, lanes []LaneWorkers) (*river.Client[pgx.Tx], error) {
	queues := make(map[string]river.QueueConfig, len(lanes))
	for _, lane := range lanes {
		queues[string(lane.Lane)] = river.QueueConfig{MaxWorkers: lane.Workers}
	}
	workers := river.NewWorkers()
	for _, kind := range crew.kinds() {
		river.AddWorkerArgs(workers, riverArgs{kind: kind}, &riverWorker{river: r, crew: crew, node: node})
	}
	client, err := river.NewClient(riverpgxv5.New(r.db.Pool()), &river.Config{
		ID:                          node,
		Logger:                      r.logger(),
		Queues:                      queues,
		Workers:                     workers,
		FetchCooldown:               riverCooldown,
		FetchPollInterval:           poll,
		FetchOnlyKnownKinds:         true, // while nodes of two versions run side by side
		CompletedJobRetentionPeriod: riverKeeps,
		JobTimeout:                  -1, // a handler bounds its own time
		RescueStuckJobsAfter:        riverRescue,
	})
	if err != nil {
		return nil, fmt.Errorf("make River client: %w", err)
	}
	return client, nil
}

// riverWorker does the jobs that River hands to this node.
type riverWorker struct {
	river.WorkerDefaults[riverArgs]
	river *River
	crew  *crew
	node  string
}

// Work does and settles a job. The context is the crew's, not River's: the
// crew stops its handlers itself.
func (w *riverWorker) Work(_ context.Context, job *river.Job[riverArgs]) error {
	run := &Run{
		ID: job.ID, Kind: job.Kind, Args: job.Args.Args, trace: job.Args.Trace,
		turn: int64(job.Attempt), worker: w.node, finisher: w.river,
	}
	if n := len(job.Errors); n > 0 {
		run.LastError = job.Errors[n-1].Error
	}
	w.crew.do(run)
	return settled{}
}

// settled is what a worker returns to River so that it leaves the job as it is.
// River asks an error of this form for the jobs of a batch and what to write
// about each: there are none. The suite's late worker shows that it works.
type settled struct{}

func (settled) Error() string               { return "settled" }
func (settled) ErrorsByID() map[int64]error { return nil }
func (settled) Jobs() []*rivertype.JobRow   { return nil }

// handBack gives back, uncounted, whatever a node still has.
func (r *River) handBack(ctx context.Context, node string) error {
	return r.release(ctx, `update river_job set state = 'available', attempt = attempt - 1
		where state = 'running' and attempted_by[array_length(attempted_by, 1)] = $1 returning queue`, node)
}

// bury makes what a dead node was running available. The attempts count, as
// the tasks may be why.
func (r *River) bury(ctx context.Context, node string) error {
	now := r.cfg.Now()
	failure, err := json.Marshal(rivertype.AttemptError{At: now, Error: died})
	if err != nil {
		return err
	}
	return r.release(ctx, `update river_job set state = 'available', errors = array_append(errors, $2::text::jsonb)
		where state = 'running' and attempted_by[array_length(attempted_by, 1)] = $1 returning queue`, node, failure)
}

// release runs an update that makes jobs of a node available, wakes their
// lanes, and forgets the node.
func (r *River) release(ctx context.Context, update, node string, args ...any) error {
	released := 0
	err := r.db.Write(ctx, func(tx *store.Tx) error {
		released = 0
		rows, err := tx.Query(ctx, update, append([]any{node}, args...)...)
		if err != nil {
			return err
		}
		lanes := make(map[Lane]bool)
		for ; rows.Next(); released++ {
			var lane Lane
			if err := rows.Scan(&lane); err != nil {
				return err
			}
			lanes[lane] = true
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for lane := range lanes {
			if err := wakeNodes(ctx, tx, lane); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `delete from queue_node where id = $1`, node)
		return err
	})
	if err != nil {
		return fmt.Errorf("release tasks of node %s: %w", node, err)
	}
	if released > 0 {
		r.cfg.Log.WarnContext(ctx, "tasks of a node that stopped or died run again", "node", node, "tasks", released)
	}
	return nil
}

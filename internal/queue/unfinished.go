package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/vitrine-media/vitrine/internal/store"
)

// Unfinished is described at Backend.
func (e *Embedded) Unfinished(ctx context.Context, tx *store.Tx) iter.Seq2[Task, error] {
	return unfinishedTasks(ctx, tx, `select kind, task_key, args, lane, priority, run_at, trace from queue_task order by priority, run_at, id`,
		func(rows *store.Rows) (task Task, err error) {
			var args json.RawMessage
			var runAt int64
			err = rows.Scan(&task.Kind, &task.Key, &args, &task.Lane, &task.Priority, &runAt, &task.Trace)
			task.Args, task.RunAt = args, store.Time(runAt)
			return task, err
		})
}

// Unfinished is described at Backend.
func (r *River) Unfinished(ctx context.Context, tx *store.Tx) iter.Seq2[Task, error] {
	return unfinishedTasks(ctx, tx, `select kind, args::text, queue, priority, (extract(epoch from scheduled_at) * 1000)::bigint from river_job
		where finalized_at is null order by priority, scheduled_at, id`,
		func(rows *store.Rows) (task Task, err error) {
			var text []byte
			var runAt int64
			if err := rows.Scan(&task.Kind, &text, &task.Lane, &task.Priority, &runAt); err != nil {
				return task, err
			}
			var args riverArgs
			err = json.Unmarshal(text, &args)
			task.Key, task.Args, task.RunAt, task.Trace = args.Key, args.Args, store.Time(runAt), args.Trace
			return task, err
		})
}

// unfinishedTasks gives the tasks that a query finds.
func unfinishedTasks(ctx context.Context, tx *store.Tx, query string, scan func(*store.Rows) (Task, error)) iter.Seq2[Task, error] {
	return func(yield func(Task, error) bool) {
		rows, err := tx.Query(ctx, query)
		if err != nil {
			yield(Task{}, fmt.Errorf("look at the tasks: %w", err))
			return
		}
		defer func() { _ = rows.Close() }() // after its end it is closed, and Err has been asked
		for rows.Next() {
			task, err := scan(rows)
			if !yield(task, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Task{}, fmt.Errorf("look at the tasks: %w", err))
		}
	}
}

// Working reports whether a node runs tasks. When there are nodes it watches
// their counts, until one has moved or for the time of a lease; a node that
// begins meanwhile counts.
func (r *River) Working(ctx context.Context) (bool, error) {
	onlooker := newNode(r, "")
	first, err := onlooker.beats(ctx)
	if err != nil || len(first) == 0 {
		return false, err
	}
	looks := time.NewTicker(poll)
	defer looks.Stop()
	for end := time.After(r.cfg.Lease); ; {
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-end:
			return false, nil
		case <-looks.C:
		}
		beats, err := onlooker.beats(ctx)
		if err != nil {
			return false, err
		}
		for id, beat := range beats {
			if beat != first[id] {
				return true, nil
			}
		}
	}
}

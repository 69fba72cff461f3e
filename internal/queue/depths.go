package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/vitrine-media/vitrine/internal/store"
)

// Depths is described at Backend.
func (e *Embedded) Depths(ctx context.Context) (map[Lane]int, error) {
	return byLane[int](ctx, e.db, `select lane, count(*) from queue_task group by lane`)
}

// Depths is described at Backend.
func (r *River) Depths(ctx context.Context) (map[Lane]int, error) {
	return byLane[int](ctx, r.db, `select queue, count(*) from river_job
		where state in ('available', 'pending', 'retryable', 'running', 'scheduled') group by queue`)
}

// Waits is described at Backend.
func (e *Embedded) Waits(ctx context.Context) (map[Lane]time.Duration, error) {
	now := e.cfg.Now()
	since, err := byLane[int64](ctx, e.db, `select lane, min(max(run_at, enqueued_at)) from queue_task
		where worker = '' and run_at <= $1 and max(run_at, enqueued_at) > 0 group by lane`, store.Millis(now))
	return waits(since, now), err
}

// Waits is described at Backend. What River has yet to make available, but whose
// time has come, waits too.
func (r *River) Waits(ctx context.Context) (map[Lane]time.Duration, error) {
	now := r.cfg.Now()
	since, err := byLane[int64](ctx, r.db, `select queue, (extract(epoch from min(scheduled_at)) * 1000)::bigint from river_job
		where state in ('available', 'retryable', 'scheduled') and scheduled_at <= to_timestamp($1::bigint / 1000.0) group by queue`, store.Millis(now))
	return waits(since, now), err
}

func waits(since map[Lane]int64, now time.Time) map[Lane]time.Duration {
	waits := make(map[Lane]time.Duration, len(since))
	for lane, at := range since {
		waits[lane] = now.Sub(store.Time(at))
	}
	return waits
}

// byLane gives what a query finds for each lane.
func byLane[T any](ctx context.Context, db *store.DB, query string, args ...any) (map[Lane]T, error) {
	lanes := map[Lane]T{}
	err := db.View(ctx, func(tx *store.Tx) error {
		clear(lanes)
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var lane Lane
			var found T
			if err := rows.Scan(&lane, &found); err != nil {
				return err
			}
			lanes[lane] = found
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("look at the lanes: %w", err)
	}
	return lanes, nil
}

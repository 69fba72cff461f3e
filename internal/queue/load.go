package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/vitrine-media/vitrine/internal/store"
)

// Load is what a lane has to do: its tasks that are not finished.
type Load struct {
	Running int // anywhere
	Waiting int // for a worker: their time has come
	Later   int // for their time

	// Wait is how long the task has waited for a worker that has waited longest,
	// 0 when none waits, or none of which that is known.
	Wait time.Duration
}

// Tasks counts all of them.
func (l Load) Tasks() int { return l.Running + l.Waiting + l.Later }

// embeddedLoads looks at the indexes of what waits and of what runs alone. A task
// that is to run at once waits since it was enqueued, and ids are given in that
// order: of each lane one row tells. Others may have been enqueued after their time.
const embeddedLoads = `select lane, sum(running), sum(waiting), sum(later), min(since) from (
		select lane, count(*) as running, 0 as waiting, 0 as later, null as since from queue_task where worker <> '' group by lane
		union all
		select w.lane, 0, w.waiting, w.later, min(coalesce(nullif(t.enqueued_at, 0), w.since), coalesce(w.since, nullif(t.enqueued_at, 0)))
		from (select lane, count(*) filter (where run_at <= $1) as waiting, count(*) filter (where run_at > $1) as later,
				min(case when run_at = 0 then id end) as first, min(case when run_at > 0 and run_at <= $1 then max(run_at, enqueued_at) end) as since
			from queue_task where worker = '' group by lane) w
		left join queue_task t on t.id = w.first) l
	group by lane`

// Loads is described at Backend.
func (e *Embedded) Loads(ctx context.Context) (map[Lane]Load, error) {
	return loads(ctx, e.db, e.cfg.Now(), embeddedLoads)
}

// riverLoads finds all that it needs in the index by which River fetches jobs.
// What River has yet to make available, but whose time has come, waits too.
const riverLoads = `select queue, count(*) filter (where state = 'running'), count(*) filter (where due), count(*) filter (where state <> 'running' and not due),
		(extract(epoch from min(scheduled_at) filter (where due)) * 1000)::bigint
	from (select queue, state, scheduled_at, state = 'available' or state <> 'running' and scheduled_at <= to_timestamp($1::bigint / 1000.0) as due
		from river_job where state in ('available', 'pending', 'retryable', 'running', 'scheduled')) l
	group by queue`

// Loads is described at Backend.
func (r *River) Loads(ctx context.Context) (map[Lane]Load, error) {
	return loads(ctx, r.db, r.cfg.Now(), riverLoads)
}

func loads(ctx context.Context, db *store.DB, now time.Time, query string) (map[Lane]Load, error) {
	lanes := map[Lane]Load{}
	err := db.View(ctx, func(tx *store.Tx) error {
		clear(lanes)
		rows, err := tx.Query(ctx, query, store.Millis(now))
		if err != nil {
			return err
		}
		for rows.Next() {
			var lane Lane
			var load Load
			var since *int64
			if err := rows.Scan(&lane, &load.Running, &load.Waiting, &load.Later, &since); err != nil {
				return err
			}
			if since != nil {
				load.Wait = max(0, now.Sub(store.Time(*since)))
			}
			lanes[lane] = load
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("look at the lanes: %w", err)
	}
	return lanes, nil
}

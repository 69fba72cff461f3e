package queue

import (
	"context"
	"fmt"

	"github.com/vitrine-media/vitrine/internal/store"
)

// Depths is described at Backend.
func (e *Embedded) Depths(ctx context.Context) (map[Lane]int, error) {
	return depths(ctx, e.db, `select lane, count(*) from queue_task group by lane`)
}

// Depths is described at Backend.
func (r *River) Depths(ctx context.Context) (map[Lane]int, error) {
	return depths(ctx, r.db, `select queue, count(*) from river_job
		where state in ('available', 'pending', 'retryable', 'running', 'scheduled') group by queue`)
}

func depths(ctx context.Context, db *store.DB, query string) (map[Lane]int, error) {
	lanes := map[Lane]int{}
	err := db.View(ctx, func(tx *store.Tx) error {
		clear(lanes)
		rows, err := tx.Query(ctx, query)
		if err != nil {
			return err
		}
		for rows.Next() {
			var lane Lane
			var n int
			if err := rows.Scan(&lane, &n); err != nil {
				return err
			}
			lanes[lane] = n
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("count tasks: %w", err)
	}
	return lanes, nil
}

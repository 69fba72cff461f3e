package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/vitrine-media/vitrine/internal/store"
)

// node is one call of Work among the nodes that share a database. Each counts
// its beats up in a row of its own, and looks at those of the others. When a
// node's count has stood still for the time of a lease, by the clock of the
// one who looks, it is dead: clocks are never compared.
type node struct {
	river *River
	id    string
	seen  map[string]sighting
}

// sighting is when a node's count was first seen to be that.
type sighting struct {
	beat int64
	at   time.Time
}

func newNode(r *River, id string) *node {
	return &node{river: r, id: id, seen: make(map[string]sighting)}
}

// keepAlive beats and looks until ctx is done.
func (n *node) keepAlive(ctx context.Context) {
	ticks := time.NewTicker(n.river.cfg.beats())
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if err := n.tick(ctx); err != nil && ctx.Err() == nil {
			n.river.cfg.Log.ErrorContext(ctx, "nodes not looked after", "err", err)
		}
	}
}

func (n *node) tick(ctx context.Context) error {
	if err := n.beat(ctx); err != nil {
		return err
	}
	dead, err := n.dead(ctx)
	if err != nil {
		return err
	}
	for _, id := range dead {
		if err := n.river.bury(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// beat shows that the node is alive. One that was taken for dead begins anew:
// the tasks it had then are lost to it.
func (n *node) beat(ctx context.Context) error {
	err := n.river.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into queue_node (id, beat) values ($1, 1)
			on conflict (id) do update set beat = queue_node.beat + 1`, n.id)
		return err
	})
	if err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return nil
}

// dead are the nodes whose count stands still, and those that have jobs and no
// count: somebody else has found them dead since they took the jobs.
func (n *node) dead(ctx context.Context) ([]string, error) {
	beats, err := n.beats(ctx)
	if err != nil {
		return nil, err
	}
	now := n.river.cfg.Now()
	seen := make(map[string]sighting, len(beats))
	var dead []string
	for id, beat := range beats {
		last, known := n.seen[id]
		if !known || last.beat != beat {
			last = sighting{beat, now}
		}
		seen[id] = last
		if beat == 0 || now.Sub(last.at) >= n.river.cfg.Lease {
			dead = append(dead, id)
		}
	}
	n.seen = seen
	return dead, nil
}

// beats are the counts of all nodes, 0 for those that run jobs without one.
func (n *node) beats(ctx context.Context) (map[string]int64, error) {
	beats := make(map[string]int64)
	err := n.river.db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(ctx, `select id, max(beat) from (
			select id, beat from queue_node
			union all
			select distinct attempted_by[array_length(attempted_by, 1)], 0 from river_job where state = 'running') as nodes
			group by id`)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id string
			var beat int64
			if err := rows.Scan(&id, &beat); err != nil {
				return err
			}
			beats[id] = beat
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("look at the nodes: %w", err)
	}
	return beats, nil
}

// leave hands back what the node still has, and signs it off.
func (n *node) leave(ctx context.Context) error { return n.river.handBack(ctx, n.id) }

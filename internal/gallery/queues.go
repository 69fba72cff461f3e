package gallery

import (
	"context"
	"time"

	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// What Queues looks at, at most.
const (
	queuesAccounts = 20
	queuesEvents   = 20_000 // among which it counts failures
	queuesLately   = time.Hour
)

// A look serves for queuesShare times as long as it took, which bounds what looking
// costs however many look; but not for longer than queuesServe.
const (
	queuesShare = 10
	queuesServe = 30 * time.Second
)

// Queues are what there is to do in the whole installation, which concerns nobody
// but its operator.
type Queues struct {
	Lanes    []LaneLoad      // all of Lanes
	Accounts []store.Backlog // the largest first
	More     int             // accounts that have something to do beyond those
	// FailedSince is from when on failures are counted: an hour ago, or later when
	// more has happened since than is looked at.
	FailedSince time.Time
}

// LaneLoad is what a lane has to do.
type LaneLoad struct {
	Lane queue.Lane
	queue.Load
}

// queuesLook is the newest look at the queues, be it that nothing was seen.
type queuesLook struct {
	queues Queues
	err    error
	until  time.Time // it serves
}

// Queues looks at what there is to do in the whole installation. Whether the
// caller may see it (Caller.Operates) is for the face to ask.
func (g *Gallery) Queues(ctx context.Context) (Queues, error) {
	var last queuesLook
	select {
	case last = <-g.look:
	case <-ctx.Done():
		return Queues{}, context.Cause(ctx)
	}
	defer func() { g.look <- last }()
	begin := g.now()
	if begin.Before(last.until) {
		return last.queues, last.err
	}
	queues, err := g.lookAtQueues(ctx, begin)
	if ctx.Err() != nil {
		return queues, err // the reader has left, which is nothing about the queues
	}
	end := g.now()
	last = queuesLook{queues, err, end.Add(min(queuesShare*end.Sub(begin), queuesServe))}
	return queues, err
}

func (g *Gallery) lookAtQueues(ctx context.Context, now time.Time) (Queues, error) {
	loads, err := g.queue.Loads(ctx)
	if err != nil {
		return Queues{}, err
	}
	var q Queues
	for _, lane := range Lanes {
		q.Lanes = append(q.Lanes, LaneLoad{Lane: lane, Load: loads[lane]})
	}
	err = g.db.View(ctx, func(tx *store.Tx) error {
		q.FailedSince = now.Add(-queuesLately)
		newest, err := tx.NewestEvents(ctx, queuesEvents)
		if err != nil {
			return err
		}
		if newest.After(q.FailedSince) {
			q.FailedSince = newest
		}
		var accounts int
		q.Accounts, accounts, err = tx.Backlogs(ctx, q.FailedSince, queuesAccounts)
		q.More = accounts - len(q.Accounts)
		return err
	})
	return q, err
}

package dashboard

import (
	"context"
	"fmt"
	"time"

	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// queuesPart is what the operator sees of all accounts.
type queuesPart struct {
	Unseen   bool // they can't be seen now
	Lanes    []laneLine
	Accounts []accountLine
	More     string // that there are more accounts, "" when there are not
	Since    string // since when failures are counted, "" for the last hour
}

type laneLine struct {
	Name, What              string
	Running, Waiting, Later int
	Wait                    string // of the task that waits longest, "" when none does
}

type accountLine struct {
	store.Backlog
	Sent moment // the oldest of its files
}

// queues is the part of the page that none but an operator sees, nil for others.
// The rest of the page doesn't fail with it.
func (d *Dashboard) queues(ctx context.Context, words *words, s session) *queuesPart {
	if !s.caller.Operates {
		return nil
	}
	found, err := d.gallery.Queues(ctx)
	if err != nil {
		d.log.ErrorContext(ctx, "look at the queues", "err", err)
		return &queuesPart{Unseen: true}
	}
	at, what := d.now(), words.lanes()
	part := &queuesPart{}
	for _, l := range found.Lanes {
		line := laneLine{Name: string(l.Lane), What: what[string(l.Lane)], Running: l.Running, Waiting: l.Waiting, Later: l.Later}
		if l.Waiting > 0 {
			line.Wait = words.span(l.Wait)
		}
		part.Lanes = append(part.Lanes, line)
	}
	for _, a := range found.Accounts {
		part.Accounts = append(part.Accounts, accountLine{Backlog: a, Sent: words.moment(a.Oldest, at)})
	}
	if found.More > 0 {
		part.More = fmt.Sprintf(words.MoreAccounts, found.More)
	}
	if at.Sub(found.FailedSince) < lately-time.Minute {
		part.Since = fmt.Sprintf(words.FailedSince, found.FailedSince.UTC().Format(words.DateTime))
	}
	return part
}

// lanes says what is done in each lane.
func (w *words) lanes() map[string]string {
	return map[string]string{
		string(gallery.LaneFetch): w.LaneFetch, string(gallery.LaneBulk): w.LaneBulk, string(gallery.LaneScan): w.LaneScan,
		string(gallery.LaneOptimise): w.LaneOptimise, string(gallery.LaneEncode): w.LaneEncode, string(gallery.LaneDeliver): w.LaneDeliver,
		string(gallery.LaneSweep): w.LaneSweep, string(gallery.LaneScrub): w.LaneScrub,
	}
}

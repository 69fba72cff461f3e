package gallery

import (
	"context"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// fairShare is how many media of one account may be on their way at the same
// priority as everybody's: a listing. A write by an account that has as many
// yields to whoever has sent less, and gets what is left of the machines. Only
// media that don't yield count, so that an edit made while a feed is taken in
// doesn't join the feed's line.
const fairShare = 20

// yieldBy is how much less urgent a task is that yields.
const yieldBy = 2

// turn is whether the media of one write yield: all of them or none, whatever
// the length of its list. The zero turn has yet to be decided.
type turn struct{ decided, yields bool }

// admit says in which lane and how urgently a media is fetched, which is written
// by then.
func (g *Gallery) admit(ctx context.Context, tx *store.Tx, t *turn, m *vitrine.Media, priority int) (queue.Lane, int, error) {
	if priority == PriorityCheck {
		return LaneBulk, priority, nil
	}
	if !t.decided {
		open, err := tx.UnyieldingMedia(ctx, m.AccountID, fairShare)
		if err != nil {
			return "", 0, err
		}
		t.decided, t.yields = true, open >= fairShare
	}
	if t.yields {
		return LaneBulk, priority + yieldBy, nil
	}
	return LaneFetch, priority, tx.Unyield(ctx, m.ID)
}

// checkBacklog refuses a write that needs a download, of an account of which as
// many are on their way as may be: CodeBacklog. own are those that the write
// itself has added by now.
func (g *Gallery) checkBacklog(ctx context.Context, tx *store.Tx, account int64, own int) error {
	open, err := tx.OpenMedia(ctx, account, g.limits.MaxQueued+own)
	if err != nil || open-own < g.limits.MaxQueued {
		return err
	}
	return vitrine.Errorf(vitrine.CodeBacklog, "%d files are on their way, which is as many as may be; send this later", open-own)
}

package gallery

import (
	"context"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// fairShare is how many media of one account may be on their way at the same
// priority as everybody's: a listing. What an account sends beyond that yields
// to whoever has sent less, and gets what is left of the machines. Only those
// that don't yield count, so that an edit made while a feed is taken in doesn't
// join the feed's line.
const fairShare = 20

// yieldBy is how much less urgent a task is that yields.
const yieldBy = 2

// admit says in which lane and how urgently a media is fetched: it is written by
// then, and counts.
func (g *Gallery) admit(ctx context.Context, tx *store.Tx, m *vitrine.Media, priority int) (queue.Lane, int, error) {
	if priority == PriorityCheck {
		return LaneBulk, priority, nil
	}
	open, err := tx.UnyieldingMedia(ctx, m.AccountID, fairShare+1)
	if err != nil {
		return "", 0, err
	}
	yields := open > fairShare
	if err := tx.SetYields(ctx, m.ID, yields); err != nil || !yields {
		return LaneFetch, priority, err
	}
	return LaneBulk, priority + yieldBy, nil
}

// checkBacklog refuses a write that needs a download, of an account of which as
// many are on their way as may be: CodeBacklog.
func (g *Gallery) checkBacklog(ctx context.Context, tx *store.Tx, account int64) error {
	open, err := tx.OpenMedia(ctx, account, g.limits.MaxQueued)
	if err != nil || open < g.limits.MaxQueued {
		return err
	}
	return vitrine.Errorf(vitrine.CodeBacklog, "%d files are on their way, which is as many as may be; send this later", open)
}

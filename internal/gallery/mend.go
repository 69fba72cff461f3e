package gallery

import (
	"context"
	"errors"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Repair has the variants of a content made anew of its original: some are not
// what they ought to be.
func (g *Gallery) Repair(ctx context.Context, content vitrine.Content) error {
	return g.db.Write(ctx, func(tx *store.Tx) error { return g.enqueueRepair(ctx, tx, content) })
}

func (g *Gallery) enqueueRepair(ctx context.Context, tx *store.Tx, content vitrine.Content) error {
	task := queue.Task{
		Kind: TaskRepair, Args: OptimiseTask{SHA256: content.SHA256}, Lane: LaneOptimise, Priority: PriorityCheck, Key: content.SHA256,
	}
	if vitrine.IsVideo(content.Type) {
		task.Lane = LaneEncode
	}
	return g.queue.Enqueue(ctx, tx, task)
}

// repairBusy is how long nobody else makes or deletes anything of a content that
// is being repaired; a repair may wait for its turn.
const repairBusy = time.Hour

// BeginRepair gives a content to repair. wanted is false when it is no longer
// one that is ready and used: then the task is finished. ErrBusy asks for
// another try later.
func (g *Gallery) BeginRepair(ctx context.Context, finish Finish, task OptimiseTask) (o Optimise, wanted bool, err error) {
	err = g.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockContent(ctx, task.SHA256); err != nil {
			return err
		}
		o.Content, err = tx.Content(ctx, task.SHA256)
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return err
		}
		if wanted, err = tx.ContentShown(ctx, task.SHA256); err != nil {
			return err
		}
		if wanted = wanted && o.Content.State == vitrine.ContentReady; !wanted {
			if err := finish(ctx, tx); err != nil {
				return err
			}
			return g.release(ctx, tx, nobody, task.SHA256) // which couldn't be freed meanwhile
		}
		idle, err := tx.Idle(ctx, task.SHA256, g.now())
		if err != nil {
			return err
		}
		if !idle {
			return ErrBusy
		}
		o.Anew, o.Panorama = true, o.Content.Facts.Panorama != nil
		return tx.Busy(ctx, task.SHA256, g.now().Add(repairBusy))
	})
	return o, wanted, err
}

// ErrBusy is a content of which somebody is making something just now.
var ErrBusy = errors.New("gallery: somebody is at work on this content")

// Repaired ends a repair well. Other settings since may have given the variants
// other addresses, of which all who show them are told.
func (g *Gallery) Repaired(ctx context.Context, finish Finish, content vitrine.Content, attempt vitrine.Attempt) error {
	return g.writeForAll(ctx, content.SHA256, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		before, err := tx.Content(ctx, content.SHA256)
		if errors.Is(err, store.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		still, err := tx.RepairContent(ctx, content, g.now())
		if err != nil {
			return err
		}
		if !still { // something else was made of it, or it took too long
			return g.enqueueRepair(ctx, tx, before)
		}
		if err := g.noteShowing(ctx, tx, content.SHA256, attempt); err != nil {
			return err
		}
		if err := g.moved(ctx, tx, before, content); err != nil {
			return err
		}
		return g.release(ctx, tx, nobody, content.SHA256) // which couldn't be freed meanwhile
	})
}

// moved tells of addresses that a content no longer has, and has what was kept
// for them deleted.
func (g *Gallery) moved(ctx context.Context, tx *store.Tx, before, now vitrine.Content) error {
	gone := without(g.addresses(&before), g.addresses(&now))
	if len(gone) == 0 {
		return nil
	}
	listings, err := tx.ListingsShowing(ctx, now.SHA256)
	if err != nil {
		return err
	}
	if err := g.emitPublished(ctx, tx, listings); err != nil {
		return err
	}
	accounts, err := tx.AccountsUsing(ctx, now.SHA256)
	if err != nil {
		return err
	}
	for _, account := range accounts {
		if err := g.emitPurged(ctx, tx, account, gone); err != nil {
			return err
		}
	}
	return g.enqueueTidy(ctx, tx, TidyTask{SHA256: now.SHA256}, time.Time{})
}

// RepairFailed gives a repair up: what is there stays as it is.
func (g *Gallery) RepairFailed(ctx context.Context, finish Finish, sha256 string, attempt vitrine.Attempt) error {
	return g.writeForAll(ctx, sha256, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		if err := tx.Busy(ctx, sha256, time.Time{}); err != nil {
			return err
		}
		if err := g.noteShowing(ctx, tx, sha256, attempt); err != nil {
			return err
		}
		return g.release(ctx, tx, nobody, sha256)
	})
}

// Disown has objects looked through that are kept for a content and may be ones
// of which no row tells.
func (g *Gallery) Disown(ctx context.Context, sha256 string) error {
	return g.db.Write(ctx, func(tx *store.Tx) error { return g.enqueueTidy(ctx, tx, TidyTask{SHA256: sha256}, time.Time{}) })
}

// tidyBusy is how long what BeginTidy gave may take to be deleted.
const tidyBusy = 10 * time.Minute

// BeginTidy gives what to delete of what is kept for a content: what no row
// names of keys, which are where it has variants, or what could be some. Until
// EndTidy nobody repairs it. Of a content that nobody knows all goes in the way
// of one that is pruned, so that whoever sends it just now waits; one that is to
// be optimised is left for another time. ErrBusy asks for another try later.
// Where nothing is to be deleted the task is finished.
func (g *Gallery) BeginTidy(ctx context.Context, finish Finish, task TidyTask, keys []string) (strays []string, err error) {
	err = g.db.Write(ctx, func(tx *store.Tx) error {
		strays = nil
		if err := tx.AdoptContent(ctx, task.SHA256, g.now()); err != nil {
			return err
		}
		if err := tx.LockContent(ctx, task.SHA256); err != nil {
			return err
		}
		content, err := tx.Content(ctx, task.SHA256)
		if err != nil {
			return err
		}
		idle, err := tx.Idle(ctx, task.SHA256, g.now())
		if err != nil {
			return err
		}
		if content.State == vitrine.ContentReady {
			if !idle {
				return ErrBusy
			}
			if strays = without(keys, keysOf(&content)); len(strays) > 0 {
				return tx.Busy(ctx, task.SHA256, g.now().Add(tidyBusy))
			}
		}
		if err := finish(ctx, tx); err != nil {
			return err
		}
		return g.tidied(ctx, tx, task, content.State)
	})
	return strays, err
}

// tidied has an erasure go on that waited for it. What is pruned now it waits
// for in turn.
func (g *Gallery) tidied(ctx context.Context, tx *store.Tx, task TidyTask, state vitrine.ContentState) error {
	switch {
	case state == vitrine.ContentPruning:
		if err := tx.WaitInstead(ctx, task.key(), task.SHA256); err != nil {
			return err
		}
		return g.enqueuePrune(ctx, tx, task.SHA256)
	case task.Erasing:
		return tx.Erased(ctx, task.key(), g.now())
	}
	return nil
}

// EndTidy notes that what BeginTidy gave is deleted.
func (g *Gallery) EndTidy(ctx context.Context, finish Finish, task TidyTask) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockContent(ctx, task.SHA256); err != nil {
			return err
		}
		if err := finish(ctx, tx); err != nil {
			return err
		}
		if err := tx.Busy(ctx, task.SHA256, time.Time{}); err != nil {
			return err
		}
		if err := g.tidied(ctx, tx, task, vitrine.ContentReady); err != nil {
			return err
		}
		return g.release(ctx, tx, nobody, task.SHA256) // which couldn't be freed meanwhile
	})
}

// RemoveUpload has an uploaded object deleted that nobody waits for.
func (g *Gallery) RemoveUpload(ctx context.Context, key string) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		return g.queue.Enqueue(ctx, tx, queue.Task{Kind: TaskDiscard, Args: DiscardTask{Key: key}, Lane: LaneSweep, Priority: PriorityCheck})
	})
}

// ScrubTask asks for the stored objects to be held against the rows.
type ScrubTask struct {
	// Turn counts the scrubs: each reads the objects whose turn it is, however
	// long those before it took.
	Turn int64 `json:"turn"`
}

// ScheduleScrub has the stored objects held against the rows tonight, and each
// night from then on.
func (g *Gallery) ScheduleScrub(ctx context.Context) error {
	return g.db.Write(ctx, func(tx *store.Tx) error { return g.enqueueScrub(ctx, tx, ScrubTask{}) })
}

// EndScrub ends a night's scrub and has the next one begin.
func (g *Gallery) EndScrub(ctx context.Context, finish Finish, task ScrubTask) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		return g.enqueueScrub(ctx, tx, ScrubTask{Turn: task.Turn + 1})
	})
}

func (g *Gallery) enqueueScrub(ctx context.Context, tx *store.Tx, task ScrubTask) error {
	if g.limits.ScrubAt < 0 {
		return nil
	}
	now := g.now().UTC()
	at := now.Truncate(24 * time.Hour).Add(g.limits.ScrubAt)
	if !at.After(now) {
		at = at.Add(24 * time.Hour)
	}
	return g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskScrub, Args: task, Lane: LaneScrub, Priority: PriorityCheck, RunAt: at, Key: "scrub",
	})
}

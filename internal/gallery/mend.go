package gallery

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Repair has the variants of a content made anew of its original: some are not
// what they ought to be.
func (g *Gallery) Repair(ctx context.Context, content vitrine.Content) error {
	task := queue.Task{
		Kind: TaskRepair, Args: OptimiseTask{SHA256: content.SHA256}, Lane: LaneOptimise, Priority: PriorityCheck, Key: content.SHA256,
	}
	if vitrine.IsVideo(content.Type) {
		task.Lane = LaneEncode
	}
	return g.db.Write(ctx, func(tx *store.Tx) error { return g.queue.Enqueue(ctx, tx, task) })
}

// BeginRepair gives a content to repair. wanted is false when it is no longer
// one that is ready and used: then the task is finished.
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
			return finish(ctx, tx)
		}
		o.Anew, o.Panorama = true, o.Content.Facts.Panorama != nil
		busy := g.limits.OptimiseTimeout
		if vitrine.IsVideo(o.Content.Type) {
			busy = g.limits.EncodeTimeout
		}
		return tx.Busy(ctx, task.SHA256, g.now().Add(2*busy))
	})
	return o, wanted, err
}

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
		ready, err := tx.RepairContent(ctx, content)
		if err != nil || !ready {
			return err
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
	return g.enqueueTidy(ctx, tx, now.SHA256, time.Time{})
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
	return g.db.Write(ctx, func(tx *store.Tx) error { return g.enqueueTidy(ctx, tx, sha256, time.Time{}) })
}

// Tidy removes what is kept for a content and named by no row; keys are where it
// has variants, or what could be some. Of a content that nobody knows all goes,
// as of one that is pruned, so that whoever sends it just now waits. One of
// which somebody is making something is left for another time.
func (g *Gallery) Tidy(ctx context.Context, finish Finish, task TidyTask, keys []string, remove func(context.Context, string) error) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
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
		if content.State == vitrine.ContentPruning {
			return g.enqueuePrune(ctx, tx, task.SHA256)
		}
		idle, err := tx.Idle(ctx, task.SHA256, g.now())
		if err != nil || !idle {
			return err
		}
		named := keysOf(&content)
		for _, key := range keys {
			if slices.Contains(named, key) {
				continue
			}
			if err := remove(ctx, key); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveUpload has an uploaded object deleted that nobody waits for.
func (g *Gallery) RemoveUpload(ctx context.Context, key string) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		return g.queue.Enqueue(ctx, tx, queue.Task{Kind: TaskDiscard, Args: DiscardTask{Key: key}, Lane: LaneSweep, Priority: PriorityCheck})
	})
}

// ScheduleScrub has the stored objects held against the rows tonight, and each
// night from then on.
func (g *Gallery) ScheduleScrub(ctx context.Context) error {
	return g.db.Write(ctx, func(tx *store.Tx) error { return g.enqueueScrub(ctx, tx) })
}

// EndScrub ends a night's scrub and has the next one begin.
func (g *Gallery) EndScrub(ctx context.Context, finish Finish) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		return g.enqueueScrub(ctx, tx)
	})
}

func (g *Gallery) enqueueScrub(ctx context.Context, tx *store.Tx) error {
	if g.limits.ScrubAt < 0 {
		return nil
	}
	now := g.now().UTC()
	at := now.Truncate(24 * time.Hour).Add(g.limits.ScrubAt)
	if !at.After(now) {
		at = at.Add(24 * time.Hour)
	}
	return g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskScrub, Args: struct{}{}, Lane: LaneScrub, Priority: PriorityCheck, RunAt: at, Key: "scrub",
	})
}

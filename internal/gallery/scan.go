package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

func (g *Gallery) enqueueScan(ctx context.Context, tx *store.Tx, sha256 string, priority int) error {
	return g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskScan, Args: ScanTask{SHA256: sha256, Priority: priority}, Lane: LaneScan, Priority: priority, Key: sha256,
	})
}

// BeginScan gives the content of a scan task. wanted is false when nobody waits
// for it any more, or it has been found clean: then the task is finished in the
// same transaction, and what is clean goes on.
func (g *Gallery) BeginScan(ctx context.Context, finish Finish, task ScanTask) (content vitrine.Content, wanted bool, err error) {
	err = g.writeForAll(ctx, task.SHA256, func(tx *store.Tx) error {
		content, err = tx.Content(ctx, task.SHA256)
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return err
		}
		awaited, err := tx.Awaited(ctx, task.SHA256)
		if err != nil {
			return err
		}
		wanted = awaited && g.scan && !content.Clean
		if wanted {
			return nil
		}
		if err := finish(ctx, tx); err != nil || !awaited {
			return err
		}
		return g.goOn(ctx, tx, content, task.Priority)
	})
	return content, wanted, err
}

// Scanned lets a content go on in which the scanner has found nothing.
func (g *Gallery) Scanned(ctx context.Context, finish Finish, task ScanTask, attempt vitrine.Attempt) error {
	return g.writeForAll(ctx, task.SHA256, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		if err := tx.CleanContent(ctx, task.SHA256); err != nil {
			return err
		}
		if _, err := g.noteAttempt(ctx, tx, task.SHA256, attempt); err != nil {
			return err
		}
		content, err := tx.Content(ctx, task.SHA256)
		if err != nil {
			return err
		}
		return g.goOn(ctx, tx, content, task.Priority)
	})
}

// goOn takes a content on whose way no scanner stands: to being optimised or,
// where that was done before, to who waits for it.
func (g *Gallery) goOn(ctx context.Context, tx *store.Tx, content vitrine.Content, priority int) error {
	if content.State != vitrine.ContentReady {
		return g.enqueueOptimise(ctx, tx, content, priority)
	}
	waiting, err := tx.MediaWanting(ctx, content.SHA256)
	if err != nil {
		return err
	}
	return g.end(ctx, tx, waiting, content.SHA256, nil)
}

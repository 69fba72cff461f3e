package gallery

import (
	"context"
	"errors"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// ErrPruning is a wish to use bytes just while they are being deleted. It
// passes within seconds.
var ErrPruning = errors.New("gallery: these bytes are being deleted")

// release notes which of these contents nobody uses any more, has their bytes
// freed, and tells the account that has taken the last use away at which
// addresses they were. It comes last in a transaction that takes uses away.
func (g *Gallery) release(ctx context.Context, tx *store.Tx, account int64, digests ...string) error {
	tx.OnCommit(func() { g.served.Forget(digests...) })
	var purged []string
	for _, sha256 := range digests {
		unused, err := tx.ReleaseContent(ctx, sha256, g.now())
		if err != nil {
			return err
		}
		if !unused {
			continue
		}
		if err := g.enqueuePrune(ctx, tx, sha256); err != nil {
			return err
		}
		content, err := tx.Content(ctx, sha256)
		if err != nil {
			return err
		}
		purged = append(purged, g.addresses(&content)...)
	}
	if account == nobody {
		return nil
	}
	return g.emitPurged(ctx, tx, account, purged)
}

// nobody is told where the public has never seen what is freed.
const nobody = 0

func (g *Gallery) emitPurged(ctx context.Context, tx *store.Tx, account int64, urls []string) error {
	if len(urls) == 0 {
		return nil
	}
	return g.emit(ctx, tx, vitrine.Event{Type: vitrine.EventURLsPurged, Data: vitrine.EventData{AccountID: account, URLs: urls}})
}

// addresses are all under which the variants of a content are served.
func (g *Gallery) addresses(c *vitrine.Content) (urls []string) {
	for _, v := range c.Variants {
		urls = append(urls, g.publicURL+c.Path(v))
		if !vitrine.IsVideo(c.Type) {
			urls = append(urls, g.publicURL+c.LabelledPath(v))
		}
	}
	return urls
}

func (g *Gallery) enqueuePrune(ctx context.Context, tx *store.Tx, sha256 string) error {
	return g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskPrune, Args: PruneTask{SHA256: sha256}, Lane: LaneSweep, Priority: PriorityFirst, Key: sha256,
	})
}

// BeginPrune gives the keys to delete for a content that nobody uses: those of
// its variants, which can be made again, at once; of one without variants the
// original's, when it has been unused for long enough; of one to be erased all.
// Until EndPrune whoever wants the content waits (ErrPruning). found is false when
// there is nothing to delete; that is asked again in this transaction.
//
// Nothing to delete finishes the task, in the same transaction: who takes the
// last use away after that finds no unfinished task and makes a new one.
func (g *Gallery) BeginPrune(ctx context.Context, finish Finish, task PruneTask) (keys []string, found bool, err error) {
	err = g.db.Write(ctx, func(tx *store.Tx) error {
		var content vitrine.Content
		content, found, err = tx.BeginPrune(ctx, task.SHA256, g.now(), g.now().Add(-g.limits.OriginalsLive()))
		keys = keysOf(&content)
		if err == nil && !found {
			return finish(ctx, tx)
		}
		if err != nil {
			return err
		}
		erasing, err := tx.Erasing(ctx, task.SHA256)
		if erasing || len(keys) == 0 {
			keys = append(keys, OriginalKey(content.SHA256))
		}
		return err
	})
	return keys, found, err
}

// EndPrune forgets what BeginPrune gave, now that it is deleted.
func (g *Gallery) EndPrune(ctx context.Context, finish Finish, task PruneTask) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		return tx.EndPrune(ctx, task.SHA256, g.now())
	})
}

// EndDiscard notes that an uploaded object is deleted.
func (g *Gallery) EndDiscard(ctx context.Context, finish Finish, task DiscardTask) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		return tx.Erased(ctx, task.Key, g.now())
	})
}

// sweepBatch bounds what one Sweep does; what is left waits for the next.
const sweepBatch = 200

// Sweep does what is due by the clock: it purges uploads that were not
// confirmed in time, changes over galleries that have waited for long enough, has
// links looked at again, frees originals that have been unused for long enough,
// and forgets old answers, jobs, events and deliveries. Any number of nodes may call it at any time.
// What can't be done doesn't hold up the rest.
func (g *Gallery) Sweep(ctx context.Context) error {
	return errors.Join(g.purgeUploads(ctx), g.swapOverdue(ctx), g.checkLinks(ctx), g.pruneUnused(ctx), g.forget(ctx))
}

func (g *Gallery) purgeUploads(ctx context.Context) error {
	var due []store.Upload
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.UploadsBefore(ctx, g.now().Add(-g.limits.UploadKept), sweepBatch)
		return err
	})
	errs := []error{err}
	for _, upload := range due {
		errs = append(errs, g.writeAbout(ctx, upload.MediaID, func(tx *store.Tx) error {
			return g.purgeUpload(ctx, tx, upload.MediaID)
		}))
	}
	return errors.Join(errs...)
}

// purgeUpload ends the life of an upload, as it is by now: unconfirmed, its
// media goes with it.
func (g *Gallery) purgeUpload(ctx context.Context, tx *store.Tx, media int64) error {
	m, err := tx.AnyMedia(ctx, media)
	switch {
	case errors.Is(err, store.ErrNoRows):
		return nil // another node was faster
	case err != nil:
		return err
	case m.State == vitrine.MediaAwaiting:
		return g.dropMedia(ctx, tx, m, vitrine.ByExpiry)
	}
	return g.discardUpload(ctx, tx, media)
}

func (g *Gallery) pruneUnused(ctx context.Context) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		digests, err := tx.UnusedContents(ctx, g.now().Add(-g.limits.OriginalsLive()), sweepBatch)
		if err != nil {
			return err
		}
		for _, sha256 := range digests {
			if err := g.enqueuePrune(ctx, tx, sha256); err != nil {
				return err
			}
		}
		return nil
	})
}

// forget deletes what is too old to be asked for, a batch a transaction, until
// nothing is.
func (g *Gallery) forget(ctx context.Context) error {
	err := g.db.Write(ctx, func(tx *store.Tx) error { return tx.ForgetAnswers(ctx, g.now().Add(-g.limits.AnswerKept)) })
	old := g.now().Add(-g.limits.EventKept)
	return errors.Join(err,
		g.forgetAll(ctx, g.now().Add(-g.limits.JobKept), (*store.Tx).ForgetJobs),
		g.forgetAll(ctx, old, (*store.Tx).ForgetDeliveries),
		g.forgetAll(ctx, old, (*store.Tx).ForgetEvents),
	)
}

func (g *Gallery) forgetAll(ctx context.Context, before time.Time, batch func(*store.Tx, context.Context, time.Time, int) (int64, error)) error {
	for {
		var n int64
		err := g.db.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = batch(tx, ctx, before, sweepBatch)
			return err
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}

// discardUpload forgets the upload of a media, if there is one, and has its
// bytes deleted: now, and again when the last signed URL for them has expired.
func (g *Gallery) discardUpload(ctx context.Context, tx *store.Tx, media int64) error {
	upload, err := tx.Upload(ctx, media)
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.ForgetUpload(ctx, media); err != nil {
		return err
	}
	discard := queue.Task{Kind: TaskDiscard, Args: DiscardTask{Key: UploadKey(upload.UUID)}, Lane: LaneSweep, Priority: PrioritySingle}
	late := discard
	late.RunAt = g.now().Add(g.limits.UploadTime)
	return g.queue.Enqueue(ctx, tx, discard, late)
}

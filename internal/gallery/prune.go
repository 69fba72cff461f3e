package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// ErrPruning is a wish to use bytes just while they are being deleted. It
// passes within seconds.
var ErrPruning = errors.New("gallery: these bytes are being deleted")

// release notes which of these contents nobody uses any more, and has their
// bytes freed. It comes last in a transaction that takes uses away.
func (g *Gallery) release(ctx context.Context, tx *store.Tx, digests ...string) error {
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
	}
	return nil
}

func (g *Gallery) enqueuePrune(ctx context.Context, tx *store.Tx, sha256 string) error {
	return g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskPrune, Args: PruneTask{SHA256: sha256}, Lane: LaneSweep, Priority: PriorityFirst, Key: sha256,
	})
}

// BeginPrune gives the keys to delete for a content that nobody uses: those of
// its variants, which can be made again, at once; of one without variants the
// original's, when it has been unused for long enough. Until EndPrune whoever
// wants the content waits (ErrPruning). found is false when there is nothing to
// delete; that is asked again in this transaction.
func (g *Gallery) BeginPrune(ctx context.Context, task PruneTask) (keys []string, found bool, err error) {
	err = g.db.Write(ctx, func(tx *store.Tx) error {
		var content vitrine.Content
		content, found, err = tx.BeginPrune(ctx, task.SHA256, g.now().Add(-g.limits.OriginalKept))
		keys = nil
		for _, variant := range content.Variants {
			keys = append(keys, VariantKey(content.SHA256, content.Recipe, variant.Name))
		}
		if found && len(keys) == 0 {
			keys = []string{OriginalKey(content.SHA256)}
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
		return tx.EndPrune(ctx, task.SHA256)
	})
}

// sweepBatch bounds what one Sweep does in one transaction; what is left waits
// for the next.
const sweepBatch = 200

// Sweep does what is due by the clock: it purges uploads that were not
// confirmed in time, frees originals that have been unused for long enough, and
// forgets old answers and jobs. Any number of nodes may call it at any time.
func (g *Gallery) Sweep(ctx context.Context) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		uploads, err := tx.UploadsBefore(ctx, g.now().Add(-g.limits.UploadKept), sweepBatch)
		if err != nil {
			return err
		}
		for _, upload := range uploads {
			if err := g.purgeUpload(ctx, tx, upload); err != nil {
				return err
			}
		}
		digests, err := tx.UnusedContents(ctx, g.now().Add(-g.limits.OriginalKept), sweepBatch)
		if err != nil {
			return err
		}
		for _, sha256 := range digests {
			if err := g.enqueuePrune(ctx, tx, sha256); err != nil {
				return err
			}
		}
		if err := tx.ForgetAnswers(ctx, g.now().Add(-g.limits.AnswerKept)); err != nil {
			return err
		}
		return tx.ForgetJobs(ctx, g.now().Add(-g.limits.JobKept), sweepBatch)
	})
}

// purgeUpload ends the life of an upload: unconfirmed, its media goes with it.
func (g *Gallery) purgeUpload(ctx context.Context, tx *store.Tx, upload store.Upload) error {
	if !upload.ConfirmedAt.IsZero() {
		if err := g.discardUpload(ctx, tx, upload.MediaID); err != nil {
			return err
		}
		return tx.ForgetUpload(ctx, upload.MediaID)
	}
	m, err := tx.AnyMedia(ctx, upload.MediaID)
	if err != nil {
		return err
	}
	return g.deleteMedia(ctx, tx, m.AccountID, Ref{ID: m.ID})
}

// discardUpload has the uploaded bytes of a media deleted, if there are any.
func (g *Gallery) discardUpload(ctx context.Context, tx *store.Tx, media int64) error {
	upload, err := tx.Upload(ctx, media)
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskDiscard, Args: DiscardTask{Key: UploadKey(upload.UUID)}, Lane: LaneSweep, Priority: PrioritySingle,
	})
}

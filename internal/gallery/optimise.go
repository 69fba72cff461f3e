package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Optimise is what there is to optimise.
type Optimise struct {
	Content  vitrine.Content
	Panorama bool // a sender calls it one
	Anew     bool // it is ready, and all of it is made once more
}

// BeginOptimise gives what an optimise task is about. wanted is false when it
// has been optimised, or nobody waits for it any more: then the task is
// finished, in the same transaction, so that who comes to wait for it after
// that makes a new one. Where a scanner has come since, it looks first.
//
// A ready picture that has come to be called a panorama is wanted too.
func (g *Gallery) BeginOptimise(ctx context.Context, finish Finish, task OptimiseTask) (o Optimise, wanted bool, err error) {
	err = g.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockContent(ctx, task.SHA256); err != nil {
			return err
		}
		o.Content, err = tx.Content(ctx, task.SHA256)
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return err
		}
		if o.Panorama, err = tx.CalledPanorama(ctx, task.SHA256); err != nil {
			return err
		}
		switch o.Content.State {
		case vitrine.ContentPending:
			wanted, err = tx.Awaited(ctx, task.SHA256)
		case vitrine.ContentReady:
			wanted = o.Panorama && o.Content.Facts.Panorama == nil && !o.Content.Facts.Flat
			if wanted {
				err = tx.Busy(ctx, task.SHA256, g.now().Add(2*g.limits.OptimiseTimeout))
			}
		default:
			wanted = false
		}
		if err != nil {
			return err
		}
		unscanned := wanted && g.scan && !o.Content.Clean && o.Content.State == vitrine.ContentPending
		if wanted && !unscanned {
			return nil
		}
		wanted = false
		if err := finish(ctx, tx); err != nil || !unscanned {
			return err
		}
		return g.enqueueScan(ctx, tx, task.SHA256, PrioritySingle)
	})
	return o, wanted, err
}

// Optimised ends a content well, and every media that waits for it. Where
// nobody does any more, what was made is freed again. One that was ready before
// comes with the panorama that it has now.
func (g *Gallery) Optimised(ctx context.Context, finish Finish, content vitrine.Content, attempt vitrine.Attempt) error {
	return g.writeForAll(ctx, content.SHA256, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		if content.State == vitrine.ContentReady {
			return g.addPanorama(ctx, tx, content, attempt)
		}
		first, err := g.isOf(ctx, tx, content)
		if err != nil || !first {
			return err
		}
		if first, err = tx.OptimiseContent(ctx, content); err != nil || !first {
			return err
		}
		waiting, err := g.noteAttempt(ctx, tx, content.SHA256, attempt)
		if err != nil {
			return err
		}
		if err := g.end(ctx, tx, waiting, content.SHA256, nil); err != nil {
			return err
		}
		return g.release(ctx, tx, nobody, content.SHA256)
	})
}

// isOf reports whether what was made is of the content as it is now. The bytes
// may have been erased meanwhile, with what was put of it, and been sent again:
// then they are optimised again, as the task of those who wait now was this one.
func (g *Gallery) isOf(ctx context.Context, tx *store.Tx, made vitrine.Content) (bool, error) {
	now, err := tx.Content(ctx, made.SHA256)
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	if err != nil || now.CreatedAt.Equal(made.CreatedAt) {
		return err == nil, err
	}
	awaited, err := tx.Awaited(ctx, made.SHA256)
	if err != nil || !awaited || now.State != vitrine.ContentPending {
		return false, err
	}
	return false, g.enqueueOptimise(ctx, tx, now, PrioritySingle)
}

func (g *Gallery) addPanorama(ctx context.Context, tx *store.Tx, content vitrine.Content, attempt vitrine.Attempt) error {
	first, err := tx.AddPanorama(ctx, content)
	if err != nil || !first {
		return err
	}
	if err := g.noteShowing(ctx, tx, content.SHA256, attempt); err != nil {
		return err
	}
	listings, err := tx.ListingsShowing(ctx, content.SHA256)
	if err != nil {
		return err
	}
	if err := g.emitPublished(ctx, tx, listings); err != nil {
		return err
	}
	return g.release(ctx, tx, nobody, content.SHA256) // which couldn't be freed meanwhile
}

// noteShowing adds an attempt to the timeline of the media that show a ready
// content, of which it made something more.
func (g *Gallery) noteShowing(ctx context.Context, tx *store.Tx, sha256 string, attempt vitrine.Attempt) error {
	showing, err := tx.MediaShowing(ctx, sha256)
	if err != nil {
		return err
	}
	for _, m := range showing {
		attempt.MediaID, attempt.JobID, attempt.Seq = m.ID, m.JobID, m.Seq
		if err := tx.InsertAttempt(ctx, attempt); err != nil {
			return err
		}
	}
	return nil
}

// stayFlat gives up a panorama that can't be made of a ready content.
func (g *Gallery) stayFlat(ctx context.Context, tx *store.Tx, sha256 string, attempt vitrine.Attempt) error {
	content, err := tx.Content(ctx, sha256)
	if errors.Is(err, store.ErrNoRows) || err == nil && (content.State != vitrine.ContentReady || content.Facts.Panorama != nil) {
		return nil
	}
	if err != nil {
		return err
	}
	content.Facts.Flat = true
	if err := tx.SetFacts(ctx, sha256, content.Facts); err != nil {
		return err
	}
	if err := g.noteShowing(ctx, tx, sha256, attempt); err != nil {
		return err
	}
	return g.release(ctx, tx, nobody, sha256)
}

// emitPublished tells that the public sees something else of these listings.
func (g *Gallery) emitPublished(ctx context.Context, tx *store.Tx, listings []int64) error {
	for _, id := range listings {
		listing, err := tx.AnyListing(ctx, id)
		if err != nil {
			return err
		}
		if err := g.emit(ctx, tx, aboutListing(vitrine.EventListingPublished, listing)); err != nil {
			return err
		}
	}
	return nil
}

// ContentFailed ends every media that waits for a content which could not be
// optimised, or in which a virus was found. What is infected is no longer shown
// by anybody, should it have been taken in before there was a scanner.
func (g *Gallery) ContentFailed(ctx context.Context, finish Finish, sha256 string, attempt vitrine.Attempt, f *vitrine.Failure) error {
	return g.writeForAll(ctx, sha256, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		waiting, err := g.noteAttempt(ctx, tx, sha256, attempt)
		if err != nil {
			return err
		}
		if f.Code == vitrine.Infected {
			if err := g.condemn(ctx, tx, sha256, *f); err != nil {
				return err
			}
		}
		if len(waiting) == 0 && f.Code != vitrine.Infected {
			return g.stayFlat(ctx, tx, sha256, attempt)
		}
		if waiting, err = g.endWithoutPreview(ctx, tx, waiting); err != nil {
			return err
		}
		return g.end(ctx, tx, waiting, "", f)
	})
}

// condemn takes an infected content from every media and gallery.
func (g *Gallery) condemn(ctx context.Context, tx *store.Tx, sha256 string, f vitrine.Failure) error {
	listings, err := tx.ListingsShowing(ctx, sha256)
	if err != nil {
		return err
	}
	content, err := tx.Content(ctx, sha256)
	if err != nil {
		return err
	}
	accounts, err := tx.AccountsUsing(ctx, sha256)
	if err != nil {
		return err
	}
	media, err := tx.CondemnContent(ctx, sha256, f, g.now())
	if err != nil {
		return err
	}
	for _, id := range media {
		m, err := tx.AnyMedia(ctx, id)
		if err != nil {
			return err
		}
		if err := errors.Join(g.emitEnd(ctx, tx, m), g.settleListingsOf(ctx, tx, id)); err != nil {
			return err
		}
	}
	if err := g.emitPublished(ctx, tx, listings); err != nil {
		return err
	}
	for _, account := range accounts {
		if err := g.emitPurged(ctx, tx, account, g.addresses(&content)); err != nil {
			return err
		}
	}
	return g.release(ctx, tx, nobody, sha256)
}

// ContentPostponed notes an attempt in the timeline of every media that waits
// for that content; another one follows by itself.
func (g *Gallery) ContentPostponed(ctx context.Context, held Held, sha256 string, attempt vitrine.Attempt) error {
	return g.writeForAll(ctx, sha256, func(tx *store.Tx) error {
		if err := held(ctx, tx); err != nil {
			return err
		}
		_, err := g.noteAttempt(ctx, tx, sha256, attempt)
		return err
	})
}

// ErrUnwanted is work that nobody waits for any more.
var ErrUnwanted = errors.New("gallery: nobody waits for this content")

// Encoding notes how far the encoding of a video has come, in percent, or gives
// ErrUnwanted.
func (g *Gallery) Encoding(ctx context.Context, held Held, sha256 string, percent int) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := held(ctx, tx); err != nil {
			return err
		}
		awaited, err := tx.SetProgress(ctx, sha256, percent)
		if err == nil && !awaited {
			err = ErrUnwanted
		}
		return err
	})
}

// errMoreUse is a media of one more account that has come to use a content
// between our look and our lock.
var errMoreUse = errors.New("gallery: one more account uses the content")

// writeForAll is write for all accounts that use a content, which it locks too. Accounts come before contents, as they do wherever both are locked.
func (g *Gallery) writeForAll(ctx context.Context, sha256 string, fn func(*store.Tx) error) error {
	for {
		err := g.db.Write(ctx, func(tx *store.Tx) error {
			accounts, err := tx.AccountsUsing(ctx, sha256)
			if err != nil {
				return err
			}
			for _, account := range accounts {
				if err := tx.LockAccount(ctx, account); err != nil {
					return err
				}
			}
			if err := tx.LockContent(ctx, sha256); err != nil {
				return err
			}
			now, err := tx.AccountsUsing(ctx, sha256)
			if err != nil {
				return err
			}
			if len(without(now, accounts)) > 0 {
				return errMoreUse
			}
			return fn(tx)
		})
		if !errors.Is(err, errMoreUse) {
			return err
		}
	}
}

func (g *Gallery) noteAttempt(ctx context.Context, tx *store.Tx, sha256 string, attempt vitrine.Attempt) ([]vitrine.Media, error) {
	waiting, err := tx.MediaWanting(ctx, sha256)
	if err != nil {
		return nil, err
	}
	for _, m := range waiting {
		attempt.MediaID, attempt.JobID, attempt.Seq = m.ID, m.JobID, m.Seq
		if err := tx.InsertAttempt(ctx, attempt); err != nil {
			return nil, err
		}
	}
	return waiting, nil
}

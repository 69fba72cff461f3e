package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// settleClassified publishes what may be seen of a classified and writes its
// final status when every media of its list has ended (Classifieds API,
// sections 4.10 and 5).
func (g *Gallery) settleClassified(ctx context.Context, tx *store.Tx, listing *vitrine.Listing, t tally) error {
	if listing.Status == vitrine.StatusDeleted {
		return nil
	}
	if g.changesOver(*listing, t) {
		listing.SwapAt = never
		if err := g.show(ctx, tx, listing, t.good); err != nil {
			return err
		}
	}
	if t.open > 0 {
		return nil
	}
	status := settledStatus(listing.Status, len(t.failed))
	if status == listing.Status {
		return nil
	}
	listing.Status = status
	reports, err := g.reportsWithRemoved(ctx, tx, *listing, t.placed)
	if err != nil {
		return err
	}
	return g.noteStatus(ctx, tx, *listing, vitrine.StatusChange{Status: status, Message: statusMessage(status, t), Media: reports})
}

// changesOver reports whether the gallery shall show the list as it is now. A
// first gallery grows with each picture, and so does one that has changed over
// already. Another changes over when the pictures of the new list have ended,
// or its time is up. A list of which no picture could be had doesn't take the
// place of one that has some.
func (g *Gallery) changesOver(listing vitrine.Listing, t tally) bool {
	switch {
	case listing.ShownRevision == 0:
		return len(t.good) > 0 || t.open == 0
	case t.goodPictures == 0 && pictures(t.placed) > 0:
		return false
	case t.openPictures == 0, listing.ShownRevision == listing.Revision:
		return true
	}
	return !listing.SwapAt.IsZero() && !g.now().Before(listing.SwapAt)
}

func pictures(placed []store.Placed) (n int) {
	for _, p := range placed {
		if p.Media.Kind == vitrine.KindImage {
			n++
		}
	}
	return n
}

// settledStatus is the final status of a classified that was in this one. While
// any media is failed it is the one with a media error, after an update too.
func settledStatus(was vitrine.ListingStatus, failed int) vitrine.ListingStatus {
	switch {
	case failed > 0:
		return vitrine.StatusCreatedWithMediaError
	case was == vitrine.StatusCreating, was == vitrine.StatusCreated:
		return vitrine.StatusCreated
	}
	return vitrine.StatusUpdated
}

// swapOverdue changes over the galleries that have waited for long enough for
// the pictures of a new list.
func (g *Gallery) swapOverdue(ctx context.Context) error {
	var due []vitrine.Listing
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.OverdueSwaps(ctx, g.now(), sweepBatch)
		return err
	})
	errs := []error{err}
	for _, listing := range due {
		errs = append(errs, g.write(ctx, listing.AccountID, func(tx *store.Tx) error {
			now, err := tx.AnyListing(ctx, listing.ID)
			if err != nil {
				return err
			}
			if err := g.settle(ctx, tx, now); err != nil {
				return err
			}
			// One that could not change over waits for its next media.
			return tx.ForgetSwap(ctx, listing.ID)
		}))
	}
	return errors.Join(errs...)
}

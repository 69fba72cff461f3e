package gallery

import (
	"context"
	"errors"
	"slices"

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
	was := listing.Status
	if t.open == 0 {
		listing.Status = settledStatus(was, len(t.failed))
	}
	if err := g.noteSettled(ctx, tx, listing, t); err != nil {
		return err
	}
	if err := g.changeOver(ctx, tx, listing, t); err != nil {
		return err
	}
	if err := g.makePanoramas(ctx, tx, t); err != nil {
		return err
	}
	if listing.Status == was {
		return nil
	}
	status := listing.Status
	reports, err := g.reportsWithRemoved(ctx, tx, *listing, t.placed)
	if err != nil {
		return err
	}
	return g.noteStatus(ctx, tx, *listing, vitrine.StatusChange{Status: status, Message: statusMessage(status, len(t.failed), len(t.placed)), Media: reports})
}

// makePanoramas has what shows a picture all around made for those that their
// sender calls panoramas, and that were optimised before he did.
func (g *Gallery) makePanoramas(ctx context.Context, tx *store.Tx, t tally) error {
	for _, p := range t.good {
		c := p.Media.Content
		if p.Type == vitrine.Panorama && c.Facts.Panorama == nil && !c.Facts.Flat {
			if err := g.enqueueOptimise(ctx, tx, *c, PrioritySingle); err != nil {
				return err
			}
		}
	}
	return nil
}

// changeOver has the gallery show the list as it is now, if it shall.
func (g *Gallery) changeOver(ctx context.Context, tx *store.Tx, listing *vitrine.Listing, t tally) error {
	shown, err := tx.Shown(ctx, listing.ID)
	if err != nil {
		return err
	}
	overdue := !listing.SwapAt.IsZero() && !g.now().Before(listing.SwapAt)
	if t.openPictures == 0 {
		listing.SwapAt = never
	}
	switch {
	case listing.ShownRevision == 0 && len(t.good) == 0 && t.open > 0:
		return nil // nothing to see yet
	case t.goodPictures == 0 && pictures(t.placed) > 0 && slices.ContainsFunc(shown, showsPicture):
		return nil // a list of which no picture could be had takes nothing away
	case t.openPictures == 0, overdue, grows(*listing, shown, t):
		listing.SwapAt = never
		return g.show(ctx, tx, listing, t)
	}
	return nil
}

// grows reports whether a gallery may show what is good before the pictures of
// its list have ended: one that was never complete, or that has changed over
// already, and only as long as nothing that it shows changes or goes.
func grows(listing vitrine.Listing, shown []store.Shown, t tally) bool {
	if listing.SettledRevision != 0 && listing.ShownRevision != listing.Revision && len(shown) > 0 {
		return false
	}
	rest := t.good
	for _, s := range shown {
		same := func(p store.Placed) bool { return looksSame(t.shownOf(p), s) }
		i := slices.IndexFunc(rest, same)
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

func showsPicture(s store.Shown) bool { return s.Type.Kind() == vitrine.KindImage }

func pictures(placed []store.Placed) (n int) {
	for _, p := range placed {
		if isPicture(p.Media) {
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
			return g.settle(ctx, tx, now)
		}))
	}
	return errors.Join(errs...)
}

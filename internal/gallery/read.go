package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// ListingView is a listing with the media of its newest list, in order.
type ListingView struct {
	Listing vitrine.Listing
	Media   []PlacedMedia // without variants
}

// Listing gives an account's listing, or CodeNotFound.
func (g *Gallery) Listing(ctx context.Context, account int64, ref Ref) (ListingView, error) {
	var view ListingView
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		if view.Listing, err = findListing(ctx, tx, account, ref); err != nil {
			return err
		}
		view.Media, err = g.listed(ctx, tx, view.Listing)
		return err
	})
	return view, err
}

// listed gives the media of a listing's newest list, in its order.
func (g *Gallery) listed(ctx context.Context, tx *store.Tx, listing vitrine.Listing) ([]PlacedMedia, error) {
	placed, err := tx.Placed(ctx, listing.ID)
	if err != nil {
		return nil, err
	}
	return g.placedMedia(ctx, tx, listing, placed)
}

// Listings gives a page of an account's listings, oldest first, and how many
// there are. Pages count from 1.
func (g *Gallery) Listings(ctx context.Context, account int64, page, limit int) (views []ListingView, total int, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		listings, n, err := tx.Listings(ctx, account, (page-1)*limit, limit)
		if err != nil {
			return err
		}
		total, views = n, make([]ListingView, len(listings))
		for i, listing := range listings {
			views[i].Listing = listing
			if views[i].Media, err = g.listed(ctx, tx, listing); err != nil {
				return err
			}
		}
		return nil
	})
	return views, total, err
}

// Media gives an account's media with the variants it shows, or CodeNotFound.
func (g *Gallery) Media(ctx context.Context, account int64, ref Ref) (m vitrine.Media, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		m, err = findMedia(ctx, tx, account, ref)
		return err
	})
	return m, err
}

// JobView is a job and its place in the queue.
type JobView struct {
	Job           vitrine.Job
	QueuePosition int // jobs ahead of a pending one, 0 otherwise
	Progress      int // percent of a video's encoding, of an import that has not ended; 0 otherwise
}

// Job gives an account's job, or CodeNotFound.
func (g *Gallery) Job(ctx context.Context, account, id int64) (JobView, error) {
	var view JobView
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		view.Job, err = tx.Job(ctx, account, id)
		if errors.Is(err, store.ErrNoRows) {
			return vitrine.Errorf(vitrine.CodeNotFound, "Job %d not found", id)
		}
		if err == nil && view.Job.Status == vitrine.JobPending {
			view.QueuePosition, err = tx.JobsAhead(ctx, id)
		}
		if err == nil {
			view.Progress, err = progressOf(ctx, tx, view.Job)
		}
		return err
	})
	return view, err
}

// progressOf is how far the encoding of the video that a job imports has come.
func progressOf(ctx context.Context, tx *store.Tx, job vitrine.Job) (percent int, err error) {
	if job.Type != vitrine.JobImport || !job.EndedAt.IsZero() {
		return 0, nil
	}
	m, err := tx.AnyMedia(ctx, job.MediaID)
	if errors.Is(err, store.ErrNoRows) || err == nil && m.JobID != job.ID {
		return 0, nil // deleted, or imported anew by another job
	}
	return m.Progress, err
}

func findListing(ctx context.Context, tx *store.Tx, account int64, ref Ref) (listing vitrine.Listing, err error) {
	if ref.ID != 0 {
		listing, err = tx.Listing(ctx, account, ref.ID)
	} else {
		listing, err = tx.ListingByExternalID(ctx, account, ref.ExternalID)
	}
	return listing, notFound(err, "Listing", ref)
}

func findMedia(ctx context.Context, tx *store.Tx, account int64, ref Ref) (m vitrine.Media, err error) {
	if ref.ID != 0 {
		m, err = tx.Media(ctx, account, ref.ID)
	} else {
		m, err = tx.MediaByExternalID(ctx, account, ref.ExternalID)
	}
	return m, notFound(err, "Media", ref)
}

// notFound gives an absent row the same words whether nobody has it or another
// account does.
func notFound(err error, kind string, ref Ref) error {
	switch {
	case !errors.Is(err, store.ErrNoRows):
		return err
	case ref.ID != 0:
		return vitrine.Errorf(vitrine.CodeNotFound, "%s %d not found", kind, ref.ID)
	}
	return vitrine.Errorf(vitrine.CodeNotFound, "%s with external ID %s not found", kind, ref.ExternalID)
}

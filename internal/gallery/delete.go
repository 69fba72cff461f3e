package gallery

import (
	"context"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// DeleteMedia deletes a file for good (Listings API 3.7): it is taken out of
// every listing, its variants are no longer served, whatever is still being
// done for it comes to nothing, and bytes that nobody else uses are freed.
func (g *Gallery) DeleteMedia(ctx context.Context, account int64, ref Ref) error {
	return g.write(ctx, account, func(tx *store.Tx) error {
		return g.deleteMedia(ctx, tx, account, ref)
	})
}

func (g *Gallery) deleteMedia(ctx context.Context, tx *store.Tx, account int64, ref Ref) error {
	m, err := findMedia(ctx, tx, account, ref)
	if err != nil {
		return err
	}
	return g.dropMedia(ctx, tx, m, vitrine.ByDeletion)
}

// dropMedia deletes a media and takes it out of its listings. It may stand in
// very many: they are read one at a time.
func (g *Gallery) dropMedia(ctx context.Context, tx *store.Tx, m vitrine.Media, by vitrine.ChangedBy) error {
	ids, err := tx.ListingsOf(ctx, m.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := g.reviseWithout(ctx, tx, id, m.ID, by); err != nil {
			return err
		}
	}
	if err := g.forgetMedia(ctx, tx, m); err != nil {
		return err
	}
	return g.settleListings(ctx, tx, ids)
}

// reviseWithout begins the revision of a listing that is without a media, which
// still stands in it.
func (g *Gallery) reviseWithout(ctx context.Context, tx *store.Tx, id, media int64, by vitrine.ChangedBy) error {
	listing, err := tx.AnyListing(ctx, id)
	if err != nil {
		return err
	}
	placed, err := tx.Placed(ctx, id)
	if err != nil {
		return err
	}
	listing.Revision++
	listing.UpdatedAt = g.now()
	listing.Digest = "" // the list is no longer what was sent last
	if err := tx.UpdateListing(ctx, listing); err != nil {
		return err
	}
	return noteRevision(ctx, tx, listing, by, stepsWithout(placed, media), false)
}

// forgetMedia deletes a media with all that is its own, and frees what it used.
func (g *Gallery) forgetMedia(ctx context.Context, tx *store.Tx, m vitrine.Media) error {
	digests, err := tx.DigestsOf(ctx, m.ID)
	if err != nil {
		return err
	}
	if err := tx.EndJob(ctx, m.JobID, vitrine.JobFailed, "", "The file was deleted", g.now()); err != nil {
		return err
	}
	if err := g.discardUpload(ctx, tx, m.ID); err != nil {
		return err
	}
	if err := tx.DeleteMedia(ctx, m.ID); err != nil {
		return err
	}
	return g.release(ctx, tx, m.AccountID, digests...)
}

// DeleteListing deletes a listing and its gallery. Its files stay.
func (g *Gallery) DeleteListing(ctx context.Context, account int64, ref Ref) error {
	return g.write(ctx, account, func(tx *store.Tx) error {
		listing, err := findListing(ctx, tx, account, ref)
		if err != nil {
			return err
		}
		return g.deleteListing(ctx, tx, listing)
	})
}

func (g *Gallery) deleteListing(ctx context.Context, tx *store.Tx, listing vitrine.Listing) error {
	shown, err := tx.Shown(ctx, listing.ID)
	if err != nil {
		return err
	}
	if err := tx.EndJob(ctx, listing.JobID, vitrine.JobFailed, "", "The listing was deleted", g.now()); err != nil {
		return err
	}
	if err := tx.DeleteListing(ctx, listing.ID); err != nil {
		return err
	}
	if err := g.emit(ctx, tx, aboutListing(vitrine.EventListingDeleted, listing)); err != nil {
		return err
	}
	return g.release(ctx, tx, listing.AccountID, digestsOf(shown)...)
}

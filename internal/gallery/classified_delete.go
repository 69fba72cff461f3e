package gallery

import (
	"context"
	"encoding/json"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// DeleteClassified deletes a classified with its gallery and its data, and the
// media that no other classified of the account has. Its history stays. Deleting
// it again changes nothing.
func (g *Gallery) DeleteClassified(ctx context.Context, account int64, uuid string, opts WriteOptions) error {
	return g.write(ctx, account, func(tx *store.Tx) error {
		listing, err := g.findClassified(ctx, tx, account, uuid, opts)
		if err != nil || listing.Status == vitrine.StatusDeleted {
			return err
		}
		placed, err := tx.Placed(ctx, listing.ID)
		if err != nil {
			return err
		}
		listing.Revision++
		listing.UpdatedAt = g.now()
		if err := g.noteAccepted(ctx, tx, listing, "DELETE", vitrine.StatusDeleting, g.reports(placed)); err != nil {
			return err
		}
		if listing.FormData, err = withoutData(listing); err != nil {
			return err
		}
		listing.Status, listing.ExternalID, listing.Digest, listing.SwapAt = vitrine.StatusDeleted, "", "", never
		listing.SettledRevision = listing.Revision
		if err := tx.UpdateListing(ctx, listing); err != nil {
			return err
		}
		err = g.noteStatus(ctx, tx, listing, vitrine.StatusChange{Status: listing.Status, Media: deletedReports(placed, g.now())})
		if err != nil {
			return err
		}
		if err := tx.ReplacePlacements(ctx, listing.ID, nil); err != nil {
			return err
		}
		if err := g.hide(ctx, tx, &listing); err != nil {
			return err
		}
		if err := g.forgetUnplaced(ctx, tx, idsOf(placed)); err != nil {
			return err
		}
		return g.emit(ctx, tx, aboutListing(vitrine.EventListingDeleted, listing))
	})
}

// withoutData keeps of a classified what its history needs.
func withoutData(listing vitrine.Listing) ([]byte, error) {
	k, err := keptOf(listing)
	if err != nil {
		return nil, err
	}
	return kept{Portals: k.Portals, Data: json.RawMessage("{}")}.text()
}

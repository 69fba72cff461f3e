package gallery

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// DeleteClassified deletes a classified with its gallery and its data, and the
// media that no other classified of the account has. Its statuses stay. Deleting
// it again gives its history the same end once more, so that pollers end.
func (g *Gallery) DeleteClassified(ctx context.Context, account int64, uuid string, opts WriteOptions) (ClassifiedResult, error) {
	if opts.DryRun {
		return g.planDeletion(ctx, account, uuid, opts)
	}
	var result ClassifiedResult
	err := g.write(ctx, account, func(tx *store.Tx) error {
		listing, err := g.findClassified(ctx, tx, account, uuid, opts)
		if err != nil {
			return err
		}
		result, err = g.deleteClassified(ctx, tx, listing)
		return err
	})
	return result, err
}

func (g *Gallery) deleteClassified(ctx context.Context, tx *store.Tx, listing vitrine.Listing) (ClassifiedResult, error) {
	// Of a deleted one too: a node of before revisions were kept has left them.
	if err := tx.ForgetRevisions(ctx, listing.ID); err != nil {
		return ClassifiedResult{}, err
	}
	if listing.Status == vitrine.StatusDeleted {
		result := ClassifiedResult{Classified: listing, Deleted: true, Plan: []PlanLine{}}
		return result, g.noteStatus(ctx, tx, listing, vitrine.StatusChange{Status: listing.Status})
	}
	placed, err := tx.Placed(ctx, listing.ID)
	if err != nil {
		return ClassifiedResult{}, err
	}
	listing.Revision++
	listing.UpdatedAt = g.now()
	if err := g.endClassified(ctx, tx, &listing, placed); err != nil {
		return ClassifiedResult{}, err
	}
	if err := tx.ReplacePlacements(ctx, listing.ID, nil); err != nil {
		return ClassifiedResult{}, err
	}
	if err := g.hide(ctx, tx, &listing); err != nil {
		return ClassifiedResult{}, err
	}
	if err := g.forgetUnplaced(ctx, tx, idsOf(placed)); err != nil {
		return ClassifiedResult{}, err
	}
	result := ClassifiedResult{Classified: listing, Changed: true, Plan: allRemoved(placed)}
	return result, g.emit(ctx, tx, aboutListing(vitrine.EventListingDeleted, listing))
}

// endClassified writes the last lines of a classified's history, and forgets its
// data.
func (g *Gallery) endClassified(ctx context.Context, tx *store.Tx, listing *vitrine.Listing, placed []store.Placed) error {
	if err := g.noteAccepted(ctx, tx, *listing, "DELETE", vitrine.StatusDeleting, g.reports(placed)); err != nil {
		return err
	}
	if err := g.forgetData(ctx, tx, listing); err != nil {
		return err
	}
	listing.Status, listing.Digest, listing.SwapAt = vitrine.StatusDeleted, "", never
	listing.SettledRevision = listing.Revision
	if err := tx.UpdateListing(ctx, *listing); err != nil {
		return err
	}
	return g.noteStatus(ctx, tx, *listing, vitrine.StatusChange{Status: listing.Status, Media: deletedReports(placed, g.now())})
}

// planDeletion tells what a deletion would do.
func (g *Gallery) planDeletion(ctx context.Context, account int64, uuid string, opts WriteOptions) (result ClassifiedResult, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		listing, err := g.findClassified(ctx, tx, account, uuid, opts)
		if err != nil {
			return err
		}
		placed, err := tx.Placed(ctx, listing.ID)
		deleted := listing.Status == vitrine.StatusDeleted
		result = ClassifiedResult{Classified: listing, Changed: !deleted, Deleted: deleted, Plan: allRemoved(placed)}
		return err
	})
	return result, err
}

// allRemoved is the plan of a list that goes.
func allRemoved(placed []store.Placed) []PlanLine {
	lines := make([]PlanLine, len(placed))
	for i, p := range placed {
		lines[i] = PlanLine{Step: vitrine.Step{Action: vitrine.Remove, From: i, To: -1}, MediaUUID: p.Media.UUID, URL: p.URL}
	}
	return lines
}

// forgetData keeps of a classified what its history needs, and frees its estate.
func (g *Gallery) forgetData(ctx context.Context, tx *store.Tx, listing *vitrine.Listing) error {
	k, err := keptOf(*listing)
	if err != nil {
		return err
	}
	if listing.FormData, err = (kept{Portals: k.Portals, Data: json.RawMessage("{}")}).text(); err != nil {
		return err
	}
	listing.ExternalID = ""
	return errors.Join(tx.SetFormData(ctx, listing.ID, listing.FormData), tx.SetListingExternalID(ctx, listing.ID, ""))
}

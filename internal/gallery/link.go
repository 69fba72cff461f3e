package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// LinkMedia gives a file its sender's own id, in the place of any it had
// (Listings API 3.7). The same again is no error; one that another file has is
// CodeConflict.
func (g *Gallery) LinkMedia(ctx context.Context, account, id int64, externalID string) error {
	return g.write(ctx, account, func(tx *store.Tx) error {
		return g.linkMedia(ctx, tx, account, id, externalID)
	})
}

func (g *Gallery) linkMedia(ctx context.Context, tx *store.Tx, account, id int64, externalID string) error {
	if _, err := findMedia(ctx, tx, account, Ref{ID: id}); err != nil {
		return err
	}
	holder, err := tx.MediaByExternalID(ctx, account, externalID)
	switch {
	case err == nil && holder.ID != id:
		return vitrine.Errorf(vitrine.CodeConflict, "externalId is already in use by media %d", holder.ID)
	case err == nil:
		return nil
	case !errors.Is(err, store.ErrNoRows):
		return err
	}
	return g.setMediaExternalID(ctx, tx, id, externalID)
}

// setMediaExternalID has the lists be looked at in which the media stands: what
// their senders mean by an external id may be another media now.
func (g *Gallery) setMediaExternalID(ctx context.Context, tx *store.Tx, id int64, externalID string) error {
	if err := tx.SetMediaExternalID(ctx, id, externalID, g.now()); err != nil {
		return err
	}
	return tx.ForgetDigests(ctx, id)
}

// UnlinkMedia takes its sender's own id from a file, and gives what it was: ""
// when there was none.
func (g *Gallery) UnlinkMedia(ctx context.Context, account, id int64) (removed string, err error) {
	err = g.write(ctx, account, func(tx *store.Tx) error {
		removed, err = g.unlinkMedia(ctx, tx, account, id)
		return err
	})
	return removed, err
}

func (g *Gallery) unlinkMedia(ctx context.Context, tx *store.Tx, account, id int64) (removed string, err error) {
	m, err := findMedia(ctx, tx, account, Ref{ID: id})
	if err != nil {
		return "", err
	}
	return m.ExternalID, g.setMediaExternalID(ctx, tx, id, "")
}

// LinkListing is LinkMedia for a listing.
func (g *Gallery) LinkListing(ctx context.Context, account, id int64, externalID string) error {
	return g.write(ctx, account, func(tx *store.Tx) error {
		if _, err := findListing(ctx, tx, account, Ref{ID: id}); err != nil {
			return err
		}
		holder, err := tx.ListingByExternalID(ctx, account, externalID)
		switch {
		case err == nil && holder.ID != id:
			return vitrine.Errorf(vitrine.CodeConflict, "externalId is already in use by listing %d", holder.ID)
		case err == nil:
			return nil
		case !errors.Is(err, store.ErrNoRows):
			return err
		}
		return tx.SetListingExternalID(ctx, id, externalID)
	})
}

// UnlinkListing is UnlinkMedia for a listing.
func (g *Gallery) UnlinkListing(ctx context.Context, account, id int64) (removed string, err error) {
	err = g.write(ctx, account, func(tx *store.Tx) error {
		listing, err := findListing(ctx, tx, account, Ref{ID: id})
		if err != nil {
			return err
		}
		removed = listing.ExternalID
		return tx.SetListingExternalID(ctx, id, "")
	})
	return removed, err
}

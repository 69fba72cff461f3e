package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Shown is a gallery as the public sees it.
type Shown struct {
	Listing  vitrine.Listing
	Pictures []vitrine.Content // in order, each with its variants
}

// Public gives what the public sees of a listing: the pictures that were good
// when it was last published. It is CodeNotFound unless the listing is public;
// one that is being updated, or whose update failed, stays as it was.
func (g *Gallery) Public(ctx context.Context, galleryID string) (Shown, error) {
	var shown Shown
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		shown.Listing, err = tx.ListingByGallery(ctx, galleryID)
		if errors.Is(err, store.ErrNoRows) || err == nil && shown.Listing.ShownRevision == 0 {
			return vitrine.Errorf(vitrine.CodeNotFound, "Gallery not found")
		}
		if err != nil {
			return err
		}
		shown.Pictures, err = tx.Shown(ctx, shown.Listing.ID)
		return err
	})
	return shown, err
}

// VariantShown gives a content whose variants may be served: one that a media
// or a gallery shows. Otherwise it is CodeNotFound, even while the bytes are
// still there.
func (g *Gallery) VariantShown(ctx context.Context, sha256 string) (content vitrine.Content, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		used, err := tx.ContentShown(ctx, sha256)
		if err == nil && used {
			content, err = tx.Content(ctx, sha256)
		}
		if errors.Is(err, store.ErrNoRows) || err == nil && content.State != vitrine.ContentReady {
			return vitrine.Errorf(vitrine.CodeNotFound, "Picture not found")
		}
		return err
	})
	return content, err
}

package gallery

import (
	"context"
	"errors"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Shown is a gallery as the public sees it (Classifieds API, section 4.2).
type Shown struct {
	Listing  vitrine.Listing
	Pictures []store.Shown // pictures and panoramas in order, each content with its variants
	Tour     *store.Shown  // the first virtual tour, nil for none
	Video    *store.Shown  // the first video, nil for none
}

// sort puts what stands in one place where it belongs.
func (s *Shown) sort(place store.Shown) {
	switch place.Type.Kind() {
	case vitrine.KindTour:
		if s.Tour == nil {
			s.Tour = &place
		}
	case vitrine.KindVideo:
		if s.Video == nil {
			s.Video = &place
		}
	default:
		s.Pictures = append(s.Pictures, place)
	}
}

// shows reports whether that media stands in the gallery.
func (s *Shown) shows(media int64) bool {
	same := func(place store.Shown) bool { return place.MediaID == media }
	return slices.ContainsFunc(s.Pictures, same) || s.Tour != nil && same(*s.Tour) || s.Video != nil && same(*s.Video)
}

// Public gives what the public sees of a listing: the pictures that were good
// when it was last published. It is CodeNotFound unless the listing is public;
// one that is being updated, or whose update failed, stays as it was.
func (g *Gallery) Public(ctx context.Context, galleryID string) (Shown, error) {
	var shown Shown
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		shown = Shown{}
		shown.Listing, err = tx.ListingByGallery(ctx, galleryID)
		if errors.Is(err, store.ErrNoRows) || err == nil && shown.Listing.ShownRevision == 0 {
			return vitrine.Errorf(vitrine.CodeNotFound, "Gallery not found")
		}
		if err != nil {
			return err
		}
		places, err := tx.Shown(ctx, shown.Listing.ID)
		if err != nil {
			return err
		}
		for _, place := range places {
			if err := withVariants(ctx, tx, place.Content); err != nil {
				return err
			}
			shown.sort(place)
		}
		return nil
	})
	return shown, err
}

// VariantShown gives a content whose variants may be served: one that a media
// or a gallery shows. Otherwise it is CodeNotFound, even while the bytes are
// still there. What this node takes away is gone at once, what another one does
// a second later (Listings API 3.3: within seconds). The content is not the
// caller's alone and must not be changed.
func (g *Gallery) VariantShown(ctx context.Context, sha256 string) (vitrine.Content, error) {
	now := g.now()
	content, epoch, ok := g.served.Find(sha256, now)
	if ok {
		return content, nil
	}
	err := g.db.View(ctx, func(tx *store.Tx) error {
		content = vitrine.Content{}
		used, err := tx.ContentShown(ctx, sha256)
		if err == nil && used {
			content, err = tx.Content(ctx, sha256)
		}
		if errors.Is(err, store.ErrNoRows) || err == nil && content.State != vitrine.ContentReady {
			return vitrine.Errorf(vitrine.CodeNotFound, "Picture not found")
		}
		return err
	})
	if err != nil {
		return vitrine.Content{}, err
	}
	g.served.Keep(sha256, content, epoch, now)
	return content, nil
}

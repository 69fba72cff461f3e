package gallery

import (
	"context"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/tracing"
)

// noteTrace has what is made of a listing from now on belong to the trace of
// ctx, if that has one.
func noteTrace(ctx context.Context, tx *store.Tx, listing int64) error {
	if text := tracing.Text(ctx); text != "" {
		return tx.SetListingTrace(ctx, listing, text)
	}
	return nil
}

// inTrace is ctx in the trace of the newest change of a listing. What settles it
// may be of another one: of somebody else who has sent the same picture.
func (g *Gallery) inTrace(ctx context.Context, tx *store.Tx, listing int64) (context.Context, error) {
	if g.tracer == nil {
		return ctx, nil
	}
	text, err := tx.ListingTrace(ctx, listing)
	return tracing.With(ctx, text), err
}

// notePublished tells how long a change has taken, once its pictures are all
// there to be seen. What a video adds later, and what a retry mends of a list that
// had settled, counts no more.
func (g *Gallery) notePublished(tx *store.Tx, listing vitrine.Listing, t tally, before, now []store.Shown) {
	if g.published == nil || t.openPictures > 0 || !t.unsettled || samePictures(before, now) {
		return
	}
	took := g.now().Sub(listing.UpdatedAt)
	tx.OnCommit(func() { g.published(listing.Kind, took) })
}

// samePictures reports whether two galleries show the same pictures in the same
// order.
func samePictures(a, b []store.Shown) bool {
	return slices.EqualFunc(picturesOf(a), picturesOf(b), looksSame)
}

func picturesOf(places []store.Shown) (some []store.Shown) {
	for _, place := range places {
		if showsPicture(place) {
			some = append(some, place)
		}
	}
	return some
}

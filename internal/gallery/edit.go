package gallery

import (
	"context"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// EditFiles makes the list of an account's listing, named by its UUID, what edit
// makes of it, as a person wants it. Nothing comes between: edit is given the list
// as it is when it is written. A classified's list is its sender's alone:
// CodeConflict. The sender's next list counts as any does.
func (g *Gallery) EditFiles(ctx context.Context, account int64, uuid string, edit func([]File) ([]File, error)) (PutResult, error) {
	var result PutResult
	err := g.write(ctx, account, func(tx *store.Tx) error {
		listing, err := ownListing(ctx, tx, account, uuid)
		if err != nil {
			return err
		}
		if listing.Kind != vitrine.KindListing {
			return vitrine.Errorf(vitrine.CodeConflict, "The list of a classified is its sender's")
		}
		placed, err := tx.Placed(ctx, listing.ID)
		if err != nil {
			return err
		}
		files := make([]File, len(placed))
		for i, p := range placed {
			files[i] = File{ID: p.MediaID, Altered: p.Altered, AlteredFrom: p.AlteredFrom}
		}
		in := ListingInput{Ref: Ref{ID: listing.ID}, By: vitrine.ByDashboard}
		if in.Files, err = edit(files); err != nil {
			return err
		}
		digest, err := digestOf(in)
		if err != nil {
			return err
		}
		w := writer{g: g, tx: tx, in: in, now: g.now(), listing: listing}
		result, err = w.write(ctx, digest)
		return err
	})
	return result, err
}

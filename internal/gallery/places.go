package gallery

import (
	"context"
	"errors"
	"strconv"

	"github.com/google/uuid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// RecordKey names a listing for those who read galleries of both APIs: by its
// number in the Listings API, by its UUID in the other.
func RecordKey(l vitrine.Listing) string {
	if l.Kind == vitrine.KindClassified {
		return l.UUID
	}
	return strconv.FormatInt(l.ID, 10)
}

// Places are what stands in published galleries.
type Places struct {
	Items []store.Published // each content with its variants
	Total int               // of all that were asked for, where that was asked
}

// Places gives what an account's published galleries show, by a query that need
// not name the account. With a record only the gallery of the listing with that
// RecordKey is looked at; one that isn't there shows nothing.
func (g *Gallery) Places(ctx context.Context, account int64, record string, q store.PublishedQuery, count bool) (places Places, err error) {
	q.Account = account
	err = g.db.View(ctx, func(tx *store.Tx) (err error) {
		places = Places{}
		if record != "" {
			q.Listing, err = findRecord(ctx, tx, account, record)
			if errors.Is(err, store.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		if count {
			if places.Total, err = tx.CountPublished(ctx, q); err != nil {
				return err
			}
		}
		if q.Limit == 0 {
			return nil
		}
		if places.Items, err = tx.Published(ctx, q); err != nil {
			return err
		}
		for _, place := range places.Items {
			if err := withVariants(ctx, tx, place.Content); err != nil {
				return err
			}
		}
		return nil
	})
	return places, err
}

// findRecord gives the id of the listing with a RecordKey, or ErrNoRows.
func findRecord(ctx context.Context, tx *store.Tx, account int64, record string) (int64, error) {
	if id, err := strconv.ParseInt(record, 10, 64); err == nil {
		listing, err := tx.Listing(ctx, account, id)
		return listing.ID, err
	}
	if uuid.Validate(record) != nil {
		return 0, store.ErrNoRows // and it may be no text that can be looked up
	}
	listing, err := tx.Classified(ctx, account, record)
	return listing.ID, err
}

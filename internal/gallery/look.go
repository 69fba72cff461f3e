package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Summary is a listing or a classified as a line of a list.
type Summary struct {
	Listing vitrine.Listing
	Cover   *vitrine.Content // with its variants; nil while there is no picture
	Files   int
	Failed  int // files of which the newest version could not be had
	Waiting int // files on their way
}

// Find gives summaries of an account's listings and classifieds that match,
// newest first.
func (g *Gallery) Find(ctx context.Context, account int64, f store.ListingFilter, limit int) (found []Summary, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		listings, err := tx.FindListings(ctx, account, f, limit)
		if err != nil {
			return err
		}
		found = make([]Summary, len(listings))
		for i, listing := range listings {
			if found[i], err = summaryOf(ctx, tx, listing); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

func summaryOf(ctx context.Context, tx *store.Tx, listing vitrine.Listing) (Summary, error) {
	placed, err := tx.Placed(ctx, listing.ID)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{Listing: listing, Files: len(placed)}
	for _, p := range placed {
		if s.Cover == nil && p.Media.Content != nil {
			s.Cover = p.Media.Content
		}
		switch {
		case !p.Media.State.Ended():
			s.Waiting++
		case p.Media.Failure != nil:
			s.Failed++
		}
	}
	if s.Cover != nil {
		s.Cover.Variants, err = tx.Variants(ctx, s.Cover.SHA256)
	}
	return s, err
}

// Overview is a listing or a classified beside what the public sees of it.
type Overview struct {
	Listing  vitrine.Listing
	Media    []PlacedMedia       // the sender's list, in order, with variants
	Warnings [][]vitrine.Warning // of each of Media within the list, see CheckUp
	Public   Shown               // empty while nothing is shown
	// History are the newest lines of a classified's, newest first.
	History []vitrine.StatusChange
}

// Own gives an account's listing or classified by its UUID, or CodeNotFound.
func (g *Gallery) Own(ctx context.Context, account int64, uuid string) (listing vitrine.Listing, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		listing, err = ownListing(ctx, tx, account, uuid)
		return err
	})
	return listing, err
}

// Overview gives an account's listing or classified by its UUID, or
// CodeNotFound. lines bounds the history.
func (g *Gallery) Overview(ctx context.Context, account int64, uuid string, lines int) (o Overview, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		o = Overview{}
		if o.Listing, err = ownListing(ctx, tx, account, uuid); err != nil {
			return err
		}
		if o.Media, err = g.listed(ctx, tx, o.Listing); err != nil {
			return err
		}
		for i := range o.Media {
			if err := withVariants(ctx, tx, o.Media[i].Media.Content); err != nil {
				return err
			}
		}
		if o.Warnings, err = warningsWithin(ctx, tx, o.Listing, o.Media); err != nil {
			return err
		}
		places, err := tx.Shown(ctx, o.Listing.ID)
		if err != nil {
			return err
		}
		for _, place := range places {
			if err := withVariants(ctx, tx, place.Content); err != nil {
				return err
			}
			o.Public.sort(place)
		}
		o.Public.Listing = o.Listing
		o.History, err = tx.Statuses(ctx, o.Listing.ID, maxID, lines)
		return err
	})
	return o, err
}

// withVariants gives a content, nil for none, its variants.
func withVariants(ctx context.Context, tx *store.Tx, c *vitrine.Content) (err error) {
	if c != nil {
		c.Variants, err = tx.Variants(ctx, c.SHA256)
	}
	return err
}

// MediaView is a media with what has been tried, and where it stands.
type MediaView struct {
	PlacedMedia
	Listing  vitrine.Listing
	Warnings []vitrine.Warning // see CheckUp
	Attempts []vitrine.Attempt // oldest first
	UsedIn   []vitrine.Listing // that have it in their list
}

// MediaIn gives one media of the list of an account's listing or classified,
// each by its UUID, or CodeNotFound.
func (g *Gallery) MediaIn(ctx context.Context, account int64, uuid, mediaUUID string) (view MediaView, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		view = MediaView{}
		if view.Listing, view.PlacedMedia, err = g.mediaIn(ctx, tx, account, uuid, mediaUUID); err != nil {
			return err
		}
		if view.Warnings, err = g.warningsOf(ctx, tx, view.Listing, mediaUUID); err != nil {
			return err
		}
		if err = withVariants(ctx, tx, view.Media.Content); err != nil {
			return err
		}
		if view.Attempts, err = tx.Attempts(ctx, view.Media.ID); err != nil {
			return err
		}
		listings, err := tx.ListingsOf(ctx, view.Media.ID)
		if err != nil {
			return err
		}
		for _, id := range listings {
			listing, err := tx.AnyListing(ctx, id)
			if err != nil {
				return err
			}
			view.UsedIn = append(view.UsedIn, listing)
		}
		return nil
	})
	return view, err
}

// RetryIn fetches one media of a list again, as Retry or RetryPlaced does.
func (g *Gallery) RetryIn(ctx context.Context, account int64, uuid, mediaUUID string) error {
	var listing vitrine.Listing
	var placed PlacedMedia
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		listing, placed, err = g.mediaIn(ctx, tx, account, uuid, mediaUUID)
		return err
	})
	if err != nil {
		return err
	}
	if listing.Kind == vitrine.KindClassified {
		return g.RetryPlaced(ctx, account, uuid, mediaUUID)
	}
	_, err = g.Retry(ctx, account, placed.Media.ID)
	return err
}

func (g *Gallery) mediaIn(ctx context.Context, tx *store.Tx, account int64, uuid, mediaUUID string) (vitrine.Listing, PlacedMedia, error) {
	listing, err := ownListing(ctx, tx, account, uuid)
	if err != nil {
		return listing, PlacedMedia{}, err
	}
	media, err := g.listed(ctx, tx, listing)
	if err != nil {
		return listing, PlacedMedia{}, err
	}
	for _, m := range media {
		if m.Media.UUID == mediaUUID {
			return listing, m, nil
		}
	}
	return listing, PlacedMedia{}, vitrine.Errorf(vitrine.CodeNotFound, "Media %s not found", mediaUUID)
}

func ownListing(ctx context.Context, tx *store.Tx, account int64, uuid string) (vitrine.Listing, error) {
	listing, err := tx.OwnListing(ctx, account, uuid)
	if errors.Is(err, store.ErrNoRows) || errors.Is(err, store.ErrText) {
		err = vitrine.Errorf(vitrine.CodeNotFound, "Listing %s not found", uuid)
	}
	return listing, err
}

package gallery

import (
	"context"
	"encoding/json"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// PlacedMedia is a media in its place in a classified.
type PlacedMedia struct {
	Media     vitrine.Media
	Placement vitrine.Placement
	Status    vitrine.MediaStatus
	Stale     bool // it shows its last good content; Media.Failure says why not the newest
	Shown     bool // the public sees it now: of tours and videos only the first
}

// ClassifiedView is a classified as its sender sees it.
type ClassifiedView struct {
	Classified vitrine.Listing
	Portals    []string
	Data       json.RawMessage
	Specific   json.RawMessage // nil for none
	Media      []PlacedMedia   // in order, without variants
	Status     vitrine.StatusChange
}

// Classified gives an account's classified, a deleted one too, or CodeNotFound.
func (g *Gallery) Classified(ctx context.Context, account int64, uuid string) (view ClassifiedView, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		listing, err := g.findClassified(ctx, tx, account, uuid, WriteOptions{})
		if err != nil {
			return err
		}
		view, err = g.viewOf(ctx, tx, listing)
		return err
	})
	return view, err
}

// Classifieds gives some of an account's classifieds with a Listing.ID above
// after, in the order in which they came. Deleted ones are left out.
func (g *Gallery) Classifieds(ctx context.Context, account, after int64, limit int) (views []ClassifiedView, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		listings, err := tx.Classifieds(ctx, account, after, limit)
		if err != nil {
			return err
		}
		views = make([]ClassifiedView, len(listings))
		for i, listing := range listings {
			if views[i], err = g.viewOf(ctx, tx, listing); err != nil {
				return err
			}
		}
		return nil
	})
	return views, err
}

func (g *Gallery) viewOf(ctx context.Context, tx *store.Tx, listing vitrine.Listing) (ClassifiedView, error) {
	kept, err := keptOf(listing)
	if err != nil {
		return ClassifiedView{}, err
	}
	placed, err := tx.Placed(ctx, listing.ID)
	if err != nil {
		return ClassifiedView{}, err
	}
	view := ClassifiedView{Classified: listing, Portals: kept.Portals, Data: kept.Data, Specific: kept.Specific}
	if view.Media, err = g.placedMedia(ctx, tx, listing, placed); err != nil {
		return ClassifiedView{}, err
	}
	newest, err := tx.Statuses(ctx, listing.ID, maxID, 1)
	if err != nil {
		return ClassifiedView{}, err
	}
	if len(newest) > 0 {
		view.Status = newest[0]
		g.bringUpToDate(&view.Status, listing, placed)
	}
	if listing.Status == vitrine.StatusDeleted {
		// Which it stays, though a PUT may have failed since.
		view.Status.Status, view.Status.SubStatus, view.Status.Message = listing.Status, "", ""
	}
	return view, nil
}

// bringUpToDate gives the newest status of a classified that is under way the
// media as they are now, so that pollers see them come.
func (g *Gallery) bringUpToDate(status *vitrine.StatusChange, listing vitrine.Listing, placed []store.Placed) {
	if listing.Status.Settled() {
		return
	}
	reports := g.reports(placed)
	for _, report := range status.Media {
		if report.Status == vitrine.MediaDeleted {
			reports = append(reports, report)
		}
	}
	status.Media = reports
}

func (g *Gallery) placedMedia(ctx context.Context, tx *store.Tx, listing vitrine.Listing, placed []store.Placed) ([]PlacedMedia, error) {
	var public Shown
	if listing.ShownRevision != 0 {
		places, err := tx.Shown(ctx, listing.ID)
		if err != nil {
			return nil, err
		}
		for _, place := range places {
			public.sort(place)
		}
	}
	media := make([]PlacedMedia, len(placed))
	for i, p := range placed {
		media[i] = PlacedMedia{
			Media: p.Media, Placement: p.Placement, Status: g.mediaStatus(p), Stale: p.Media.Failure != nil && isGood(p.Media),
			Shown: public.shows(p.MediaID),
		}
	}
	return media, nil
}

// ClassifiedMedia gives the list of a classified in order, with variants.
func (g *Gallery) ClassifiedMedia(ctx context.Context, account int64, uuid string) (media []PlacedMedia, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		listing, err := g.findClassified(ctx, tx, account, uuid, WriteOptions{})
		if err != nil {
			return err
		}
		placed, err := tx.Placed(ctx, listing.ID)
		if err != nil {
			return err
		}
		if media, err = g.placedMedia(ctx, tx, listing, placed); err != nil {
			return err
		}
		for _, m := range media {
			if err := withVariants(ctx, tx, m.Media.Content); err != nil {
				return err
			}
		}
		return nil
	})
	return media, err
}

// Statuses gives the history of a classified, newest first: lines with an id
// below before, 0 for the newest.
func (g *Gallery) Statuses(ctx context.Context, account int64, uuid string, before int64, limit int) (statuses []vitrine.StatusChange, err error) {
	newest := before == 0
	if newest {
		before = maxID
	}
	err = g.db.View(ctx, func(tx *store.Tx) error {
		listing, err := g.findClassified(ctx, tx, account, uuid, WriteOptions{})
		if err != nil {
			return err
		}
		if statuses, err = tx.Statuses(ctx, listing.ID, before, limit); err != nil || !newest || len(statuses) == 0 {
			return err
		}
		placed, err := tx.Placed(ctx, listing.ID)
		if err != nil {
			return err
		}
		g.bringUpToDate(&statuses[0], listing, placed)
		return nil
	})
	return statuses, err
}

// TimelinePlaced gives the attempts at a media of a classified, oldest first, or
// CodeNotFound.
func (g *Gallery) TimelinePlaced(ctx context.Context, account int64, uuid, mediaUUID string) (attempts []vitrine.Attempt, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		_, p, err := g.findPlaced(ctx, tx, account, uuid, mediaUUID)
		if err != nil {
			return err
		}
		attempts, err = tx.Attempts(ctx, p.MediaID)
		return err
	})
	return attempts, err
}

// findPlaced gives a classified and one media of its list, or CodeNotFound.
func (g *Gallery) findPlaced(ctx context.Context, tx *store.Tx, account int64, uuid, mediaUUID string) (vitrine.Listing, store.Placed, error) {
	listing, err := g.findClassified(ctx, tx, account, uuid, WriteOptions{})
	if err != nil {
		return listing, store.Placed{}, err
	}
	placed, err := tx.Placed(ctx, listing.ID)
	if err != nil {
		return listing, store.Placed{}, err
	}
	for _, p := range placed {
		if p.Media.UUID == mediaUUID {
			return listing, p, nil
		}
	}
	return listing, store.Placed{}, vitrine.Errorf(vitrine.CodeNotFound, "Media %s not found", mediaUUID)
}

// RetryPlaced fetches a media of a classified again now, from the URL as it was
// sent last. What it shows stays until the new bytes are ready; one that is on
// its way already goes on.
func (g *Gallery) RetryPlaced(ctx context.Context, account int64, uuid, mediaUUID string) error {
	return g.write(ctx, account, func(tx *store.Tx) error {
		listing, p, err := g.findPlaced(ctx, tx, account, uuid, mediaUUID)
		if err != nil || !p.Media.State.Ended() {
			return err
		}
		if err := g.checkBacklog(ctx, tx, account, 0); err != nil {
			return err
		}
		if err := g.refetch(ctx, tx, new(turn), &p.Media, p.Media.Source, PrioritySingle); err != nil {
			return err
		}
		if !listing.Status.Settled() {
			return nil
		}
		listing.Status = vitrine.StatusUpdating
		if err := tx.UpdateListing(ctx, listing); err != nil {
			return err
		}
		return g.noteStatus(ctx, tx, listing, vitrine.StatusChange{Status: listing.Status})
	})
}

package gallery

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// tally is how far the media of a list have come.
type tally struct {
	placed       []store.Placed
	open         int // media that have not ended
	openPictures int
	good         []store.Placed // those that have something to show
	goodPictures int
	failed       []vitrine.Media // those whose newest version could not be had
	unsettled    bool            // the revision had not settled before
}

func tallyOf(placed []store.Placed) tally {
	t := tally{placed: placed}
	for _, p := range placed {
		picture := isPicture(p.Media)
		if !p.Media.State.Ended() {
			t.open++
			if picture {
				t.openPictures++
			}
		}
		if isGood(p.Media) {
			t.good = append(t.good, p)
			if picture {
				t.goodPictures++
			}
		}
		if p.Media.Failure != nil {
			t.failed = append(t.failed, p.Media)
		}
	}
	return t
}

// isPicture reports whether a media is, or may be, a picture.
func isPicture(m vitrine.Media) bool {
	switch {
	case m.Kind == vitrine.KindTour, m.GoodURL != "":
		return false // its content, if any, is a preview
	case m.Content != nil:
		return !vitrine.IsVideo(m.Content.Type)
	}
	return m.Kind.Picture()
}

// isGood reports whether a media has something to show, perhaps of its last good
// version: bytes, or where a link leads to.
func isGood(m vitrine.Media) bool { return m.Content != nil || m.GoodURL != "" }

// settle looks at a listing after something has happened to its list: it notes
// once for each revision that every media has ended, and publishes what may be
// seen. The gallery changes over in one step, and only to a list that is good
// enough.
func (g *Gallery) settle(ctx context.Context, tx *store.Tx, listing vitrine.Listing) error {
	placed, err := tx.Placed(ctx, listing.ID)
	if err != nil {
		return err
	}
	t := tallyOf(placed)
	t.unsettled = listing.SettledRevision < listing.Revision
	ctx, err = g.inTrace(ctx, tx, listing.ID)
	if err != nil {
		return err
	}
	if listing.Kind == vitrine.KindClassified {
		err = g.settleClassified(ctx, tx, &listing, t)
	} else {
		err = g.settleListing(ctx, tx, &listing, t)
	}
	if err != nil {
		return err
	}
	return tx.UpdateListing(ctx, listing)
}

// noteSettled tells that every media of a revision has ended, the first time
// that this is so.
func (g *Gallery) noteSettled(ctx context.Context, tx *store.Tx, listing *vitrine.Listing, t tally) error {
	if t.open > 0 || listing.SettledRevision >= listing.Revision {
		return nil
	}
	listing.SettledRevision = listing.Revision
	return g.emit(ctx, tx, aboutListing(vitrine.EventListingSettled, *listing))
}

// settleListing publishes a listing when every picture of its list has ended
// (Listings API 4.2); until then it does nothing. A video appears when it is
// ready; the job of the publication ends when every media has.
func (g *Gallery) settleListing(ctx context.Context, tx *store.Tx, listing *vitrine.Listing, t tally) error {
	if t.openPictures > 0 {
		return nil
	}
	if err := g.endRefused(ctx, tx, *listing, t); err != nil {
		return err
	}
	if len(t.failed) > 0 {
		listing.Digest = "" // the same list sent again shall be looked at, and what failed tried again
	}
	asked, enough := listing.Status == vitrine.StatusPendingActive, t.goodPictures >= g.limits.MinPhotos
	switch {
	case asked && enough:
		listing.Status = vitrine.StatusActive
	case asked:
		listing.Status = vitrine.StatusPublishFailed
	}
	if err := g.noteSettled(ctx, tx, listing, t); err != nil {
		return err
	}
	switch {
	case asked && !enough:
		// What the public saw before stays.
		err := tx.EndJob(ctx, listing.JobID, vitrine.JobFailed, "", g.tooFew(t), g.now())
		return errors.Join(err, g.emit(ctx, tx, aboutListing(vitrine.EventListingFailed, *listing)))
	case !enough || !listing.Status.Public():
		return nil
	}
	if err := g.show(ctx, tx, listing, t); err != nil || t.open > 0 {
		return err
	}
	result, err := publishedResult(*listing, t.failed)
	if err != nil {
		return err
	}
	return tx.EndJob(ctx, listing.JobID, vitrine.JobCompleted, result, "", g.now())
}

// endRefused ends the job of a listing that was published and, while its videos
// were being encoded, has lost the pictures that it needs.
func (g *Gallery) endRefused(ctx context.Context, tx *store.Tx, listing vitrine.Listing, t tally) error {
	if t.open > 0 || listing.Status == vitrine.StatusPendingActive || t.goodPictures >= g.limits.MinPhotos {
		return nil
	}
	return tx.EndJob(ctx, listing.JobID, vitrine.JobFailed, "", g.tooFew(t), g.now())
}

// show makes the good media of a list what the public sees, and frees what it no
// longer sees.
func (g *Gallery) show(ctx context.Context, tx *store.Tx, listing *vitrine.Listing, t tally) error {
	before, err := tx.Shown(ctx, listing.ID)
	if err != nil {
		return err
	}
	now := make([]store.Shown, len(t.good))
	for i, p := range t.good {
		now[i] = t.shownOf(p)
	}
	shownBefore := listing.ShownRevision
	listing.ShownRevision = listing.Revision
	if shownBefore != 0 && slices.EqualFunc(before, now, looksSame) {
		// Nothing changes for the public, its ETag included.
		if shownBefore == listing.Revision {
			return nil
		}
		return tx.SetShownRevision(ctx, listing.ID, listing.Revision)
	}
	ctx, span := g.tracer.Begin(ctx, "publish", slog.Int64("listing", listing.ID), slog.Int64("revision", listing.Revision))
	tx.OnCommit(func() { span.End(false) }) // one that is rolled back has not been
	if err := tx.Show(ctx, listing.ID, listing.Revision, now, g.now()); err != nil {
		return err
	}
	g.notePublished(tx, *listing, t, before, now)
	if err := g.emit(ctx, tx, aboutListing(vitrine.EventListingPublished, *listing)); err != nil {
		return err
	}
	if err := g.release(ctx, tx, listing.AccountID, without(digestsOf(before), digestsOf(now))...); err != nil {
		return err
	}
	return g.forgetUnplaced(ctx, tx, mediaOfShown(before))
}

// shownOf is what the public sees of a media in its place. Where a picture came
// from is nobody's business; a link is nothing else.
func (t *tally) shownOf(p store.Placed) store.Shown {
	shown := store.Shown{Placement: p.Placement, Content: p.Media.Content}
	shown.URL, shown.AlteredFrom = p.Media.GoodURL, ""
	if shown.URL != "" && p.Media.Link != nil {
		says := *p.Media.Link
		says.PreviewURL = "" // where their picture is; ours is the content
		shown.Link = &says
	}
	if isPicture(p.Media) {
		shown.AlteredFromMedia = t.alteredFrom(p)
	} else {
		shown.Altered = false
	}
	if p.Media.Kind != vitrine.KindTour && !isPicture(p.Media) {
		shown.Type = vitrine.Video // which the Listings API leaves to us
	}
	return shown
}

// alteredFrom gives the media of the list that an altered picture was made of, 0
// when it isn't there.
func (t *tally) alteredFrom(p store.Placed) int64 {
	for _, other := range t.placed {
		if madeOf(p.Placement, other.Placement, other.Media) {
			return other.MediaID
		}
	}
	return 0
}

// madeOf reports whether a picture names another one of its list, source in its
// place, as the one that it was made of.
func madeOf(p, place vitrine.Placement, source vitrine.Media) bool {
	named := place.URL == p.AlteredFrom || place.URL == "" && source.ExternalID == p.AlteredFrom
	return p.AlteredFrom != "" && named && source.ID != p.MediaID
}

// looksSame reports whether the public sees no difference between two places.
func looksSame(a, b store.Shown) bool {
	sameContent := a.Content == nil && b.Content == nil ||
		a.Content != nil && b.Content != nil && a.Content.SHA256 == b.Content.SHA256
	return sameContent && a.MediaID == b.MediaID && a.Type == b.Type && a.Category == b.Category &&
		slices.Equal(a.Tags, b.Tags) && a.Title == b.Title && a.URL == b.URL &&
		a.Altered == b.Altered && a.AlteredFromMedia == b.AlteredFromMedia && sameLink(a.Link, b.Link)
}

func sameLink(a, b *vitrine.Link) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// hide takes a listing out of the public's sight.
func (g *Gallery) hide(ctx context.Context, tx *store.Tx, listing *vitrine.Listing) error {
	before, err := tx.Shown(ctx, listing.ID)
	if err != nil {
		return err
	}
	if err := tx.Hide(ctx, listing.ID); err != nil {
		return err
	}
	listing.ShownRevision = 0
	if err := g.release(ctx, tx, listing.AccountID, digestsOf(before)...); err != nil {
		return err
	}
	return g.forgetUnplaced(ctx, tx, mediaOfShown(before))
}

// forgetUnplaced deletes those of these media that came with a classified and
// stand in no list and no gallery any more.
func (g *Gallery) forgetUnplaced(ctx context.Context, tx *store.Tx, media []int64) error {
	unplaced, err := tx.Unplaced(ctx, media)
	if err != nil {
		return err
	}
	for _, id := range unplaced {
		m, err := tx.AnyMedia(ctx, id)
		if err != nil {
			return err
		}
		if err := g.forgetMedia(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

func digestsOf(places []store.Shown) []string {
	var digests []string
	for _, p := range places {
		if p.Content != nil && !slices.Contains(digests, p.Content.SHA256) {
			digests = append(digests, p.Content.SHA256)
		}
	}
	return digests
}

func mediaOfShown(places []store.Shown) []int64 {
	var ids []int64
	for _, p := range places {
		if !slices.Contains(ids, p.MediaID) {
			ids = append(ids, p.MediaID)
		}
	}
	return ids
}

// without gives the items that are not among the others.
func without[T comparable](items, others []T) []T {
	return slices.DeleteFunc(items, func(item T) bool { return slices.Contains(others, item) })
}

package gallery

import (
	"context"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// CheckedMedia is a media in its place with what there is to say of its picture.
type CheckedMedia struct {
	PlacedMedia
	Measured bool // there are figures of its picture; of one made before they were taken there are none
	Warnings []vitrine.Warning
}

// CheckUp judges the pictures of an account's listing, in the order of its list,
// or gives CodeNotFound. It changes nothing, and keeps nothing from being shown.
func (g *Gallery) CheckUp(ctx context.Context, account int64, ref Ref) (vitrine.Listing, []CheckedMedia, error) {
	return g.viewCheckUp(ctx, func(tx *store.Tx) (vitrine.Listing, error) { return findListing(ctx, tx, account, ref) })
}

// CheckUpClassified is CheckUp of a classified.
func (g *Gallery) CheckUpClassified(ctx context.Context, account int64, uuid string) ([]CheckedMedia, error) {
	_, checked, err := g.viewCheckUp(ctx, func(tx *store.Tx) (vitrine.Listing, error) {
		return g.findClassified(ctx, tx, account, uuid, WriteOptions{})
	})
	return checked, err
}

func (g *Gallery) viewCheckUp(ctx context.Context, find func(*store.Tx) (vitrine.Listing, error)) (listing vitrine.Listing, checked []CheckedMedia, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		if listing, err = find(tx); err != nil {
			return err
		}
		media, err := g.listed(ctx, tx, listing)
		if err != nil {
			return err
		}
		list, err := checkedList(ctx, tx, listing, media)
		if err != nil {
			return err
		}
		checked = make([]CheckedMedia, len(media))
		for i, m := range media {
			warnings, err := list.warnings(ctx, tx, i)
			if err != nil {
				return err
			}
			checked[i] = CheckedMedia{PlacedMedia: m, Measured: list.figures[i] != nil, Warnings: warnings}
		}
		return nil
	})
	return listing, checked, err
}

// checkList is a list of which the pictures are judged.
type checkList struct {
	listing vitrine.Listing
	media   []PlacedMedia
	figures []*vitrine.Figures // of each of media, nil for none
}

func checkedList(ctx context.Context, tx *store.Tx, listing vitrine.Listing, media []PlacedMedia) (checkList, error) {
	list := checkList{listing: listing, media: media, figures: make([]*vitrine.Figures, len(media))}
	known, err := tx.FiguresIn(ctx, listing.ID)
	if err != nil {
		return list, err
	}
	for i, m := range media {
		if judged(&m) {
			list.figures[i] = known[m.Media.Content.SHA256]
		}
	}
	return list, nil
}

// warnings gives all warnings of one picture of the list.
func (l *checkList) warnings(ctx context.Context, tx *store.Tx, i int) ([]vitrine.Warning, error) {
	warnings, same := l.within(i)
	if same {
		return warnings, nil // of which the one before tells
	}
	w, err := l.sameElsewhere(ctx, tx, i)
	if w != nil {
		warnings = append(warnings, *w)
	}
	return warnings, err
}

// within gives the warnings of a picture by itself and against those before it in
// the list. same reports whether one of those looks the same.
func (l *checkList) within(i int) (warnings []vitrine.Warning, same bool) {
	if !judged(&l.media[i]) {
		return nil, false
	}
	warnings = l.alone(i)
	if w := l.sameBefore(i); w != nil {
		return append(warnings, *w), true
	}
	return warnings, false
}

// warningsWithin gives the warnings of each media of a list, without those about
// other lists.
func warningsWithin(ctx context.Context, tx *store.Tx, listing vitrine.Listing, media []PlacedMedia) ([][]vitrine.Warning, error) {
	list, err := checkedList(ctx, tx, listing, media)
	if err != nil {
		return nil, err
	}
	warnings := make([][]vitrine.Warning, len(media))
	for i := range media {
		warnings[i], _ = list.within(i)
	}
	return warnings, nil
}

// warningsOf gives all warnings of one media of a listing's list.
func (g *Gallery) warningsOf(ctx context.Context, tx *store.Tx, listing vitrine.Listing, mediaUUID string) ([]vitrine.Warning, error) {
	media, err := g.listed(ctx, tx, listing)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(media, func(m PlacedMedia) bool { return m.Media.UUID == mediaUUID })
	if i < 0 {
		return nil, nil
	}
	list, err := checkedList(ctx, tx, listing, media)
	if err != nil {
		return nil, err
	}
	return list.warnings(ctx, tx, i)
}

// judged reports whether a media shows a picture: not a video, a page or its
// poster.
func judged(m *PlacedMedia) bool {
	c := m.Media.Content
	return c != nil && c.State == vitrine.ContentReady && m.Placement.Type.Kind() == vitrine.KindImage &&
		m.Media.Kind.Picture() && !vitrine.IsVideo(c.Type)
}

// alone judges a picture by itself. The Listings API has no categories: a drawing
// there is in none that is wrong.
func (l *checkList) alone(i int) []vitrine.Warning {
	var measures *vitrine.Measures
	if f := l.figures[i]; f != nil {
		measures = &f.Measures
	}
	c := l.media[i].Media.Content
	warnings := vitrine.Judge(c.Width, c.Height, measures, l.media[i].Placement.Category)
	if l.listing.Kind == vitrine.KindListing {
		warnings = slices.DeleteFunc(warnings, func(w vitrine.Warning) bool { return w.Code == vitrine.CheckDrawing })
	}
	return warnings
}

// sameBefore finds a picture before this one in the list that looks the same. The
// same media in two places is what its sender wants, and so is an altered picture
// beside what it was made of.
func (l *checkList) sameBefore(i int) *vitrine.Warning {
	if !vitrine.Compares(vitrine.CheckSame, l.media[i].Placement.Category) {
		return nil
	}
	for j := range i {
		other := &l.media[j].Media
		if !judged(&l.media[j]) || other.ID == l.media[i].Media.ID || related(&l.media[i], &l.media[j]) {
			continue
		}
		if evidence := l.alike(i, j); evidence != nil {
			return &vitrine.Warning{Code: vitrine.CheckSame, Evidence: evidence, Other: &vitrine.Other{MediaID: other.ID, MediaUUID: other.UUID}}
		}
	}
	return nil
}

// related reports whether one of two pictures of a list was made of the other, or
// both of a third.
func related(a, b *PlacedMedia) bool {
	from := a.Placement.AlteredFrom
	return from != "" && from == b.Placement.AlteredFrom ||
		madeOf(a.Placement, b.Placement, b.Media) || madeOf(b.Placement, a.Placement, a.Media)
}

// alike gives by what two pictures of the list look the same, nil if they don't.
func (l *checkList) alike(i, j int) []vitrine.Evidence {
	if l.media[i].Media.Content.SHA256 == l.media[j].Media.Content.SHA256 {
		return vitrine.Identical()
	}
	if l.figures[i] == nil || l.figures[j] == nil {
		return nil
	}
	return vitrine.Alike(&l.figures[i].Likeness, &l.figures[j].Likeness)
}

// sameElsewhere finds the picture most like this one that stands in another listing
// of the account.
func (l *checkList) sameElsewhere(ctx context.Context, tx *store.Tx, i int) (*vitrine.Warning, error) {
	m := &l.media[i]
	if !judged(m) || !vitrine.Compares(vitrine.CheckElsewhere, m.Placement.Category) {
		return nil, nil
	}
	evidence := vitrine.Identical()
	other, err := tx.Elsewhere(ctx, m.Media, l.listing, m.Media.Content.SHA256)
	if err == nil && other == nil {
		other, evidence, err = l.alikeElsewhere(ctx, tx, i)
	}
	if err != nil || other == nil {
		return nil, err
	}
	return &vitrine.Warning{Code: vitrine.CheckElsewhere, Evidence: evidence, Other: other}, nil
}

// alikeElsewhere is sameElsewhere for other bytes. other is nil when there is none.
func (l *checkList) alikeElsewhere(ctx context.Context, tx *store.Tx, i int) (other *vitrine.Other, most []vitrine.Evidence, err error) {
	m, f := &l.media[i].Media, l.figures[i]
	if f == nil || !f.Likeness.Informed() {
		return nil, nil, nil
	}
	candidates, err := tx.Candidates(ctx, *m, l.listing, m.Content.SHA256, &f.Likeness)
	if err != nil {
		return nil, nil, err
	}
	var closest string
	for _, c := range candidates {
		if evidence := vitrine.Alike(&f.Likeness, &c.Likeness); evidence != nil && (most == nil || evidence[0].Is < most[0].Is) {
			closest, most = c.SHA256, evidence
		}
	}
	if most == nil {
		return nil, nil, nil
	}
	other, err = tx.Elsewhere(ctx, *m, l.listing, closest)
	return other, most, err
}

package gallery

import (
	"cmp"
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
		checked, err = checkUp(ctx, tx, listing, media)
		return err
	})
	return listing, checked, err
}

// checkUp judges the pictures of a list by themselves, then against each other,
// then against those of the account's other listings.
func checkUp(ctx context.Context, tx *store.Tx, listing vitrine.Listing, media []PlacedMedia) ([]CheckedMedia, error) {
	checked := make([]CheckedMedia, len(media))
	figures := make([]*vitrine.Figures, len(media))
	for i, m := range media {
		checked[i].PlacedMedia = m
		if !judged(&m) {
			continue
		}
		f, err := tx.Figures(ctx, m.Media.Content.SHA256)
		if err != nil {
			return nil, err
		}
		figures[i], checked[i].Measured = f, f != nil
		checked[i].Warnings = judge(&m, f)
	}
	for i := range checked {
		if w := sameBefore(checked[:i], figures, &checked[i], figures[i]); w != nil {
			checked[i].Warnings = append(checked[i].Warnings, *w)
			continue // of which the one before tells
		}
		w, err := sameElsewhere(ctx, tx, listing, &checked[i], figures[i])
		if err != nil {
			return nil, err
		}
		if w != nil {
			checked[i].Warnings = append(checked[i].Warnings, *w)
		}
	}
	return checked, nil
}

// warningsOf gives the warnings of each media of a list.
func warningsOf(ctx context.Context, tx *store.Tx, listing vitrine.Listing, media []PlacedMedia) ([][]vitrine.Warning, error) {
	checked, err := checkUp(ctx, tx, listing, media)
	warnings := make([][]vitrine.Warning, len(checked))
	for i, m := range checked {
		warnings[i] = m.Warnings
	}
	return warnings, err
}

// warningsIn gives the warnings of one media of a listing's list.
func (g *Gallery) warningsIn(ctx context.Context, tx *store.Tx, listing vitrine.Listing, mediaUUID string) ([]vitrine.Warning, error) {
	media, err := g.listed(ctx, tx, listing)
	if err != nil {
		return nil, err
	}
	checked, err := checkUp(ctx, tx, listing, media)
	i := slices.IndexFunc(checked, func(m CheckedMedia) bool { return m.Media.UUID == mediaUUID })
	if err != nil || i < 0 {
		return nil, err
	}
	return checked[i].Warnings, nil
}

// judged reports whether a media shows a picture: not a video, a page or its
// poster.
func judged(m *PlacedMedia) bool {
	c := m.Media.Content
	return c != nil && c.State == vitrine.ContentReady && m.Placement.Type.Kind() == vitrine.KindImage &&
		m.Media.Kind.Picture() && !vitrine.IsVideo(c.Type)
}

func judge(m *PlacedMedia, f *vitrine.Figures) []vitrine.Warning {
	var measures *vitrine.Measures
	if f != nil {
		measures = &f.Measures
	}
	c := m.Media.Content
	return vitrine.Judge(c.Width, c.Height, measures, m.Placement.Category)
}

// sameBefore finds a picture before this one in the list that looks the same. The
// same media in two places is what its sender wants.
func sameBefore(before []CheckedMedia, figures []*vitrine.Figures, m *CheckedMedia, f *vitrine.Figures) *vitrine.Warning {
	if f == nil {
		return nil
	}
	for i := range before {
		other := &before[i].Media
		if figures[i] == nil || other.ID == m.Media.ID {
			continue
		}
		evidence := vitrine.Alike(&f.Likeness, &figures[i].Likeness)
		if other.Content.SHA256 == m.Media.Content.SHA256 {
			evidence = vitrine.Identical()
		}
		if evidence != nil {
			return &vitrine.Warning{Code: vitrine.CheckSame, Evidence: evidence, Other: &vitrine.Other{MediaID: other.ID, MediaUUID: other.UUID}}
		}
	}
	return nil
}

// sameElsewhere finds the picture most like this one that stands in another listing
// of the account.
func sameElsewhere(ctx context.Context, tx *store.Tx, listing vitrine.Listing, m *CheckedMedia, f *vitrine.Figures) (*vitrine.Warning, error) {
	if f == nil || !f.Likeness.Informed() {
		return nil, nil
	}
	likely, err := likely(ctx, tx, listing.AccountID, &m.Media, &f.Likeness)
	if err != nil {
		return nil, err
	}
	for _, l := range likely {
		id, uuid, found, err := tx.PlacedElsewhere(ctx, l.MediaID, listing.ID)
		if err != nil {
			return nil, err
		}
		if found {
			return &vitrine.Warning{Code: vitrine.CheckElsewhere, Evidence: l.evidence, Other: &vitrine.Other{
				MediaID: l.MediaID, MediaUUID: l.MediaUUID, ListingID: id, ListingUUID: uuid,
			}}, nil
		}
	}
	return nil, nil
}

// likeness is a media whose picture looks like another one.
type likeness struct {
	store.Candidate
	evidence []vitrine.Evidence
}

// maxLikely bounds how many pictures that look the same are looked up.
const maxLikely = 20

// likely gives the account's other media that show the same picture, those with
// the same bytes first, then the most alike.
func likely(ctx context.Context, tx *store.Tx, account int64, m *vitrine.Media, l *vitrine.Likeness) ([]likeness, error) {
	same, err := tx.OtherMedia(ctx, account, m.ID, m.Content.SHA256)
	if err != nil {
		return nil, err
	}
	candidates, err := tx.Candidates(ctx, account, m.Content.SHA256, l)
	if err != nil {
		return nil, err
	}
	var alike []likeness
	for _, c := range same {
		alike = append(alike, likeness{c, vitrine.Identical()})
	}
	for _, c := range candidates {
		if evidence := vitrine.Alike(l, &c.Likeness); evidence != nil && c.MediaID != m.ID {
			alike = append(alike, likeness{c, evidence})
		}
	}
	slices.SortStableFunc(alike, func(a, b likeness) int {
		return cmp.Or(cmp.Compare(a.evidence[0].Is, b.evidence[0].Is), cmp.Compare(a.MediaID, b.MediaID))
	})
	alike = slices.CompactFunc(alike, func(a, b likeness) bool { return a.MediaID == b.MediaID })
	return alike[:min(len(alike), maxLikely)], nil
}

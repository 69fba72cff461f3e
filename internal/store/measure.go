package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/vitrine-media/vitrine"
)

// putFigures writes the figures of a content, over any that it has. The
// transaction has locked all accounts that use it.
func (tx *Tx) putFigures(ctx context.Context, sha256 string, f *vitrine.Figures) error {
	if f == nil {
		return nil
	}
	measures, err := jsonText(f.Measures)
	if err != nil {
		return err
	}
	likeness, err := jsonText(f.Likeness)
	if err != nil {
		return err
	}
	args := []any{sha256, measures, likeness}
	for _, band := range f.Likeness.Bands() {
		if f.Likeness.Informed() {
			args = append(args, band)
		} else {
			args = append(args, nil)
		}
	}
	_, err = tx.Exec(ctx, `insert into measure (sha256, measures, likeness, band0, band1, band2, band3) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (sha256) do update set measures = excluded.measures, likeness = excluded.likeness,
		band0 = excluded.band0, band1 = excluded.band1, band2 = excluded.band2, band3 = excluded.band3`, args...)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update media set (band0, band1, band2, band3) =
		(select n.band0, n.band1, n.band2, n.band3 from measure n where n.sha256 = $1) where sha256 = $1`, sha256)
	return err
}

// Figures gives the figures of a content, nil for one that has none.
func (tx *Tx) Figures(ctx context.Context, sha256 string) (*vitrine.Figures, error) {
	f, err := scanFigures(tx.QueryRow(ctx, `select measures, likeness from measure where sha256 = $1`, sha256))
	if errors.Is(err, ErrNoRows) {
		return nil, nil
	}
	return f, err
}

// FiguresIn gives the figures of what stands in a listing's list, by SHA-256.
func (tx *Tx) FiguresIn(ctx context.Context, listing int64) (map[string]*vitrine.Figures, error) {
	figures := map[string]*vitrine.Figures{}
	_, err := collect(ctx, tx, func(row scanner) (struct{}, error) {
		var sha256 string
		f, err := scanFigures(row, &sha256)
		figures[sha256] = f
		return struct{}{}, err
	}, `select n.measures, n.likeness, n.sha256 from placement p join media m on m.id = p.media_id
		join measure n on n.sha256 = m.sha256 where p.listing_id = $1`, listing)
	return figures, err
}

// scanFigures reads the figures of a row, and what comes after them into more.
func scanFigures(row scanner, more ...any) (*vitrine.Figures, error) {
	var measures, likeness string
	if err := row.Scan(append([]any{&measures, &likeness}, more...)...); err != nil {
		return nil, err
	}
	f := new(vitrine.Figures)
	return f, errors.Join(json.Unmarshal([]byte(measures), &f.Measures), json.Unmarshal([]byte(likeness), &f.Likeness))
}

// maxCandidates is how many contents are looked at for each band of a hash: some
// bands are those of very many pictures, and those tell the least.
const maxCandidates = 500

// Candidate is a content that may look like another one.
type Candidate struct {
	SHA256   string
	Likeness vitrine.Likeness
}

// elsewhere is what holds of a content, by its SHA-256, that another media of
// account $1 than $2 shows, which stands in another listing than $3 of kind $4.
func elsewhere(sha256 string) string {
	return `from media m join placement p on p.media_id = m.id and p.listing_id <> $3
		join listing l on l.id = p.listing_id and l.kind = $4
		where m.account_id = $1 and m.sha256 = ` + sha256 + ` and m.id <> $2`
}

// Candidates gives other contents than that one of which a band of the hash is the
// same, and which stand in other listings of that one's account and kind: all that
// may look the same and that an index finds. Of a band that more of them have than
// maxCandidates, those with the first digests. One that has several bands comes
// several times.
//
// Of joins PostgreSQL would walk whole tables; values are looked up one by one.
func (tx *Tx) Candidates(ctx context.Context, media vitrine.Media, listing vitrine.Listing, sha256 string, l *vitrine.Likeness) ([]Candidate, error) {
	var all []Candidate
	for i, band := range l.Bands() {
		column := "band" + strconv.Itoa(i)
		some, err := collect(ctx, tx, scanCandidate, `select own.sha256, (select likeness from measure n where n.sha256 = own.sha256)
			from (select distinct sha256 from media where account_id = $1 and `+column+` = $5 and sha256 <> $6) own
			where (select m.id `+elsewhere("own.sha256")+` limit 1) is not null order by own.sha256 limit $7`,
			listing.AccountID, media.ID, listing.ID, listing.Kind, band, sha256, maxCandidates)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func scanCandidate(row scanner) (c Candidate, err error) {
	var likeness string
	if err := row.Scan(&c.SHA256, &likeness); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(likeness), &c.Likeness)
}

// Elsewhere gives the first other media of an account that shows a content and
// stands in another listing than that one, of its kind. nil when there is none.
func (tx *Tx) Elsewhere(ctx context.Context, media vitrine.Media, listing vitrine.Listing, sha256 string) (*vitrine.Other, error) {
	var o vitrine.Other
	// By m.id alone PostgreSQL may walk all media in that order.
	err := tx.QueryRow(ctx, `select m.id, m.uuid, l.id, l.uuid `+elsewhere("$5")+` order by m.id + 0, l.id limit 1`,
		listing.AccountID, media.ID, listing.ID, listing.Kind, sha256).Scan(&o.MediaID, &o.MediaUUID, &o.ListingID, &o.ListingUUID)
	if errors.Is(err, ErrNoRows) {
		return nil, nil
	}
	return &o, err
}

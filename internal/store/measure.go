package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/vitrine-media/vitrine"
)

// putFigures writes the figures of a content, over any that it has.
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
	return err
}

// Figures gives the figures of a content, nil for one that has none.
func (tx *Tx) Figures(ctx context.Context, sha256 string) (*vitrine.Figures, error) {
	var measures, likeness string
	err := tx.QueryRow(ctx, `select measures, likeness from measure where sha256 = $1`, sha256).Scan(&measures, &likeness)
	if errors.Is(err, ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f := new(vitrine.Figures)
	return f, errors.Join(json.Unmarshal([]byte(measures), &f.Measures), json.Unmarshal([]byte(likeness), &f.Likeness))
}

// maxCandidates is how many contents are looked at for each band of a hash: some
// bands are those of very many pictures, and those tell the least.
const maxCandidates = 500

// Candidate is a media whose picture may look like another one.
type Candidate struct {
	MediaID   int64
	MediaUUID string
	SHA256    string
	Likeness  vitrine.Likeness
}

// Candidates gives media of an account that show other bytes, with a hash of
// which a band is one of those: all that may look the same and that an index
// finds, but of bands that very many pictures have some are left out. One that
// has several bands comes several times.
func (tx *Tx) Candidates(ctx context.Context, account int64, sha256 string, l *vitrine.Likeness) ([]Candidate, error) {
	var all []Candidate
	for i, band := range l.Bands() {
		column := "band" + strconv.Itoa(i)
		some, err := collect(ctx, tx, scanCandidate, `select m.id, m.uuid, n.sha256, n.likeness
			from (select sha256, likeness from measure where `+column+` = $1 and sha256 <> $2 limit $3) n
			join media m on m.sha256 = n.sha256 where m.account_id = $4`, band, sha256, maxCandidates, account)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func scanCandidate(row scanner) (c Candidate, err error) {
	var likeness string
	if err := row.Scan(&c.MediaID, &c.MediaUUID, &c.SHA256, &likeness); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(likeness), &c.Likeness)
}

// OtherMedia gives some other media of an account that show the same content.
func (tx *Tx) OtherMedia(ctx context.Context, account, media int64, sha256 string) ([]Candidate, error) {
	return collect(ctx, tx, func(row scanner) (c Candidate, err error) {
		c.SHA256 = sha256
		return c, row.Scan(&c.MediaID, &c.MediaUUID)
	}, `select id, uuid from media where sha256 = $1 and account_id = $2 and id <> $3 order by id limit $4`, sha256, account, media, maxCandidates)
}

// PlacedElsewhere gives one listing of that one's kind, other than that, in whose
// list a media stands. found is false when there is none.
func (tx *Tx) PlacedElsewhere(ctx context.Context, media, listing int64) (id int64, uuid string, found bool, err error) {
	err = tx.QueryRow(ctx, `select l.id, l.uuid from placement p join listing l on l.id = p.listing_id
		where p.media_id = $1 and p.listing_id <> $2 and l.kind = (select kind from listing where id = $2) order by l.id limit 1`, media, listing).Scan(&id, &uuid)
	if errors.Is(err, ErrNoRows) {
		return 0, "", false, nil
	}
	return id, uuid, err == nil, err
}

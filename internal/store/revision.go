package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/vitrine-media/vitrine"
)

// How much is kept of what was made of a list. The two newest changes of it are
// kept however large they are.
const (
	KeptRevisions     = 20       // that changed the list, and as many that did not
	KeptRevisionBytes = 32 << 10 // of all revisions of a listing
)

// InsertRevision keeps what a change has made of a list, and forgets what is old.
// One that has left the list as it was costs no bytes where the one before is
// kept, whose list it has then.
func (tx *Tx) InsertRevision(ctx context.Context, r vitrine.Revision, same bool) error {
	steps, err := jsonText(r.Steps)
	if err != nil {
		return err
	}
	if same {
		err := tx.QueryRow(ctx, `select exists (select 1 from listing_revision where listing_id = $1 and revision = $2)`, r.ListingID, r.Number-1).Scan(&same)
		if err != nil {
			return err
		}
	}
	if same {
		steps = ""
	}
	_, err = tx.Exec(ctx, `insert into listing_revision (listing_id, revision, at, changed_by, status, bytes, steps)
		values ($1, $2, $3, $4, $5, $6, $7)`, r.ListingID, r.Number, Millis(r.At), r.By, r.Status, len(steps), steps)
	if err != nil || r.Number <= 2 {
		return err // there is nothing old
	}
	// Each that has no list of its own is newer than one that has.
	_, err = tx.Exec(ctx, `delete from listing_revision where listing_id = $1 and (revision < (
		select min(revision) from (
			select revision, row_number() over (order by revision desc) as n, sum(bytes) over (order by revision desc) as total
			from listing_revision where listing_id = $1 and bytes > 0) as lists
		where n <= 2 or n <= $2 and total <= cast($3 as bigint))
		or bytes = 0 and revision <= (
			select revision from listing_revision where listing_id = $1 and bytes = 0 order by revision desc limit 1 offset $2))`,
		r.ListingID, KeptRevisions, KeptRevisionBytes)
	return err
}

// Revisions gives what is kept of what was made of a list, newest first.
func (tx *Tx) Revisions(ctx context.Context, listing int64) ([]vitrine.Revision, error) {
	revisions, err := collect(ctx, tx, func(row scanner) (vitrine.Revision, error) {
		r := vitrine.Revision{ListingID: listing}
		var at int64
		var steps []byte
		err := row.Scan(&r.Number, &at, &r.By, &r.Status, &steps)
		r.At = Time(at)
		if err != nil || len(steps) == 0 {
			return r, err
		}
		return r, json.Unmarshal(steps, &r.Steps)
	}, `select revision, at, changed_by, status, steps from listing_revision where listing_id = $1 order by revision desc`, listing)
	var list []vitrine.RevisionStep
	for i := range slices.Backward(revisions) {
		if r := &revisions[i]; r.Steps == nil {
			r.Steps = asBefore(list)
		}
		list = revisions[i].List()
	}
	return revisions, err
}

// asBefore are the steps that leave a list as it is.
func asBefore(list []vitrine.RevisionStep) []vitrine.RevisionStep {
	steps := slices.Clone(list)
	for i := range steps {
		steps[i].Action, steps[i].From, steps[i].Why = vitrine.Keep, i, ""
	}
	return steps
}

// ForgetRevisions deletes what is kept of what was made of a list.
func (tx *Tx) ForgetRevisions(ctx context.Context, listing int64) error {
	_, err := tx.Exec(ctx, `delete from listing_revision where listing_id = $1`, listing)
	return err
}

// ListedMedia gives those of an account's media with these ids that are still
// there, by id and without variants.
func (tx *Tx) ListedMedia(ctx context.Context, account int64, ids []int64) (map[int64]vitrine.Media, error) {
	list, args := in(ids)
	found, err := collect(ctx, tx, oneMedia, mediaColumns+`where m.id in (`+list+`)`, args...)
	byID := make(map[int64]vitrine.Media, len(found))
	for _, m := range found {
		if m.AccountID == account {
			byID[m.ID] = m
		}
	}
	return byID, err
}

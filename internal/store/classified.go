package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Classified gives an account's classified, deleted or not, or ErrNoRows.
func (tx *Tx) Classified(ctx context.Context, account int64, uuid string) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where uuid = $2 and account_id = $1 and kind = 'classified'`, account, uuid))
}

// ClassifiedByEstate gives an account's classified of that estate, or ErrNoRows.
func (tx *Tx) ClassifiedByEstate(ctx context.Context, account int64, estate string) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where account_id = $1 and kind = 'classified' and external_id = $2`, account, estate))
}

// Classifieds gives some of an account's classifieds with an id above after, by
// id, without the deleted ones.
func (tx *Tx) Classifieds(ctx context.Context, account, after int64, limit int) ([]vitrine.Listing, error) {
	return collect(ctx, tx, scanListing, listingColumns+`where account_id = $1 and kind = 'classified' and id > $2
		and status <> 'DELETED' order by id limit $3`, account, after, limit)
}

// OverdueSwaps gives some listings whose gallery has waited for long enough, and
// the accounts they belong to.
func (tx *Tx) OverdueSwaps(ctx context.Context, now time.Time, limit int) ([]vitrine.Listing, error) {
	return collect(ctx, tx, scanListing, listingColumns+`where swap_at > 0 and swap_at <= $1 order by swap_at limit $2`, Millis(now), limit)
}

// InsertStatus adds a line to a classified's history. A nil Media is as in the
// line before.
func (tx *Tx) InsertStatus(ctx context.Context, s vitrine.StatusChange) (int64, error) {
	portals, err := jsonText(s.Portals)
	if err != nil {
		return 0, err
	}
	media := ""
	if s.Media != nil {
		if media, err = jsonText(s.Media); err != nil {
			return 0, err
		}
	}
	var id int64
	err = tx.QueryRow(ctx, `insert into listing_status (uuid, listing_id, revision, portals, status, sub_status, detail, message, at, media)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
		s.UUID, s.ListingID, s.Revision, portals, s.Status, s.SubStatus, s.Detail, s.Message, Millis(s.At), media).Scan(&id)
	return id, err
}

const statusColumns = `select s.id, s.uuid, s.listing_id, s.revision, s.portals, s.status, s.sub_status, s.detail, s.message, s.at,
	case when s.media <> '' then s.media else coalesce((select o.media from listing_status o
		where o.listing_id = s.listing_id and o.id < s.id and o.media <> '' order by o.id desc limit 1), '[]') end
	from listing_status s `

func scanStatus(row scanner) (vitrine.StatusChange, error) {
	var s vitrine.StatusChange
	var at int64
	var portals, media []byte
	err := row.Scan(&s.ID, &s.UUID, &s.ListingID, &s.Revision, &portals, &s.Status, &s.SubStatus, &s.Detail, &s.Message, &at, &media)
	if err != nil {
		return s, err
	}
	s.At = Time(at)
	if err := json.Unmarshal(portals, &s.Portals); err != nil {
		return s, err
	}
	return s, json.Unmarshal(media, &s.Media)
}

// Statuses gives a part of a classified's history, newest first: lines with an
// id below before.
func (tx *Tx) Statuses(ctx context.Context, listing, before int64, limit int) ([]vitrine.StatusChange, error) {
	return collect(ctx, tx, scanStatus, statusColumns+`where s.listing_id = $1 and s.id < $2 order by s.id desc limit $3`,
		listing, before, limit)
}

// Status gives one line of a history, or ErrNoRows.
func (tx *Tx) Status(ctx context.Context, id int64) (vitrine.StatusChange, error) {
	return scanStatus(tx.QueryRow(ctx, statusColumns+`where s.id = $1`, id))
}

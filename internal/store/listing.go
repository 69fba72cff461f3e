package store

import (
	"context"
	"time"

	"github.com/vitrine-media/vitrine"
)

const listingColumns = `select id, uuid, gallery, account_id, coalesce(external_id, ''), status, revision, digest, form_data,
	job_id, shown_revision, shown_at, created_at, updated_at, synced_at from listing `

func scanListing(row scanner) (vitrine.Listing, error) {
	var l vitrine.Listing
	var shown, created, updated, synced int64
	err := row.Scan(&l.ID, &l.UUID, &l.Gallery, &l.AccountID, &l.ExternalID, &l.Status, &l.Revision, &l.Digest, &l.FormData,
		&l.JobID, &l.ShownRevision, &shown, &created, &updated, &synced)
	l.ShownAt, l.CreatedAt, l.UpdatedAt, l.SyncedAt = Time(shown), Time(created), Time(updated), Time(synced)
	return l, err
}

// Listing gives an account's listing by our id, or ErrNoRows.
func (tx *Tx) Listing(ctx context.Context, account, id int64) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where account_id = $1 and id = $2`, account, id))
}

// ListingByExternalID gives an account's listing by the sender's own id, or ErrNoRows.
func (tx *Tx) ListingByExternalID(ctx context.Context, account int64, externalID string) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where account_id = $1 and external_id = $2`, account, externalID))
}

// ListingByGallery gives the listing with that public id, or ErrNoRows.
func (tx *Tx) ListingByGallery(ctx context.Context, gallery string) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where gallery = $1`, gallery))
}

// Listings gives a page of an account's listings, oldest first, and how many
// there are in all.
func (tx *Tx) Listings(ctx context.Context, account int64, offset, limit int) (page []vitrine.Listing, total int, err error) {
	if err := tx.QueryRow(ctx, `select count(*) from listing where account_id = $1`, account).Scan(&total); err != nil {
		return nil, 0, err
	}
	page, err = collect(ctx, tx, scanListing, listingColumns+`where account_id = $1 order by id limit $2 offset $3`,
		account, limit, offset)
	return page, total, err
}

// InsertListing writes a new listing and gives its id. ErrConflict when the
// account has its external id already.
func (tx *Tx) InsertListing(ctx context.Context, l vitrine.Listing) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `insert into listing
		(uuid, gallery, account_id, external_id, status, revision, digest, form_data, created_at, updated_at, synced_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9) returning id`,
		l.UUID, l.Gallery, l.AccountID, orNull(l.ExternalID), l.Status, l.Revision, l.Digest, l.FormData, Millis(l.CreatedAt)).Scan(&id)
	return id, err
}

// AnyListing gives a listing of whichever account, or ErrNoRows. It is for what
// follows from a media, whose account is known.
func (tx *Tx) AnyListing(ctx context.Context, id int64) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where id = $1`, id))
}

// UpdateListing writes what a sender or the rules have changed of a
// listing.
func (tx *Tx) UpdateListing(ctx context.Context, l vitrine.Listing) error {
	_, err := tx.Exec(ctx, `update listing set status = $2, revision = $3, digest = $4, form_data = $5, job_id = $6,
		updated_at = $7, synced_at = $8 where id = $1`,
		l.ID, l.Status, l.Revision, l.Digest, l.FormData, l.JobID, Millis(l.UpdatedAt), Millis(l.SyncedAt))
	return err
}

// TouchListing notes that the sender has sent the same list again.
func (tx *Tx) TouchListing(ctx context.Context, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, `update listing set synced_at = $2 where id = $1`, id, Millis(now))
	return err
}

// ReplacePlacements makes these media the listing's list, in that order.
func (tx *Tx) ReplacePlacements(ctx context.Context, listing int64, placements []vitrine.Placement) error {
	if _, err := tx.Exec(ctx, `delete from placement where listing_id = $1`, listing); err != nil {
		return err
	}
	for _, p := range placements {
		_, err := tx.Exec(ctx, `insert into placement (listing_id, position, media_id, type) values ($1, $2, $3, $4)`,
			listing, p.Position, p.MediaID, p.Type)
		if err != nil {
			return err
		}
	}
	return nil
}

// ListingsOf gives the ids of the listings in which that media stands.
func (tx *Tx) ListingsOf(ctx context.Context, media int64) ([]int64, error) {
	return collect(ctx, tx, scanID, `select distinct listing_id from placement where media_id = $1 order by listing_id`, media)
}

// ForgetDigests has the next write of each listing in which that media stands
// looked at, even when it is the same as the last.
func (tx *Tx) ForgetDigests(ctx context.Context, media int64) error {
	_, err := tx.Exec(ctx, `update listing set digest = '' where id in (select listing_id from placement where media_id = $1)`, media)
	return err
}

// Show makes these media, each with the content it has now, what the public
// sees of a listing.
func (tx *Tx) Show(ctx context.Context, listing, revision int64, media []vitrine.Media, now time.Time) error {
	if _, err := tx.Exec(ctx, `delete from shown where listing_id = $1`, listing); err != nil {
		return err
	}
	for i, m := range media {
		_, err := tx.Exec(ctx, `insert into shown (listing_id, position, media_id, sha256) values ($1, $2, $3, $4)`,
			listing, i, m.ID, m.Content.SHA256)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `update listing set shown_revision = $2, shown_at = $3 where id = $1`, listing, revision, Millis(now))
	return err
}

// Hide takes a listing out of the public's sight.
func (tx *Tx) Hide(ctx context.Context, listing int64) error {
	if _, err := tx.Exec(ctx, `delete from shown where listing_id = $1`, listing); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update listing set shown_revision = 0, shown_at = 0 where id = $1`, listing)
	return err
}

// ShownDigests gives the contents that the public sees of a listing, in order.
func (tx *Tx) ShownDigests(ctx context.Context, listing int64) ([]string, error) {
	return collect(ctx, tx, scanText, `select sha256 from shown where listing_id = $1 order by position`, listing)
}

// Shown gives what the public sees of a listing, in order, with variants.
func (tx *Tx) Shown(ctx context.Context, listing int64) ([]vitrine.Content, error) {
	digests, err := tx.ShownDigests(ctx, listing)
	if err != nil {
		return nil, err
	}
	contents := make([]vitrine.Content, len(digests))
	for i, sha256 := range digests {
		if contents[i], err = tx.Content(ctx, sha256); err != nil {
			return nil, err
		}
	}
	return contents, nil
}

// SetListingExternalID gives a listing its sender's own id, or takes it away
// when that is "". ErrConflict when another listing has it.
func (tx *Tx) SetListingExternalID(ctx context.Context, id int64, externalID string) error {
	_, err := tx.Exec(ctx, `update listing set external_id = $2 where id = $1`, id, orNull(externalID))
	return err
}

// DeleteListing deletes a listing and its list. Its media stay.
func (tx *Tx) DeleteListing(ctx context.Context, id int64) error {
	for _, statement := range []string{
		`delete from shown where listing_id = $1`,
		`delete from placement where listing_id = $1`,
		`delete from listing where id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}

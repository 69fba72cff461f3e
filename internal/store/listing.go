package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/vitrine-media/vitrine"
)

const listingColumns = `select id, uuid, gallery, account_id, kind, coalesce(external_id, ''), status, revision, settled_revision, digest, form_data,
	job_id, shown_revision, shown_at, swap_at, created_at, updated_at, synced_at from listing `

func scanListing(row scanner) (vitrine.Listing, error) {
	var l vitrine.Listing
	var shown, swap, created, updated, synced int64
	err := row.Scan(&l.ID, &l.UUID, &l.Gallery, &l.AccountID, &l.Kind, &l.ExternalID, &l.Status, &l.Revision, &l.SettledRevision,
		&l.Digest, &l.FormData, &l.JobID, &l.ShownRevision, &shown, &swap, &created, &updated, &synced)
	l.SwapAt = Time(swap)
	l.ShownAt, l.CreatedAt, l.UpdatedAt, l.SyncedAt = Time(shown), Time(created), Time(updated), Time(synced)
	return l, err
}

// Listing gives an account's listing by our id, or ErrNoRows.
func (tx *Tx) Listing(ctx context.Context, account, id int64) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where account_id = $1 and id = $2 and kind = 'listing'`, account, id))
}

// ListingByExternalID gives an account's listing by the sender's own id, or ErrNoRows.
func (tx *Tx) ListingByExternalID(ctx context.Context, account int64, externalID string) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where account_id = $1 and kind = 'listing' and external_id = $2`, account, externalID))
}

// ListingByGallery gives the listing with that public id, or ErrNoRows.
func (tx *Tx) ListingByGallery(ctx context.Context, gallery string) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where gallery = $1`, gallery))
}

// Listings gives a page of an account's listings, oldest first, and how many
// there are in all.
func (tx *Tx) Listings(ctx context.Context, account int64, offset, limit int) (page []vitrine.Listing, total int, err error) {
	if err := tx.QueryRow(ctx, `select count(*) from listing where account_id = $1 and kind = 'listing'`, account).Scan(&total); err != nil {
		return nil, 0, err
	}
	page, err = collect(ctx, tx, scanListing, listingColumns+`where account_id = $1 and kind = 'listing' order by id limit $2 offset $3`,
		account, limit, offset)
	return page, total, err
}

// InsertListing writes a new listing and gives its id. ErrConflict when the
// account has its external id already.
func (tx *Tx) InsertListing(ctx context.Context, l vitrine.Listing) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `insert into listing
		(uuid, gallery, account_id, kind, external_id, status, revision, digest, form_data, created_at, updated_at, synced_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10) returning id`,
		l.UUID, l.Gallery, l.AccountID, l.Kind, orNull(l.ExternalID), l.Status, l.Revision, l.Digest, l.FormData, Millis(l.CreatedAt)).Scan(&id)
	return id, err
}

// AnyListing gives a listing of whichever account, or ErrNoRows. It is for what
// follows from a media, whose account is known.
func (tx *Tx) AnyListing(ctx context.Context, id int64) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where id = $1`, id))
}

// UpdateListing writes what the rules have changed of a listing: all but the
// advert's own fields and what the public sees.
func (tx *Tx) UpdateListing(ctx context.Context, l vitrine.Listing) error {
	_, err := tx.Exec(ctx, `update listing set status = $2, revision = $3, digest = $4, job_id = $5,
		updated_at = $6, synced_at = $7, settled_revision = $8, swap_at = $9 where id = $1`,
		l.ID, l.Status, l.Revision, l.Digest, l.JobID, Millis(l.UpdatedAt), Millis(l.SyncedAt), l.SettledRevision, Millis(l.SwapAt))
	return err
}

// SetListingTrace notes the trace of the newest change of a listing, as a
// traceparent.
func (tx *Tx) SetListingTrace(ctx context.Context, id int64, trace string) error {
	_, err := tx.Exec(ctx, `update listing set trace = $2 where id = $1`, id, trace)
	return err
}

// ListingTrace gives the trace of the newest change of a listing, "" for none.
func (tx *Tx) ListingTrace(ctx context.Context, id int64) (trace string, err error) {
	err = tx.QueryRow(ctx, `select trace from listing where id = $1`, id).Scan(&trace)
	return trace, err
}

// SetFormData writes the advert's own fields.
func (tx *Tx) SetFormData(ctx context.Context, id int64, formData []byte) error {
	_, err := tx.Exec(ctx, `update listing set form_data = $2 where id = $1`, id, formData)
	return err
}

// TouchClassified notes that the sender has sent the same list again, and the
// status that this was answered with.
func (tx *Tx) TouchClassified(ctx context.Context, l vitrine.Listing) error {
	_, err := tx.Exec(ctx, `update listing set synced_at = $2, status = $3 where id = $1`, l.ID, Millis(l.SyncedAt), l.Status)
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
		tags, err := jsonText(p.Tags)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into placement (listing_id, position, media_id, type, url, version, category, tags, title, altered, altered_from)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			listing, p.Position, p.MediaID, p.Type, p.URL, p.Version, p.Category, tags, p.Title, p.Altered, p.AlteredFrom)
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

// ForgetAccountDigests is ForgetDigests for all classifieds of an account.
func (tx *Tx) ForgetAccountDigests(ctx context.Context, account int64) error {
	_, err := tx.Exec(ctx, `update listing set digest = '' where account_id = $1 and kind = 'classified'`, account)
	return err
}

// Shown is what stands in one place of a gallery.
type Shown struct {
	vitrine.Placement                  // URL only of a link; without AlteredFrom
	AlteredFromMedia  int64            // the media that an altered picture was made of, 0 for unknown
	Link              *vitrine.Link    // what the page of a link says, nil otherwise
	Content           *vitrine.Content // of a link its preview picture, nil for none
}

// Show makes this what the public sees of a listing.
func (tx *Tx) Show(ctx context.Context, listing, revision int64, places []Shown, now time.Time) error {
	if _, err := tx.Exec(ctx, `delete from shown where listing_id = $1`, listing); err != nil {
		return err
	}
	for i, p := range places {
		tags, err := jsonText(p.Tags)
		if err != nil {
			return err
		}
		var sha256 *string
		if p.Content != nil {
			sha256 = &p.Content.SHA256
		}
		link, err := linkText(p.Link)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into shown (listing_id, position, media_id, sha256, type, category, tags, title, url, altered, altered_from, link)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			listing, i, p.MediaID, sha256, p.Type, p.Category, tags, p.Title, p.URL, p.Altered, p.AlteredFromMedia, link)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `update listing set shown_revision = $2, shown_at = $3 where id = $1`, listing, revision, Millis(now))
	return err
}

// SetShownRevision notes that what the public sees is that revision's as well.
func (tx *Tx) SetShownRevision(ctx context.Context, listing, revision int64) error {
	_, err := tx.Exec(ctx, `update listing set shown_revision = $2 where id = $1`, listing, revision)
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

// shownColumns are what scanShown reads first.
const shownColumns = `s.listing_id, s.position, s.media_id, s.type, s.category, s.tags, s.title, s.url, s.altered, s.altered_from, s.link,
		coalesce(c.sha256, ''), coalesce(c.bytes, 0), coalesce(c.type, ''), coalesce(c.state, ''), coalesce(c.clean, 0),
		coalesce(c.width, 0), coalesce(c.height, 0), coalesce(c.duration_ms, 0), coalesce(c.blurhash, ''), coalesce(c.thumbhash, ''),
		coalesce(c.dominant_color, ''), coalesce(c.recipe, ''), coalesce(c.facts, '{}')`

// scanShown reads the shownColumns and, after them, more.
func scanShown(row scanner, more ...any) (s Shown, err error) {
	var c vitrine.Content
	var duration int64
	var tags, facts []byte
	var link string
	err = row.Scan(append([]any{&s.ListingID, &s.Position, &s.MediaID, &s.Type, &s.Category, &tags, &s.Title, &s.URL, &s.Altered, &s.AlteredFromMedia, &link,
		&c.SHA256, &c.Bytes, &c.Type, &c.State, &c.Clean, &c.Width, &c.Height, &duration, &c.Blurhash, &c.Thumbhash, &c.DominantColor, &c.Recipe, &facts}, more...)...)
	if err != nil {
		return s, err
	}
	c.Duration = time.Duration(duration) * time.Millisecond
	if c.SHA256 != "" {
		s.Content = &c
	}
	if s.Link, err = linkOf(link); err != nil {
		return s, err
	}
	return s, errors.Join(json.Unmarshal(tags, &s.Tags), json.Unmarshal(facts, &c.Facts))
}

// Shown gives what the public sees of a listing, in order, without variants.
func (tx *Tx) Shown(ctx context.Context, listing int64) ([]Shown, error) {
	return collect(ctx, tx, func(row scanner) (Shown, error) { return scanShown(row) }, `select `+shownColumns+`
		from shown s left join content c on c.sha256 = s.sha256 where s.listing_id = $1 order by s.position`, listing)
}

// SetListingExternalID gives a listing its sender's own id, or takes it away
// when that is "". ErrConflict when another listing has it.
func (tx *Tx) SetListingExternalID(ctx context.Context, id int64, externalID string) error {
	_, err := tx.Exec(ctx, `update listing set external_id = $2 where id = $1`, id, orNull(externalID))
	return err
}

// DeleteListing deletes a listing, its list and its revisions. Its media stay.
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

package store

import (
	"context"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
)

// A nightly resync sends the same lists again. What follows answers one of them
// by a single statement, which writes and reads what the answer says. Each is
// guarded by all that it takes for granted, and gives ErrNoRows, with nothing
// written, where that is not so: the caller then looks closer.

// statement is one that writes, and gives a row back when it did.
type statement struct {
	account  int64 // whose own transactions it must not overlap, 0 where it may
	unsynced bool  // it doesn't wait for the disk: a power cut may take it back
	query    string
	args     []any
	scan     func(scanner) error // reads the row; it may be run more than once
}

// run runs it in a transaction.
func (s statement) run(ctx context.Context, tx *Tx) error {
	return s.scan(tx.QueryRow(ctx, s.query, s.args...))
}

// do runs a statement as a transaction of its own, and returns nil only when
// that is durable, or committed where it is unsynced. ErrNoRows means that it wrote nothing.
func (db *DB) do(ctx context.Context, s statement) error {
	if db.closed.Load() {
		return ErrClosed
	}
	return db.engine.do(ctx, s)
}

// TouchUnchanged notes that the sender has sent the list of an account's listing
// again, by our id or by the sender's own where that is 0: the list is known by
// its digest, and the listing is in the status asked for, or becoming that; ""
// asks for none. Of the listing the answer holds what a sender is told.
//
// The account needs no lock: whoever changes the listing changes its row, and
// then the guard is asked again. All that is written is a time, for which nobody
// waits: it is there for all at once and outlives the program, but the last of
// them may go with the machine's power.
func (db *DB) TouchUnchanged(ctx context.Context, account, id int64, externalID, digest string, asked vitrine.ListingStatus, now time.Time) (vitrine.Listing, error) {
	l := vitrine.Listing{AccountID: account, Kind: vitrine.KindListing, Digest: digest, SyncedAt: now}
	query, name := touchByExternalID, any(externalID)
	if id != 0 {
		query, name = touchByID, id
	}
	err := db.do(ctx, statement{
		unsynced: true,
		query:    query,
		args:     []any{account, name, digest, asked, Millis(now)},
		scan: func(row scanner) error {
			return row.Scan(&l.ID, &l.UUID, &l.Gallery, &l.ExternalID, &l.Status, &l.Revision, &l.JobID)
		},
	})
	return l, err
}

const (
	touchByID         = touch + `and id = $2` + touched
	touchByExternalID = touch + `and external_id = $2` + touched

	touch   = `update listing set synced_at = $5 where account_id = $1 and kind = 'listing' `
	touched = ` and digest = $3 and digest <> '' and $4 in ('', case when status = 'pending_active' then 'active' else status end)
		returning id, uuid, gallery, coalesce(external_id, ''), status, revision, job_id`
)

// Repeated is a classified whose list was sent again, unchanged.
type Repeated struct {
	Classified vitrine.Listing // ID, UUID, Gallery, AccountID, Kind, Status, Revision and Digest
	Names      []PlacedName    // UUID and URL
}

// RepeatUpdated adds to the history of an account's classified that it is
// UPDATED once more: its list is known by its digest, it is UPDATED, none of its
// media is under way, and nobody has asked to be told.
//
// The history says when that was. The classified's row stays as it is, since
// nothing else in it would change.
func (db *DB) RepeatUpdated(ctx context.Context, account int64, uuid, digest, statusUUID string, now time.Time) (Repeated, error) {
	var r Repeated
	err := db.do(ctx, statement{
		account: account,
		query:   repeatUpdated,
		args:    []any{account, uuid, digest, statusUUID, Millis(now)},
		scan: func(row scanner) error {
			r.Classified = vitrine.Listing{
				UUID: uuid, AccountID: account, Kind: vitrine.KindClassified, Status: vitrine.StatusUpdated, Digest: digest,
			}
			var names string
			err := row.Scan(&r.Classified.ID, &r.Classified.Revision, &r.Classified.Gallery, &names)
			r.Names = splitNames(names)
			return err
		},
	})
	return r, err
}

// repeatUpdated takes the portals from the line before, which has those of the
// classified: whoever changes them adds lines. The names come as one text, as
// the rows of a result cost more than all the rest.
const repeatUpdated = `insert into listing_status (uuid, listing_id, revision, portals, status, sub_status, detail, message, at, media)
	select $4, l.id, l.revision, s.portals, 'UPDATED', '', '', '', $5, ''
	from listing l join listing_status s on s.id = (select max(id) from listing_status where listing_id = l.id)
	where l.uuid = $2 and l.account_id = $1 and l.kind = 'classified' and l.digest = $3 and l.digest <> '' and l.status = 'UPDATED'
	and not exists (select 1 from endpoint where account_id = $1 and callback = 1)
	and not exists (select 1 from placement p join media m on m.id = p.media_id
		where p.listing_id = l.id and m.state not in ('ready', 'failed'))
	returning listing_id, revision, (select l.gallery from listing l where l.id = listing_status.listing_id),
		(select coalesce(string_agg(m.uuid || p.url, ' ' order by p.position), '') from placement p join media m on m.id = p.media_id
			where p.listing_id = listing_status.listing_id)`

// uuidBytes is how long a UUID is.
const uuidBytes = len("00000000-0000-0000-0000-000000000000")

// splitNames takes names apart: each is the UUID and then the URL, in which
// there is no space (vitrine.ParseSource).
func splitNames(text string) []PlacedName {
	names := make([]PlacedName, 0, strings.Count(text, " ")+1)
	for text != "" {
		var name string
		name, text, _ = strings.Cut(text, " ")
		names = append(names, PlacedName{UUID: name[:uuidBytes], URL: name[uuidBytes:]})
	}
	return names
}

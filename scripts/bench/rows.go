package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/vitrine-media/vitrine/internal/store"
)

// rowBatch is how many listings one transaction writes.
const rowBatch = 2500

// listingRows are statements that insert published listings of 20 photos, those
// with the numbers from $1 to $2, of the account {account}. Each photo has a
// content of its own; renditions are left out.
var listingRows = []string{
	`insert into listing (id, uuid, gallery, account_id, kind, external_id, status, revision, settled_revision, shown_revision, digest, form_data, created_at, updated_at, synced_at)
		` + rowNumbers + `select i, '00000000-0000-4000-9000-' || printf('%012d', i), 'listing' || i, {account}, 'listing', 'flat-' || i,
		'active', 1, 1, 1, printf('%064x', i), '{"announcementDescription":"A bright flat near the river."}', 1, 1, 1 from n`,
	`insert into content (sha256, bytes, type, state, width, height, blurhash, recipe, created_at)
		` + rowNumbers + rowPlaces + `select printf('%064x', i*100 + k), 2000000, 'image/jpeg', 'ready', 4032, 3024, 'LEHV6nWB2yk8pyo0adR*.7kCMdnj', 'r1', 1 ` + rowEach,
	`insert into media (id, uuid, account_id, external_id, kind, url, identity, version, state, sha256, seq, created_at, updated_at)
		` + rowNumbers + rowPlaces + `select i*100 + k, '00000000-0000-4000-a000-' || printf('%012d', i*100 + k), {account},
		'photo-' || i || '-' || k, 'image', 'https://images.example/' || i || '/' || k || '.jpg', '', '', 'ready', printf('%064x', i*100 + k), 1, 1, 1 ` + rowEach,
	`insert into placement (listing_id, position, media_id, type, url, version, category, tags, title)
		` + rowNumbers + rowPlaces + `select i, k, i*100 + k, 'PICTURE', 'https://images.example/' || i || '/' || k || '.jpg', '', '', '[]', '' ` + rowEach,
	`insert into shown (listing_id, position, media_id, sha256, type, category, tags, title, url)
		` + rowNumbers + rowPlaces + `select i, k, i*100 + k, printf('%064x', i*100 + k), 'PICTURE', '', '[]', '', '' ` + rowEach,
}

const (
	rowNumbers = `with recursive n(i) as (select $1 union all select i + 1 from n where i < $2) `
	rowPlaces  = `, p(k) as (select 0 union all select k + 1 from p where k < 19) `
	rowEach    = `from n cross join p`
)

// writeListings writes so many listings to the SQLite database in a server's
// folder. The server has made it, and has ended.
func (l *lab) writeListings(ctx context.Context, data, account string, listings int) (err error) {
	path, err := filepath.Abs(filepath.Join(data, "vitrine.db"))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, "sqlite://"+path, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for from := 1; from <= listings; from += rowBatch {
		to := min(from+rowBatch-1, listings)
		if to%(4*rowBatch) == 0 {
			l.progress("write listing %d of %d", to, listings)
		}
		err := db.Write(ctx, func(tx *store.Tx) error {
			owner, err := tx.AccountByName(ctx, account)
			if err != nil {
				return err
			}
			for _, rows := range listingRows {
				if _, err := tx.Exec(ctx, strings.ReplaceAll(rows, "{account}", fmt.Sprint(owner.ID)), from, to); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("write listings %d to %d: %w", from, to, err)
		}
	}
	return nil
}

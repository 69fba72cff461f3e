package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vitrine-media/vitrine"
)

// InsertErasure writes an erasure, which waits for these to be deleted: contents
// by their SHA-256, and uploads by their keys.
func (tx *Tx) InsertErasure(ctx context.Context, e vitrine.Erasure, waiting []string) error {
	receipt, err := jsonText(e.Receipt)
	if err != nil {
		return err
	}
	var id int64
	err = tx.QueryRow(ctx, `insert into erasure (uuid, account_id, receipt, created_at, ended_at) values ($1, $2, $3, $4, $5) returning id`,
		e.UUID, e.AccountID, receipt, Millis(e.CreatedAt), Millis(e.EndedAt)).Scan(&id)
	if err != nil {
		return err
	}
	for _, name := range waiting {
		if _, err := tx.Exec(ctx, `insert into erasing (name, erasure_id) values ($1, $2)`, name, id); err != nil {
			return err
		}
	}
	return nil
}

// Erasure gives an erasure of an account, or ErrNoRows.
func (tx *Tx) Erasure(ctx context.Context, account int64, uuid string) (vitrine.Erasure, error) {
	e := vitrine.Erasure{UUID: uuid, AccountID: account}
	var receipt string
	var created, ended int64
	err := tx.QueryRow(ctx, `select receipt, created_at, ended_at from erasure where uuid = $1 and account_id = $2`, uuid, account).
		Scan(&receipt, &created, &ended)
	if err != nil {
		return vitrine.Erasure{}, err
	}
	e.CreatedAt, e.EndedAt = Time(created), Time(ended)
	return e, json.Unmarshal([]byte(receipt), &e.Receipt)
}

// EraseContent marks a content that nobody uses as being pruned, with its
// original and whoever is busy with it. It reports whether nobody does.
func (tx *Tx) EraseContent(ctx context.Context, sha256 string) (bool, error) {
	if err := tx.LockContent(ctx, sha256); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `update content set state = 'pruning', unused_at = 1, busy_until = 0 where sha256 = $1 and not `+inUse, sha256)
	return n > 0, err
}

// Erasing reports whether an erasure waits for a content to be gone.
func (tx *Tx) Erasing(ctx context.Context, sha256 string) (bool, error) {
	var erasing bool
	err := tx.QueryRow(ctx, `select exists (select 1 from erasing where name = $1)`, sha256).Scan(&erasing)
	return erasing, err
}

// Erased notes that nothing is left of a content or an upload, by its name in
// InsertErasure; an erasure that waited for nothing else has ended.
func (tx *Tx) Erased(ctx context.Context, name string, now time.Time) error {
	waiting, err := collect(ctx, tx, scanID, `delete from erasing where name = $1 returning erasure_id`, name)
	if err != nil {
		return err
	}
	for _, id := range waiting {
		// Of two that end at once the later has to see what the earlier has deleted.
		if _, err := tx.Exec(ctx, `update erasure set ended_at = ended_at where id = $1`, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update erasure set ended_at = $2 where id = $1
			and not exists (select 1 from erasing where erasure_id = $1)`, id, Millis(now))
		if err != nil {
			return err
		}
	}
	return nil
}

// WaitInstead has whatever waits for one thing to be deleted wait for another.
func (tx *Tx) WaitInstead(ctx context.Context, name, other string) error {
	if name == other {
		return nil
	}
	if _, err := tx.Exec(ctx, `insert into erasing (name, erasure_id)
		select $2, erasure_id from erasing where name = $1 on conflict do nothing`, name, other); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `delete from erasing where name = $1`, name)
	return err
}

// Refuse has an account refuse some bytes from now on.
func (tx *Tx) Refuse(ctx context.Context, account int64, sha256 string) error {
	_, err := tx.Exec(ctx, `insert into refused (account_id, sha256) values ($1, $2) on conflict do nothing`, account, sha256)
	return err
}

// Refuses reports whether the account of a media refuses some bytes.
func (tx *Tx) Refuses(ctx context.Context, media int64, sha256 string) (bool, error) {
	var refused bool
	err := tx.QueryRow(ctx, `select exists (select 1 from refused r join media m on m.account_id = r.account_id
		where m.id = $1 and r.sha256 = $2)`, media, sha256).Scan(&refused)
	return refused, err
}

// ListingRows counts the rows that go with a listing and not with a media, by
// table: its revisions, and the places in its list and gallery of media that
// stand in others too.
func (tx *Tx) ListingRows(ctx context.Context, id int64) (map[string]int64, error) {
	rows := map[string]int64{}
	for _, table := range []string{"shown", "placement"} {
		var n int64
		err := tx.QueryRow(ctx, `select count(*) from `+table+` here where listing_id = $1
			and (exists (select 1 from placement p where p.media_id = here.media_id and p.listing_id <> $1)
			or exists (select 1 from shown s where s.media_id = here.media_id and s.listing_id <> $1))`, id).Scan(&n)
		if err != nil {
			return nil, err
		}
		rows[table] = n
	}
	var n int64
	err := tx.QueryRow(ctx, `select count(*) from listing_revision where listing_id = $1`, id).Scan(&n)
	rows["listing_revision"] = n
	return rows, err
}

// MediaRows counts the rows of a media that DeleteMedia deletes, by table.
func (tx *Tx) MediaRows(ctx context.Context, id int64) (map[string]int64, error) {
	rows := map[string]int64{"media": 1}
	for _, table := range []string{"shown", "placement", "attempt", "upload"} {
		var n int64
		if err := tx.QueryRow(ctx, `select count(*) from `+table+` where media_id = $1`, id).Scan(&n); err != nil {
			return nil, err
		}
		rows[table] = n
	}
	return rows, nil
}

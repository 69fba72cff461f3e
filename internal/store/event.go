package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vitrine-media/vitrine"
)

// InsertEvent adds an event to its account's feed and gives its number. The
// account must be locked: that is what makes the feed one without gaps, in the
// order of commits.
func (tx *Tx) InsertEvent(ctx context.Context, e vitrine.Event) (seq int64, err error) {
	data, err := jsonText(e.Data)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `update account set event_seq = event_seq + 1 where id = $1 returning event_seq`, e.Data.AccountID).Scan(&seq)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `insert into event (account_id, seq, type, at, data) values ($1, $2, $3, $4, $5)`,
		e.Data.AccountID, seq, e.Type, Millis(e.At), data)
	return seq, err
}

func scanEvent(row scanner) (vitrine.Event, error) {
	var e vitrine.Event
	var at int64
	var data []byte
	if err := row.Scan(&e.Seq, &e.Type, &at, &data); err != nil {
		return e, err
	}
	e.At = Time(at)
	return e, json.Unmarshal(data, &e.Data)
}

// Events gives the events of an account after that number, oldest first.
func (tx *Tx) Events(ctx context.Context, account, after int64, limit int) ([]vitrine.Event, error) {
	return collect(ctx, tx, scanEvent, `select seq, type, at, data from event where account_id = $1 and seq > $2 order by seq limit $3`,
		account, after, limit)
}

// Event gives one event of an account, or ErrNoRows.
func (tx *Tx) Event(ctx context.Context, account, seq int64) (vitrine.Event, error) {
	return scanEvent(tx.QueryRow(ctx, `select seq, type, at, data from event where account_id = $1 and seq = $2`, account, seq))
}

// ListingEvents gives those of the newest events of an account that tell of one
// of its listings or of a file in it, newest first. It looks at so many.
func (tx *Tx) ListingEvents(ctx context.Context, account, listing int64, among, limit int) ([]vitrine.Event, error) {
	return collect(ctx, tx, scanEvent, `select seq, type, at, data from event
		where account_id = $1 and seq > (select event_seq from account where id = $1) - $2 and data like $3 order by seq desc limit $4`,
		account, among, fmt.Sprintf(`%%"listingId":%d,%%`, listing), limit) // a revision follows always
}

// EventBounds gives the numbers of the oldest and the newest event that are
// kept of an account, 0 for none.
func (tx *Tx) EventBounds(ctx context.Context, account int64) (first, last int64, err error) {
	err = tx.QueryRow(ctx, `select coalesce(min(seq), 0), coalesce(max(seq), 0) from event where account_id = $1`, account).Scan(&first, &last)
	return first, last, err
}

// ForgetEvents deletes some events from before that time, and counts them.
func (tx *Tx) ForgetEvents(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	type name struct{ account, seq int64 }
	old, err := collect(ctx, tx, func(row scanner) (n name, err error) {
		return n, row.Scan(&n.account, &n.seq)
	}, `select account_id, seq from event where at < $1 order by at, account_id, seq limit $2`, Millis(before), limit)
	for _, o := range old {
		if err == nil {
			_, err = tx.Exec(ctx, `delete from event where account_id = $1 and seq = $2`, o.account, o.seq)
		}
	}
	return int64(len(old)), err
}

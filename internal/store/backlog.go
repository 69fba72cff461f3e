package store

import (
	"context"
	"errors"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Backlog is what there is to do for an account, and what went wrong lately.
type Backlog struct {
	Account          string // its name
	Waiting, Working int    // media
	Failed           int    // media that have failed since the time that was asked for
	Oldest           time.Time
}

// Backlogs gives those of the accounts that have any, the largest first, and says
// how many there are. Oldest is when the media that has been on its way the
// longest was asked for, the zero time for none.
//
// It goes through an index of all media that are on their way: a million of them
// are a matter of a second or two.
func (tx *Tx) Backlogs(ctx context.Context, since time.Time, limit int) (largest []Backlog, accounts int, err error) {
	largest, err = collect(ctx, tx, func(row scanner) (b Backlog, err error) {
		var oldest int64
		err = row.Scan(&b.Account, &b.Waiting, &b.Working, &b.Failed, &oldest, &accounts)
		b.Oldest = Time(oldest)
		return b, err
	}, `select a.name, b.waiting, b.working, b.failed, coalesce(j.created_at, 0), b.accounts
		from (select account_id, cast(sum(waiting) as bigint) as waiting, cast(sum(working) as bigint) as working, cast(sum(failed) as bigint) as failed,
				min(job_id) as job_id, count(*) over () as accounts
			from (select account_id, count(*) filter (where state = $1) as waiting, count(*) filter (where state = $2) as working, 0 as failed,
					min(nullif(job_id, 0)) as job_id
				from media where state in ('pending', 'processing') group by account_id
				union all
				select account_id, 0, 0, count(*), null from event where at >= $3 and type in ($4, $5) group by account_id) c
			group by account_id order by sum(c.waiting + c.working) desc, sum(c.failed) desc, account_id limit $6) b
		join account a on a.id = b.account_id left join job j on j.id = b.job_id
		order by b.waiting + b.working desc, b.failed desc, b.account_id`,
		vitrine.MediaPending, vitrine.MediaProcessing, Millis(since), vitrine.EventMediaFailed, vitrine.EventMediaStale, limit)
	return largest, accounts, err
}

// NewestEvents gives the time from which on there are at most so many events, of
// all accounts; the zero time when there are no more.
func (tx *Tx) NewestEvents(ctx context.Context, most int) (time.Time, error) {
	var beyond int64
	err := tx.QueryRow(ctx, `select at from event order by at desc limit 1 offset $1`, most).Scan(&beyond)
	if errors.Is(err, ErrNoRows) {
		return time.Time{}, nil
	}
	return Time(beyond + 1), err
}

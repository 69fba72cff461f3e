package store

import (
	"context"
	"time"

	"github.com/vitrine-media/vitrine"
)

// InsertJob writes a pending job and gives its id.
func (tx *Tx) InsertJob(ctx context.Context, j vitrine.Job) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `insert into job (account_id, type, status, media_id, listing_id, created_at)
		values ($1, $2, $3, $4, $5, $6) returning id`,
		j.AccountID, j.Type, vitrine.JobPending, j.MediaID, j.ListingID, Millis(j.CreatedAt)).Scan(&id)
	return id, err
}

// Job gives an account's job, or ErrNoRows.
func (tx *Tx) Job(ctx context.Context, account, id int64) (vitrine.Job, error) {
	var j vitrine.Job
	var created, ended int64
	err := tx.QueryRow(ctx, `select id, account_id, type, status, media_id, listing_id, result, error, created_at, ended_at
		from job where account_id = $1 and id = $2`, account, id).
		Scan(&j.ID, &j.AccountID, &j.Type, &j.Status, &j.MediaID, &j.ListingID, &j.Result, &j.Error, &created, &ended)
	j.CreatedAt, j.EndedAt = Time(created), Time(ended)
	return j, err
}

// JobRuns reports whether there is such a job that has not ended.
func (tx *Tx) JobRuns(ctx context.Context, id int64) (runs bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from job where id = $1 and ended_at = 0)`, id).Scan(&runs)
	return runs, err
}

// JobsAhead counts the unended jobs that came before this one.
func (tx *Tx) JobsAhead(ctx context.Context, id int64) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from job where ended_at = 0 and id < $1`, id).Scan(&n)
	return n, err
}

// SetJobStatus moves an unended job on. A job that has ended stays as it is.
func (tx *Tx) SetJobStatus(ctx context.Context, id int64, status vitrine.JobStatus) error {
	_, err := tx.Exec(ctx, `update job set status = $2 where id = $1 and ended_at = 0`, id, status)
	return err
}

// EndJob completes an unended job with its result, or fails it with a short
// and safe text. A job that has ended stays as it is.
func (tx *Tx) EndJob(ctx context.Context, id int64, status vitrine.JobStatus, result string, text string, now time.Time) error {
	_, err := tx.Exec(ctx, `update job set status = $2, result = $3, error = $4, ended_at = $5 where id = $1 and ended_at = 0`,
		id, status, result, text, Millis(now))
	return err
}

// ForgetJobs deletes some jobs that ended before that time, and counts them. The newest
// publication of a listing stays: the same list sent again is answered with it.
func (tx *Tx) ForgetJobs(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	return tx.Exec(ctx, `delete from job where id in (
		select id from job where ended_at > 0 and ended_at < $1
		and not exists (select 1 from listing where listing.id = job.listing_id and listing.job_id = job.id) limit $2)`,
		Millis(before), limit)
}

package store

import (
	"context"
	"time"

	"github.com/vitrine-media/vitrine"
)

const mediaColumns = `select m.id, m.uuid, m.account_id, coalesce(m.external_id, ''), m.url, m.identity, m.version,
	m.state, m.seq, m.failure_code, m.failure_detail, m.job_id, m.created_at, m.updated_at,
	coalesce(c.sha256, ''), coalesce(c.bytes, 0), coalesce(c.type, ''), coalesce(c.state, ''), coalesce(c.width, 0), coalesce(c.height, 0),
	coalesce(c.blurhash, ''), coalesce(c.thumbhash, ''), coalesce(c.dominant_color, ''), coalesce(c.recipe, '')
	from media m left join content c on c.sha256 = m.sha256 `

func scanMedia(row scanner) (vitrine.Media, error) {
	var m vitrine.Media
	var c vitrine.Content
	var created, updated int64
	var failureCode, failureDetail string
	err := row.Scan(&m.ID, &m.UUID, &m.AccountID, &m.ExternalID, &m.Source.URL, &m.Source.Identity, &m.Source.Version,
		&m.State, &m.Seq, &failureCode, &failureDetail, &m.JobID, &created, &updated,
		&c.SHA256, &c.Bytes, &c.Type, &c.State, &c.Width, &c.Height, &c.Blurhash, &c.Thumbhash, &c.DominantColor, &c.Recipe)
	m.CreatedAt, m.UpdatedAt = Time(created), Time(updated)
	m.Failure = failure(failureCode, failureDetail)
	if c.SHA256 != "" {
		m.Content = &c
	}
	return m, err
}

func failure(code, detail string) *vitrine.Failure {
	if code == "" {
		return nil
	}
	return &vitrine.Failure{Code: vitrine.FailureCode(code), Detail: detail}
}

func failureColumns(f *vitrine.Failure) (code, detail string) {
	if f == nil {
		return "", ""
	}
	return string(f.Code), f.Detail
}

// Media gives an account's media by our id, or ErrNoRows.
func (tx *Tx) Media(ctx context.Context, account, id int64) (vitrine.Media, error) {
	return tx.oneMedia(ctx, `where m.account_id = $1 and m.id = $2`, account, id)
}

// MediaByExternalID gives an account's media by the sender's own id, or ErrNoRows.
func (tx *Tx) MediaByExternalID(ctx context.Context, account int64, externalID string) (vitrine.Media, error) {
	return tx.oneMedia(ctx, `where m.account_id = $1 and m.external_id = $2`, account, externalID)
}

// AnyMedia gives a media of whichever account, or ErrNoRows. It is for jobs,
// which have been let in already.
func (tx *Tx) AnyMedia(ctx context.Context, id int64) (vitrine.Media, error) {
	return tx.oneMedia(ctx, `where m.id = $1`, id)
}

func (tx *Tx) oneMedia(ctx context.Context, where string, args ...any) (vitrine.Media, error) {
	m, err := scanMedia(tx.QueryRow(ctx, mediaColumns+where, args...))
	if err != nil || m.Content == nil {
		return m, err
	}
	m.Content.Variants, err = tx.Variants(ctx, m.Content.SHA256)
	return m, err
}

// ListingMedia gives the media of a listing's newest list, in its order.
func (tx *Tx) ListingMedia(ctx context.Context, listing int64) ([]vitrine.Media, error) {
	return collect(ctx, tx, scanMedia, mediaColumns+
		`join placement p on p.media_id = m.id where p.listing_id = $1 order by p.position`, listing)
}

// MediaWanting gives the media that wait for that content to be optimised.
func (tx *Tx) MediaWanting(ctx context.Context, sha256 string) ([]vitrine.Media, error) {
	return collect(ctx, tx, scanMedia, mediaColumns+`where m.wanted_sha256 = $1 order by m.id`, sha256)
}

// InsertMedia writes a new media and gives its id. ErrConflict when the account
// has its external id already.
func (tx *Tx) InsertMedia(ctx context.Context, m vitrine.Media) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `insert into media
		(uuid, account_id, external_id, url, identity, version, state, seq, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) returning id`,
		m.UUID, m.AccountID, orNull(m.ExternalID), m.Source.URL, m.Source.Identity, m.Source.Version,
		m.State, m.Seq, Millis(m.CreatedAt)).Scan(&id)
	return id, err
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// RefetchMedia makes a media wait for a new download of source under a new
// sequence number, which every older download has lost to. What it shows
// stays.
func (tx *Tx) RefetchMedia(ctx context.Context, id int64, source vitrine.Source, now time.Time) (seq int64, err error) {
	err = tx.QueryRow(ctx, `update media set seq = seq + 1, state = $2, url = $3, identity = $4, version = $5,
		wanted_sha256 = null, failure_code = '', failure_detail = '', begun_at = 0, updated_at = $6 where id = $1 returning seq`,
		id, vitrine.MediaPending, source.URL, source.Identity, source.Version, Millis(now)).Scan(&seq)
	return seq, err
}

// SetMediaJob names the import under way.
func (tx *Tx) SetMediaJob(ctx context.Context, id, job int64) error {
	_, err := tx.Exec(ctx, `update media set job_id = $2 where id = $1`, id, job)
	return err
}

// SetMediaState moves an unended media on, if seq is still its newest. It
// reports whether it was.
func (tx *Tx) SetMediaState(ctx context.Context, id, seq int64, state vitrine.MediaState, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update media set state = $3, updated_at = $4
		where id = $1 and seq = $2 and state in ('pending', 'processing')`, id, seq, state, Millis(now))
	return n > 0, err
}

// BeginMedia marks an unended media as being fetched, if seq is still its
// newest. It reports whether it was, and since when this wish is being fetched.
func (tx *Tx) BeginMedia(ctx context.Context, id, seq int64, now time.Time) (since time.Time, wanted bool, err error) {
	begun, err := collect(ctx, tx, scanID, `update media set state = 'processing', updated_at = $3,
		begun_at = case when begun_at = 0 then $3 else begun_at end
		where id = $1 and seq = $2 and state in ('pending', 'processing') returning begun_at`, id, seq, Millis(now))
	if err != nil || len(begun) == 0 {
		return time.Time{}, false, err
	}
	return Time(begun[0]), true, nil
}

// WantContent makes an unended media wait for the optimising of that content,
// if seq is still its newest. It reports whether it was.
func (tx *Tx) WantContent(ctx context.Context, id, seq int64, sha256 string, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update media set wanted_sha256 = $3, state = 'processing', updated_at = $4
		where id = $1 and seq = $2 and state in ('pending', 'processing')`, id, seq, sha256, Millis(now))
	return n > 0, err
}

// EndMedia ends an unended media, if seq is still its newest: with a content to
// show, or with a failure, which leaves what it showed before. It reports
// whether it was.
func (tx *Tx) EndMedia(ctx context.Context, id, seq int64, sha256 string, f *vitrine.Failure, now time.Time) (bool, error) {
	code, detail := failureColumns(f)
	n, err := tx.Exec(ctx, `update media set sha256 = coalesce($3, sha256), wanted_sha256 = null,
		state = case when coalesce($3, sha256) is null then 'failed' else 'ready' end,
		failure_code = $4, failure_detail = $5, job_id = 0, updated_at = $6
		where id = $1 and seq = $2 and state in ('pending', 'processing')`,
		id, seq, orNull(sha256), code, detail, Millis(now))
	return n > 0, err
}

// InsertAttempt adds a line to a media's timeline.
func (tx *Tx) InsertAttempt(ctx context.Context, a vitrine.Attempt) error {
	_, err := tx.Exec(ctx, `insert into attempt
		(media_id, job_id, seq, number, stage, started_at, duration_ms, http_status, bytes, type, outcome, detail)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		a.MediaID, a.JobID, a.Seq, a.Number, a.Stage, Millis(a.StartedAt), a.Duration.Milliseconds(),
		a.HTTPStatus, a.Bytes, a.Type, a.Outcome, a.Detail)
	return err
}

// Attempts gives a media's timeline, oldest first.
func (tx *Tx) Attempts(ctx context.Context, media int64) ([]vitrine.Attempt, error) {
	return collect(ctx, tx, func(row scanner) (vitrine.Attempt, error) {
		var a vitrine.Attempt
		var started, duration int64
		err := row.Scan(&a.MediaID, &a.JobID, &a.Seq, &a.Number, &a.Stage, &started, &duration, &a.HTTPStatus, &a.Bytes, &a.Type, &a.Outcome, &a.Detail)
		a.StartedAt, a.Duration = Time(started), time.Duration(duration)*time.Millisecond
		return a, err
	}, `select media_id, job_id, seq, number, stage, started_at, duration_ms, http_status, bytes, type, outcome, detail
		from attempt where media_id = $1 order by id`, media)
}

// AwaitUpload makes a media that holds no file wait for an upload, under a new
// sequence number.
func (tx *Tx) AwaitUpload(ctx context.Context, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, `update media set seq = seq + 1, state = 'awaiting_upload', url = '', identity = '', version = '',
		failure_code = '', failure_detail = '', begun_at = 0, updated_at = $2 where id = $1`, id, Millis(now))
	return err
}

// ConfirmMedia moves a media from its upload to its import. It reports whether
// it was waiting for that.
func (tx *Tx) ConfirmMedia(ctx context.Context, id int64, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update media set state = 'pending', updated_at = $2 where id = $1 and state = 'awaiting_upload'`, id, Millis(now))
	return n > 0, err
}

// SetMediaExternalID gives a media its sender's own id, or takes it away when
// that is "". ErrConflict when another media has it.
func (tx *Tx) SetMediaExternalID(ctx context.Context, id int64, externalID string, now time.Time) error {
	_, err := tx.Exec(ctx, `update media set external_id = $2, updated_at = $3 where id = $1`, id, orNull(externalID), Millis(now))
	return err
}

// DigestsOf gives the contents that a media uses in any way: shown by itself or
// by a gallery, or waited for.
func (tx *Tx) DigestsOf(ctx context.Context, id int64) ([]string, error) {
	return collect(ctx, tx, scanText, `select sha256 from media where id = $1 and sha256 is not null
		union select wanted_sha256 from media where id = $1 and wanted_sha256 is not null
		union select sha256 from shown where media_id = $1`, id)
}

// DeleteMedia deletes a media with its timeline and its upload, and takes it out
// of every list and gallery.
func (tx *Tx) DeleteMedia(ctx context.Context, id int64) error {
	for _, statement := range []string{
		`delete from shown where media_id = $1`,
		`delete from placement where media_id = $1`,
		`delete from attempt where media_id = $1`,
		`delete from upload where media_id = $1`,
		`delete from media where id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}

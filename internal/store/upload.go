package store

import (
	"context"
	"time"
)

// Upload is what is known of a file that its sender uploads by itself.
type Upload struct {
	MediaID     int64
	UUID        string // of the media
	ContentType string
	Size        int64 // bytes, 0 when it was not told
	CreatedAt   time.Time
	ConfirmedAt time.Time // zero until then
	JobID       int64     // the import that confirming began
}

const uploadColumns = `select u.media_id, m.uuid, u.content_type, u.size, u.created_at, u.confirmed_at, u.job_id
	from upload u join media m on m.id = u.media_id `

func scanUpload(row scanner) (Upload, error) {
	var u Upload
	var created, confirmed int64
	err := row.Scan(&u.MediaID, &u.UUID, &u.ContentType, &u.Size, &created, &confirmed, &u.JobID)
	u.CreatedAt, u.ConfirmedAt = Time(created), Time(confirmed)
	return u, err
}

// Upload gives the upload of a media, or ErrNoRows.
func (tx *Tx) Upload(ctx context.Context, media int64) (Upload, error) {
	return scanUpload(tx.QueryRow(ctx, uploadColumns+`where u.media_id = $1`, media))
}

// UploadByUUID gives the upload of the media with that UUID, or ErrNoRows.
func (tx *Tx) UploadByUUID(ctx context.Context, uuid string) (Upload, error) {
	return scanUpload(tx.QueryRow(ctx, uploadColumns+`where m.uuid = $1`, uuid))
}

// UploadsBefore gives some uploads that were asked for before that time, oldest
// first.
func (tx *Tx) UploadsBefore(ctx context.Context, before time.Time, limit int) ([]Upload, error) {
	return collect(ctx, tx, scanUpload, uploadColumns+`where u.created_at < $1 order by u.created_at limit $2`, Millis(before), limit)
}

// SetUpload writes the upload of a media anew, unconfirmed.
func (tx *Tx) SetUpload(ctx context.Context, u Upload) error {
	_, err := tx.Exec(ctx, `insert into upload (media_id, content_type, size, created_at) values ($1, $2, $3, $4)
		on conflict (media_id) do update set content_type = excluded.content_type, size = excluded.size,
		created_at = excluded.created_at, confirmed_at = 0, job_id = 0`,
		u.MediaID, u.ContentType, u.Size, Millis(u.CreatedAt))
	return err
}

// ConfirmUpload notes that the sender has finished, and the import that this
// began.
func (tx *Tx) ConfirmUpload(ctx context.Context, media, job int64, now time.Time) error {
	_, err := tx.Exec(ctx, `update upload set confirmed_at = $3, job_id = $2 where media_id = $1`, media, job, Millis(now))
	return err
}

// ForgetUpload deletes the upload of a media.
func (tx *Tx) ForgetUpload(ctx context.Context, media int64) error {
	_, err := tx.Exec(ctx, `delete from upload where media_id = $1`, media)
	return err
}

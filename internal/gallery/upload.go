package gallery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/store"
)

// UploadInput is what a sender says of a file that it is going to upload
// (Listings API 3.6).
type UploadInput struct {
	ContentType string // one of vitrine.ImageTypes or vitrine.VideoTypes
	Size        int64  // bytes, 0 when it isn't told
	ExternalID  string
}

// Upload is leave to upload one file.
type Upload struct {
	Media     vitrine.Media
	URL       string
	Header    http.Header // to send with the PUT
	ExpiresAt time.Time
}

// RequestUpload makes a media that waits for its bytes, and a signed URL to
// send them to. A known external id gives the media that still waits, with a
// fresh URL; one that holds a file is CodeConflict.
func (g *Gallery) RequestUpload(ctx context.Context, account int64, in UploadInput) (Upload, error) {
	var m vitrine.Media
	err := g.write(ctx, account, func(tx *store.Tx) (err error) {
		m, err = g.awaitUpload(ctx, tx, account, in)
		return err
	})
	if err != nil {
		return Upload{}, err
	}
	return g.signUpload(ctx, m, in)
}

// awaitUpload writes the media of an upload.
func (g *Gallery) awaitUpload(ctx context.Context, tx *store.Tx, account int64, in UploadInput) (vitrine.Media, error) {
	if most := g.maxBytes(in.ContentType); in.Size > most {
		return vitrine.Media{}, vitrine.Errorf(vitrine.CodeTooLarge, "The file has %d bytes, %d are allowed", in.Size, most)
	}
	m, err := g.mediaToUpload(ctx, tx, account, in.ExternalID)
	if err != nil {
		return vitrine.Media{}, err
	}
	return m, tx.SetUpload(ctx, store.Upload{MediaID: m.ID, ContentType: in.ContentType, Size: in.Size, CreatedAt: g.now()})
}

// maxBytes is how large an upload of that declared type may be. A photo that was
// declared a video is measured again when its type has been seen by content.
func (g *Gallery) maxBytes(contentType string) int64 {
	if vitrine.IsVideo(contentType) {
		return g.limits.MaxVideoBytes
	}
	return g.limits.MaxPhotoBytes
}

func (g *Gallery) mediaToUpload(ctx context.Context, tx *store.Tx, account int64, externalID string) (vitrine.Media, error) {
	fresh := g.newMedia(account, vitrine.Source{}, externalID)
	fresh.State = vitrine.MediaAwaiting
	m, created, err := g.findOrInsert(ctx, tx, fresh)
	switch {
	case err != nil || created || m.State == vitrine.MediaAwaiting:
		return m, err
	case m.State == vitrine.MediaFailed:
		m.State = vitrine.MediaAwaiting
		return m, tx.AwaitUpload(ctx, m.ID, g.now())
	}
	return m, vitrine.Errorf(vitrine.CodeConflict, "Media %d holds a file already", m.ID)
}

// signUpload gives the URL: the bucket's own where clients can upload to it, an
// endpoint of ours otherwise.
func (g *Gallery) signUpload(ctx context.Context, m vitrine.Media, in UploadInput) (Upload, error) {
	upload := Upload{
		Media: m, ExpiresAt: g.now().Add(g.limits.UploadTime), Header: http.Header{"Content-Type": {in.ContentType}},
	}
	bucket, direct := g.blobs.(blob.Uploader)
	if !direct {
		upload.URL = g.signedURL(signedUpload{UUID: m.UUID, ContentType: in.ContentType, Size: in.Size, Expires: upload.ExpiresAt})
		return upload, nil
	}
	var err error
	upload.URL, upload.Header, err = bucket.PresignPut(ctx, UploadKey(m.UUID), in.ContentType, in.Size, g.limits.UploadTime)
	return upload, err
}

// StoreUpload takes in the bytes of a media that waits for them. They replace
// what was uploaded before; after the confirmation it is CodeConflict. A
// reader that gives fewer than size bytes leaves nothing.
func (g *Gallery) StoreUpload(ctx context.Context, account, mediaID int64, r io.Reader, size int64) error {
	var upload store.Upload
	err := g.db.View(ctx, func(tx *store.Tx) error {
		m, err := findMedia(ctx, tx, account, Ref{ID: mediaID})
		if err != nil {
			return err
		}
		upload, err = tx.Upload(ctx, m.ID)
		return notFound(err, "Upload of media", Ref{ID: mediaID})
	})
	if err != nil {
		return err
	}
	return g.storeUpload(ctx, upload, r, size)
}

func (g *Gallery) storeUpload(ctx context.Context, upload store.Upload, r io.Reader, size int64) error {
	switch most := g.maxBytes(upload.ContentType); {
	case !upload.ConfirmedAt.IsZero():
		return vitrine.Errorf(vitrine.CodeConflict, "The upload of media %d has been confirmed", upload.MediaID)
	case size > most:
		return vitrine.Errorf(vitrine.CodeTooLarge, "The file has %d bytes, %d are allowed", size, most)
	}
	err := g.blobs.Put(ctx, UploadKey(upload.UUID), r, size)
	switch {
	case errors.Is(err, blob.ErrSize), errors.Is(err, io.ErrUnexpectedEOF):
		return &vitrine.Error{Code: vitrine.CodeInvalid, Messages: []string{"The body is not as long as announced"}, Err: err}
	case errors.Is(err, blob.ErrNoSpace):
		return noSpace(err)
	}
	return err
}

// Confirmed is an upload that its sender has ended.
type Confirmed struct {
	Media vitrine.Media
	JobID int64
}

// ConfirmUpload begins the import of what was uploaded. Without bytes it is
// CodeInvalid and can be tried again; a second time it gives the same job.
func (g *Gallery) ConfirmUpload(ctx context.Context, account int64, ref Ref) (Confirmed, error) {
	if err := g.checkUploaded(ctx, account, ref); err != nil {
		return Confirmed{}, err
	}
	var confirmed Confirmed
	err := g.write(ctx, account, func(tx *store.Tx) (err error) {
		confirmed, err = g.confirm(ctx, tx, account, ref)
		return err
	})
	return confirmed, err
}

// checkUploaded is what confirming has to know from the bucket. It is asked
// before the transaction, which must be short; bytes that vanish in between are
// the import's failure.
func (g *Gallery) checkUploaded(ctx context.Context, account int64, ref Ref) error {
	var upload store.Upload
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		_, upload, err = findUpload(ctx, tx, account, ref)
		return err
	})
	if err != nil || !upload.ConfirmedAt.IsZero() {
		return err
	}
	object, err := g.blobs.Open(ctx, UploadKey(upload.UUID))
	if errors.Is(err, blob.ErrNotFound) {
		return vitrine.Errorf(vitrine.CodeInvalid, "File has not been uploaded")
	}
	if err != nil {
		return fmt.Errorf("look at the upload of media %d: %w", upload.MediaID, err)
	}
	if err := object.Close(); err != nil {
		return err
	}
	switch most := g.maxBytes(upload.ContentType); {
	case upload.Size > 0 && object.Size != upload.Size:
		return vitrine.Errorf(vitrine.CodeInvalid, "The uploaded file has %d bytes, %d were announced", object.Size, upload.Size)
	case object.Size > most:
		return vitrine.Errorf(vitrine.CodeTooLarge, "The uploaded file has %d bytes, %d are allowed", object.Size, most)
	}
	return nil
}

func findUpload(ctx context.Context, tx *store.Tx, account int64, ref Ref) (vitrine.Media, store.Upload, error) {
	m, err := findMedia(ctx, tx, account, ref)
	if err != nil {
		return m, store.Upload{}, err
	}
	upload, err := tx.Upload(ctx, m.ID)
	if errors.Is(err, store.ErrNoRows) {
		return m, upload, vitrine.Errorf(vitrine.CodeInvalid, "Media %d has no upload to confirm", m.ID)
	}
	return m, upload, err
}

func (g *Gallery) confirm(ctx context.Context, tx *store.Tx, account int64, ref Ref) (Confirmed, error) {
	m, upload, err := findUpload(ctx, tx, account, ref)
	if err != nil {
		return Confirmed{}, err
	}
	waited, err := tx.ConfirmMedia(ctx, m.ID, g.now())
	if err != nil {
		return Confirmed{}, err
	}
	if !waited {
		return Confirmed{Media: m, JobID: upload.JobID}, nil
	}
	if err := g.checkBacklog(ctx, tx, account, 1); err != nil {
		return Confirmed{}, err
	}
	m.State = vitrine.MediaPending
	if err := g.startFetch(ctx, tx, new(turn), &m, PrioritySingle); err != nil {
		return Confirmed{}, err
	}
	return Confirmed{Media: m, JobID: m.JobID}, tx.ConfirmUpload(ctx, m.ID, m.JobID, g.now())
}

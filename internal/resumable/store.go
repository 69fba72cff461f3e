package resumable

import (
	"context"
	"io"

	"github.com/tus/tusd/v2/pkg/handler"
)

// dataStore lets tusd work on the shelf. It is not tusd's own filestore, whose
// records are not written whole, hold no account, and are gone with the bytes:
// a sender that missed the last answer could not learn that all has come.
type dataStore struct{ shelf shelf }

// NewUpload saves the record that Handler.accept has made for this request.
func (s dataStore) NewUpload(ctx context.Context, _ handler.FileInfo) (handler.Upload, error) {
	rec := turnOf(ctx).rec
	if err := s.shelf.save(rec); err != nil {
		return nil, turnOf(ctx).failed(err)
	}
	return &upload{shelf: s.shelf, rec: rec}, nil
}

// GetUpload finds an upload. tusd holds its lock.
func (s dataStore) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	rec, err := s.shelf.record(id)
	if err != nil {
		return nil, turnOf(ctx).failed(err)
	}
	return &upload{shelf: s.shelf, rec: rec}, nil
}

// AsTerminatableUpload says that an upload of ours can be ended by its sender.
func (s dataStore) AsTerminatableUpload(u handler.Upload) handler.TerminatableUpload {
	return u.(*upload)
}

// upload is one upload in tusd's hands.
type upload struct {
	shelf shelf
	rec   record
}

// GetInfo tells how far the upload has come.
func (u *upload) GetInfo(ctx context.Context) (handler.FileInfo, error) {
	offset, err := u.shelf.offset(u.rec)
	if err != nil {
		return handler.FileInfo{}, turnOf(ctx).failed(err)
	}
	values, _ := parseMetadata(u.rec.Metadata) // nothing was broken when the record was made
	return handler.FileInfo{ID: u.rec.ID, Size: u.rec.Size, Offset: offset, MetaData: values}, nil
}

// WriteChunk appends the body of a request. A body that goes on after the last
// byte of the file is not the file that was announced: what it brought is taken
// back, or the beginning of a longer file would pass for the whole.
func (u *upload) WriteChunk(ctx context.Context, offset int64, src io.Reader) (int64, error) {
	t := turnOf(ctx)
	n, err := u.shelf.append(u.rec.ID, src)
	if err != nil {
		return n, t.failed(err)
	}
	if t.body.received <= n {
		return n, nil
	}
	if err := u.shelf.cut(u.rec.ID, offset); err != nil {
		return n, t.failed(err)
	}
	return 0, t.failed(handler.ErrSizeExceeded)
}

// GetReader gives what has come so far.
func (u *upload) GetReader(context.Context) (io.ReadCloser, error) {
	return u.shelf.open(u.rec.ID)
}

// FinishUpload has nothing to do: Handler.finished does it, which can say in
// the answer what came of it.
func (u *upload) FinishUpload(context.Context) error { return nil }

// Terminate forgets the upload. Its media goes on waiting for bytes, so that
// the sender may upload again, until it is purged; one that was confirmed stays
// as it is.
func (u *upload) Terminate(ctx context.Context) error {
	return turnOf(ctx).failed(u.shelf.remove(u.rec.ID))
}

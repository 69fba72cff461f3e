package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/minio/minio-go/v7"
)

// How often reading one object may be taken up again after the connection
// broke.
const s3Resumes = 3

// Open asks for the whole object at once: to read it from its beginning to its
// end takes one request. A Seek costs another when something is read there.
func (s *s3) Open(ctx context.Context, key string) (*Object, error) {
	body, info, _, err := s.store.GetObject(ctx, s.bucket, s.prefix+key, minio.GetObjectOptions{})
	if err != nil {
		return nil, s3Error(ctx, err)
	}
	if info.Size < 0 {
		return nil, errors.Join(errors.New("the store doesn't say how large the object is"), body.Close())
	}
	reader := &s3Reader{
		ctx:  ctx,
		get:  func(from int64) (io.ReadCloser, error) { return s.getRest(ctx, info, from) },
		size: info.Size,
		body: body,
	}
	return &Object{ReadSeekCloser: reader, Info: Info{Key: key, Size: info.Size, ModTime: info.LastModified.UTC()}}, nil
}

// getRest asks for the bytes of that very object from there on, which is
// before its end. When it was overwritten, the store refuses.
func (s *s3) getRest(ctx context.Context, object minio.ObjectInfo, from int64) (io.ReadCloser, error) {
	var options minio.GetObjectOptions
	err := errors.Join(options.SetMatchETag(object.ETag), options.SetRange(from, object.Size-1))
	if err != nil {
		return nil, err
	}
	body, rest, _, err := s.store.GetObject(ctx, s.bucket, object.Key, options)
	if err != nil {
		return nil, s3Error(ctx, err)
	}
	if rest.Size != object.Size-from {
		return nil, errors.Join(fmt.Errorf("asked for %d bytes, the store gives %d", object.Size-from, rest.Size), body.Close())
	}
	return body, nil
}

// s3Reader reads an object by as few requests as it can: one for each stretch
// that is read without a Seek elsewhere.
type s3Reader struct {
	ctx     context.Context
	get     func(from int64) (io.ReadCloser, error)
	size    int64
	offset  int64         // of the next Read
	body    io.ReadCloser // gives the bytes from at on; nil when there is none
	at      int64
	resumes int
	closed  bool
}

func (r *s3Reader) Read(p []byte) (int, error) {
	switch {
	case r.closed:
		return 0, os.ErrClosed
	case r.offset >= r.size:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	for {
		if err := r.moveBody(); err != nil {
			return 0, err
		}
		n, err := r.body.Read(p)
		r.at += int64(n)
		r.offset = r.at
		if err == nil || r.offset == r.size {
			return n, nil
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		// The connection broke. What was got is good all the same.
		err = errors.Join(err, r.closeBody())
		if r.resumes++; r.resumes > s3Resumes || r.ctx.Err() != nil {
			return n, s3Error(r.ctx, err)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// moveBody sees to it that body stands at the offset.
func (r *s3Reader) moveBody() error {
	if r.body != nil && r.at == r.offset {
		return nil
	}
	if err := r.closeBody(); err != nil {
		return err
	}
	body, err := r.get(r.offset)
	if err != nil {
		return err
	}
	r.body, r.at = body, r.offset
	return nil
}

func (r *s3Reader) closeBody() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}

func (r *s3Reader) Seek(offset int64, whence int) (int64, error) {
	if r.closed {
		return 0, os.ErrClosed
	}
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.size
	default:
		return 0, fmt.Errorf("seek: whence %d is unknown", whence)
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek: %d is before the beginning", offset)
	}
	r.offset = offset
	return offset, nil
}

func (r *s3Reader) Close() error {
	if r.closed {
		return os.ErrClosed
	}
	r.closed = true
	return r.closeBody()
}

package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"
)

// maxPresign is as long as S3 allows.
const maxPresign = 7 * 24 * time.Hour

// checked makes the checks that every bucket needs, once, above the one that
// does the work: keys, sizes and the end of ctx. It also says in each error
// what was attempted.
type checked struct{ bucket Bucket }

// checkedUploader is checked for a bucket that has the extra.
type checkedUploader struct {
	checked
	uploader Uploader
}

// check puts the checks above bucket. The result is an Uploader when bucket is.
func check(bucket Bucket) Bucket {
	if uploader, ok := bucket.(Uploader); ok {
		return checkedUploader{checked{bucket}, uploader}
	}
	return checked{bucket}
}

func (c checked) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := c.put(ctx, key, r, size); err != nil {
		return fmt.Errorf("put %q: %w", key, err)
	}
	return nil
}

func (c checked) put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if size < 0 {
		return fmt.Errorf("%w: %d announced", ErrSize, size)
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	exact := &exactReader{ctx: ctx, r: r, size: size}
	if size == 0 {
		// A bucket may not read at all where nothing is announced.
		if err := exact.end(); err != nil {
			return err
		}
	}
	return c.bucket.Put(ctx, key, exact, size)
}

func (c checked) Open(ctx context.Context, key string) (*Object, error) {
	if err := checkCall(ctx, checkKey(key)); err != nil {
		return nil, fmt.Errorf("open %q: %w", key, err)
	}
	object, err := c.bucket.Open(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", key, err)
	}
	return object, nil
}

func (c checked) Delete(ctx context.Context, key string) error {
	if err := checkCall(ctx, checkKey(key)); err != nil {
		return fmt.Errorf("delete %q: %w", key, err)
	}
	if err := c.bucket.Delete(ctx, key); err != nil {
		return fmt.Errorf("delete %q: %w", key, err)
	}
	return nil
}

func (c checked) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		if err := checkCall(ctx, checkPrefix(prefix)); err != nil {
			yield(Info{}, fmt.Errorf("list %q: %w", prefix, err))
			return
		}
		for info, err := range c.bucket.List(ctx, prefix) {
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(Info{}, fmt.Errorf("list %q: %w", prefix, err))
				return
			}
			if !yield(info, nil) {
				return
			}
		}
	}
}

func (c checked) Close() error { return c.bucket.Close() }

func (c checkedUploader) PresignPut(ctx context.Context, key, contentType string, size int64, ttl time.Duration) (string, http.Header, error) {
	err := checkCall(ctx, checkKey(key))
	if err == nil && (ttl < time.Second || ttl > maxPresign || ttl%time.Second != 0) {
		err = fmt.Errorf("valid for %v, want whole seconds from 1s to %v", ttl, maxPresign)
	}
	if err == nil && contentType == "" {
		err = errors.New("no content type")
	}
	if err != nil {
		return "", nil, fmt.Errorf("presign put %q: %w", key, err)
	}
	url, header, err := c.uploader.PresignPut(ctx, key, contentType, size, ttl)
	if err != nil {
		return "", nil, fmt.Errorf("presign put %q: %w", key, err)
	}
	return url, header, nil
}

// checkCall is the error of the name, else the cause why ctx has ended.
func checkCall(ctx context.Context, nameErr error) error {
	if nameErr != nil {
		return nameErr
	}
	return context.Cause(ctx)
}

// exactReader gives r's bytes when there are exactly size of them, and an
// error when there are fewer or more, r fails, or ctx ends before. The read
// that completes the size gives its bytes only once r has been seen to end:
// a bucket that stops at size bytes, and one that reads to the end, both get
// the error.
//
// It hides whatever else r can do, so that no bucket reads past the checks.
type exactReader struct {
	ctx  context.Context
	r    io.Reader
	size int64
	read int64
	err  error // the end, once reached
}

func (e *exactReader) Read(p []byte) (int, error) {
	if e.err == nil {
		e.err = context.Cause(e.ctx)
	}
	if e.err != nil {
		return 0, e.err
	}
	if left := e.size - e.read; int64(len(p)) > left {
		p = p[:left]
	}
	n, err := e.r.Read(p)
	e.read += int64(n)
	ended := err == io.EOF
	switch {
	case err != nil && !ended:
		e.err = err
	case ended && e.read < e.size:
		e.err = fmt.Errorf("%w: %d of %d", ErrSize, e.read, e.size)
	case !ended && e.read == e.size:
		e.err = e.end()
	}
	if e.err != nil {
		return 0, e.err
	}
	if e.read == e.size {
		e.err = io.EOF
	}
	return n, e.err
}

// end returns nil when r has nothing more to give.
func (e *exactReader) end() error {
	var one [1]byte
	switch _, err := io.ReadFull(e.r, one[:]); err {
	case io.EOF:
		return nil
	case nil:
		return fmt.Errorf("%w: more than %d", ErrSize, e.size)
	default:
		return err
	}
}

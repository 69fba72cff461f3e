package move

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"time"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// ErrUnreadable is an object of the source that can't be read, though it is
// there. Where one after another is so, it is the source.
var ErrUnreadable = errors.New("can't be read")

// undoTimeout bounds the deletion of an object that could not be verified.
const undoTimeout = 30 * time.Second

// Copied is what Copy has copied.
type Copied struct {
	Size   int64 // bytes
	SHA256 string
}

// Copy copies the object of key to the key as of the target and reads it back.
// ErrDamaged is one whose bytes are not of that SHA-256, where it is not "", or
// not as many as size, where that is not negative; ErrUnreadable is one that the
// source doesn't give; after any error the target doesn't have what was copied,
// so that the next pass does not take it for good.
func Copy(ctx context.Context, from blob.Reader, key string, to blob.Bucket, as, sha256Hex string, size int64, add func(int64)) (copied Copied, err error) {
	object, err := from.Open(ctx, key)
	if err != nil {
		return copied, fmt.Errorf("read from the source: %w", unreadable(ctx, key, err))
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	if size >= 0 && object.Size != size {
		return copied, fmt.Errorf("%q is %w: it has %d bytes, not %d", key, ErrDamaged, object.Size, size)
	}
	source := &digestReader{r: object, hash: sha256.New(), want: sha256Hex, add: add}
	if err := to.Put(ctx, as, source, object.Size); err != nil {
		if source.err != nil {
			err = unreadable(ctx, key, source.err)
		}
		return copied, fmt.Errorf("copy: %w", err)
	}
	copied = Copied{Size: object.Size, SHA256: hex.EncodeToString(source.hash.Sum(nil))}
	if err := readBack(ctx, to, as, copied.SHA256); err != nil {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
		defer cancel()
		return copied, errors.Join(fmt.Errorf("read back: %w", err), to.Delete(undo, as))
	}
	return copied, nil
}

// unreadable marks an error of reading the source, unless that is because ctx
// has ended or there is no such object.
func unreadable(ctx context.Context, key string, err error) error {
	if ctx.Err() != nil || errors.Is(err, blob.ErrNotFound) {
		return err
	}
	return fmt.Errorf("%q %w: %w", key, ErrUnreadable, err)
}

// readBack holds what the target gives against what the source has given.
func readBack(ctx context.Context, to blob.Reader, key, want string) error {
	got, err := Digest(ctx, to, key)
	if err == nil && got.SHA256 != want {
		err = fmt.Errorf("%q: SHA-256 %s was put, %s is there", key, want, got.SHA256)
	}
	return err
}

// Digest reads an object to its end.
func Digest(ctx context.Context, from blob.Reader, key string) (is Copied, err error) {
	object, err := from.Open(ctx, key)
	if err != nil {
		return is, err
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	hash := sha256.New()
	if is.Size, err = io.Copy(hash, object); err != nil {
		return is, fmt.Errorf("%q: %w", key, err)
	}
	is.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return is, nil
}

// DigestOf gives the SHA-256 of the bytes that a key names, "" where it names
// other bytes: variants bear the digest of their original.
func DigestOf(key string) string {
	if name := path.Base(key); len(name) == hex.EncodedLen(sha256.Size) && gallery.OriginalKey(name) == key {
		return name
	}
	return ""
}

// digestReader takes the digest of what it reads, and gives ErrDamaged in place
// of the end when it is not the one wanted.
type digestReader struct {
	r    io.Reader
	hash hash.Hash
	want string // in hex; "": any
	add  func(int64)
	err  error // why it could not be read to its end
}

func (d *digestReader) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	d.hash.Write(p[:n])
	d.add(int64(n))
	if errors.Is(err, io.EOF) && d.want != "" {
		if got := hex.EncodeToString(d.hash.Sum(nil)); got != d.want {
			return n, fmt.Errorf("%w: its SHA-256 is %s", ErrDamaged, got)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		d.err = err
	}
	return n, err
}

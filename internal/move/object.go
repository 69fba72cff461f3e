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

// undoTimeout bounds the deletion of an object that could not be verified.
const undoTimeout = 30 * time.Second

// copyObject copies one object and reads it back. ErrDamaged is an original
// whose bytes are not those of its name; after any error the target doesn't
// have the object, so that the next pass does not take it for good.
func copyObject(ctx context.Context, from blob.Reader, to blob.Bucket, key string, add func(int64)) (err error) {
	object, err := from.Open(ctx, key)
	if err != nil {
		return fmt.Errorf("read from the source: %w", err)
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	source := &digestReader{r: object, hash: sha256.New(), want: digestOf(key), add: add}
	if err := to.Put(ctx, key, source, object.Size); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if err := readBack(ctx, to, key, source.hash); err != nil {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
		defer cancel()
		return errors.Join(fmt.Errorf("read back: %w", err), to.Delete(undo, key))
	}
	return nil
}

// readBack holds what the target gives against what the source has given.
func readBack(ctx context.Context, to blob.Bucket, key string, want hash.Hash) (err error) {
	object, err := to.Open(ctx, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	got := sha256.New()
	if _, err := io.Copy(got, object); err != nil {
		return fmt.Errorf("%q: %w", key, err)
	}
	if g, w := hex.EncodeToString(got.Sum(nil)), hex.EncodeToString(want.Sum(nil)); g != w {
		return fmt.Errorf("%q: SHA-256 %s was put, %s is there", key, w, g)
	}
	return nil
}

// digestOf gives the SHA-256 of the bytes that a key names, "" where it names
// other bytes: variants bear the digest of their original.
func digestOf(key string) string {
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
	return n, err
}

package blobtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vitrine-media/vitrine/internal/blob"
)

// testAtomicOverwrite has readers look on while writers overwrite one object
// with versions of differing size, each made of one repeated byte.
func testAtomicOverwrite(t *testing.T, f Fixture) {
	const (
		versions = 20
		unit     = 50_000
	)
	put(t, f.Bucket, "k", string(version(0, unit)))

	var writers, readers sync.WaitGroup
	var done atomic.Bool
	for w := range 2 {
		writers.Go(func() {
			for v := w; v < versions; v += 2 {
				if err := putBytes(t.Context(), f.Bucket, "k", version(v, unit)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var whole atomic.Int64
	for range 4 {
		readers.Go(func() {
			for last := false; !last; {
				last = done.Load() // so that at least one look follows the last write
				object, err := f.Bucket.Open(t.Context(), "k")
				if err != nil {
					t.Error(err)
					return
				}
				data, err := io.ReadAll(object)
				if err := object.Close(); err != nil {
					t.Error(err)
				}
				if err != nil {
					continue // overwritten meanwhile: allowed, a mixture isn't
				}
				whole.Add(1)
				if len(data) == 0 || object.Size != int64(len(data)) || !bytes.Equal(data, version(int(data[0]), unit)) {
					t.Errorf("read %d bytes of an object of %d that are no version", len(data), object.Size)
				}
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
	if whole.Load() == 0 {
		t.Error("no reader ever read the object whole")
	}
	leftovers, err := f.Leftovers()
	if err != nil || len(leftovers) > 0 {
		t.Errorf("left behind: %q, %v", leftovers, err)
	}
}

// version is v as a byte, (v+1) * unit times.
func version(v, unit int) []byte { return bytes.Repeat([]byte{byte(v)}, (v+1)*unit) }

// testRaces puts, opens, lists and deletes a handful of neighbouring keys from
// many sides; none of it may fail or show half an object.
func testRaces(t *testing.T, f Fixture) {
	ctx := t.Context()
	keys := []string{"a/b/1", "a/b/2", "a/c/1", "d/e/f/g", "h"}
	const unit = 1000
	var sides sync.WaitGroup
	for side := range 8 {
		sides.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(side)))
			for range 60 {
				key := keys[random.IntN(len(keys))]
				var err error
				switch random.IntN(5) {
				case 0, 1:
					err = putBytes(ctx, f.Bucket, key, version(side, unit))
				case 2:
					err = f.Bucket.Delete(ctx, key)
				case 3:
					err = look(t, f.Bucket, key, unit)
				case 4:
					for _, listErr := range f.Bucket.List(ctx, "a/") {
						err = errors.Join(err, listErr)
					}
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	sides.Wait()
	want := make(map[string]string, len(keys))
	for _, key := range keys {
		want[key] = "at rest"
		put(t, f.Bucket, key, "at rest")
	}
	wantOnly(t, f, want)
}

// testChurn puts and deletes neighbours, so that where they stand empties and
// fills again all the time.
func testChurn(t *testing.T, f Fixture) {
	var sides sync.WaitGroup
	for side := range 8 {
		sides.Go(func() {
			key := fmt.Sprintf("a/b/%d/k", side%4)
			for range 60 {
				if err := putBytes(t.Context(), f.Bucket, key, []byte("text")); err != nil {
					t.Error(err)
				}
				if err := f.Bucket.Delete(t.Context(), key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	sides.Wait()
	wantOnly(t, f, map[string]string{})
}

// look reads the object of key, if there is one and it stays that long.
func look(t *testing.T, b blob.Bucket, key string, unit int) error {
	object, err := b.Open(t.Context(), key)
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	data, readErr := io.ReadAll(object)
	if err := object.Close(); err != nil {
		return err
	}
	if readErr == nil && !bytes.Equal(data, version(int(data[0]), unit)) {
		return fmt.Errorf("%q gave %d bytes that are no version", key, len(data))
	}
	return nil
}

package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/backup"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

// saved makes a backup of some photos.
func saved(t *testing.T) (dir string, was *world) {
	t.Helper()
	w, dir := newWorld(t), t.TempDir()
	for _, text := range []string{"a", "b", "c"} {
		w.photo(text)
	}
	w.task("one")
	save(t, dir, w.source())
	return dir, w
}

// TestRestoreElsewhere puts a backup of a folder into PostgreSQL and S3.
func TestRestoreElsewhere(t *testing.T) {
	t.Parallel()
	dir, w := saved(t)
	to := newPostgresWorld(t)
	url, environ := s3test.Start(t)
	to.blobs = openBucket(t, url, environ...)
	restored, err := backup.Restore(t.Context(), dir, to.target(), progress{})
	if err != nil || restored.Copied != 9 || restored.Moved.Tasks != 1 {
		t.Fatalf("restored %+v, %v", restored, err)
	}
	if diff := cmp.Diff(w.seen(), to.seen()); diff != "" {
		t.Errorf("put back (-want +got)\n%s", diff)
	}
}

// TestRestoreRefused wants nothing written where there is something, or from a
// backup that is not what it was.
func TestRestoreRefused(t *testing.T) {
	t.Parallel()
	dir, _ := saved(t)
	used, usedBlobs := newWorld(t), newWorld(t)
	used.claim("x")
	usedBlobs.put(original("x"), "x")
	for name, to := range map[string]*world{"rows": used, "bytes": usedBlobs} {
		before := to.seen()
		if _, err := backup.Restore(t.Context(), dir, to.target(), progress{}); !errors.Is(err, move.ErrNotEmpty) {
			t.Errorf("a target with %s: %v, want ErrNotEmpty", name, err)
		}
		if diff := cmp.Diff(before, to.seen()); diff != "" {
			t.Errorf("a target with %s (-before +after)\n%s", name, diff)
		}
	}
	empty := newWorld(t)
	if _, err := backup.Restore(t.Context(), t.TempDir(), empty.target(), progress{}); !errors.Is(err, backup.ErrNone) {
		t.Errorf("an empty folder: %v, want ErrNone", err)
	}
	for _, pattern := range []string{"rows-*", "objects-*", "backup.json"} {
		damage(t, dir, pattern, func() {
			if _, err := backup.Restore(t.Context(), dir, empty.target(), progress{}); !errors.Is(err, backup.ErrDamaged) {
				t.Errorf("%s: %v, want ErrDamaged", pattern, err)
			}
		})
	}
	if left := empty.content(); len(left) > 0 {
		t.Errorf("the refused target has %v", left)
	}
	wantRestored(t, dir, empty)
	if _, err := backup.Restore(t.Context(), dir, empty.target(), progress{}); !errors.Is(err, move.ErrNotEmpty) {
		t.Errorf("a second time: %v, want ErrNotEmpty", err)
	}
}

func wantRestored(t *testing.T, dir string, to *world) {
	t.Helper()
	if _, err := backup.Restore(t.Context(), dir, to.target(), progress{}); err != nil {
		t.Fatal(err)
	}
}

// damage runs fn while the file is damaged.
func damage(t *testing.T, dir, pattern string, fn func()) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %v, %v", pattern, files, err)
	}
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(good)
	bad[0]++
	for _, content := range [][]byte{bad, good} {
		if err := os.WriteFile(files[0], content, 0o600); err != nil {
			t.Fatal(err)
		}
		if fn != nil {
			fn()
		}
		fn = nil
	}
}

// TestRestoreDamagedObject names an object that the folder has lost or spoilt;
// all others are put back.
func TestRestoreDamagedObject(t *testing.T) {
	t.Parallel()
	dir, w := saved(t)
	want := w.seen()
	blobs := openBucket(t, fileURL(filepath.Join(dir, "blobs")))
	spoilt, lost := variantKey("a", "512"), original("b")
	for info, err := range blobs.List(t.Context(), spoilt) {
		if err == nil {
			err = blobs.Put(t.Context(), info.Key, strings.NewReader(strings.Repeat("x", int(info.Size))), info.Size)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := blobs.Delete(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	to := newWorld(t)
	_, err := backup.Restore(t.Context(), dir, to.target(), progress{})
	if !errors.Is(err, backup.ErrIncomplete) || !strings.Contains(err.Error(), spoilt) || !strings.Contains(err.Error(), lost) || strings.Contains(err.Error(), digest("c")) {
		t.Errorf("got %v, want the two objects", err)
	}
	delete(want.Content, spoilt)
	delete(want.Content, lost)
	if diff := cmp.Diff(want, to.seen()); diff != "" {
		t.Errorf("put back (-want +got)\n%s", diff)
	}
}

// putting is a bucket that tells of each object that is about to be put or
// deleted.
type putting struct {
	blob.Bucket
	step func(key string)
}

func (p putting) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	p.step(key)
	return p.Bucket.Put(ctx, key, r, size)
}

func (p putting) Delete(ctx context.Context, key string) error {
	p.step(key)
	return p.Bucket.Delete(ctx, key)
}

// TestRestoreInterrupted cuts a restore off at its mark, among its objects, and
// between its last two steps: no server may use the bucket until it has come
// to its end.
func TestRestoreInterrupted(t *testing.T) {
	t.Parallel()
	dir, w := saved(t)
	to := newWorld(t)
	marks := 0
	for runs := 1; ; runs++ {
		ctx, cancel := context.WithCancel(t.Context())
		var steps atomic.Int64
		target := to.target()
		target.Blobs = putting{to.blobs, func(key string) {
			if move.IsMark(key) {
				marks++ // put; put; taken away; taken away
			}
			if steps.Add(1) == int64(3*runs) || move.IsMark(key) && marks%2 == 1 {
				cancel()
			}
		}}
		restored, err := backup.Restore(ctx, dir, target, progress{})
		cancel()
		if err == nil {
			if !restored.RowsThere || runs < 4 || marks != 4 {
				t.Errorf("done after %d runs with %+v, the mark was met %d times", runs, restored, marks)
			}
			break
		}
		if !errors.Is(err, context.Canceled) || runs > 30 {
			t.Fatalf("run %d: %v", runs, err)
		}
		if err := move.Ready(t.Context(), to.blobs); !errors.Is(err, move.ErrHalf) && runs > 1 {
			t.Errorf("after run %d: %v, want ErrHalf", runs, err)
		}
	}
	if err := move.Ready(t.Context(), to.blobs); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(w.seen(), to.seen()); diff != "" {
		t.Errorf("put back (-want +got)\n%s", diff)
	}
}

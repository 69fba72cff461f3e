package backup_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/backup"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// world is a database and a bucket, as a server has them.
type world struct {
	*testing.T
	path string // of a SQLite database
	move.Side
	blobs blob.Bucket
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, openBucket(t, fileURL(filepath.Join(t.TempDir(), "blobs"))))
}

func newWorldWith(t *testing.T, blobs blob.Bucket) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vitrine.db")
	return &world{T: t, path: path, Side: openSide(t, "sqlite://"+path), blobs: blobs}
}

func newPostgresWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.Side = openSide(t, pgtest.Start(t))
	return w
}

func (w *world) source() backup.Source {
	if w.DB.Engine() == store.Postgres {
		return backup.Source{Rows: backup.Other{Side: w.Side, Log: discard}, Blobs: w.blobs}
	}
	return backup.Source{Rows: backup.SQLite(w.path), Blobs: w.blobs}
}

func (w *world) target() backup.Target {
	return backup.Target{Rows: &w.Side, Blobs: w.blobs, Temp: w.TempDir(), Log: discard}
}

var discard = slog.New(slog.DiscardHandler)

func fileURL(path string) string { return "file://" + path }

func openBucket(t *testing.T, url string, environ ...string) blob.Bucket {
	t.Helper()
	b, err := blob.Open(t.Context(), url, environ...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func openSide(t *testing.T, url string) (side move.Side) {
	t.Helper()
	db, err := store.Open(t.Context(), url, discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	backend, err := queue.New(t.Context(), db, queue.DefaultConfig(time.Now, discard))
	if err != nil {
		t.Fatal(err)
	}
	return move.Side{DB: db, Queue: backend}
}

func (w *world) write(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.DB.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) exec(statement string, args ...any) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		_, err := tx.Exec(w.Context(), statement, args...)
		return err
	})
}

func (w *world) put(key, text string) {
	w.Helper()
	if err := w.blobs.Put(w.Context(), key, strings.NewReader(text), int64(len(text))); err != nil {
		w.Fatal(err)
	}
}

func (w *world) drop(key string) {
	w.Helper()
	if err := w.blobs.Delete(w.Context(), key); err != nil {
		w.Fatal(err)
	}
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func original(text string) string { return gallery.OriginalKey(digest(text)) }

var sizes = []string{"128", "512"}

func variantKey(text, name string) string {
	return gallery.VariantKey(digest(text), "r1", vitrine.Variant{Name: name, Type: "image/webp"})
}

// claim writes a content whose bytes are on their way.
func (w *world) claim(text string) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		_, err := tx.EnsureContent(w.Context(), digest(text), int64(len(text)), "image/jpeg", time.UnixMilli(1))
		return err
	})
}

// photo adds a photo that is ready, with its variants.
func (w *world) photo(text string) {
	w.Helper()
	w.claim(text)
	w.put(original(text), text)
	content := vitrine.Content{SHA256: digest(text), Type: "image/jpeg", Recipe: "r1", Width: 4, Height: 3}
	for _, name := range sizes {
		bytes := name + " of " + text
		w.put(variantKey(text, name), bytes)
		content.Variants = append(content.Variants, vitrine.Variant{Name: name, Type: "image/webp", Width: 4, Height: 3, Bytes: int64(len(bytes)), Digest: digest(bytes)})
	}
	w.write(func(tx *store.Tx) error {
		_, err := tx.OptimiseContent(w.Context(), content)
		return err
	})
}

// free deletes a photo as if nobody used it.
func (w *world) free(text string) {
	w.Helper()
	w.exec(`delete from variant where sha256 = $1`, digest(text))
	w.exec(`delete from content where sha256 = $1`, digest(text))
	w.drop(original(text))
	for _, name := range sizes {
		w.drop(variantKey(text, name))
	}
}

// task leaves something to be done.
func (w *world) task(key string) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		return w.Queue.Enqueue(w.Context(), tx, queue.Task{Kind: "prune", Lane: "sweep", Priority: 1, Args: key, Key: key})
	})
}

// content gives all objects of the bucket.
func (w *world) content() map[string]string {
	w.Helper()
	all := map[string]string{}
	for info, err := range w.blobs.List(w.Context(), "") {
		if err != nil {
			w.Fatal(err)
		}
		object, err := w.blobs.Open(w.Context(), info.Key)
		if err != nil {
			w.Fatal(err)
		}
		text, err := io.ReadAll(object)
		if err := errors.Join(err, object.Close()); err != nil {
			w.Fatal(err)
		}
		all[info.Key] = string(text)
	}
	return all
}

// rows gives every row of every table, and the tasks.
func (w *world) rows() map[string]any {
	w.Helper()
	all := map[string]any{}
	err := w.DB.View(w.Context(), func(tx *store.Tx) error {
		tables, err := tx.Tables(w.Context())
		if err != nil {
			return err
		}
		for _, t := range tables {
			is, err := tx.Fingerprint(w.Context(), t)
			if err != nil {
				return err
			}
			all[t.Name] = fmt.Sprint(is)
		}
		for task, err := range w.Queue.Unfinished(w.Context(), tx) {
			if err != nil {
				return err
			}
			all["task "+task.Key] = task.Kind
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// seen is all that a world holds.
type seen struct {
	Rows    map[string]any
	Content map[string]string
}

func (w *world) seen() seen { return seen{w.rows(), w.content()} }

// progress is one that nobody looks at.
type progress struct{}

func (progress) Begin(move.Step, int64) {}
func (progress) Add(int64)              {}
func (progress) End()                   {}

var config = backup.Config{Version: "test", Now: func() time.Time { return time.UnixMilli(1e12) }, Progress: progress{}}

// save makes a backup that has to be whole.
func save(t *testing.T, dir string, from backup.Source) backup.Saved {
	t.Helper()
	saved, err := backup.Save(t.Context(), dir, from, config)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// wantBackup wants a backup to give that when it is put back.
func wantBackup(t *testing.T, dir string, want seen) {
	t.Helper()
	to := newWorld(t)
	if _, err := backup.Restore(t.Context(), dir, to.target(), progress{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, to.seen()); diff != "" {
		t.Errorf("put back (-want +got)\n%s", diff)
	}
}

// hooked is a bucket that tells of each object that is about to be opened.
type hooked struct {
	blob.Reader
	opening func(key string)
}

func (h hooked) Open(ctx context.Context, key string) (*blob.Object, error) {
	h.opening(key)
	return h.Reader.Open(ctx, key)
}

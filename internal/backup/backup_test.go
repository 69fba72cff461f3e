package backup_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/backup"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/s3test"
	"github.com/vitrine-media/vitrine/internal/store"
)

// TestBackup saves twice from each kind of bucket and database and puts back
// what was saved last.
func TestBackup(t *testing.T) {
	t.Parallel()
	worlds := map[string]func(*testing.T) *world{
		"folder": newWorld,
		"s3": func(t *testing.T) *world {
			url, environ := s3test.Start(t)
			return newWorldWith(t, openBucket(t, url, environ...))
		},
		"postgres": newPostgresWorld,
	}
	for name, world := range worlds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testBackup(t, world(t))
		})
	}
}

func testBackup(t *testing.T, w *world) {
	dir := filepath.Join(t.TempDir(), "new", "backup")
	for _, text := range []string{"", "a", "b", strings.Repeat("c", 100_000)} {
		w.photo(text)
	}
	w.task("one")
	w.put("original/un/unknown", "no row names it")
	first := save(t, dir, w.source())
	if first.Count != 12 || first.Copied != 12 || first.Rounds != 1 {
		t.Errorf("the first backup: %+v, want 12 objects, all copied in one round", first)
	}
	w.drop("original/un/unknown")
	wantBackup(t, dir, w.seen())

	w.photo("d")
	w.free("a")
	w.task("two")
	second := save(t, dir, w.source())
	if second.Count != 12 || second.Copied != 3 {
		t.Errorf("the second backup: %+v, want 12 objects, 3 copied", second)
	}
	wantBackup(t, dir, w.seen())
	if again := save(t, dir, w.source()); again.Copied != 0 {
		t.Errorf("nothing new: %+v, want none copied", again)
	}
	wantFolder(t, dir, 12)
}

// wantFolder wants a folder to hold one backup and nothing else.
func wantFolder(t *testing.T, dir string, objects int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 4 { // manifest, rows, list, blobs
		t.Errorf("the folder holds %v, %v", files, err)
	}
	n := 0
	blobs := openBucket(t, fileURL(filepath.Join(dir, "blobs")))
	for _, err := range blobs.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != objects {
		t.Errorf("the folder holds %d objects, want %d", n, objects)
	}
}

// TestInterrupted ends a backup at each object: the former one is whole, and
// what was copied is not copied again.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.photo("a")
	w.photo("b")
	save(t, dir, w.source())
	former := wantWhole(t, dir)
	w.free("a")
	w.photo("c")
	w.photo("d")
	for i := 1; ; i++ {
		ctx, cancel := context.WithCancel(t.Context())
		var opened atomic.Int64
		from := w.source()
		from.Blobs = hooked{w.blobs, func(string) {
			if opened.Add(1) == int64(i) {
				cancel()
			}
		}}
		_, err := backup.Save(ctx, dir, from, config)
		cancel()
		if err == nil {
			if i < 3 {
				t.Errorf("it was done after %d interruptions", i-1)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(former, wantWhole(t, dir)); diff != "" {
			t.Fatalf("after %d interruptions the manifest is another one (-want +got)\n%s", i, diff)
		}
	}
	wantBackup(t, dir, w.seen())
	wantFolder(t, dir, 9)
}

// wantWhole wants all that a manifest names to be there as it was.
func wantWhole(t *testing.T, dir string) (m backup.Manifest) {
	t.Helper()
	read := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if err := json.Unmarshal([]byte(read(filepath.Join(dir, "backup.json"))), &m); err != nil {
		t.Fatal(err)
	}
	for _, file := range []backup.File{*m.Rows, m.Objects} {
		if digest(read(filepath.Join(dir, file.Name))) != file.SHA256 {
			t.Errorf("%s is not what it was", file.Name)
		}
	}
	for line := range strings.Lines(read(filepath.Join(dir, m.Objects.Name))) {
		var o struct{ As, SHA256 string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "blobs", strings.ReplaceAll(o.As, "/", ".dir/")+".blob")
		if digest(read(path)) != o.SHA256 {
			t.Errorf("%s is not what it was", o.As)
		}
	}
	return m
}

// TestGone deletes photos while they are being saved: the rows are taken anew.
func TestGone(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	for _, text := range []string{"a", "b", "c", "d"} {
		w.photo(text)
	}
	from := w.source()
	var done atomic.Bool
	from.Blobs = hooked{w.blobs, func(string) {
		if !done.Swap(true) {
			w.free("a")
			w.free("b")
			w.photo("e")
		}
	}}
	if saved := save(t, dir, from); saved.Rounds != 2 || saved.Count != 9 {
		t.Errorf("saved %+v, want 9 objects after 2 rounds", saved)
	}
	wantBackup(t, dir, w.seen())
}

// TestIncomplete has an original and a variant that are damaged, one of each
// that is missing, and one that is damaged after it was saved.
func TestIncomplete(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	for _, text := range []string{"good", "known"} {
		w.photo(text)
	}
	save(t, dir, w.source())
	w.photo("ill")
	w.photo("lost")
	want := w.seen()
	w.put(original("known"), "knOwn")
	w.put(original("ill"), "iLl")
	w.put(variantKey("ill", "512"), "512 of iLl")
	w.drop(original("lost"))
	w.drop(variantKey("lost", "128"))
	lost := []string{original("ill"), original("lost"), variantKey("ill", "512"), variantKey("lost", "128")}
	for range 2 {
		saved, err := backup.Save(t.Context(), dir, w.source(), config)
		if !errors.Is(err, backup.ErrIncomplete) || !saved.Incomplete || saved.Count != 8 {
			t.Fatalf("saved %+v, %v, want 8 objects and ErrIncomplete", saved, err)
		}
		for _, key := range lost {
			if !strings.Contains(err.Error(), key+": ") {
				t.Errorf("%v doesn't name %s", err, key)
			}
		}
		if strings.Contains(err.Error(), digest("known")) || strings.Contains(err.Error(), digest("good")) {
			t.Errorf("%v names what is not lacking", err)
		}
	}
	for _, key := range lost {
		delete(want.Content, key)
	}
	wantBackup(t, dir, want)
}

// TestUnderWay has bytes that come and go: an original whose row is written
// before it, uploads with and without bytes, one of them taken in by now.
func TestUnderWay(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.claim("coming")
	w.claim("freed")
	w.exec(`update content set state = 'pruning' where sha256 = $1`, digest("freed"))
	w.photo("sent")
	for name, row := range map[string]struct {
		state  vitrine.MediaState
		wanted any
		bytes  string
	}{
		"asked":     {vitrine.MediaAwaiting, nil, ""},
		"uploaded":  {vitrine.MediaAwaiting, nil, "waits"},
		"confirmed": {vitrine.MediaPending, nil, "is next"},
		"taken":     {vitrine.MediaProcessing, digest("sent"), ""},
	} {
		w.upload(name, row.state, row.wanted, row.bytes)
	}
	// What is awaited has another look, and comes meanwhile.
	w.photo("a")
	from := w.source()
	var opened atomic.Int64
	from.Blobs = hooked{w.blobs, func(key string) {
		if key == original("a") && opened.Add(1) == 1 {
			w.put(original("coming"), "coming")
		}
	}}
	save(t, dir, from)
	want := w.seen()
	want.Content["upload/taken"] = "sent"
	wantBackup(t, dir, want)

	// An upload is another one each time.
	w.put("upload/uploaded", "other")
	save(t, dir, w.source())
	want.Content["upload/uploaded"] = "other"
	wantBackup(t, dir, want)
}

// TestBytes saves the bytes alone: what the bucket had at the Save before is
// kept, for rows that were saved in between.
func TestBytes(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	from := backup.Source{Blobs: w.blobs}
	w.photo("a")
	w.put("upload/one", "waits")
	w.put("moving/on", "not ours")
	save(t, dir, from)
	w.drop("moving/on")
	want := w.content()
	w.free("a")
	w.photo("b")
	w.put("upload/one", "again")
	for key, text := range w.content() {
		want[key] = text
	}
	if saved := save(t, dir, from); saved.Copied != 4 || saved.Rows != nil {
		t.Errorf("saved %+v, want 4 objects copied", saved)
	}
	wantBytes := func(want map[string]string) {
		t.Helper()
		to := newWorld(t)
		target := to.target()
		target.Rows = nil
		if _, err := backup.Restore(t.Context(), dir, target, progress{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, to.content()); diff != "" {
			t.Errorf("put back (-want +got)\n%s", diff)
		}
	}
	wantBytes(want)
	save(t, dir, from)
	wantBytes(w.content())
	to := newWorld(t)
	if _, err := backup.Restore(t.Context(), dir, to.target(), progress{}); err == nil || !strings.Contains(err.Error(), "has no rows") {
		t.Errorf("with rows: %v, want that it has none", err)
	}
}

// TestRefused wants no backup of a schema that is not known, in a folder that
// is in use or that is something else's.
func TestRefused(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.photo("a")
	save(t, dir, w.source())
	wantErr := func(dir string, from backup.Source, want error) {
		t.Helper()
		if _, err := backup.Save(t.Context(), dir, from, config); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	wantErr(dir, backup.Source{Rows: backup.SQLite(filepath.Join(dir, "none.db")), Blobs: w.blobs}, os.ErrNotExist)
	wantErr(filepath.Dir(w.path), w.source(), backup.ErrForeign)
	before := w.seen()
	w.exec(`insert into goose_db_version (version_id, is_applied) values (999, 1)`)
	wantErr(dir, w.source(), store.ErrNewerSchema)
	wantBackup(t, dir, before)
	openBucket(t, fileURL(filepath.Join(dir, "blobs")))
	wantErr(dir, w.source(), blob.ErrInUse)
}

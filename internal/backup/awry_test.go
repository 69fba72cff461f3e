package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/backup"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/scrub"
	"github.com/vitrine-media/vitrine/internal/store"
)

var errSector = errors.New("input/output error")

// spoilt is a bucket of which some objects are there and can't be read.
type spoilt struct {
	blob.Reader
	unread func(key string) bool
}

func (s spoilt) Open(ctx context.Context, key string) (*blob.Object, error) {
	object, err := s.Reader.Open(ctx, key)
	if err == nil && s.unread(key) {
		object.ReadSeekCloser = unreadable{object.ReadSeekCloser}
	}
	return object, err
}

type unreadable struct{ io.ReadSeekCloser }

func (unreadable) Read([]byte) (int, error) { return 0, errSector }

// TestUnreadable has an object that can't be read named, and all else saved. A
// store of which nothing can be read leaves the former backup as it was.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.photo("known")
	save(t, dir, w.source())
	for n := range 10 {
		w.photo(fmt.Sprint(n))
	}
	former := wantWhole(t, dir)
	from := w.source()
	from.Blobs = spoilt{w.blobs, func(string) bool { return true }}
	if _, err := backup.Save(t.Context(), dir, from, config); !errors.Is(err, errSector) || errors.Is(err, backup.ErrIncomplete) {
		t.Errorf("a store that can't be read: %v", err)
	}
	if diff := cmp.Diff(former, wantWhole(t, dir)); diff != "" {
		t.Errorf("the manifest is another one (-want +got)\n%s", diff)
	}
	want := w.seen()
	delete(want.Content, original("3"))
	from.Blobs = spoilt{w.blobs, func(key string) bool { return key == original("3") }}
	saved, err := backup.Save(t.Context(), dir, from, config)
	if !errors.Is(err, backup.ErrIncomplete) || saved.Count != 32 || !strings.Contains(err.Error(), original("3")+": ") {
		t.Errorf("saved %+v, %v, want 32 objects and one named", saved, err)
	}
	wantBackup(t, dir, want)
}

// upload adds the media of an upload, with bytes unless they are "".
func (w *world) upload(name string, state vitrine.MediaState, wanted any, bytes string) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		account, err := tx.EnsureAccount(w.Context(), "acme", config.Now())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(w.Context(), `insert into media (uuid, account_id, kind, url, identity, version, state, seq, wanted_sha256, created_at, updated_at)
			values ($1, $2, 'image', '', '', '', $3, 1, $4, 1, 1)`, name, account.ID, state, wanted); err != nil {
			return err
		}
		_, err = tx.Exec(w.Context(), `insert into upload (media_id, content_type, size, created_at) select id, 'image/jpeg', 0, 1 from media where uuid = $1`, name)
		return err
	})
	if bytes != "" {
		w.put("upload/"+name, bytes)
	}
}

// TestTakenIn has confirmed uploads that are taken in, and so deleted, between
// the rows and the bytes: what the rows wait for is there all the same.
func TestTakenIn(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.photo("sent")
	w.upload("taken-1", vitrine.MediaProcessing, digest("sent"), "")
	w.upload("taken-2", vitrine.MediaProcessing, digest("sent"), "")
	w.upload("confirmed", vitrine.MediaPending, nil, "is next")
	w.claim("never came")
	w.upload("claimed", vitrine.MediaProcessing, digest("never came"), "claimed")
	want := w.seen()
	want.Content["upload/taken-1"], want.Content["upload/taken-2"] = "sent", "sent"

	// Each is opened twice before the rows are taken: to look, and to copy.
	from := w.source()
	var opened atomic.Int64
	from.Blobs = hooked{w.blobs, func(key string) {
		if strings.HasPrefix(key, "upload/") && opened.Add(1) == 5 {
			w.drop("upload/confirmed")
			w.drop("upload/claimed")
		}
	}}
	save(t, dir, from)
	if opened.Load() < 5 {
		t.Fatalf("uploads were opened %d times", opened.Load())
	}
	wantBackup(t, dir, want)
}

// TestLostUpload has a confirmed upload that is nowhere named.
func TestLostUpload(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.upload("asked", vitrine.MediaAwaiting, nil, "")
	w.upload("confirmed", vitrine.MediaPending, nil, "")
	w.claim("never came")
	w.upload("claimed", vitrine.MediaProcessing, digest("never came"), "")
	saved, err := backup.Save(t.Context(), dir, w.source(), config)
	if !errors.Is(err, backup.ErrIncomplete) || !saved.Incomplete || strings.Contains(err.Error(), "upload/asked") {
		t.Fatalf("saved %+v, %v, want ErrIncomplete", saved, err)
	}
	for _, key := range []string{"upload/confirmed", "upload/claimed"} {
		if !strings.Contains(err.Error(), key+": ") {
			t.Errorf("%v doesn't name %s", err, key)
		}
	}
}

// textOf gives a text that is read in that turn.
func textOf(turn int64) string {
	for n := 0; ; n++ {
		if text := fmt.Sprint(n); scrub.Share(turn)(digest(text)) {
			return text
		}
	}
}

// TestRot has two objects of a folder rot: when it is their turn one is copied
// anew, and the other one, which the source has lost, is named.
func TestRot(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	second, third := textOf(2), textOf(3)
	w.photo(second)
	w.photo(third)
	save(t, dir, w.source())
	rot(t, dir, original(second), original(third))
	want := w.seen()
	w.drop(original(third))
	if saved := save(t, dir, w.source()); saved.Renewed != 1 || saved.Copied != 1 {
		t.Errorf("the second time: %+v, want one copied anew", saved)
	}
	saved, err := backup.Save(t.Context(), dir, w.source(), config)
	if !errors.Is(err, backup.ErrIncomplete) || !strings.Contains(err.Error(), original(third)+": ") || saved.Renewed != 0 {
		t.Errorf("the third time: %+v, %v, want one named", saved, err)
	}
	delete(want.Content, original(third))
	wantBackup(t, dir, want)
}

// rot has objects of a folder be as long as they were.
func rot(t *testing.T, dir string, keys ...string) {
	t.Helper()
	for _, key := range keys {
		path := filepath.Join(dir, "blobs", strings.ReplaceAll(key, "/", ".dir/")+".blob")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bytes.Repeat([]byte("x"), int(info.Size())), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

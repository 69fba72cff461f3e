package scrub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/scrub"
	"github.com/vitrine-media/vitrine/internal/store"
)

// hooked is a bucket that asks about each object that is opened: an error is
// what the first read of it gives.
type hooked struct {
	blob.Reader
	opening func(key string) error
}

func (h hooked) Open(ctx context.Context, key string) (*blob.Object, error) {
	unread := h.opening(key)
	object, err := h.Reader.Open(ctx, key)
	if err == nil && unread != nil {
		object.ReadSeekCloser = unreadable{object.ReadSeekCloser, unread}
	}
	return object, err
}

type unreadable struct {
	io.ReadSeekCloser
	err error
}

func (u unreadable) Read([]byte) (int, error) { return 0, u.err }

var errSector = errors.New("input/output error")

// scrubBy gives what a scrub by that bucket finds, and mends nothing.
func (f *fixture) scrubBy(t *testing.T, blobs blob.Reader, read bool) ([]scrub.Finding, error) {
	t.Helper()
	var found []scrub.Finding
	cfg := scrub.Config{DB: f.db, Blobs: blobs, Now: f.now, Grace: grace, Read: func(string) bool { return read }}
	_, err := scrub.Run(t.Context(), cfg, func(finding scrub.Finding) error {
		found = append(found, finding)
		return nil
	})
	return found, err
}

// TestUnreadable has an object that can't be read told like any other that is
// damaged, as long as it is not the bucket.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for n := range 10 { // contents of three objects
		f.put(t, fmt.Sprintf("%d.jpg", n), fmt.Appendf(nil, "photo %d", n))
	}
	key := gallery.OriginalKey(digestOf([]byte("photo 3")))
	found, err := f.scrubBy(t, hooked{f.blobs, func(opened string) error {
		if opened == key {
			return errSector
		}
		return nil
	}}, true)
	if err != nil || len(found) != 1 || found[0].Key != key || found[0].Problem != scrub.Damaged || !strings.Contains(found[0].Detail, errSector.Error()) {
		t.Errorf("one that can't be read: found %v, %v", found, err)
	}
	found, err = f.scrubBy(t, hooked{f.blobs, func(string) error { return errSector }}, true)
	if !errors.Is(err, errSector) || len(found) > 0 {
		t.Errorf("none can be read: found %v, %v", found, err)
	}
}

// TestMeanwhile has nothing told of an object that went while it was looked at.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	exec := func(f *fixture, statement string) func(*testing.T, vitrine.Content) {
		return func(t *testing.T, c vitrine.Content) {
			t.Helper()
			must(t, f.db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(t.Context(), statement, c.SHA256)
				return err
			}))
		}
	}
	tests := map[string]struct {
		statement string
		want      int
	}{
		"nothing happens":        {`update content set unused_at = 0 where sha256 = $1`, 1},
		"it is being pruned":     {`update content set state = 'pruning' where sha256 = $1`, 0},
		"its row is gone":        {`delete from variant where sha256 = $1`, 0},
		"it has other bytes now": {`update variant set digest = 'other' where sha256 = $1 and name = '128'`, 0},
		"it is being repaired":   {fmt.Sprintf(`update content set busy_until = %d where sha256 = $1`, int64(1)<<50), 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			c := f.put(t, "1.jpg", []byte("a photo"))
			key := gallery.VariantKey(c.SHA256, c.Recipe, c.Variants[0])
			change := exec(f, tt.statement)
			found, err := f.scrubBy(t, hooked{f.blobs, func(opened string) error {
				if opened == key {
					must(t, f.blobs.Delete(t.Context(), key))
					change(t, c)
				}
				return nil
			}}, true)
			if err != nil || len(found) != tt.want {
				t.Errorf("found %v, %v, want %d", found, err, tt.want)
			}
		})
	}
}

// TestNoSource has a variant told as one that nobody can make when its original
// is not there, or not what it was, either.
func TestNoSource(t *testing.T) {
	t.Parallel()
	for _, read := range []bool{false, true} {
		f := newFixture(t)
		c := f.put(t, "1.jpg", []byte("a photo"))
		variant, original := gallery.VariantKey(c.SHA256, c.Recipe, c.Variants[0]), gallery.OriginalKey(c.SHA256)
		must(t, f.blobs.Delete(t.Context(), variant))
		write(t, f, original, strings.Repeat("x", int(c.Bytes)))
		for _, problem := range []scrub.Problem{scrub.Damaged, scrub.Missing} {
			want := map[string]scrub.Problem{original: problem, variant: scrub.Missing}
			if diff := cmp.Diff(want, f.scrub(t, read)); diff != "" {
				t.Errorf("found (-want +got)\n%s", diff)
			}
			found, err := f.scrubBy(t, f.blobs, read)
			must(t, err)
			for _, finding := range found {
				if finding.Mended() || strings.Contains(finding.Remedy(), "made anew") {
					t.Errorf("%s: %q", finding.Key, finding.Remedy())
				}
			}
			must(t, f.blobs.Delete(t.Context(), original))
		}
		if tasks := f.tasks(t, gallery.TaskRepair); len(tasks) > 0 {
			t.Errorf("tasks: %v", tasks)
		}
	}
}

// TestDeletedSince has nothing told of what was listed and then deleted.
func TestDeletedSince(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := []string{gallery.OriginalKey(strings.Repeat("ab", 32)), gallery.UploadKey("8f14e45f-ceea-467f-a0e6-0123456789ab")}
	for _, key := range keys {
		write(t, f, key, "whose?")
	}
	f.ahead.Add(int64(2 * grace))
	found, err := f.scrubBy(t, hooked{f.blobs, func(key string) error { return f.blobs.Delete(t.Context(), key) }}, true)
	if err != nil || len(found) > 0 {
		t.Errorf("found %v, %v, want none", found, err)
	}
}

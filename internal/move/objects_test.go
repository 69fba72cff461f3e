package move_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

func folder(t *testing.T) blob.Bucket {
	t.Helper()
	return bucket(t, "file://"+filepath.Join(t.TempDir(), "blobs"))
}

func bucket(t *testing.T, url string, environ ...string) blob.Bucket {
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

func put(t *testing.T, b blob.Bucket, key, text string) {
	t.Helper()
	if err := b.Put(t.Context(), key, strings.NewReader(text), int64(len(text))); err != nil {
		t.Fatal(err)
	}
}

// original is the key of an original with that text.
func original(text string) string {
	sum := sha256.Sum256([]byte(text))
	return gallery.OriginalKey(hex.EncodeToString(sum[:]))
}

// content gives all objects of a bucket.
func content(t *testing.T, b blob.Bucket) map[string]string {
	t.Helper()
	all := map[string]string{}
	for info, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		object, err := b.Open(t.Context(), info.Key)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(object)
		if err := errors.Join(err, object.Close()); err != nil {
			t.Fatal(err)
		}
		all[info.Key] = string(text)
	}
	return all
}

// progress adds up what it is told.
type progress struct {
	mu          sync.Mutex
	total, done int64
}

func (p *progress) Begin(_ move.Step, total int64) { p.total, p.done = total, 0 }
func (p *progress) End()                           {}

func (p *progress) Add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
}

// TestObjects makes a pass beside a server and a last one, to a folder and to
// an S3 store.
func TestObjects(t *testing.T) {
	t.Parallel()
	targets := map[string]func(*testing.T) blob.Bucket{
		"folder": folder,
		"s3": func(t *testing.T) blob.Bucket {
			url, environ := s3test.Start(t)
			return bucket(t, url, environ...)
		},
	}
	for name, target := range targets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testObjects(t, folder(t), target(t))
		})
	}
}

func testObjects(t *testing.T, from, to blob.Bucket) {
	pass := func(still bool, want move.Tally) {
		t.Helper()
		p := &progress{}
		got, err := move.Objects(t.Context(), from, to, still, p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || p.total != got.Bytes || p.done != got.Bytes {
			t.Errorf("progress %d of %d, tally (-want +got)\n%s", p.done, p.total, diff)
		}
	}
	var size int64
	for i := range 40 {
		text := strings.Repeat(fmt.Sprint("photo", i), i) // one is empty
		put(t, from, original(text), text)
		size += int64(len(text))
	}
	put(t, from, "variant/ab/abcd/r1/128.webp", "small")
	put(t, from, "upload/one", "waits")
	pass(false, move.Tally{Objects: 41, Bytes: size + 5, Copied: 41})
	pass(false, move.Tally{Objects: 41, Bytes: size + 5})

	put(t, from, original("new"), "new")
	if err := from.Delete(t.Context(), "variant/ab/abcd/r1/128.webp"); err != nil {
		t.Fatal(err)
	}
	pass(true, move.Tally{Objects: 42, Bytes: size + 8, Copied: 2})
	put(t, from, "upload/one", "other") // as long as before
	pass(true, move.Tally{Objects: 42, Bytes: size + 8, Copied: 1})
	if diff := cmp.Diff(content(t, from), content(t, to)); diff != "" {
		t.Errorf("the buckets (-from +to)\n%s", diff)
	}
}

// TestDamaged has originals that are not what their names tell: they are named
// and don't arrive, all others do.
func TestDamaged(t *testing.T) {
	t.Parallel()
	from, to := folder(t), folder(t)
	put(t, from, original("good"), "good")
	put(t, from, original("short"), "shor")
	put(t, from, original("spoilt"), "Spoilt")
	for range 2 {
		_, err := move.Objects(t.Context(), from, to, true, &progress{})
		if !errors.Is(err, move.ErrDamaged) || !strings.Contains(err.Error(), original("short")) || !strings.Contains(err.Error(), original("spoilt")) ||
			strings.Contains(err.Error(), original("good")) {
			t.Errorf("got %v, want the two damaged originals", err)
		}
	}
	if diff := cmp.Diff(map[string]string{original("good"): "good"}, content(t, to)); diff != "" {
		t.Errorf("the target (-want +got)\n%s", diff)
	}
}

// lossy is a bucket that keeps other bytes than it was given.
type lossy struct{ blob.Bucket }

func (l lossy) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	text, err := io.ReadAll(r)
	if err != nil || len(text) == 0 {
		return err
	}
	text[0]++
	return l.Bucket.Put(ctx, key, bytes.NewReader(text), size)
}

// TestReadBack has a target that spoils what it is given: it is not left there
// for the next pass to take it for good.
func TestReadBack(t *testing.T) {
	t.Parallel()
	from, to := folder(t), folder(t)
	put(t, from, "variant/ab/abcd/r1/128.webp", "small")
	_, err := move.Objects(t.Context(), from, lossy{to}, true, &progress{})
	if err == nil || errors.Is(err, move.ErrDamaged) || !strings.Contains(err.Error(), "variant/ab/abcd/r1/128.webp") {
		t.Errorf("got %v, want the name of what was spoilt", err)
	}
	if left := content(t, to); len(left) > 0 {
		t.Errorf("the target is left with %v", left)
	}
}

// stopper cancels when some objects have been put.
type stopper struct {
	blob.Bucket
	mu     sync.Mutex
	left   int
	cancel func()
}

func (s *stopper) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	s.mu.Lock()
	if s.left--; s.left == 0 {
		s.cancel()
	}
	s.mu.Unlock()
	return s.Bucket.Put(ctx, key, r, size)
}

// TestInterrupted ends a pass in its middle, over and over; each goes on from
// where the last one came to.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	from, to := folder(t), folder(t)
	for i := range 100 {
		put(t, from, original(fmt.Sprint(i)), fmt.Sprint(i))
	}
	var copied int64
	for {
		ctx, cancel := context.WithCancel(t.Context())
		tally, err := move.Objects(ctx, from, &stopper{Bucket: to, left: 30, cancel: cancel}, true, &progress{})
		cancel()
		copied += tally.Copied
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || tally.Copied == 0 {
			t.Fatalf("a pass copied %d and ended with %v", tally.Copied, err)
		}
	}
	if copied != 100 {
		t.Errorf("%d objects were copied in all, want each once", copied)
	}
	if diff := cmp.Diff(content(t, from), content(t, to)); diff != "" {
		t.Errorf("the buckets (-from +to)\n%s", diff)
	}
}

// TestMark begins, goes on and ends; and a bucket with something in it is no
// target.
func TestMark(t *testing.T) {
	t.Parallel()
	to := folder(t)
	if err := errors.Join(move.Ready(t.Context(), to), move.Begin(t.Context(), to, "here"), move.Begin(t.Context(), to, "here")); err != nil {
		t.Fatal(err)
	}
	if err := move.Begin(t.Context(), to, "there"); !errors.Is(err, move.ErrNotEmpty) || !strings.Contains(err.Error(), "from here") {
		t.Errorf("another source: %v, want ErrNotEmpty", err)
	}
	if _, err := move.Objects(t.Context(), folder(t), to, true, &progress{}); err != nil {
		t.Fatal(err)
	}
	if err := move.Ready(t.Context(), to); !errors.Is(err, move.ErrHalf) {
		t.Errorf("half-moved: %v, want ErrHalf", err)
	}
	if err := errors.Join(move.End(t.Context(), to), move.Ready(t.Context(), to)); err != nil {
		t.Errorf("in the end: %v", err)
	}
	put(t, to, original("x"), "x")
	if err := move.Begin(t.Context(), to, "here"); !errors.Is(err, move.ErrNotEmpty) || !strings.Contains(err.Error(), original("x")) {
		t.Errorf("a bucket in use: %v, want ErrNotEmpty", err)
	}
}

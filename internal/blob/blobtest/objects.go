package blobtest

import (
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/blob"
)

func testRoundTrip(t *testing.T, f Fixture) {
	want := map[string]string{
		"empty":          "",
		"one":            "1",
		"a/b/c/deep":     "below",
		"a/b/c/deeper":   "beside",
		"a/larger":       strings.Repeat("0123456789abcdef", 1<<16),
		"originals/ab/x": "x",
	}
	for key, text := range want {
		put(t, f.Bucket, key, text)
	}
	wantOnly(t, f, want)
	for info, err := range f.Bucket.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if info.Size != int64(len(want[info.Key])) {
			t.Errorf("%q is listed with %d bytes, want %d", info.Key, info.Size, len(want[info.Key]))
		}
		if info.ModTime.IsZero() {
			t.Errorf("%q is listed without ModTime", info.Key)
		}
	}
}

func testSeek(t *testing.T, f Fixture) {
	put(t, f.Bucket, "k", "0123456789")
	object, err := f.Bucket.Open(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		offset int64
		whence int
		at     int64
		want   string // the rest from there
	}{
		{4, io.SeekStart, 4, "456789"},
		{0, io.SeekEnd, 10, ""},
		{-3, io.SeekEnd, 7, "789"},
		{0, io.SeekStart, 0, "0123456789"},
		{-9, io.SeekCurrent, 1, "123456789"},
	}
	for _, step := range steps {
		at, err := object.Seek(step.offset, step.whence)
		if err != nil || at != step.at {
			t.Fatalf("Seek(%d, %d) = %d, %v, want %d", step.offset, step.whence, at, err, step.at)
		}
		rest, err := io.ReadAll(object)
		if err != nil || string(rest) != step.want {
			t.Fatalf("after Seek(%d, %d): %q, %v, want %q", step.offset, step.whence, rest, err, step.want)
		}
	}
	for offset, whence := range map[int64]int{-1: io.SeekStart, -11: io.SeekEnd, 0: 17} {
		if at, err := object.Seek(offset, whence); err == nil {
			t.Errorf("Seek(%d, %d) = %d, want an error", offset, whence, at)
		}
	}
	if err := object.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := object.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read after Close = %v, want os.ErrClosed", err)
	}
	if _, err := object.Seek(0, io.SeekStart); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Seek after Close = %v, want os.ErrClosed", err)
	}
}

func testOverwrite(t *testing.T, f Fixture) {
	for _, text := range []string{"first", "a second, longer one", "3", ""} {
		put(t, f.Bucket, "a/k", text)
		wantOnly(t, f, map[string]string{"a/k": text})
	}
}

func testDelete(t *testing.T, f Fixture) {
	put(t, f.Bucket, "a/b", "b")
	put(t, f.Bucket, "a/c", "c")
	for range 2 { // the second time there is none, which is no error
		if err := f.Bucket.Delete(t.Context(), "a/b"); err != nil {
			t.Fatal(err)
		}
		wantOnly(t, f, map[string]string{"a/c": "c"})
	}
	if err := f.Bucket.Delete(t.Context(), "a/c"); err != nil {
		t.Fatal(err)
	}
	put(t, f.Bucket, "a/b", "again")
	wantOnly(t, f, map[string]string{"a/b": "again"})
}

func testNotFound(t *testing.T, f Fixture) {
	put(t, f.Bucket, "a/b", "b")
	for _, key := range []string{"c", "a", "a/c", "a/b/c", "x/y/z"} {
		if _, err := f.Bucket.Open(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("Open(%q) = %v, want ErrNotFound", key, err)
		}
		if err := f.Bucket.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete(%q) = %v, want nil", key, err)
		}
	}
	wantOnly(t, f, map[string]string{"a/b": "b"})
}

// testStream keeps an object of the largest size a photo may have.
func testStream(t *testing.T, f Fixture) {
	const size = 50_000_000
	sent, got := sha256.New(), sha256.New()
	source := io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{1}), size), sent)
	if err := f.Bucket.Put(t.Context(), "large", source, size); err != nil {
		t.Fatal(err)
	}
	object, err := f.Bucket.Open(t.Context(), "large")
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(got, object)
	if err = errors.Join(err, object.Close()); err != nil {
		t.Fatal(err)
	}
	if n != size || string(got.Sum(nil)) != string(sent.Sum(nil)) {
		t.Errorf("%d bytes came back, not the %d that were put", n, size)
	}
}

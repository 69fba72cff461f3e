// Package blobtest is the suite that every blob.Bucket passes.
package blobtest

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/blob"
)

// Fixture is a bucket to test.
type Fixture struct {
	// Bucket is empty and nobody else's. Whoever made it closes it.
	Bucket blob.Bucket

	// Leftovers names what stands in the store behind Bucket besides its
	// objects and is of no use any more: temporary files, unfinished uploads.
	Leftovers func() ([]string, error)
}

// Run runs the suite. Each part opens a fixture of its own; the parts run at
// the same time.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	parts := []struct {
		name string
		test func(*testing.T, Fixture)
	}{
		{"RoundTrip", testRoundTrip},
		{"Seek", testSeek},
		{"Overwrite", testOverwrite},
		{"Delete", testDelete},
		{"NotFound", testNotFound},
		{"Stream", testStream},
		{"OddKeys", testOddKeys},
		{"BadKeys", testBadKeys},
		{"KeyBelowKey", testKeyBelowKey},
		{"WrongSize", testWrongSize},
		{"FailingReader", testFailingReader},
		{"Cancelled", testCancelled},
		{"CancelledMidway", testCancelledMidway},
		{"ListOrder", testListOrder},
		{"ListPrefix", testListPrefix},
		{"ListMany", testListMany},
		{"ListEnds", testListEnds},
		{"AtomicOverwrite", testAtomicOverwrite},
		{"Races", testRaces},
		{"Churn", testChurn},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(t, open(t))
		})
	}
}

func put(t *testing.T, b blob.Bucket, key, text string) {
	t.Helper()
	if err := putBytes(t.Context(), b, key, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func putBytes(ctx context.Context, b blob.Bucket, key string, data []byte) error {
	return b.Put(ctx, key, bytes.NewReader(data), int64(len(data)))
}

// get reads the object of key to its end and holds its Info against it.
func get(t *testing.T, b blob.Bucket, key string) string {
	t.Helper()
	object, err := b.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(object)
	if err != nil {
		t.Fatalf("read %q: %v", key, err)
	}
	if err := object.Close(); err != nil {
		t.Fatalf("close %q: %v", key, err)
	}
	if object.Size != int64(len(data)) {
		t.Errorf("%q: Size = %d, but it has %d bytes", key, object.Size, len(data))
	}
	if object.Key != key {
		t.Errorf("%q: Key = %q", key, object.Key)
	}
	if object.ModTime.IsZero() {
		t.Errorf("%q: ModTime is zero", key)
	}
	return string(data)
}

func list(t *testing.T, b blob.Bucket, prefix string) []string {
	t.Helper()
	keys := []string{}
	for info, err := range b.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	return keys
}

// wantOnly says what is wrong unless the bucket holds exactly those objects
// and the store behind it nothing else.
func wantOnly(t *testing.T, f Fixture, want map[string]string) {
	t.Helper()
	keys := list(t, f.Bucket, "")
	if !slices.IsSorted(keys) {
		t.Errorf("keys are not in order: %q", keys)
	}
	got := make(map[string]string, len(keys))
	for _, key := range keys {
		got[key] = get(t, f.Bucket, key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	leftovers, err := f.Leftovers()
	if err != nil {
		t.Fatal(err)
	}
	if len(leftovers) > 0 {
		t.Errorf("left behind: %q", leftovers)
	}
}

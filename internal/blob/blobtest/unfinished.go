package blobtest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/vitrine-media/vitrine/internal/blob"
)

func testWrongSize(t *testing.T, f Fixture) {
	put(t, f.Bucket, "there", "before")
	long := strings.Repeat("x", 1<<20)
	rows := []struct {
		text string
		size int64
	}{
		{"", 1}, {"123456789", 10}, {long, 1<<20 + 1}, {"short", 100_000_000},
		{"1", 0}, {"12345678901", 10}, {long, 1<<20 - 1},
		{"", -1}, {"1", -1},
	}
	for _, row := range rows {
		for name, reader := range map[string]io.Reader{
			"whole":       strings.NewReader(row.text),
			"EOF at once": iotest.DataErrReader(strings.NewReader(row.text)),
			"halves":      iotest.HalfReader(strings.NewReader(row.text)),
		} {
			for _, key := range []string{"there", "new/object"} {
				err := f.Bucket.Put(t.Context(), key, reader, row.size)
				if !errors.Is(err, blob.ErrSize) {
					t.Errorf("Put of %d bytes announced as %d (%s) = %v, want ErrSize", len(row.text), row.size, name, err)
				}
				reader = strings.NewReader(row.text)
			}
		}
	}
	wantOnly(t, f, map[string]string{"there": "before"})
}

func testFailingReader(t *testing.T, f Fixture) {
	put(t, f.Bucket, "there", "before")
	broken := errors.New("the source broke")
	for _, given := range []string{"", "some", strings.Repeat("x", 1<<20)} {
		for _, key := range []string{"there", "new/object"} {
			// The size is reached, yet the source doesn't end but breaks.
			reader := io.MultiReader(strings.NewReader(given), iotest.ErrReader(broken))
			if err := f.Bucket.Put(t.Context(), key, reader, int64(len(given))); !errors.Is(err, broken) {
				t.Errorf("Put = %v, want the reader's error", err)
			}
			reader = io.MultiReader(strings.NewReader(given), iotest.ErrReader(broken))
			if err := f.Bucket.Put(t.Context(), key, reader, int64(len(given)+1)); !errors.Is(err, broken) {
				t.Errorf("Put = %v, want the reader's error", err)
			}
		}
	}
	wantOnly(t, f, map[string]string{"there": "before"})
}

func testCancelled(t *testing.T, f Fixture) {
	put(t, f.Bucket, "there", "before")
	stop := errors.New("the server stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)

	_, openErr := f.Bucket.Open(ctx, "there")
	var listErr error
	for _, err := range f.Bucket.List(ctx, "") {
		listErr = err
	}
	for call, err := range map[string]error{
		"Put":    putBytes(ctx, f.Bucket, "there", []byte("after")),
		"Open":   openErr,
		"Delete": f.Bucket.Delete(ctx, "there"),
		"List":   listErr,
	} {
		if !errors.Is(err, stop) {
			t.Errorf("%s = %v, want the cause", call, err)
		}
	}
	wantOnly(t, f, map[string]string{"there": "before"})
}

func testCancelledMidway(t *testing.T, f Fixture) {
	put(t, f.Bucket, "there", "before")
	text := strings.Repeat("x", 1<<20)
	for _, key := range []string{"there", "new/object"} {
		// The second time it happens after the last byte.
		for _, after := range []int{len(text) / 2, len(text)} {
			ctx, cancel := context.WithCancel(t.Context())
			reader := io.MultiReader(strings.NewReader(text[:after]), &onRead{cancel}, strings.NewReader(text[after:]))
			if err := f.Bucket.Put(ctx, key, reader, int64(len(text))); !errors.Is(err, context.Canceled) {
				t.Errorf("Put = %v, want context.Canceled", err)
			}
		}
	}
	wantOnly(t, f, map[string]string{"there": "before"})
}

// onRead is empty and does something when that is found out.
type onRead struct{ do func() }

func (r *onRead) Read([]byte) (int, error) {
	r.do()
	return 0, io.EOF
}

package fetch

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func TestCopyBody(t *testing.T) {
	t.Parallel()
	broken := errors.New("cut")
	for _, row := range []struct {
		name string
		r    io.Reader
		max  int64
		want int64
		err  error
	}{
		{"empty", bytes.NewReader(nil), 0, 0, nil},
		{"last byte with EOF", iotest.DataErrReader(bytes.NewReader(photo)), int64(len(photo)), int64(len(photo)), nil},
		{"one byte too many", iotest.OneByteReader(bytes.NewReader(photo)), 99, 99, errTooLarge},
		{"last byte with an error", iotest.DataErrReader(io.MultiReader(bytes.NewReader(photo[:100]), iotest.ErrReader(broken))), 1000, 100, broken},
	} {
		var got bytes.Buffer
		n, digest, err := copyBody(&got, row.r, row.max)
		if n != row.want || !errors.Is(err, row.err) || (digest == "") != (row.err != nil) {
			t.Errorf("%s: %d, %q, %v; want %d, %v", row.name, n, digest, err, row.want, row.err)
		}
		if !bytes.Equal(got.Bytes(), photo[:got.Len()]) || int64(got.Len()) != n {
			t.Errorf("%s: %d bytes written, %d counted, or not the ones read", row.name, got.Len(), n)
		}
	}
}

// pausing takes a while for each read.
type pausing time.Duration

func (p pausing) Read(b []byte) (int, error) {
	time.Sleep(time.Duration(p)) // in a bubble: costs nothing
	return len(b), nil
}

// The time between two bytes counts, not the sum, and not the time spent writing.
func TestIdleReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const idle = 10 * time.Second
		stalled := false
		read := func(pause time.Duration) {
			if _, err := newIdleReader(pausing(pause), idle, func() { stalled = true }).Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		for range 5 {
			read(idle - time.Second)
			time.Sleep(2 * idle)
			synctest.Wait()
		}
		if stalled {
			t.Fatal("stalled, though each read was quick enough")
		}
		read(idle + time.Second)
		synctest.Wait()
		if !stalled {
			t.Error("not stalled after a slow read")
		}
	})
}

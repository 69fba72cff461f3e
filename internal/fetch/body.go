package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// errTooLarge ends a body that goes on after the last byte allowed.
var errTooLarge = errors.New("more bytes than allowed")

// writeError is an error of the caller's writer, to tell it from the origin's.
type writeError struct{ err error }

func (e *writeError) Error() string { return fmt.Sprintf("write what was fetched: %v", e.err) }
func (e *writeError) Unwrap() error { return e.err }

// copyBody copies r to w and returns the number and the digest of the bytes
// written, never more than maxBytes. Its error is errTooLarge, a *writeError,
// or r's.
func copyBody(w io.Writer, r io.Reader, maxBytes int64) (int64, string, error) {
	hash := sha256.New()
	out := io.MultiWriter(hash, w)
	buf := make([]byte, 64<<10)
	var written int64
	for {
		n, readErr := r.Read(buf)
		if int64(n) > maxBytes-written {
			return written, "", errTooLarge
		}
		if _, err := out.Write(buf[:n]); err != nil {
			return written, "", &writeError{err}
		}
		written += int64(n)
		if readErr == io.EOF {
			return written, hex.EncodeToString(hash.Sum(nil)), nil
		}
		if readErr != nil {
			return written, "", readErr
		}
	}
}

// pageBytes is how much of a page is read: it has what it says about itself at
// its beginning.
const pageBytes = 64 << 10

// copyPage writes the start of a body and returns how much there was of it. Its
// error is r's only when it is the attempt that has ended: an origin that cuts
// its body off has answered all the same.
func copyPage(attempt context.Context, w io.Writer, r io.Reader) (int64, error) {
	head, err := io.ReadAll(io.LimitReader(r, pageBytes))
	if err != nil && attempt.Err() != nil {
		return int64(len(head)), err
	}
	if _, err := w.Write(head); err != nil {
		return 0, &writeError{err}
	}
	return int64(len(head)), nil
}

// idleReader calls stalled when one read takes longer than idle. The timer runs
// only while a read does, so that a slow disk is not taken for a slow origin.
type idleReader struct {
	r     io.Reader
	idle  time.Duration
	timer *time.Timer
}

func newIdleReader(r io.Reader, idle time.Duration, stalled func()) *idleReader {
	timer := time.AfterFunc(idle, stalled)
	timer.Stop()
	return &idleReader{r: r, idle: idle, timer: timer}
}

func (r *idleReader) Read(p []byte) (int, error) {
	r.timer.Reset(r.idle)
	defer r.timer.Stop()
	return r.r.Read(p)
}

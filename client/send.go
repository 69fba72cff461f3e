package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// bodyError is trouble with the bytes that were to be sent. Sending them again
// gives the same.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "read the body: " + e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

var (
	errShort   = errors.New("it has fewer bytes than its size says")
	errStalled = errors.New("nothing went out for too long")
)

// sendBytes sends a body once. The client's time-out is for an answer to a
// small question; here it counts from the last bytes that went out, so that a
// slow line may take its time and a dead one is noticed.
func (c *Client) sendBytes(ctx context.Context, to UploadURL, body io.Reader, size int64, onProgress func(int64)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := &outgoing{body: io.LimitReader(body, size), size: size, onProgress: onProgress, moved: func() {}}
	if idle := c.http.Timeout; idle > 0 {
		stalled := time.AfterFunc(idle, func() { cancel(errStalled) })
		defer stalled.Stop()
		out.moved = func() { stalled.Reset(idle) }
	}
	r, err := http.NewRequestWithContext(ctx, to.Method, to.URL, out)
	if err != nil {
		return err
	}
	r.ContentLength = size
	for name, value := range to.Header {
		r.Header.Set(name, value)
	}
	patient := *c.http
	patient.Timeout = 0
	_, _, err = exchange(&patient, r)
	if bodyErr := out.stop(); err != nil && bodyErr != nil {
		return &bodyError{bodyErr}
	}
	if err != nil && errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// outgoing is the body of a request. The transport may go on reading it for a
// while after the answer has come; once stopped, it neither reads what is
// behind it nor calls back, so that a next try can have both.
type outgoing struct {
	size       int64
	onProgress func(sent int64)
	moved      func() // called when bytes go out

	mu      sync.Mutex
	body    io.Reader
	sent    int64
	stopped bool
	err     error // what went wrong with body
}

func (o *outgoing) Read(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stopped {
		return 0, io.ErrClosedPipe
	}
	n, err := o.body.Read(p)
	switch {
	case errors.Is(err, io.EOF) && o.sent+int64(n) < o.size:
		o.err = errShort
	case err != nil && !errors.Is(err, io.EOF):
		o.err = err
	}
	if o.err != nil {
		return 0, o.err
	}
	if n > 0 {
		o.sent += int64(n)
		o.moved()
		o.onProgress(o.sent)
	}
	return n, err
}

// Close leaves the body open: it is the caller's.
func (*outgoing) Close() error { return nil }

// stop ends the reading and gives what went wrong with the body. A Read that
// is under way ends first.
func (o *outgoing) stop() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped = true
	return o.err
}

package resumable

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
)

// body is a request's body that another goroutine can end. tusd has a way of
// its own, which has no effect on a body that is not being read yet, and is a
// data race.
type body struct {
	io.ReadCloser
	control  *http.ResponseController
	received int64 // bytes read; of the goroutine that reads

	mu      sync.Mutex
	reading bool
	cause   error
}

func (b *body) Read(p []byte) (int, error) {
	if err := b.begin(); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.received += int64(n)
	if cause := b.end(); cause != nil {
		err = cause
	}
	return n, err
}

func (b *body) begin() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = b.cause == nil
	return b.cause
}

func (b *body) end() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = false
	return b.cause
}

// stop has the read under way and all that follow give cause. Only a read
// under way gets a deadline: of a connection that waits for its next request
// it would be the end.
func (b *body) stop(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cause != nil {
		return
	}
	b.cause = cause
	if b.reading {
		_ = b.control.SetReadDeadline(time.Unix(1, 0)) // without it the read ends by itself, later
	}
}

func (b *body) stopped() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cause != nil
}

// locker has a request that asks for the lock of an upload end the body of the
// one that holds it: the newest connection of a sender is the one that lives.
type locker struct{ handler.Locker }

// NewLock makes the lock of an upload.
func (l locker) NewLock(id string) (handler.Lock, error) {
	held, err := l.Locker.NewLock(id)
	return lock{held}, err
}

type lock struct{ held handler.Lock }

// Lock waits for the lock until ctx ends. What holds it without being a
// request can't be asked to hurry.
func (l lock) Lock(ctx context.Context, _ func()) error {
	t, isRequest := ctx.Value(turnKey{}).(*turn)
	if !isRequest {
		return l.held.Lock(ctx, func() {})
	}
	return t.failed(l.held.Lock(ctx, func() { t.body.stop(handler.ErrUploadInterrupted) }))
}

// Unlock lets the next one have the lock.
func (l lock) Unlock() error { return l.held.Unlock() }

package imaging

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Pool optimises pictures in child processes, a bounded number at a time. It
// is safe for use by several goroutines.
type Pool struct {
	cfg    Config
	places chan struct{} // holds one for each picture under way
	pixels *semaphore.Weighted

	life  context.Context // ends, with ErrClosed as cause, when the pool does
	end   context.CancelCauseFunc
	close func()

	mu   sync.Mutex
	idle []*process // a stack, so that no more children run than are needed
}

// NewPool makes a Pool. Children are started when they are first needed.
func NewPool(cfg Config) *Pool {
	p := &Pool{cfg: cfg, places: make(chan struct{}, cfg.Workers), pixels: semaphore.NewWeighted(cfg.PixelsInFlight)}
	p.life, p.end = context.WithCancelCause(context.Background())
	p.close = sync.OnceFunc(p.closeOnce)
	return p
}

// Close kills every child, waits for their ends and for the calls of Optimise
// that are under way, which give ErrClosed.
func (p *Pool) Close() error {
	p.close()
	return nil
}

func (p *Pool) closeOnce() {
	p.end(ErrClosed)
	// Who has all the places knows that nobody is at work, nor will be.
	for range cap(p.places) {
		p.places <- struct{}{}
	}
	for c := p.take(); c != nil; c = p.take() {
		c.stop()
	}
}

// Optimise makes the variants of a picture. While Workers pictures are under
// way it waits, and again, once the header is read, while there are too many
// PixelsInFlight, in the order of coming; the time-out counts neither wait.
//
// A picture that can't be used is a *vitrine.Failure: unsupported_type,
// too_many_pixels or unreadable. A child that died of it, or had to be killed,
// is a *ChildError. When ctx ends the error is ctx's cause, after Close it is
// ErrClosed, on a full disk syscall.ENOSPC. On any error nothing remains in OutDir.
func (p *Pool) Optimise(ctx context.Context, request Request) (*Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.life, func() { cancel(ErrClosed) })()

	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}

	task := &Task{
		Source:    request.Source,
		OutDir:    request.OutDir,
		Panorama:  request.Panorama,
		MaxPixels: p.cfg.MaxPixels,
		MaxSidePx: p.cfg.MaxSidePx,
		Recipe:    p.cfg.Recipe,
	}
	result, err := p.run(ctx, task)
	if left := task.settleFiles(result); left != nil {
		err = errors.Join(err, left)
	}
	if err != nil {
		return nil, err
	}
	return result, nil
}

// run opens the files of a task and gives it to a child. When it returns the
// child is idle or gone.
func (p *Pool) run(ctx context.Context, task *Task) (result *Result, err error) {
	files, err := task.openFiles()
	if err != nil {
		return nil, err
	}
	defer func() {
		if unwritten := files.close(); unwritten != nil {
			result, err = nil, errors.Join(err, unwritten)
		}
	}()
	c := p.take()
	if c == nil {
		if c, err = startProcess(&p.cfg); err != nil {
			return nil, err
		}
		if p.cfg.Started != nil {
			p.cfg.Started()
		}
	}
	tooLong := &ChildError{Reason: fmt.Sprintf("took longer than %v", p.cfg.Timeout)}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	unwatch := context.AfterFunc(ctx, c.kill)
	clock := startClock(p.cfg.Timeout, func() { cancel(tooLong) })
	defer clock.stop()
	defer p.leave(task) // the child is idle or gone by then, and its memory with it

	a, err := c.ask(task, files, func(pixels int64) error {
		clock.stop()
		defer clock.start()
		return p.admit(ctx, task, pixels)
	})
	if err == nil {
		err = task.check(a)
	}
	alive := unwatch() // else it was killed, maybe with its answer on the way
	switch {
	case err == nil && alive && !a.Memory && c.pictures < p.cfg.RecycleAfter && !c.tired(&p.cfg):
		p.keep(c)
	case err == nil:
		c.stop()
	default:
		return nil, p.bury(ctx, c, err)
	}
	return a.outcome()
}

// bury ends a child whose answer didn't come or makes no sense, and says why.
func (p *Pool) bury(ctx context.Context, c *process, err error) error {
	died := &ChildError{Reason: c.stop()}
	if cause := context.Cause(ctx); cause != nil {
		tooLong, ok := errors.AsType[*ChildError](cause)
		if !ok {
			return cause
		}
		died = tooLong
	}
	p.cfg.Log.Warn("imaging child ended",
		"reason", died.Reason, "pictures", c.pictures, "err", err, "stderr", c.stderr.String())
	return died
}

// take gives an idle child, or nil when there is none.
func (p *Pool) take() *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return c
}

// keep makes a child idle.
func (p *Pool) keep(c *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

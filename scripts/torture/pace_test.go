package torture

import (
	"context"
	"sync"
)

// pace spreads the faults evenly among the operations: each waits for the
// other, so that there are as many of both as were asked for.
type pace struct {
	operations, faults int

	mu     sync.Mutex
	begun  int // operations
	ended  int // operations
	passed int // faults
	moved  chan struct{}
}

func newPace(operations, faults int) *pace {
	return &pace{operations: operations, faults: faults, moved: make(chan struct{})}
}

// beginOperation waits until another operation may be sent. It is false when
// there have been enough.
func (p *pace) beginOperation(ctx context.Context) bool {
	return p.await(ctx, func() (ready, over bool) {
		if p.begun == p.operations {
			return false, true
		}
		// Those up to the fault after the next.
		if p.faults > 0 && p.begun >= p.operations*(p.passed+2)/p.faults && p.passed < p.faults {
			return false, false
		}
		p.begun++
		return true, false
	})
}

func (p *pace) endOperation() { p.move(func() { p.ended++ }) }

// due is closed when it is time for the n-th fault.
func (p *pace) due(ctx context.Context, n int) <-chan struct{} {
	due := make(chan struct{})
	go func() {
		defer close(due)
		p.await(ctx, func() (ready, over bool) { return p.ended >= p.operations*n/p.faults, false })
	}()
	return due
}

func (p *pace) faultOver() { p.move(func() { p.passed++ }) }

func (p *pace) done() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

func (p *pace) move(fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn()
	close(p.moved)
	p.moved = make(chan struct{})
}

// await asks after each move, until it is told that it is time, or that there
// is nothing to wait for.
func (p *pace) await(ctx context.Context, ask func() (ready, over bool)) bool {
	for {
		p.mu.Lock()
		ready, over := ask()
		moved := p.moved
		p.mu.Unlock()
		if ready || over {
			return ready
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return false
		}
	}
}

package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"
)

// Work is described at Backend. What other processes were running is taken
// over at once: only one process may work on a SQLite database.
func (e *Embedded) Work(ctx context.Context, lanes []LaneWorkers, handlers map[string]Handlers) error {
	crew, err := newCrew(ctx, e.cfg, lanes, handlers, e.settle)
	if err != nil {
		return err
	}
	defer crew.cancel(nil)
	if err := e.inherit(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // stopped before it began
		}
		return err
	}
	worker := e.id + rand.Text()

	beating, stopBeating := context.WithCancel(context.WithoutCancel(ctx))
	beaten := make(chan struct{})
	go func() {
		defer close(beaten)
		e.keepAlive(beating, worker)
	}()

	var claiming, running sync.WaitGroup
	for _, lane := range lanes {
		claiming.Go(func() { e.serve(ctx, crew, worker, lane, &running) })
	}
	claiming.Wait() // ctx is done
	ended := make(chan struct{})
	go func() {
		running.Wait()
		close(ended)
	}()
	err = crew.stop(ended)
	stopBeating()
	<-beaten

	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(err, e.handBack(last, worker))
}

// serve claims the tasks of one lane as its workers get free, until ctx is
// done.
func (e *Embedded) serve(ctx context.Context, crew *crew, worker string, lane LaneWorkers, running *sync.WaitGroup) {
	woken, stop := e.listen(lane.Lane)
	defer stop()
	free := make(chan struct{}, lane.Workers)
	for range lane.Workers {
		free <- struct{}{}
	}
	kinds := crew.kinds()
	for {
		n := take(ctx, free)
		if n == 0 {
			return
		}
		runs, err := e.claim(ctx, worker, lane.Lane, kinds, n)
		if err != nil && ctx.Err() == nil {
			e.cfg.Log.ErrorContext(ctx, "tasks not claimed", "lane", lane.Lane, "err", err)
		}
		for range n - len(runs) {
			free <- struct{}{}
		}
		for _, run := range runs {
			running.Go(func() {
				crew.do(run)
				free <- struct{}{}
			})
		}
		if len(runs) == n {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-woken:
		case <-time.After(poll):
		}
	}
}

// take waits for a free worker and takes all that are; none when ctx is done.
func take(ctx context.Context, free <-chan struct{}) (n int) {
	select {
	case <-ctx.Done():
		return 0
	case <-free:
	}
	if ctx.Err() != nil {
		return 0
	}
	for n = 1; ; n++ {
		select {
		case <-free:
		default:
			return n
		}
	}
}

// keepAlive renews the leases until ctx is done.
func (e *Embedded) keepAlive(ctx context.Context, worker string) {
	ticks := time.NewTicker(e.cfg.beats())
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if err := e.beat(ctx, worker); err != nil && ctx.Err() == nil {
			e.cfg.Log.ErrorContext(ctx, "leases not renewed", "err", err)
		}
	}
}

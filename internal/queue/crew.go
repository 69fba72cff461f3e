package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

const (
	// poll is how often a backend looks for tasks that nobody woke it for:
	// those whose time has come.
	poll = time.Second
	// settlePause is the pause between two tries to write what became of a
	// task, which nobody else can do while this process lives.
	settlePause = time.Second
	// patience is how long a stop waits for handlers whose context was
	// cancelled, and for each last write.
	patience = 10 * time.Second
)

// crew runs the handlers for one call of Work, whatever the backend.
type crew struct {
	cfg      Config
	handlers map[string]Handlers
	settle   func(ctx context.Context, run *Run, v verdict) error // ErrLost when it was another's to settle

	ctx    context.Context // of the handlers; outlives the context of Work
	cancel context.CancelCauseFunc
}

func newCrew(ctx context.Context, cfg Config, lanes []LaneWorkers, handlers map[string]Handlers, settle func(context.Context, *Run, verdict) error) (*crew, error) {
	for _, lane := range lanes {
		if lane.Workers < 1 {
			return nil, fmt.Errorf("work: lane %s has no workers", lane.Lane)
		}
	}
	for kind, h := range handlers {
		if h.Run == nil || h.Dead == nil {
			return nil, fmt.Errorf("work: kind %s lacks a handler", kind)
		}
	}
	c := &crew{cfg: cfg, handlers: handlers, settle: settle}
	c.ctx, c.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	return c, nil
}

// do runs a task that this process has claimed, and settles it.
func (c *crew) do(run *Run) {
	run.Attempt = int(min(run.turn, int64(c.cfg.MaxAttempts)))
	began := c.cfg.Now()
	ctx, span := c.cfg.Tracer.BeginFor(c.ctx, run.trace, run.Kind, slog.Int64("task", run.ID), slog.Int("attempt", run.Attempt))
	err := c.handle(ctx, run)
	v := c.cfg.judge(c.ctx, run, err)
	outcome := c.cfg.outcome(run, v)
	span.Note(slog.String("outcome", string(outcome)))
	span.End(outcome == Failed)
	if c.cfg.Ended != nil {
		c.cfg.Ended(run.Kind, outcome, c.cfg.Now().Sub(began))
	}
	c.report(run, v, err)
	if v.fate == gone {
		return
	}
	for {
		err := c.trySettle(run, v)
		if err == nil {
			return
		}
		c.cfg.Log.Error("task not settled", "kind", run.Kind, "task", run.ID, "attempt", run.Attempt, "err", err)
		if errors.Is(err, ErrLost) {
			return
		}
		select {
		case <-c.ctx.Done(): // what Work hands back at its end includes this one
			return
		case <-time.After(settlePause):
		}
	}
}

// trySettle is not cut short by a stop: it is what the stop waits for.
func (c *crew) trySettle(run *Run, v verdict) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), patience)
	defer cancel()
	return c.settle(ctx, run, v)
}

// handle calls the handler. A panic in it is an error.
func (c *crew) handle(ctx context.Context, run *Run) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value, debug.Stack()}
		}
	}()
	h := c.handlers[run.Kind]
	if run.turn > int64(c.cfg.MaxAttempts) {
		return h.Dead(ctx, run)
	}
	return h.Run(ctx, run)
}

func (c *crew) report(run *Run, v verdict, err error) {
	log := c.cfg.Log.With("kind", run.Kind, "task", run.ID, "attempt", run.Attempt)
	switch {
	case err == nil:
	case isPanic(err):
		p, _ := errors.AsType[*panicError](err)
		log.Error("task panicked", "err", err, "stack", string(p.stack))
	case v.fate == gone:
		log.Warn("task ended with an error after it was settled", "err", err)
	case run.turn == int64(c.cfg.MaxAttempts) && v.fate == again:
		log.Error("task given up", "err", err)
	case v.fate == again:
		log.Warn("task failed", "err", err, "again_in", v.after)
	default:
		log.Info("task handed back", "err", err, "again_in", v.after)
	}
}

// stop lets the handlers end in the grace period, cancels the rest, and waits
// for them, until ended is closed. ErrStuck when some did not listen.
func (c *crew) stop(ended <-chan struct{}) error {
	select {
	case <-ended:
		return nil
	case <-time.After(c.cfg.Grace):
	}
	c.cancel(ErrStopping)
	select {
	case <-ended:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%w within %v", ErrStuck, c.cfg.Grace+patience)
	}
}

// kinds are those that this crew can do.
func (c *crew) kinds() []string {
	kinds := make([]string, 0, len(c.handlers))
	for kind := range c.handlers {
		kinds = append(kinds, kind)
	}
	return kinds
}

package queue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Again is what a handler returns to have another attempt after that time.
// This one counts, and cause says why it did not succeed.
func Again(after time.Duration, cause error) error {
	return &pause{after: after, cause: cause, counted: true}
}

// Later is what a handler returns to have this attempt after that time: it
// was not the moment for it, and it does not count.
func Later(after time.Duration) error {
	return &pause{after: after, cause: errors.New("later")}
}

// pause is the error that Again and Later make.
type pause struct {
	after   time.Duration
	cause   error
	counted bool
}

func (p *pause) Error() string { return fmt.Sprintf("again in %v: %v", p.after, p.cause) }
func (p *pause) Unwrap() error { return p.cause }

// verdict is what becomes of a task after a run.
type verdict struct {
	fate  fate
	after time.Duration // of again and later
	cause string        // of again
}

type fate string

const (
	finished fate = "finished" // the task is done
	gone     fate = "gone"     // it was finished by the handler, or lost to another worker
	again    fate = "again"    // it runs again, this attempt counted
	later    fate = "later"    // it runs again, this attempt not counted
	back     fate = "back"     // it waits where it did, as if this attempt had not been
)

// Outcome is what became of a run, for who counts them.
type Outcome string

// The outcomes of a run.
const (
	Finished   Outcome = "finished"    // the task is done
	GivenUp    Outcome = "given_up"    // Handlers.Dead has ended it
	Failed     Outcome = "failed"      // it runs again, the attempt counted
	Deferred   Outcome = "deferred"    // it runs again, the attempt not counted
	HandedBack Outcome = "handed_back" // this process stops
	Lost       Outcome = "lost"        // another worker has it
)

// Outcomes are all outcomes.
var Outcomes = []Outcome{Finished, GivenUp, Failed, Deferred, HandedBack, Lost}

func (c *Config) outcome(run *Run, v verdict) Outcome {
	done := v.fate == finished || v.fate == gone && run.finished
	switch {
	case done && run.turn > int64(c.MaxAttempts):
		return GivenUp
	case done:
		return Finished
	case v.fate == gone:
		return Lost
	case v.fate == later:
		return Deferred
	case v.fate == back:
		return HandedBack
	}
	return Failed
}

// judge gives the verdict on a run whose handler returned err.
func (c *Config) judge(ctx context.Context, run *Run, err error) verdict {
	p, paused := errors.AsType[*pause](err)
	switch {
	case run.finished || errors.Is(err, ErrLost):
		return verdict{fate: gone}
	case err == nil:
		return verdict{fate: finished}
	case errors.Is(context.Cause(ctx), ErrStopping) && !isPanic(err):
		return verdict{fate: back}
	case paused && !p.counted:
		return verdict{fate: later, after: p.after}
	case run.turn == int64(c.MaxAttempts):
		return verdict{fate: again, cause: err.Error()} // at once, to tell Dead
	case paused:
		return verdict{fate: again, after: p.after, cause: p.cause.Error()}
	}
	return verdict{fate: again, after: c.Backoff(run.Attempt), cause: err.Error()}
}

// panicError is a handler's panic, with the stack for the log.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func isPanic(err error) bool {
	_, ok := errors.AsType[*panicError](err)
	return ok
}

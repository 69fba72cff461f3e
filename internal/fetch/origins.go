package fetch

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/vitrine-media/vitrine"
)

const (
	failuresToPause = 5                // in a row
	firstPause      = 30 * time.Second // doubled with each probe that fails
	longestPause    = 10 * time.Minute
	probeWait       = 5 * time.Second // what others are told while a probe is under way
	maxOrigins      = 10_000          // remembered; about 3 MB
)

// origins bounds the downloads from each origin, and leaves an origin alone for
// a growing while when it keeps failing, or for as long as it asks to. After the
// pause one visit is let through to see whether it is well again.
//
// All that happens on a download counts for the origin that was asked, also
// where it redirected to another.
type origins struct {
	limit int
	now   func() time.Time

	mu    sync.Mutex
	known map[string]*origin
}

// origin is guarded by the mutex of origins, but for slots.
type origin struct {
	slots    chan struct{}       // one element for each download under way
	visits   int                 // under way or waiting
	failures int                 // in a row
	last     vitrine.FailureCode // of the failure that began the pause
	pause    time.Duration       // the last one, 0: none since it was well
	until    time.Time           // left alone, then probed; zero: well
	probing  bool
}

func newOrigins(limit int, now func() time.Time) *origins {
	return &origins{limit: max(limit, 1), now: now, known: make(map[string]*origin)}
}

// visit is one download's stay at an origin.
type visit struct {
	origins *origins
	name    string
	origin  *origin
	probe   bool
}

// enter waits for a free slot. It fails with an *Error at once when the origin
// is being left alone, and with the cause of ctx when that ends first.
func (s *origins) enter(ctx context.Context, name string) (*visit, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	v, err := s.join(name)
	if err != nil {
		return nil, err
	}
	select {
	case v.origin.slots <- struct{}{}:
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		s.part(v)
		return nil, context.Cause(ctx)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	// Asked once more: whoever waited behind downloads that failed would only
	// fail after them.
	if err := v.origin.paused(s.now()); err != nil {
		<-v.origin.slots
		s.part(v)
		return nil, err
	}
	if !v.origin.until.IsZero() {
		v.probe, v.origin.probing = true, true
	}
	return v, nil
}

// join counts a visit to an origin that isn't paused.
func (s *origins) join(name string) (*visit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.known[name]
	if o == nil {
		if len(s.known) >= maxOrigins {
			s.forget()
		}
		o = &origin{slots: make(chan struct{}, s.limit)}
		s.known[name] = o
	}
	if err := o.paused(s.now()); err != nil {
		return nil, err
	}
	o.visits++
	return &visit{origins: s, name: name, origin: o}, nil
}

// part ends a visit, and forgets an origin of which there is nothing to know.
func (s *origins) part(v *visit) {
	v.origin.visits--
	if v.origin.visits == 0 && v.origin.failures == 0 && v.origin.until.IsZero() {
		delete(s.known, v.name)
	}
}

// forget makes room: what nobody visits and isn't paused goes, and if that
// doesn't do, what nobody visits. The worst that can follow is that an origin
// is asked sooner than it should have been.
func (s *origins) forget() {
	now := s.now()
	maps.DeleteFunc(s.known, func(_ string, o *origin) bool { return o.visits == 0 && !now.Before(o.until) })
	if len(s.known) >= maxOrigins {
		maps.DeleteFunc(s.known, func(_ string, o *origin) bool { return o.visits == 0 })
	}
}

// paused is why the origin can't be asked now, nil when it can.
func (o *origin) paused(now time.Time) error {
	if o.until.IsZero() {
		return nil
	}
	left := o.until.Sub(now)
	if left <= 0 {
		if !o.probing {
			return nil
		}
		left = probeWait
	}
	failure := vitrine.Failf(o.last, "not asked: the server is left alone for another %v", left.Round(time.Second))
	return &Error{Failure: failure, Temporary: true, Paused: true, RetryAfter: left}
}

// leave frees the slot and learns from how the download ended. Once a pause has
// begun, only its probe can end it or make it longer: downloads that were under
// way by then tell of the time before. What the origin asks for always counts.
func (v *visit) leave(err error) {
	s, o := v.origins, v.origin
	s.mu.Lock()
	defer s.mu.Unlock()
	<-o.slots
	if v.probe {
		o.probing = false
	}
	failed, isError := errors.AsType[*Error](err)
	if v.probe || o.until.IsZero() {
		switch {
		case err != nil && !isError, isError && failed.Failure.Code == vitrine.AddressForbidden:
			// The caller stopped, or nothing was dialled: nothing was learned.
		case isError && failed.Temporary && failed.Failure.Code != vitrine.SourceRefused:
			o.fail(failed.Failure.Code, s.now())
		default: // It answers, be it with a 404 or that it is busy.
			o.failures, o.pause, o.until = 0, 0, time.Time{}
		}
	}
	if isError && failed.RetryAfter > 0 {
		o.yield(failed, s.now())
	}
	s.part(v)
}

// fail counts a failure, and begins or prolongs the pause.
func (o *origin) fail(code vitrine.FailureCode, now time.Time) {
	o.failures++
	if o.failures >= failuresToPause || !o.until.IsZero() {
		o.pause = min(max(2*o.pause, firstPause), longestPause)
		o.until = now.Add(o.pause)
		o.last = code
	}
}

// yield pauses for as long as the origin asks, so that one 429 doesn't cost
// each of its other photos a try.
func (o *origin) yield(failed *Error, now time.Time) {
	if asked := now.Add(min(failed.RetryAfter, longestPause)); asked.After(o.until) {
		o.until = asked
		o.last = failed.Failure.Code
	}
}

package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vitrine-media/vitrine"
)

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newClock() *clock { return &clock{now: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)} }

var (
	errWell   error = &Error{Failure: vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"), Status: 404}
	errUnwell error = &Error{Failure: vitrine.Failf(vitrine.SourceError, "HTTP 500"), Status: 500, Temporary: true}
)

func busy(retryAfter time.Duration) error {
	return &Error{Failure: vitrine.Failf(vitrine.SourceRefused, "HTTP 429"), Status: 429, Temporary: true, RetryAfter: retryAfter}
}

func mustEnter(t *testing.T, s *origins) *visit {
	t.Helper()
	v, err := s.enter(t.Context(), "a:80")
	if err != nil {
		t.Fatalf("enter: %v", err)
	}
	return v
}

// mustWait checks that the origin is left alone for that long yet.
func mustWait(t *testing.T, s *origins, want time.Duration) {
	t.Helper()
	_, err := s.enter(t.Context(), "a:80")
	failed, ok := errors.AsType[*Error](err)
	if !ok || !failed.Paused || !failed.Temporary || failed.RetryAfter != want {
		t.Fatalf("enter: %v, %+v; want paused for %v", err, failed, want)
	}
}

// A failing origin is asked no more, then probed by one download at a time,
// with growing pauses; one good answer makes all well.
func TestFailingOrigin(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var asked atomic.Int32
	var repaired atomic.Bool
	server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if !repaired.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	other := newOrigin(t, func(http.ResponseWriter, *http.Request) {})
	f := newFetcher(t, func(cfg *Config) { cfg.Now = clock.Now })
	req := Request{URL: server.URL}
	for range failuresToPause {
		if failed := mustFail(t, f, req, vitrine.SourceError, true); failed.Paused {
			t.Fatal("paused too early")
		}
	}
	requests := asked.Load()
	for _, pause := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
		clock.Advance(pause / 3)
		failed := mustFail(t, f, req, vitrine.SourceError, true)
		if !failed.Paused || failed.RetryAfter != pause-pause/3 || failed.Status != 0 || asked.Load() != requests {
			t.Fatalf("%+v after %d requests; want paused for %v without one more", failed, asked.Load(), pause-pause/3)
		}
		clock.Advance(pause - pause/3)
		if failed := mustFail(t, f, req, vitrine.SourceError, true); failed.Paused {
			t.Fatalf("%+v; want a probe", failed)
		}
		requests++
	}
	if _, err := f.Fetch(t.Context(), Request{URL: other.URL}, io.Discard); err != nil {
		t.Errorf("another origin: %v", err)
	}

	clock.Advance(longestPause)
	repaired.Store(true)
	for range 3 {
		if _, err := f.Fetch(t.Context(), req, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(f.origins.known); n != 0 {
		t.Errorf("%d origins remembered though all are well", n)
	}
}

// Photos that aren't there, busy answers, forbidden addresses and stopped
// downloads say nothing against an origin.
func TestWellOrigin(t *testing.T) {
	t.Parallel()
	s := newOrigins(1, newClock().Now)
	forbidden := &Error{Failure: vitrine.Failf(vitrine.AddressForbidden, "")}
	for _, err := range []error{nil, errWell, busy(0), forbidden, context.Canceled, &writeError{io.ErrShortWrite}} {
		for range 3 * failuresToPause {
			mustEnter(t, s).leave(err)
		}
	}
	for range failuresToPause - 1 {
		mustEnter(t, s).leave(errUnwell)
	}
	mustEnter(t, s).leave(errWell)
	for range failuresToPause - 1 {
		mustEnter(t, s).leave(errUnwell)
	}
	mustEnter(t, s).leave(context.Canceled)
	mustEnter(t, s).leave(errUnwell)
	mustWait(t, s, firstPause)
}

func TestOneProbe(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newOrigins(10, clock.Now)
	early := mustEnter(t, s) // ends after the pause has begun
	for range failuresToPause {
		mustEnter(t, s).leave(errUnwell)
	}
	early.leave(errUnwell)
	mustWait(t, s, firstPause)
	clock.Advance(firstPause)

	probe := mustEnter(t, s)
	mustWait(t, s, probeWait)
	probe.leave(context.Canceled) // learned nothing
	probe = mustEnter(t, s)
	mustWait(t, s, probeWait)
	probe.leave(errWell)
	first, second := mustEnter(t, s), mustEnter(t, s)
	first.leave(nil)
	second.leave(nil)
}

func TestBusyOrigin(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newOrigins(10, clock.Now)
	early := mustEnter(t, s)
	mustEnter(t, s).leave(busy(time.Minute))
	early.leave(nil) // it began before the origin asked for peace
	mustWait(t, s, time.Minute)
	clock.Advance(time.Minute)
	mustEnter(t, s).leave(busy(time.Second)) // again as it asks, not longer
	mustWait(t, s, time.Second)
	clock.Advance(time.Second)
	mustEnter(t, s).leave(nil)
	mustEnter(t, s).leave(busy(time.Hour))
	mustWait(t, s, longestPause)
}

// Whoever waits for a slot goes when stopped, goes in when it's free, and is
// sent away without asking when the download before it made an end of trying.
func TestWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrigins(1, time.Now)
		for range failuresToPause - 1 {
			mustEnter(t, s).leave(errUnwell)
		}
		inside := mustEnter(t, s)
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		patient, impatient := waiters(t.Context(), s, 3), waiters(ctx, s, 3)
		synctest.Wait()
		if len(patient)+len(impatient) != 0 {
			t.Fatal("entered beyond the limit")
		}
		other, err := s.enter(t.Context(), "b:80")
		if err != nil {
			t.Fatalf("another origin: %v", err)
		}
		other.leave(nil)

		cancel(stop)
		synctest.Wait()
		if len(impatient) != 3 {
			t.Fatalf("%d stopped waiting, want 3", len(impatient))
		}
		for range 3 {
			if err := <-impatient; err != stop { //nolint:errorlint // as it is, not wrapped
				t.Errorf("stopped: %v, want the cause itself", err)
			}
		}
		if _, err := s.enter(ctx, "b:80"); err != stop { //nolint:errorlint // as it is, not wrapped
			t.Errorf("enter with an ended context: %v", err)
		}

		inside.leave(errUnwell)
		for range 3 {
			if failed, ok := errors.AsType[*Error](<-patient); !ok || !failed.Paused {
				t.Errorf("entered a failing origin, or %v", failed)
			}
		}
		time.Sleep(firstPause)
		inside = mustEnter(t, s)
		inside.leave(nil)
		inside = mustEnter(t, s)
		patient = waiters(t.Context(), s, 3)
		synctest.Wait()
		inside.leave(nil)
		for range 3 {
			if err := <-patient; err != nil {
				t.Errorf("enter: %v", err)
			}
		}
		synctest.Wait()
		if len(s.known) != 0 {
			t.Errorf("%d origins remembered, want none", len(s.known))
		}
	})
}

// waiters enter and leave at once; what enter said comes through the channel.
func waiters(ctx context.Context, s *origins, n int) <-chan error {
	said := make(chan error, n)
	for range n {
		go func() {
			v, err := s.enter(ctx, "a:80")
			if err == nil {
				v.leave(nil)
			}
			said <- err
		}()
	}
	return said
}

// The origin itself counts how many are there at one time.
func TestPerOriginLimit(t *testing.T) {
	t.Parallel()
	const limit, downloads = 3, 12
	var mu sync.Mutex
	now, most := 0, 0
	count := func(change int) {
		mu.Lock()
		defer mu.Unlock()
		now += change
		most = max(most, now)
	}
	arrived, release := make(chan struct{}), make(chan struct{})
	server := newOrigin(t, func(http.ResponseWriter, *http.Request) {
		count(1)
		arrived <- struct{}{}
		<-release
		count(-1)
	})
	f := newFetcher(t, func(cfg *Config) { cfg.Limits.FetchPerOrigin = limit })
	var group sync.WaitGroup
	for i := range downloads {
		group.Go(func() {
			if _, err := f.Fetch(t.Context(), Request{URL: fmt.Sprintf("%s/%d", server.URL, i)}, io.Discard); err != nil {
				t.Errorf("download %d: %v", i, err)
			}
		})
	}
	for range limit {
		<-arrived
	}
	for range downloads - limit {
		release <- struct{}{}
		<-arrived
	}
	for range limit {
		release <- struct{}{}
	}
	group.Wait()
	if most != limit {
		t.Errorf("%d downloads at one time, want %d", most, limit)
	}
}

// The map stays bounded, whatever names senders think up.
func TestForget(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newOrigins(1, clock.Now)
	fail := func(name string, err error) {
		v, enterErr := s.enter(t.Context(), name)
		if enterErr != nil {
			t.Fatal(enterErr)
		}
		v.leave(err)
	}
	staying := mustEnter(t, s)
	fail("paused", busy(time.Minute))
	for i := range 2 * maxOrigins {
		fail(fmt.Sprint("down", i), errUnwell)
	}
	if n := len(s.known); n > maxOrigins {
		t.Errorf("%d origins remembered, want at most %d", n, maxOrigins)
	}
	if s.known["paused"] == nil || s.known["a:80"] != staying.origin {
		t.Error("forgot an origin that is paused or visited while others could go")
	}
	for i := range 2 * maxOrigins {
		fail(fmt.Sprint("busy", i), busy(time.Minute))
	}
	if n := len(s.known); n > maxOrigins || s.known["a:80"] != staying.origin {
		t.Errorf("%d origins remembered, want at most %d and the visited one", n, maxOrigins)
	}
	staying.leave(nil)
}

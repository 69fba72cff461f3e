// Package ratelimit counts the requests of each key in windows of a minute, and
// tells in the headers of answers what is left.
package ratelimit

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limit is a number of requests a minute that a key may make of one class.
type Limit struct {
	Class     string
	PerMinute int
}

// Standing is how a key stands after a request.
type Standing struct {
	Allowed   bool
	Limit     int
	Remaining int       // requests left in the window
	Reset     time.Time // end of the window
}

// Limiter counts requests for each key and class in windows of a minute, which
// begin with a key's first request. Counting windows, unlike a bucket that
// drips, makes Remaining and Reset exact promises. It is safe for concurrent
// use.
type Limiter struct {
	mu      sync.Mutex
	windows map[windowID]*window
	swept   time.Time
}

type windowID struct {
	key   int64
	class string
}

type window struct {
	end  time.Time
	used int
}

// New makes a limiter that has counted nothing.
func New() *Limiter {
	return &Limiter{windows: make(map[windowID]*window)}
}

// Take counts a request of a key in each of the limits that its route has, at
// least one, or in none of them when one is used up. The standing is that of
// the limit nearest to its end.
func (l *Limiter) Take(now time.Time, key int64, limits ...Limit) Standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)

	var nearest Standing
	for i, lim := range limits {
		win := l.window(now, windowID{key, lim.Class})
		s := Standing{Allowed: win.used < lim.PerMinute, Limit: lim.PerMinute, Remaining: max(0, lim.PerMinute-win.used), Reset: win.end}
		if i == 0 || s.Remaining < nearest.Remaining {
			nearest = s
		}
	}
	if !nearest.Allowed {
		return nearest
	}
	for _, lim := range limits {
		l.window(now, windowID{key, lim.Class}).used++
	}
	nearest.Remaining--
	return nearest
}

// window is the window that is open now; it begins one when there is none.
func (l *Limiter) window(now time.Time, id windowID) *window {
	win := l.windows[id]
	if win == nil || !now.Before(win.end) {
		win = &window{end: now.Add(time.Minute)}
		l.windows[id] = win
	}
	return win
}

// sweep forgets the windows that have ended, once a minute, so that keys that
// fell silent cost nothing.
func (l *Limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for id, win := range l.windows {
		if !now.Before(win.end) {
			delete(l.windows, id)
		}
	}
}

// Tell says in the headers of an answer what is left, and after a refusal when
// to come again.
func (s Standing) Tell(h http.Header, now time.Time) {
	// Rounded up: at that second the window has surely ended.
	reset := s.Reset.Add(time.Second - time.Nanosecond).Unix()
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.Limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(s.Remaining))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset, 10))
	if !s.Allowed {
		h.Set("Retry-After", strconv.FormatInt(max(1, reset-now.Unix()), 10))
	}
}

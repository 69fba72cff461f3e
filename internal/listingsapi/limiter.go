package listingsapi

import (
	"sync"
	"time"
)

// limit is a number of requests a minute that a key may make of one class.
type limit struct {
	class     string
	perMinute int
}

// standing is how a key stands after a request.
type standing struct {
	allowed   bool
	limit     int
	remaining int       // requests left in the window
	reset     time.Time // end of the window
}

// limiter counts requests for each key and class in windows of a minute, which
// begin with a key's first request. Counting windows, unlike a bucket that
// drips, makes Remaining and Reset exact promises.
type limiter struct {
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

func newLimiter() *limiter {
	return &limiter{windows: make(map[windowID]*window)}
}

// take counts a request of a key in each of the limits that its route has, at
// least one, or in none of them when one is used up. The standing is that of
// the limit nearest to its end.
func (l *limiter) take(now time.Time, key int64, limits ...limit) standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)

	var nearest standing
	for i, lim := range limits {
		win := l.window(now, windowID{key, lim.class})
		s := standing{allowed: win.used < lim.perMinute, limit: lim.perMinute, remaining: max(0, lim.perMinute-win.used), reset: win.end}
		if i == 0 || s.remaining < nearest.remaining {
			nearest = s
		}
	}
	if !nearest.allowed {
		return nearest
	}
	for _, lim := range limits {
		l.window(now, windowID{key, lim.class}).used++
	}
	nearest.remaining--
	return nearest
}

// window is the window that is open now; it begins one when there is none.
func (l *limiter) window(now time.Time, id windowID) *window {
	win := l.windows[id]
	if win == nil || !now.Before(win.end) {
		win = &window{end: now.Add(time.Minute)}
		l.windows[id] = win
	}
	return win
}

// sweep forgets the windows that have ended, once a minute, so that keys that
// fell silent cost nothing.
func (l *limiter) sweep(now time.Time) {
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

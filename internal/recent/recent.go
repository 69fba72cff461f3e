// Package recent remembers what was looked up of late, so that what is asked
// for all the time is looked up once a second and not each time.
package recent

import (
	"maps"
	"sync"
	"time"
)

// Kept is for how long what was looked up is trusted. A key revoked, an account
// suspended or a picture taken away by another node or by the command line is
// let in, or served, for that long at most.
const Kept = time.Second

// Values are what was looked up. They are safe for concurrent use.
//
// Only what is good should be kept: whatever becomes good is so at once.
type Values[K comparable, V any] struct {
	most int

	mu    sync.Mutex
	known map[K]knownValue[V]
	swept time.Time
	epoch int // +1 each time that something is forgotten
}

type knownValue[V any] struct {
	value V
	until time.Time
}

// New makes Values that remember no more than so many at one time; what comes
// beyond that is looked up each time.
func New[K comparable, V any](most int) *Values[K, V] {
	return &Values[K, V]{most: most, known: make(map[K]knownValue[V])}
}

// Find gives what was kept of late. If nothing was, value is zero, and epoch what
// Keep asks for.
func (r *Values[K, V]) Find(name K, now time.Time) (value V, epoch int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.known[name]
	if !ok || !now.Before(known.until) {
		return value, r.epoch, false
	}
	return known.value, r.epoch, true
}

// Keep remembers what was looked up at that time, unless anything was forgotten
// since Find gave the epoch: the look may have been the earlier one.
func (r *Values[K, V]) Keep(name K, value V, epoch int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if epoch != r.epoch {
		return
	}
	if now.Sub(r.swept) >= Kept {
		r.swept = now
		maps.DeleteFunc(r.known, func(_ K, known knownValue[V]) bool { return !now.Before(known.until) })
	}
	if _, there := r.known[name]; there || len(r.known) < r.most {
		r.known[name] = knownValue[V]{value, now.Add(Kept)}
	}
}

// Forget has these looked up again.
func (r *Values[K, V]) Forget(names ...K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	for _, name := range names {
		delete(r.known, name)
	}
}

// ForgetAll has everything looked up again.
func (r *Values[K, V]) ForgetAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	clear(r.known)
}

package gallery

import (
	"maps"
	"sync"
	"time"
)

// callerKept is for how long a key is trusted after it was looked up. A key
// revoked, or an account suspended, by another node or by the command line is
// let in for that long at most.
const callerKept = time.Second

// callers remembers whom keys have let in, so that a sender of many requests is
// looked up once a second and not with each. It is safe for concurrent use.
//
// Only who is good is remembered: whoever is let in anew is so at once.
type callers struct {
	mu    sync.Mutex
	known map[keyName]knownCaller
	swept time.Time
	epoch int // +1 with each forget
}

// keyName is what a key is known by: the hash of its secret, or its id.
type keyName struct {
	hash string
	id   int64
}

type knownCaller struct {
	Caller
	until time.Time
}

func newCallers() *callers { return &callers{known: make(map[keyName]knownCaller)} }

// find gives whom a key has let in of late. If it hasn't, epoch is what keep
// asks for.
func (c *callers) find(name keyName, now time.Time) (caller Caller, epoch int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.known[name]
	return known.Caller, c.epoch, ok && now.Before(known.until)
}

// keep remembers a caller who was looked up at that time, unless somebody was
// shut out since: the look may have been the earlier one.
func (c *callers) keep(name keyName, caller Caller, epoch int, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.epoch {
		return
	}
	if now.Sub(c.swept) >= callerKept {
		c.swept = now
		maps.DeleteFunc(c.known, func(_ keyName, known knownCaller) bool { return !now.Before(known.until) })
	}
	c.known[name] = knownCaller{caller, now.Add(callerKept)}
}

// forget has every key looked up again.
func (c *callers) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	clear(c.known)
}

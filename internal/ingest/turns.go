package ingest

import "sync"

// turns counts the deliveries under way to each endpoint.
type turns struct {
	mu    sync.Mutex
	taken map[int64]int
}

// take takes a turn at an endpoint, if there is one left.
func (t *turns) take(endpoint int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[endpoint] >= perEndpoint {
		return false
	}
	t.taken[endpoint]++
	return true
}

func (t *turns) giveBack(endpoint int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[endpoint]--; t.taken[endpoint] == 0 {
		delete(t.taken, endpoint)
	}
}

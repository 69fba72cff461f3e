package main

// origins bounds what runs at one time for one account, whose media have one
// origin, in all lanes that share it. A task above the bound keeps its worker
// waiting, as a download does that waits for its turn.
type origins struct {
	limit int
	known map[int]*origin // by account
}

type origin struct {
	running int
	held    fifo // tasks that have a worker, of any lane
}

func newOrigins(limit int) *origins {
	return &origins{limit: limit, known: map[int]*origin{}}
}

// enter reports whether it is the task's turn. If not, leave begins it later.
func (s *origins) enter(t *task) bool {
	o := s.known[t.account]
	if o == nil {
		o = &origin{}
		s.known[t.account] = o
	}
	if o.running == s.limit {
		o.held.push(t)
		return false
	}
	o.running++
	return true
}

// leave ends a task's turn, and begins what has waited longest for it.
func (s *origins) leave(account int) {
	o := s.known[account]
	if o.held.len() > 0 {
		next := o.held.pop()
		next.lane.begin(next)
		return
	}
	if o.running--; o.running == 0 {
		delete(s.known, account)
	}
}

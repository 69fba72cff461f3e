package main

// engine runs events in the order of their time, and those of one time in the
// order in which they were asked for: a run depends on its inputs alone.
type engine struct {
	now    float64 // seconds since midnight
	asked  uint64
	events []event // a heap, the next one first
}

type event struct {
	at    float64
	order uint64
	do    func()
}

func (e event) before(other event) bool {
	return e.at < other.at || e.at == other.at && e.order < other.order
}

// at has do run at that time, which is not before now.
func (e *engine) at(time float64, do func()) {
	e.asked++
	e.events = append(e.events, event{time, e.asked, do})
	for i := len(e.events) - 1; i > 0; {
		parent := (i - 1) / 2
		if !e.events[i].before(e.events[parent]) {
			break
		}
		e.events[i], e.events[parent] = e.events[parent], e.events[i]
		i = parent
	}
}

// run runs all events, with those that they ask for.
func (e *engine) run() {
	for len(e.events) > 0 {
		next := e.events[0]
		last := len(e.events) - 1
		e.events[0] = e.events[last]
		e.events[last] = event{} // or its function would stay
		e.events = e.events[:last]
		e.sink()
		e.now = next.at
		next.do()
	}
}

// sink puts the first element of the heap where it belongs.
func (e *engine) sink() {
	for i := 0; ; {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(e.events); child++ {
			if e.events[child].before(e.events[first]) {
				first = child
			}
		}
		if first == i {
			return
		}
		e.events[i], e.events[first] = e.events[first], e.events[i]
		i = first
	}
}

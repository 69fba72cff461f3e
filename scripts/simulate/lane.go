package main

const (
	// crowd is how many unfinished tasks of a lane an account may have before
	// its next ones count as bulk.
	crowd = 20
	// bulkStep is by how much the priority of bulk is lower.
	bulkStep   = 2
	priorities = 4
)

// task is something to do in a lane.
type task struct {
	account  int
	priority int // 1 first; before it may turn out to be bulk
	seconds  float64
	done     func()

	since float64 // when it was enqueued
}

// lane is a line of tasks before workers, as package queue and the rules have
// it: the most urgent first, and of the same priority the oldest.
type lane struct {
	engine  *engine
	workers int  // of all nodes
	fair    bool // an account's tasks above crowd are bulk
	// perOrigin bounds what runs at one time for one account, whose media have
	// one origin; 0 is no bound. A task above it keeps its worker waiting, as a
	// download does that waits for its turn at the origin.
	perOrigin int

	waiting    [priorities + 1]fifo
	depth      int
	unfinished []int // of each account
	origins    map[int]*origin

	busy     int // workers
	waits    histogram
	work     float64   // seconds of service, all in all
	hourly   []float64 // of those, the ones begun in each hour
	deepest  int
	finished int
}

// origin is guarded by nothing: a simulation is one goroutine.
type origin struct {
	running int
	held    fifo // tasks that have a worker
}

func newLane(e *engine, workers, accounts int, fair bool) *lane {
	return &lane{engine: e, workers: workers, fair: fair, unfinished: make([]int, accounts), origins: map[int]*origin{}}
}

// enqueue adds a task.
func (l *lane) enqueue(t *task) {
	priority := t.priority
	if l.fair && l.unfinished[t.account] > crowd {
		priority = min(priority+bulkStep, priorities)
	}
	t.since = l.engine.now
	l.unfinished[t.account]++
	l.waiting[priority].push(t)
	l.depth++
	l.deepest = max(l.deepest, l.depth)
	l.claim()
}

// claim has free workers take tasks.
func (l *lane) claim() {
	for l.busy < l.workers && l.depth > 0 {
		for i := range l.waiting {
			if l.waiting[i].len() > 0 {
				l.depth--
				l.busy++
				l.visit(l.waiting[i].pop())
				break
			}
		}
	}
}

// visit begins a task that has a worker, once its origin lets it.
func (l *lane) visit(t *task) {
	if l.perOrigin == 0 {
		l.begin(t, nil)
		return
	}
	o := l.origins[t.account]
	if o == nil {
		o = &origin{}
		l.origins[t.account] = o
	}
	if o.running == l.perOrigin {
		o.held.push(t)
		return
	}
	o.running++
	l.begin(t, o)
}

func (l *lane) begin(t *task, o *origin) {
	l.waits.add(l.engine.now - t.since)
	l.work += t.seconds
	hour := int(l.engine.now / 3600)
	for len(l.hourly) <= hour {
		l.hourly = append(l.hourly, 0)
	}
	l.hourly[hour] += t.seconds
	l.engine.at(l.engine.now+t.seconds, func() { l.end(t, o) })
}

func (l *lane) end(t *task, o *origin) {
	l.busy--
	l.finished++
	l.unfinished[t.account]--
	if o != nil {
		o.running--
		switch {
		case o.held.len() > 0:
			o.running++
			l.begin(o.held.pop(), o)
		case o.running == 0:
			delete(l.origins, t.account)
		}
	}
	t.done()
	l.claim()
}

// fifo is a queue of tasks.
type fifo struct {
	tasks []*task
	head  int
}

func (f *fifo) len() int     { return len(f.tasks) - f.head }
func (f *fifo) push(t *task) { f.tasks = append(f.tasks, t) }

func (f *fifo) pop() *task {
	t := f.tasks[f.head]
	f.tasks[f.head] = nil
	f.head++
	if f.head > len(f.tasks)/2 { // moved rarely enough to cost nothing
		n := copy(f.tasks, f.tasks[f.head:])
		clear(f.tasks[n:])
		f.tasks, f.head = f.tasks[:n], 0
	}
	return t
}

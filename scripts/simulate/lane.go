package main

// priorities of tasks: 1 first.
const priorities = 4

// task is something to do in a lane.
type task struct {
	account  int
	priority int
	seconds  float64
	done     func()

	lane  *lane   // in which it was enqueued
	since float64 // when it was
}

// lane is a line of tasks before workers, as package queue has it: the most
// urgent first, and of the same priority the oldest.
type lane struct {
	engine  *engine
	workers int      // of all nodes
	origins *origins // where its tasks wait for their turn, nil if they don't

	waiting [priorities + 1]fifo
	depth   int

	busy     int // workers
	waits    histogram
	work     float64   // seconds of service, all in all
	hourly   []float64 // of those, the ones begun in each hour
	deepest  int
	finished int
}

func newLane(e *engine, workers int, o *origins) *lane {
	return &lane{engine: e, workers: workers, origins: o}
}

// enqueue adds a task.
func (l *lane) enqueue(t *task) {
	t.lane, t.since = l, l.engine.now
	l.waiting[t.priority].push(t)
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
				if t := l.waiting[i].pop(); l.origins == nil || l.origins.enter(t) {
					l.begin(t)
				}
				break
			}
		}
	}
}

// begin begins a task that has a worker and its turn.
func (l *lane) begin(t *task) {
	l.waits.add(l.engine.now - t.since)
	l.work += t.seconds
	hour := int(l.engine.now / 3600)
	for len(l.hourly) <= hour {
		l.hourly = append(l.hourly, 0)
	}
	l.hourly[hour] += t.seconds
	l.engine.at(l.engine.now+t.seconds, func() { l.end(t) })
}

func (l *lane) end(t *task) {
	l.busy--
	l.finished++
	if l.origins != nil {
		l.origins.leave(t.account)
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

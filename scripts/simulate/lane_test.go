package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stream has a lane serve Poisson arrivals, rate a second, and runs to the end.
// Service times are what draw gives.
func stream(l *lane, n int, rate float64, draw func(*rand.Rand) float64, change func(*rand.Rand, *task)) (served int) {
	random := rand.New(rand.NewPCG(7, 7))
	at := 0.0
	for range n {
		at += random.ExpFloat64() / rate
		t := &task{priority: 1, seconds: draw(random), done: func() { served++ }}
		if change != nil {
			change(random, t)
		}
		l.engine.at(at, func() { l.enqueue(t) })
	}
	l.engine.run()
	return served
}

func exponential(mean float64) func(*rand.Rand) float64 {
	return func(random *rand.Rand) float64 { return mean * random.ExpFloat64() }
}

// erlangC is the mean wait in a queue M/M/c.
func erlangC(servers int, rate, service float64) float64 {
	load := rate * service
	term, sum := 1.0, 1.0
	for k := 1; k < servers; k++ {
		term *= load / float64(k)
		sum += term
	}
	last := term * load / float64(servers) / (1 - load/float64(servers))
	return last / (sum + last) * service / (float64(servers) - load)
}

func checkNear(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*want {
		t.Errorf("%s is %.4f, want %.4f within %.0f%%", what, got, want, 100*tolerance)
	}
}

func TestErlangC(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		servers int
		load    float64 // of each server
	}{{1, 0.5}, {1, 0.8}, {4, 0.7}, {16, 0.8}} {
		l := newLane(&engine{}, test.servers, nil)
		const n = 200_000
		rate := test.load * float64(test.servers)
		if served := stream(l, n, rate, exponential(1), nil); served != n || l.waits.n != n || l.finished != n {
			t.Errorf("%d servers: %d arrived, %d began, %d were served", test.servers, n, l.waits.n, served)
		}
		checkNear(t, "the mean wait", l.waits.mean(), erlangC(test.servers, rate, 1), 0.05)
		checkNear(t, "the work", l.work, n, 0.01)
	}
}

// The wait with one server and any service times, by Pollaczek and Khinchine;
// here those of the measured photos.
func TestMeasuredServiceTimes(t *testing.T) {
	t.Parallel()
	measured, err := readMeasured()
	if err != nil {
		t.Fatal(err)
	}
	var mean, square float64
	for _, p := range measured.Photos {
		mean += p.CPUMillis / 1000 / float64(len(measured.Photos))
		square += p.CPUMillis * p.CPUMillis / 1e6 / float64(len(measured.Photos))
	}
	l := newLane(&engine{}, 1, nil)
	rate := 0.7 / mean
	stream(l, 200_000, rate, func(random *rand.Rand) float64 {
		return measured.Photos[random.IntN(len(measured.Photos))].CPUMillis / 1000
	}, nil)
	checkNear(t, "the mean wait", l.waits.mean(), rate*square/2/(1-0.7), 0.05)
}

// The waits of two priorities before one server, by Cobham.
func TestPriorities(t *testing.T) {
	t.Parallel()
	l := newLane(&engine{}, 1, nil)
	var waits [3]histogram
	stream(l, 200_000, 0.8, exponential(1), func(random *rand.Rand, task *task) {
		task.priority = 1 + random.IntN(2)
		task.done = func() { waits[task.priority].add(l.engine.now - task.since - task.seconds) }
	})
	const residual, urgent = 0.8, 0.4 // load x mean square / 2 of exponential service, and load of the first
	checkNear(t, "the mean wait of the first priority", waits[1].mean(), residual/(1-urgent), 0.05)
	checkNear(t, "that of the second", waits[2].mean(), residual/(1-urgent)/(1-0.8), 0.05)
}

// A download that waits for its turn at the origin holds its worker.
func TestOriginHoldsWorkers(t *testing.T) {
	t.Parallel()
	l := newLane(&engine{}, 4, newOrigins(2))
	ends := map[float64]int{}
	note := func() { ends[l.engine.now]++ }
	for range 6 {
		l.enqueue(&task{account: 0, priority: 1, seconds: 1, done: note})
	}
	var other float64
	l.enqueue(&task{account: 1, priority: 1, seconds: 1, done: func() { other = l.engine.now }})
	l.engine.run()
	if ends[1] != 2 || ends[2] != 2 || ends[3] != 2 {
		t.Errorf("the account's tasks ended at %v, want two in each second", ends)
	}
	if other != 3 {
		t.Errorf("the other account's ended at %v, want 3: at 1 the two free workers go to tasks before it", other)
	}
	if len(l.origins.known) != 0 || l.busy != 0 {
		t.Errorf("%d origins and %d workers are left", len(l.origins.known), l.busy)
	}
}

// Lanes share the bound of an origin, not their workers: bulk that waits for its
// turn keeps nobody else's download, and goes before a later one of its own
// account.
func TestOriginIsSharedByLanes(t *testing.T) {
	t.Parallel()
	var e engine
	shared := newOrigins(1)
	bulk, fetch := newLane(&e, 2, shared), newLane(&e, 2, shared)
	ends := map[string]float64{}
	enqueue := func(l *lane, name string, account int) {
		l.enqueue(&task{account: account, priority: 1, seconds: 1, done: func() { ends[name] = e.now }})
	}
	enqueue(bulk, "first", 0)
	enqueue(bulk, "second", 0)
	enqueue(bulk, "third", 0)
	enqueue(fetch, "edit", 0)
	enqueue(fetch, "another's", 1)
	e.run()
	want := map[string]float64{"first": 1, "second": 2, "edit": 3, "third": 4, "another's": 1}
	if diff := cmp.Diff(want, ends); diff != "" {
		t.Errorf("the downloads ended at (-want +got)\n%s", diff)
	}
	if len(shared.known) != 0 || bulk.busy != 0 || fetch.busy != 0 {
		t.Errorf("%d origins and %d + %d workers are left", len(shared.known), bulk.busy, fetch.busy)
	}
}

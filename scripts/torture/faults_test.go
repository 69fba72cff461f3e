package torture

import (
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/pgtest"
)

// fault is something that goes wrong, and is over when it returns.
type fault func(t *testing.T, s *stand)

// faults are those of one run in their order: so many kills, and the others in
// proportion, each of them at least once; a store has no more illnesses than there
// are kills. The first fills the disk: what found no
// space is tried again after a minute, which then goes by under load.
func (s *stand) faults() []fault {
	random := rand.New(rand.NewPCG(*seed, 1))
	some := func(n int, f fault) []fault { return slices.Repeat([]fault{f}, max(n, 1)) }
	hurry := func(most time.Duration) time.Duration { return time.Duration(random.Int64N(int64(most))) }
	all := slices.Concat(
		some(*kills, kill(hurry)),
		some(*kills/3, pause(hurry)),
		some(*kills/4, restart(hurry)),
	)
	if *kills/10 > 1 {
		all = append(all, some(*kills/10-1, fullDisk(hurry))...)
	}
	if s.postgres {
		all = append(all, some(*kills/4, crashDatabase(hurry))...)
		for _, i := range random.Perm(len(ills))[:min(*kills, len(ills))] {
			all = append(all, some(*kills/15, illStore(ills[i], hurry))...)
		}
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return append([]fault{fullDisk(hurry)}, all...)
}

// kill ends the server at any moment.
func kill(hurry func(time.Duration) time.Duration) fault {
	return func(t *testing.T, s *stand) {
		time.Sleep(hurry(time.Second))
		s.server.alive(t)
		s.server.kill()
		s.count.kills++
		s.server.start(t)
	}
}

// pause stops the server for a while in which it doesn't know that time goes by.
func pause(hurry func(time.Duration) time.Duration) fault {
	return func(t *testing.T, s *stand) {
		s.server.alive(t)
		s.server.signal(t, syscall.SIGSTOP)
		time.Sleep(hurry(3 * time.Second))
		s.count.pauses++
		if hurry(2) == 0 {
			s.server.kill()
			s.count.kills++
			s.server.start(t)
			return
		}
		s.server.signal(t, syscall.SIGCONT)
	}
}

// restart ends the server in good order.
func restart(hurry func(time.Duration) time.Duration) fault {
	return func(t *testing.T, s *stand) {
		time.Sleep(hurry(time.Second))
		s.server.stop(t)
		s.count.restarts++
		s.server.start(t)
	}
}

// fullDisk leaves no space for a while, in which the server may be killed.
func fullDisk(hurry func(time.Duration) time.Duration) fault {
	return func(t *testing.T, s *stand) {
		s.server.alive(t)
		s.disk.fill(t, s.server)
		s.count.fullDisks++
		time.Sleep(time.Second + hurry(3*time.Second))
		if hurry(3) == 0 {
			s.server.kill()
			s.count.kills++
			s.server.launch(t)
			time.Sleep(hurry(time.Second)) // it may or may not start like that
		}
		s.disk.empty(t, s.server)
		s.server.revive(t)
	}
}

// crashDatabase has PostgreSQL die and recover.
func crashDatabase(hurry func(time.Duration) time.Duration) fault {
	return func(t *testing.T, s *stand) {
		time.Sleep(hurry(time.Second))
		pgtest.Crash(t)
		s.count.databases++
		time.Sleep(hurry(time.Second))
		s.server.revive(t)
	}
}

// illStore has the store be ill for a while, in which the server may be killed.
func illStore(way ill, hurry func(time.Duration) time.Duration) fault {
	return func(t *testing.T, s *stand) {
		s.proxy.fall(way)
		time.Sleep(time.Second + hurry(4*time.Second))
		if hurry(3) == 0 {
			s.server.kill()
			s.count.kills++
			s.server.launch(t)
		}
		s.proxy.fall(nil)
		s.count.stores++
		s.server.revive(t)
	}
}

// revive waits until a server is ready whose trouble is over, and starts it
// again where it has ended for that.
func (s *server) revive(t *testing.T) {
	t.Helper()
	if !s.awaitReady(t) {
		s.alive(t)
	}
}

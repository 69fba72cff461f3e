package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// watcher looks at a server again and again: whether it is ready, and what
// memory it and its children have.
type watcher struct {
	server *server
	done   chan struct{}
	over   sync.WaitGroup

	mu       sync.Mutex
	phases   []memory // the peaks of each
	unwell   []error
	readings int
}

// memory is resident, in bytes.
type memory struct {
	server int64
	all    int64 // its children with it
}

// watch watches a server until it is told to end, or the test ends.
func watch(t *testing.T, s *server) *watcher {
	w := &watcher{server: s, done: make(chan struct{}), phases: []memory{{}}}
	w.over.Go(func() {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-w.done:
				return
			case <-ticker.C:
				w.look()
			}
		}
	})
	t.Cleanup(w.stop)
	return w
}

func (w *watcher) stop() {
	select {
	case <-w.done:
	default:
		close(w.done)
	}
	w.over.Wait()
}

func (w *watcher) look() {
	var now memory
	for _, p := range family(w.server.cmd.Process.Pid) {
		if p.pid == w.server.cmd.Process.Pid {
			now.server = p.resident
		}
		now.all += p.resident
	}
	err := w.server.ready()
	w.mu.Lock()
	defer w.mu.Unlock()
	peak := &w.phases[len(w.phases)-1]
	peak.server, peak.all = max(peak.server, now.server), max(peak.all, now.all)
	w.readings++
	if err != nil {
		w.unwell = append(w.unwell, err)
	}
}

// nextPhase begins to measure peaks anew.
func (w *watcher) nextPhase() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.phases = append(w.phases, memory{})
}

// The phases that are compared.
const (
	phaseBombs = iota
	phaseCorpus
	phaseFirstHalf
	phaseSecondHalf
)

// end fails the test if the server was ever not ready, or if its memory grows.
//
// The second half of the damaged files is like the first, so whatever they take
// is given back, or the second takes more. What is taken at the same time is a
// matter of chance, above all by children, so half as much again is allowed, and
// what the runtime and one decoder more take.
func (w *watcher) end(t *testing.T) {
	t.Helper()
	w.stop()
	if len(w.unwell) > 0 {
		t.Errorf("%d of %d times the server was not ready: %v", len(w.unwell), w.readings, w.unwell[0])
	}
	first, second := w.phases[phaseFirstHalf], w.phases[phaseSecondHalf]
	if second.server > first.server*3/2+64<<20 {
		t.Errorf("the server has %d MB after half of the damaged files, and %d MB after the rest", first.server>>20, second.server>>20)
	}
	if second.all > first.all*3/2+256<<20 {
		t.Errorf("with its children it has %d MB in the first half of the damaged files, %d MB in the second", first.all>>20, second.all>>20)
	}
}

// process is one of the server's family.
type process struct {
	pid      int
	words    []string // its command line, at least one
	resident int64    // bytes
}

// family is a process with its children, and theirs.
func family(pid int) []process {
	parents := map[int]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it has ended since
		}
		// The name, in brackets, may have anything in it: "7 (a) b) S 1 ...".
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		child, errChild := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
		parent, errParent := strconv.Atoi(fields[1])
		if errChild == nil && errParent == nil && fields[0] != "Z" {
			parents[child] = parent
		}
	}
	var all []process
	for child := range parents {
		for up := child; up != 0; up = parents[up] {
			if up == pid {
				all = append(all, read(child))
				break
			}
		}
	}
	return all
}

// read is zero but for the pid when the process has ended.
func read(pid int) process {
	p := process{pid: pid, words: []string{""}}
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && len(text) > 0 {
		p.words = strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
	}
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid)); err == nil {
		var size, resident int64
		if _, err := fmt.Sscan(string(text), &size, &resident); err == nil {
			p.resident = resident * int64(os.Getpagesize())
		}
	}
	return p
}

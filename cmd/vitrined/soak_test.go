package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// soakPhotos is how many photos TestSoak sends; "make soak" sends 10,000.
var soakPhotos = flag.Int("soak", 100, "photos that TestSoak sends")

// use is what a server and its children take of the machine.
type use struct {
	photos      int
	kB          int // resident, with the children
	descriptors int
	goroutines  int
}

// TestSoak sends many photos through one server. After a tenth of them it has
// what it needs, and goes on with that.
func TestSoak(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--rate-limit", "1000000", "--log-level", "warn")
	c, o := newClient(t, s), newOrigin(t)
	base := photo(t, 5, 800, 600)
	o.mux.HandleFunc("GET /numbered/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		if err == nil {
			_, err = w.Write(numbered(base, n))
		}
		if err != nil {
			t.Error(err)
		}
	})
	step := max(20, *soakPhotos/10)
	var uses []use
	for sent := 0; sent < *soakPhotos; sent += step {
		var jobs []int64
		for first := sent; first < sent+step; first += 20 {
			var urls []string
			for n := first; n < min(first+20, sent+step); n++ {
				urls = append(urls, fmt.Sprintf("%s/numbered/%d", o.URL, n))
			}
			put, err := c.PutListing(t.Context(), listing(fmt.Sprintf("house-%d", first), urls...))
			if err != nil {
				t.Fatal(err)
			}
			jobs = append(jobs, put.JobID)
		}
		for _, job := range jobs {
			if _, err := c.WaitJob(t.Context(), job, nil); err != nil {
				t.Fatal(err)
			}
		}
		wait(t, "the photos that publishing didn't wait for", func() bool { return s.metric(t, `vitrine_queue_tasks{lane="optimise"}`) == 0 })
		uses = append(uses, s.use(t, sent+step))
	}
	for _, u := range uses {
		t.Logf("%6d photos: %7d kB, %4d descriptors, %4d goroutines", u.photos, u.kB, u.descriptors, u.goroutines)
	}
	plateau, end := uses[0], uses[len(uses)-1]
	// A short run ends before the heap and the pages of the decoders have found
	// their size.
	more := 50
	if *soakPhotos >= 5000 {
		more = 10
	}
	if end.kB > plateau.kB+plateau.kB*more/100 {
		t.Errorf("%d kB at the end are more than %d%% above the %d kB after a tenth", end.kB, more, plateau.kB)
	}
	// What one round of photos or another has open differs by a few.
	if most := slices.MaxFunc(uses[:len(uses)/2], func(a, b use) int { return a.descriptors - b.descriptors }); end.descriptors > most.descriptors+16 {
		t.Errorf("%d descriptors at the end, %d before", end.descriptors, most.descriptors)
	}
	if most := slices.MaxFunc(uses[:len(uses)/2], func(a, b use) int { return a.goroutines - b.goroutines }); end.goroutines > most.goroutines+16 {
		t.Errorf("%d goroutines at the end, %d before", end.goroutines, most.goroutines)
	}
}

// numbered is a JPEG with a comment that makes it another file.
func numbered(base []byte, n int) []byte {
	text := fmt.Sprintf("photo %d", n)
	comment := append([]byte{0xff, 0xfe}, binary.BigEndian.AppendUint16(nil, uint16(len(text)+2))...)
	return slices.Concat(base[:2], comment, []byte(text), base[2:])
}

// metric is a value of /metrics.
func (s *server) metric(t *testing.T, name string) int {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(get(t, s.base+"/metrics").Body))
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			return int(value)
		}
	}
	t.Fatalf("/metrics has no %s", name)
	return 0
}

func (s *server) use(t *testing.T, photos int) use {
	t.Helper()
	pid := s.cmd.Process.Pid
	u := use{photos: photos, kB: resident(t, pid), goroutines: s.metric(t, "go_goroutines"), descriptors: s.metric(t, "process_open_fds")}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		children, err := os.ReadFile(thread)
		if err != nil {
			continue // the thread has ended
		}
		for child := range strings.FieldsSeq(string(children)) {
			if id, err := strconv.Atoi(child); err == nil {
				u.kB += resident(t, id)
			}
		}
	}
	return u
}

// resident is the memory of a process in kB, 0 of one that has ended.
func resident(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, err := strconv.Atoi(strings.Fields(text)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kB
		}
	}
	return 0
}

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/imaging"
)

// The benchmarks measure what things cost; "make measure" has them write it
// down. Without flags they are smaller, as a part of "make bench".
var (
	write    = flag.String("write", "", "the JSON file that gets what the benchmarks measure")
	rounds   = flag.Int("rounds", 1, "how often each measurement is repeated; the median counts")
	listings = flag.Int("listings", 50, "classifieds in the database whose rows are measured")
	depth    = flag.Int("depth", 2000, "tasks in the lane of the deeper queue")
)

// corpus is the folder of real photos and clips beside the project.
const corpus = "../../../shared/photos"

// record puts what a benchmark measured into the file of -write.
func record(b *testing.B, set func(*Measured)) {
	b.Helper()
	if *write == "" {
		return
	}
	text, err := os.ReadFile(*write)
	if err != nil {
		b.Fatal(err)
	}
	var m Measured
	if err := json.Unmarshal(text, &m); err != nil {
		b.Fatal(err)
	}
	m.Machine = fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	set(&m)
	if text, err = json.MarshalIndent(m, "", "\t"); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(*write, append(text, '\n'), 0o644); err != nil {
		b.Fatal(err)
	}
}

// median of at least one value.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// files are those of a folder of the corpus.
func files(b *testing.B, folder string) []string {
	b.Helper()
	found, err := filepath.Glob(filepath.Join(corpus, folder, "*"))
	if err != nil {
		b.Fatal(err)
	}
	if len(found) == 0 {
		b.Fatalf("no files in %s: the corpus has to be beside the project", filepath.Join(corpus, folder))
	}
	return found
}

// BenchmarkPhotos is the CPU time of each photo of the corpus, one after the
// other in this process, and the bytes that come out.
func BenchmarkPhotos(b *testing.B) {
	if err := imaging.Check(); err != nil { // it also starts libvips
		b.Fatal(err)
	}
	var photos []Photo
	var total float64
	for b.Loop() {
		photos, total = nil, 0
		for _, file := range files(b, "photos") {
			p := optimiseAlone(b, file)
			photos = append(photos, p)
			total += p.CPUMillis
		}
	}
	b.ReportMetric(total/float64(len(photos)), "cpu-ms/photo")
	record(b, func(m *Measured) { m.Photos = photos })
}

func optimiseAlone(b *testing.B, file string) Photo {
	b.Helper()
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	p := Photo{File: filepath.Base(file), Bytes: info.Size()}
	var took []float64
	for range *rounds {
		task := &imaging.Task{Source: file, OutDir: b.TempDir(), MaxPixels: 100_000_000, MaxSidePx: 16_000, Recipe: imaging.DefaultRecipe()}
		before := ownCPU(b, syscall.RUSAGE_SELF)
		result, err := imaging.Bare(task)
		took = append(took, millis(ownCPU(b, syscall.RUSAGE_SELF)-before))
		if err != nil {
			b.Fatal(err)
		}
		p.Pixels, p.VariantBytes = int64(result.Width)*int64(result.Height), 0
		for _, v := range result.Variants {
			p.VariantBytes += v.Bytes
		}
	}
	p.CPUMillis = median(took)
	return p
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ownCPU is the CPU time of this process or of its ended children.
func ownCPU(b *testing.B, who int) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(who, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// clockTick is the unit of the times in /proc on Linux.
const clockTick = 10 * time.Millisecond

// process is what /proc tells of one.
type process struct {
	parent      int
	own, reaped time.Duration // CPU time of it, and of its ended children
}

// readProcess gives ok false for a process that has ended by now.
func readProcess(b *testing.B, pid int) (p process, ok bool) {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, false
	}
	// The name in parentheses may hold spaces: fields are counted after it.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	number := func(i int) int64 {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	p.parent = int(number(1))
	p.own = time.Duration(number(11)+number(12)) * clockTick
	p.reaped = time.Duration(number(13)+number(14)) * clockTick
	return p, true
}

// treeCPU is the CPU time of a process, and of all that descends from it.
func treeCPU(b *testing.B, root int) (own, descendants time.Duration) {
	b.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		b.Fatal(err)
	}
	all := map[int]process{}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if p, ok := readProcess(b, pid); ok {
				all[pid] = p
			}
		}
	}
	for pid, p := range all {
		if pid == root {
			own += p.own
			descendants += p.reaped
			continue
		}
		for up := p.parent; up != 0; up = all[up].parent {
			if up == root {
				descendants += p.own + p.reaped
				break
			}
		}
	}
	return own, descendants
}

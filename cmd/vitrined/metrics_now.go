package main

import (
	"context"
	"log/slog"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
)

// lookTimeout bounds what a look at the queue may cost who scrapes.
const lookTimeout = 5 * time.Second

// lanes tells what each lane has, in the whole installation: the same on every
// node, so that whoever scales by it takes the maximum.
type lanes struct {
	backend queue.Backend
	log     *slog.Logger
	tasks   *prometheus.Desc
	waits   *prometheus.Desc
}

func newLanes(backend queue.Backend, log *slog.Logger) lanes {
	return lanes{
		backend: backend, log: log,
		tasks: prometheus.NewDesc("vitrine_queue_tasks", "Tasks of a lane that wait or run, in the whole installation.", []string{"lane"}, nil),
		waits: prometheus.NewDesc("vitrine_queue_oldest_wait_seconds",
			"How long the task has waited that waits longest for a worker of its lane, in the whole installation; 0 when none does.", []string{"lane"}, nil),
	}
}

func (l lanes) Describe(to chan<- *prometheus.Desc) {
	to <- l.tasks
	to <- l.waits
}

func (l lanes) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	loads, err := l.backend.Loads(ctx)
	if err != nil {
		l.log.WarnContext(ctx, "metrics without the queue's", "err", err)
		return
	}
	for _, lane := range gallery.Lanes {
		to <- prometheus.MustNewConstMetric(l.tasks, prometheus.GaugeValue, float64(loads[lane].Tasks()), string(lane))
		to <- prometheus.MustNewConstMetric(l.waits, prometheus.GaugeValue, loads[lane].Wait.Seconds(), string(lane))
	}
}

// storage tells how much space there is where this server keeps data on file
// systems of its own.
type storage struct {
	places map[string]string // name → path
	free   *prometheus.Desc
	size   *prometheus.Desc
}

func newStorage(places map[string]string) storage {
	return storage{
		places: places,
		free:   prometheus.NewDesc("vitrine_storage_free_bytes", "Space left on the file system of the data folder, the database or the bucket, where those are folders.", []string{"place"}, nil),
		size:   prometheus.NewDesc("vitrine_storage_size_bytes", "Size of the same file system.", []string{"place"}, nil),
	}
}

// storagePlaces are the file systems that may get full.
func (s settings) storagePlaces() map[string]string {
	places := map[string]string{"data": s.Data}
	// One that isn't a URL is refused where it is opened.
	if u, err := url.Parse(s.dbURL()); err == nil && u.Scheme == "sqlite" {
		places["database"] = filepath.Dir(u.Path)
	}
	if u, err := url.Parse(s.blobsURL()); err == nil && u.Scheme == "file" {
		places["blobs"] = u.Path
	}
	return places
}

func (s storage) Describe(to chan<- *prometheus.Desc) {
	to <- s.free
	to <- s.size
}

func (s storage) Collect(to chan<- prometheus.Metric) {
	for _, place := range slices.Sorted(maps.Keys(s.places)) {
		var stat unix.Statfs_t
		if unix.Statfs(s.places[place], &stat) != nil {
			continue // gone with its disk: the alert of a metric that is absent says so
		}
		block := float64(stat.Bsize)
		to <- prometheus.MustNewConstMetric(s.free, prometheus.GaugeValue, float64(stat.Bavail)*block, place)
		to <- prometheus.MustNewConstMetric(s.size, prometheus.GaugeValue, float64(stat.Blocks)*block, place)
	}
}

// children tells what the child processes of this server take.
type children struct {
	pid     int
	running *prometheus.Desc
	memory  *prometheus.Desc
	cpu     *prometheus.Desc

	mu      sync.Mutex
	seconds float64 // the most that was told
}

func newChildren(pid int) *children {
	program := []string{"program"}
	return &children{
		pid:     pid,
		running: prometheus.NewDesc("vitrine_children", "Child processes that run: imaging, ffmpeg and ffprobe.", program, nil),
		memory:  prometheus.NewDesc("vitrine_children_resident_memory_bytes", "Resident memory of the child processes that run.", program, nil),
		cpu:     prometheus.NewDesc("vitrine_children_cpu_seconds_total", "CPU time of all child processes, those that have ended included.", nil, nil),
	}
}

func (c *children) Describe(to chan<- *prometheus.Desc) {
	to <- c.running
	to <- c.memory
	to <- c.cpu
}

func (c *children) Collect(to chan<- prometheus.Metric) {
	running := map[string]float64{"imaging": 0, "ffmpeg": 0, "ffprobe": 0}
	memory := maps.Clone(running)
	seconds := 0.0
	processes, err := procfs.AllProcs()
	if err != nil {
		return // a machine without /proc
	}
	for _, process := range processes {
		stat, err := process.Stat()
		if err != nil || stat.PPID != c.pid {
			continue // it may have ended meanwhile
		}
		program := stat.Comm
		if _, known := running[program]; !known {
			program = "imaging" // which are this program under its own name
		}
		running[program]++
		memory[program] += float64(stat.ResidentMemory())
		seconds += stat.CPUTime()
	}
	for program := range running {
		to <- prometheus.MustNewConstMetric(c.running, prometheus.GaugeValue, running[program], program)
		to <- prometheus.MustNewConstMetric(c.memory, prometheus.GaugeValue, memory[program], program)
	}
	to <- prometheus.MustNewConstMetric(c.cpu, prometheus.CounterValue, c.total(seconds))
}

// total is the CPU time of the children that run and of those that have ended. It
// never falls, though one may end between the two looks.
func (c *children) total(running float64) float64 {
	var ended unix.Rusage
	if unix.Getrusage(unix.RUSAGE_CHILDREN, &ended) == nil {
		running += time.Duration(ended.Utime.Nano() + ended.Stime.Nano()).Seconds()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seconds = max(c.seconds, running)
	return c.seconds
}

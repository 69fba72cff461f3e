// Package torture loads both APIs of a real server, on both set-ups, while all
// that the server stands on fails: the process, its disk, its database, its S3
// store, and the origins of the photos. A client repeats what it has no answer
// to; a model keeps what was accepted last. When the faults are over and all has
// come to rest, the galleries have to be the model's, and package audittest must
// find nothing wrong.
//
// As a test it takes about a minute. "make torture" does more of everything.
package torture

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

var (
	operations = flag.Int("operations", 120, "writes to be accepted on each set-up")
	kills      = flag.Int("kills", 3, "kill -9 on each set-up; the other faults are in proportion")
	seed       = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of what is written and of what fails, which does not make a run the same again")
)

// deadline is how long a test waits for anything: until half a minute before it
// would be ended, so that it can tell what it waited for. Pauses are long: those
// of a download that was killed and then failed are minutes.
func deadline(t *testing.T) time.Time {
	if end, bounded := t.Deadline(); bounded {
		return end.Add(-30 * time.Second)
	}
	return time.Now().Add(time.Hour)
}

// program is vitrined, as TestMain has built it.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	folder, err := os.MkdirTemp("", "torture")
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }() // of no more use
		program = filepath.Join(folder, "vitrined")
		build := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", program, "../../cmd/vitrined")...)
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build vitrined:", err)
		return 1
	}
	return m.Run()
}

func TestTorture(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(*testing.T) *stand{"folder": onFolder, "postgres and s3": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			torture(t, build(t))
		})
	}
}

// stand is one set-up with all that it stands on.
type stand struct {
	server   *server
	database string // as the checker opens it
	bucket   string // the same, past the proxy
	environ  []string
	disk     *disk
	proxy    *proxy // nil without S3
	postgres bool
	origin   *origin
	count    counts
}

func onFolder(t *testing.T) *stand {
	s := &stand{disk: newDisk(t), origin: newOrigin(t)}
	s.database = "sqlite://" + filepath.Join(s.disk.path, "vitrine.db")
	s.bucket = "file://" + filepath.Join(s.disk.path, "blobs")
	s.server = newServer(t, s.disk.path, nil)
	return s
}

func onPostgres(t *testing.T) *stand {
	s := &stand{disk: newDisk(t), origin: newOrigin(t), postgres: true, database: pgtest.Start(t)}
	s.bucket, s.environ = s3test.Start(t)
	s.proxy = newProxy(t, s.bucket)
	s.server = newServer(t, s.disk.path, append([]string{"VITRINE_DB=" + s.database, "VITRINE_BLOBS=" + s.proxy.bucket}, s.environ...))
	return s
}

// torture is one run: load and faults, then rest, then the verdict.
func torture(t *testing.T, s *stand) {
	t.Logf("seed %d", *seed)
	begin := time.Now()
	s.server.start(t)
	plan := s.faults()
	pace := newPace(*operations, len(plan))
	ctx, cancel := context.WithCancel(t.Context())
	loaded := make(chan struct{})
	defer func() {
		cancel()
		<-loaded
	}()
	writers := s.writers(t, pace)
	go func() {
		defer close(loaded)
		var load sync.WaitGroup
		for _, w := range writers {
			load.Go(func() { w.run(ctx) })
		}
		load.Wait()
	}()
	for i, fault := range plan {
		s.tend(t, pace.due(ctx, i))
		fault(t, s)
		pace.faultOver()
	}
	s.tend(t, loaded)
	s.count.operations = pace.done()
	s.rest(t)
	lost := s.compare(t, writers)
	s.server.stop(t)
	s.audit(t, writers, lost)
	s.print(t, lost, time.Since(begin))
}

// tend waits, and starts the server again when it ends by itself.
func (s *stand) tend(t *testing.T, until <-chan struct{}) {
	t.Helper()
	for {
		select {
		case <-until:
			return
		case <-time.After(time.Second):
			s.server.alive(t)
		}
	}
}

package ingest_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/ingest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/setuptest"
	"github.com/vitrine-media/vitrine/internal/store"
)

// plant is the pipeline on a database and a bucket of its own. Its workers can
// be stopped and started again.
type plant struct {
	*gallery.Gallery
	ctx     context.Context
	test    testing.TB // the sequence
	db      *store.DB
	queue   queue.Backend
	bucket  blob.Bucket
	temp    string
	pool    *imaging.Pool
	fetcher *fetch.Fetcher
	origin  *moodyOrigin
	ahead   *atomic.Int64 // nanoseconds that the clock is ahead
	account int64
	stop    func() error // the workers
}

// modelPool is the children that all sequences share.
func modelPool(t *testing.T) *imaging.Pool {
	t.Helper()
	limits := vitrine.DefaultLimits()
	pool := imaging.NewPool(imaging.Config{
		Exe: self(t), Args: []string{"imaging-worker"}, Workers: 2, MaxPixels: limits.MaxPixels, PixelsInFlight: 2 * limits.MaxPixels, MaxSidePx: limits.MaxSidePx,
		Timeout: time.Minute, MemoryBytes: 1 << 30, RecycleAfter: 1000, Recipe: imaging.DefaultRecipe(), Log: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool
}

// sequenceTest is a sequence as a test: what it opens is closed when it ends, and
// its failures are rapid's.
type sequenceTest struct {
	*rapid.T
	inTest
	dir string // where it has its folders
}

// inTest and within are the test that sequences are of, which has what rapid
// lacks. It stands so deep because Go takes the method that is the least deep.
type (
	inTest struct{ within }
	within struct{ testing.TB }
)

// TempDir gives a folder that is gone when the sequence ends, not only with the
// test.
func (s sequenceTest) TempDir() string {
	dir, err := os.MkdirTemp(s.dir, "")
	must(s.T, err)
	s.Cleanup(func() { must(s.T, os.RemoveAll(dir)) })
	return dir
}

// newPlant has a plant work until the sequence ends.
func newPlant(t *rapid.T, test sequenceTest, pool *imaging.Pool) *plant {
	t.Helper()
	p := &plant{ctx: context.WithoutCancel(t.Context()), ahead: new(atomic.Int64), origin: newMoodyOrigin(), pool: pool, test: test, temp: test.TempDir()}
	p.db, p.bucket = setuptest.Open(test, slog.New(slog.DiscardHandler))
	p.fetcher = fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Limits: vitrine.DefaultLimits(), Now: p.now})
	p.work()
	t.Cleanup(func() {
		p.origin.release()
		err := p.stop()
		p.fetcher.Close()
		p.origin.Close()
		left, readErr := os.ReadDir(p.temp)
		must(t, errors.Join(err, readErr))
		if len(left) > 0 {
			t.Errorf("the temp folder holds %v", left)
		}
	})
	key, _, err := p.CreateKey(p.ctx, "acme")
	must(t, err)
	p.account = key.Account.ID
	return p
}

func (p *plant) now() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }

// work starts the rules and the workers, as a new process would.
func (p *plant) work() {
	log := slog.New(slog.DiscardHandler)
	tuning := queue.DefaultConfig(p.now, log)
	tuning.Grace = time.Millisecond // a stop finds handlers at work, and cancels them
	p.queue = setuptest.Queue(p.test, p.db, tuning)
	p.Gallery = gallery.New(gallery.Config{
		DB: p.db, Queue: p.queue, Blobs: p.bucket, Limits: vitrine.DefaultLimits(),
		PublicURL: "https://vitrine.example", Secret: []byte("secret"), Now: p.now,
	})
	jobs := ingest.New(ingest.Config{
		Gallery: p.Gallery, Fetcher: p.fetcher, Imaging: p.pool, Recipe: imaging.DefaultRecipe(),
		Blobs: p.bucket, TempDir: p.temp, TempBytes: 4 << 30, Now: p.now, Log: log,
	})
	ctx, cancel := context.WithCancel(p.ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- p.queue.Work(ctx, []queue.LaneWorkers{
			{Lane: gallery.LaneFetch, Workers: 4}, {Lane: gallery.LaneBulk, Workers: 4}, {Lane: gallery.LaneOptimise, Workers: 2}, {Lane: gallery.LaneSweep, Workers: 1},
		}, jobs.Handlers())
	}()
	p.stop = func() error {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) { // which had hardly begun
			return err
		}
		return nil
	}
}

// restart stops the workers in the middle of what they do, and starts others.
func (p *plant) restart(t *rapid.T) {
	t.Helper()
	must(t, p.stop())
	p.work()
}

// rest waits until nothing is to be downloaded or optimised any more.
func (p *plant) rest(t *rapid.T) {
	t.Helper()
	p.origin.release()
	p.until(t, "the downloads to end", func() bool {
		return !slices.ContainsFunc(p.tasks(t), func(task queue.Task) bool { return task.Kind == "fetch" || task.Kind == "optimise" })
	})
}

// until waits for a condition; a minute without it fails.
func (p *plant) until(t *rapid.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s; tasks left: %+v", what, p.tasks(t))
		}
	}
}

// tasks gives what is in the queue.
func (p *plant) tasks(t *rapid.T) (tasks []queue.Task) {
	t.Helper()
	must(t, p.db.View(p.ctx, func(tx *store.Tx) error {
		tasks = nil
		for task, err := range p.queue.Unfinished(p.ctx, tx) {
			if err != nil {
				return err
			}
			tasks = append(tasks, task)
		}
		return nil
	}))
	return tasks
}

func (p *plant) count(t *rapid.T, query string) (n int) {
	t.Helper()
	must(t, p.db.View(p.ctx, func(tx *store.Tx) error { return tx.QueryRow(p.ctx, query).Scan(&n) }))
	return n
}

// empty sweeps, with the clock far ahead, until nothing is left of any media.
func (p *plant) empty(t *rapid.T) {
	t.Helper()
	p.ahead.Add(int64(25 * time.Hour))
	left := map[string]int{}
	defer func() {
		if t.Failed() {
			t.Logf("left over: %v", left)
		}
	}()
	p.until(t, "the clean-up", func() bool {
		must(t, p.Sweep(p.ctx))
		left["blobs"] = 0
		for _, err := range p.bucket.List(p.ctx, "") {
			must(t, err)
			left["blobs"]++
		}
		for _, table := range []string{"media", "content", "variant", "placement", "shown", "attempt"} {
			left[table] = p.count(t, `select count(*) from `+table)
		}
		for _, n := range left {
			if n > 0 {
				return false
			}
		}
		return true
	})
}

// shown gives what the public sees of an advert, nil when that is nothing.
func (p *plant) shown(t *rapid.T, galleryID string) []view {
	t.Helper()
	shown, err := p.Public(p.ctx, galleryID)
	if vitrine.CodeOf(err) == vitrine.CodeNotFound {
		return nil
	}
	must(t, err)
	views := []view{}
	for _, place := range shown.Pictures {
		views = append(views, view{Title: place.Title, SHA256: place.Content.SHA256})
	}
	if shown.Tour != nil {
		views = slices.Insert(views, 0, view{Title: shown.Tour.Title, Tour: true})
	}
	return views
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/imaging"
)

// BenchmarkMainJob compares, round by round, the whole server (a listing of 20
// photos by URL, PUT to published) with a bare loop that decodes and encodes
// the same photos in this process on all cores. The ratio is the server's
// photos a second by the loop's.
func BenchmarkMainJob(b *testing.B) {
	if err := imaging.Check(); err != nil {
		b.Fatal(err)
	}
	photos := realPhotos(b, 20)
	names := slices.Sorted(maps.Keys(photos))
	dir := b.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), photos[name], 0o600); err != nil {
			b.Fatal(err)
		}
	}
	o := newOrigin(b)
	o.mux.HandleFunc("GET /{round}/{name}", func(w http.ResponseWriter, r *http.Request) {
		// Known bytes are not optimised again: each round sends its own.
		_, _ = w.Write(append(slices.Clone(photos[r.PathValue("name")]), r.PathValue("round")...))
	})
	s := start(b, b.TempDir(), freeAddress(b), "--log-level", "error", "--fetch-per-origin", "16", "--rate-limit", "1000000")
	c := client.New(s.base+"/api/v1", s.key(b))

	var bare, server time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		begin := time.Now()
		bareLoop(b, dir, names)
		bare += time.Since(begin)

		var urls []string
		for _, name := range names {
			urls = append(urls, fmt.Sprintf("%s/%d/%s", o.URL, rounds, name))
		}
		begin = time.Now()
		put, err := c.PutListing(b.Context(), listing(fmt.Sprint("round-", rounds), urls...))
		if err != nil {
			b.Fatal(err)
		}
		for {
			job, err := c.Job(b.Context(), put.JobID)
			if err != nil {
				b.Fatal(err)
			}
			if job.Status == vitrine.JobCompleted {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		server += time.Since(begin)
	}
	b.ReportMetric(float64(rounds*len(names))/server.Seconds(), "server-photos/s")
	b.ReportMetric(float64(rounds*len(names))/bare.Seconds(), "bare-photos/s")
	b.ReportMetric(bare.Seconds()/server.Seconds(), "ratio")
}

// bareLoop optimises the photos in this process, as many at one time as there
// are cores.
func bareLoop(b *testing.B, dir string, names []string) {
	b.Helper()
	out := b.TempDir()
	limits := vitrine.DefaultLimits()
	work := make(chan string)
	var group sync.WaitGroup
	for range runtime.NumCPU() {
		group.Go(func() {
			for name := range work {
				to := filepath.Join(out, name)
				if err := os.MkdirAll(to, 0o700); err != nil {
					b.Error(err)
				}
				task := imaging.Task{Source: filepath.Join(dir, name), OutDir: to, Recipe: imaging.DefaultRecipe(), MaxPixels: limits.MaxPixels, MaxSidePx: limits.MaxSidePx}
				if _, err := imaging.Bare(&task); err != nil {
					b.Error(err)
				}
				if err := os.RemoveAll(to); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, name := range names {
		work <- name
	}
	close(work)
	group.Wait()
}

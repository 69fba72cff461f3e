package imaging

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
)

// benchPhotos are the JPEG of the corpus.
func benchPhotos(b *testing.B) []string {
	b.Helper()
	dir := corpus(b)
	var photos []string
	for _, pattern := range []string{"*.jpg", "*.JPG"} {
		found, err := filepath.Glob(filepath.Join(dir, "photos", pattern))
		if err != nil {
			b.Fatal(err)
		}
		photos = append(photos, found...)
	}
	return photos
}

// BenchmarkOptimise is photos through children; see BenchmarkBare.
func BenchmarkOptimise(b *testing.B) {
	photos := benchPhotos(b)
	p := newPool(b, func(c *Config) { c.Workers = runtime.GOMAXPROCS(0) })
	bench(b, photos, func(photo, outDir string) error {
		_, err := p.Optimise(context.Background(), Request{Source: photo, OutDir: outDir})
		return err
	})
}

// BenchmarkBare is the same photos in this process: what children cost is the
// difference to BenchmarkOptimise.
func BenchmarkBare(b *testing.B) {
	photos := benchPhotos(b)
	bench(b, photos, func(photo, outDir string) error {
		_, err := Bare(&Task{
			Source: photo, OutDir: outDir, MaxPixels: 100_000_000, MaxSidePx: 16_000, Recipe: DefaultRecipe(),
		})
		return err
	})
}

// bench optimises all photos in each round, as many at a time as there are
// cores.
func bench(b *testing.B, photos []string, optimise func(photo, outDir string) error) {
	b.Helper()
	for b.Loop() {
		todo := make(chan string, len(photos))
		for _, photo := range photos {
			todo <- photo
		}
		close(todo)
		done := make(chan error)
		workers := runtime.GOMAXPROCS(0)
		for range workers {
			go func() {
				for photo := range todo {
					if err := optimise(photo, b.TempDir()); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		for range workers {
			if err := <-done; err != nil {
				b.Error(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(photos))/b.Elapsed().Seconds(), "photos/s")
}

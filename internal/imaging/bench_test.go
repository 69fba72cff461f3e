package imaging

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// realPhotos are the JPEG of the corpus.
func realPhotos(t testing.TB) []string { return photosLike(t, "*.jpg", "*.JPG") }

// realHEIC are those that phones have made.
func realHEIC(t testing.TB) []string { return photosLike(t, "*.heic", "*.HEIC") }

func photosLike(t testing.TB, patterns ...string) []string {
	t.Helper()
	dir := corpus(t)
	var photos []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(dir, "photos", pattern))
		if err != nil {
			t.Fatal(err)
		}
		photos = append(photos, found...)
	}
	return photos
}

// BenchmarkOptimise is photos through children; see BenchmarkBare.
func BenchmarkOptimise(b *testing.B) {
	photos := realPhotos(b)
	p := newPool(b, func(c *Config) { c.Workers = runtime.GOMAXPROCS(0) })
	bench(b, photos, func(photo, outDir string) error {
		_, err := p.Optimise(context.Background(), Request{Source: photo, OutDir: outDir})
		return err
	})
}

// BenchmarkBare is the same photos in this process: what children cost is the
// difference to BenchmarkOptimise.
func BenchmarkBare(b *testing.B) {
	photos := realPhotos(b)
	bench(b, photos, func(photo, outDir string) error {
		_, err := Bare(&Task{
			Source: photo, OutDir: outDir, MaxPixels: 100_000_000, MaxSidePx: 16_000, Recipe: DefaultRecipe(),
		})
		return err
	})
}

// BenchmarkDirect takes each photo the direct way and by libvips, in turns, and
// reports what the first needs of the second's CPU time and bytes. It leaves out
// what both have alike: the header, the hashes and the files.
func BenchmarkDirect(b *testing.B) {
	for _, row := range []struct {
		name   string
		photos []string
		direct directWay
		way    way
	}{
		{"JPEG", realPhotos(b), decodePlanes, shrunk},
		{"HEIC", realHEIC(b), decodeTiles, heif},
	} {
		b.Run(row.name, func(b *testing.B) { benchmarkDirect(b, row.photos, row.direct, row.way) })
	}
}

func benchmarkDirect(b *testing.B, photos []string, direct directWay, way way) {
	b.Helper()
	var cpu [2]time.Duration
	var size [2]int
	for b.Loop() {
		for _, photo := range photos {
			data := readFile(b, photo)
			h, err := probe(data)
			if err != nil {
				b.Fatal(err)
			}
			profile, colours := foreignColours(h)
			for i, open := range []func() (raster, error){
				func() (raster, error) { return direct(data, h, 1024, colours), nil },
				func() (raster, error) { return decode(data, way, 1024, profile) },
			} {
				start := cpuTime(b)
				size[i] += sizeOfVariants(b, open)
				cpu[i] += cpuTime(b) - start
			}
		}
	}
	b.ReportMetric(cpu[0].Seconds()/cpu[1].Seconds(), "CPU/libvips")
	b.ReportMetric(float64(size[0])/float64(size[1]), "bytes/libvips")
	b.ReportMetric(cpu[0].Seconds()/float64(b.N*len(photos)), "CPU-s/photo")
}

// foreignColours is how to convert the colours of a photo on either way.
func foreignColours(h *header) (profile string, colours *colourTable) {
	if iccSpace(h.ICC) != iccRGB || isSRGB(h.ICC) {
		return "", nil
	}
	return "p3", coloursOf(h.ICC)
}

// sizeOfVariants makes the variants of a picture and gives their size in all.
func sizeOfVariants(b *testing.B, open func() (raster, error)) (bytes int) {
	b.Helper()
	recipe := DefaultRecipe()
	picture, err := open()
	for _, sidePx := range slices.Backward(recipe.Sizes) {
		var encoded []byte
		if err == nil {
			picture, err = picture.smaller(sidePx)
		}
		if err == nil {
			encoded, err = picture.webp(recipe.Quality, recipe.Effort)
		}
		bytes += len(encoded)
	}
	if err != nil {
		b.Fatal(err)
	}
	return bytes
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &now); err != nil {
		b.Fatal(err)
	}
	return time.Duration(now.Nano())
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

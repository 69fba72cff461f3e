package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/image/draw"
)

// quality is how near a contender's largest variants come to the photos, one
// figure for each photo.
type quality struct {
	ssim        figures // of brightness, 1 for the same
	butteraugli figures // 3-norm, 0 for the same
}

// judge measures the quality of the variants in the folders of contenders, and
// of the first photos, as many as count.
func (l *lab) judge(ctx context.Context, folders []string, count int) ([]quality, error) {
	judged := make([]quality, len(folders))
	for c := range judged {
		judged[c] = quality{ssim: make(figures, count), butteraugli: make(figures, count)}
	}
	todo := make(chan int)
	errs := make([]error, runtime.NumCPU())
	var group sync.WaitGroup
	for worker := range errs {
		group.Go(func() {
			for i := range todo {
				if errs[worker] == nil {
					errs[worker] = l.judgePhoto(ctx, folders, i, judged)
				}
			}
		})
	}
	for i := range count {
		todo <- i
	}
	close(todo)
	group.Wait()
	return judged, errors.Join(errs...)
}

// judgePhoto judges all contenders' largest variant of photo i.
func (l *lab) judgePhoto(ctx context.Context, folders []string, i int, judged []quality) error {
	whole, err := l.pixels(ctx, i, "thumbnail", l.photos[i], "100000", "--size", "down", "--export-profile", "srgb")
	if err != nil {
		return err
	}
	var want *image.RGBA // of the size that the variants have, mostly all the same
	for c, folder := range folders {
		got, err := l.pixels(ctx, i, "copy", filepath.Join(folder, variantName(i, variantSides[0])))
		if err != nil {
			return err
		}
		if want == nil || want.Bounds() != got.Bounds() {
			want = image.NewRGBA(got.Bounds())
			lanczos.Scale(want, want.Bounds(), whole, whole.Bounds(), draw.Src, nil)
			if err := writePNG(l.reference(i), want); err != nil {
				return err
			}
		}
		judged[c].ssim[i] = ssim(want, got)
		if judged[c].butteraugli[i], err = l.butteraugli(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// reference and gotten are the files with what photo i should look like, and
// with the pixels that were read last for it.
func (l *lab) reference(i int) string { return filepath.Join(l.dir, fmt.Sprintf("want-%d.png", i)) }
func (l *lab) gotten(i int) string    { return filepath.Join(l.dir, fmt.Sprintf("got-%d.png", i)) }

// lanczos is what the references are made with: three lobes, at full precision,
// of the whole photo.
var lanczos = &draw.Kernel{Support: 3, At: func(t float64) float64 {
	if t == 0 {
		return 1
	}
	return 3 * math.Sin(math.Pi*t) * math.Sin(math.Pi*t/3) / (math.Pi * math.Pi * t * t)
}}

// pixels has the program vips make a PNG of a picture, photo i or a variant of
// it, and reads that.
func (l *lab) pixels(ctx context.Context, i int, operation, name string, arguments ...string) (*image.RGBA, error) {
	to := l.gotten(i)
	if err := l.command(ctx, "vips", append([]string{operation, name, to + "[compression=0,strip]"}, arguments...)...); err != nil {
		return nil, err
	}
	file, err := os.Open(to)
	if err != nil {
		return nil, err
	}
	decoded, err := png.Decode(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", to, err)
	}
	pixels, ok := decoded.(*image.RGBA)
	if !ok { // grey, or with an alpha channel
		return nil, fmt.Errorf("%s has pixels of the kind %T", to, decoded)
	}
	return pixels, nil
}

func writePNG(name string, pixels image.Image) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	return errors.Join(encoder.Encode(file, pixels), file.Close())
}

// norm finds the figure in what butteraugli_main prints.
var norm = regexp.MustCompile(`3-norm: ([0-9.]+)`)

// butteraugli compares the pixels read last for photo i with its reference.
func (l *lab) butteraugli(ctx context.Context, i int) (float64, error) {
	out, err := exec.CommandContext(ctx, "butteraugli_main", l.reference(i), l.gotten(i)).CombinedOutput()
	found := norm.FindSubmatch(out)
	if err != nil || found == nil {
		return 0, fmt.Errorf("compare photo %d with what it should look like: %w: %s", i, err, out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

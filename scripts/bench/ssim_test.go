package main

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/draw"
)

// noise is a grey picture of random brightness between two bounds.
func noise(seed uint64, low, high int) *image.RGBA {
	random := rand.New(rand.NewPCG(seed, 0))
	picture := image.NewRGBA(image.Rect(0, 0, 48, 40))
	for i := 0; i < len(picture.Pix); i += 4 {
		value := uint8(low + random.IntN(high-low+1))
		copy(picture.Pix[i:], []uint8{value, value, value, 255})
	}
	return picture
}

func TestSSIM(t *testing.T) {
	t.Parallel()
	// Of two even pictures the second factor is 1 and the first is known.
	const a, b, c1 = 100.0, 120.0, 6.5025
	for _, row := range []struct {
		name       string
		one, other *image.RGBA
		want, off  float64
	}{
		{"same", noise(1, 0, 255), noise(1, 0, 255), 1, 1e-9},
		{"even", noise(1, 100, 100), noise(1, 120, 120), (2*a*b + c1) / (a*a + b*b + c1), 1e-6},
		{"unrelated", noise(1, 0, 255), noise(2, 0, 255), 0, 0.1},
	} {
		if got := ssim(row.one, row.other); math.Abs(got-row.want) > row.off {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

// The references have the weights of Lanczos: an even picture stays even, a step
// overshoots a little on both sides.
func TestLanczos(t *testing.T) {
	t.Parallel()
	even := image.NewRGBA(image.Rect(0, 0, 24, 20))
	lanczos.Scale(even, even.Bounds(), noise(1, 77, 77), image.Rect(0, 0, 48, 40), draw.Src, nil)
	for i := 0; i < len(even.Pix); i += 4 {
		if even.Pix[i] != 77 {
			t.Fatalf("a sample of %d, want 77", even.Pix[i])
		}
	}
	step := noise(1, 50, 50)
	draw.Draw(step, image.Rect(24, 0, 48, 40), noise(1, 200, 200), image.Point{}, draw.Src)
	shrunk := image.NewRGBA(image.Rect(0, 0, 24, 20))
	lanczos.Scale(shrunk, shrunk.Bounds(), step, step.Bounds(), draw.Src, nil)
	if below, above := shrunk.RGBAAt(10, 10).R, shrunk.RGBAAt(13, 10).R; below >= 50 || below < 30 || above <= 200 || above > 220 {
		t.Errorf("two samples from the step are %d and %d, want a little less than 50 and more than 200", below, above)
	}
}

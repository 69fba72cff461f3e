package imaging

import (
	"encoding/base64"
	"image"
	"testing"

	"go.n16f.net/thumbhash"
)

// pattern is a picture whose hash other implementations have been asked for.
func pattern(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			copy(img.Pix[4*(y*width+x):], []byte{byte(x*37 + y*11), byte(x*x + 3*y), byte(y*y*5 + x), 255})
		}
	}
	return img
}

// The wanted hashes are those of the authors' own implementation in C. (The one
// in TypeScript forgets negative values when it looks for the strongest wave.)
func TestBlurhash(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what string
		img  *image.NRGBA
		want string
	}{
		{"wide", pattern(32, 21), "LLHUqdqTh?q*s4V|RoXONTk5N?oc"},
		{"tall", pattern(24, 32), "TKHK^WuwQJrvilf+NVbFOpooW9Sd"},
		{"thin", pattern(32, 2), "CdG8eaV0Mji}~PZ,RTjH"},
		{"a pixel", pattern(1, 1), "000000"},
		{"unseen: white", image.NewNRGBA(image.Rect(0, 0, 1, 1)), "00TSUA"},
	} {
		if got := blurhash(row.img); got != row.want {
			t.Errorf("%s: got %s, want %s", row.what, got, row.want)
		}
	}
}

func TestThumbhash(t *testing.T) {
	t.Parallel()
	img := pattern(32, 21)
	for i := range img.Pix {
		img.Pix[i] = []byte{200, 100, 50, 255}[i%4]
	}
	hash, err := base64.StdEncoding.DecodeString(thumbhashOf(img))
	if err != nil {
		t.Fatal(err)
	}
	back, err := thumbhash.DecodeImage(hash)
	if err != nil {
		t.Fatal(err)
	}
	size := back.Bounds().Size()
	r, g, b, _ := back.At(size.X/2, size.Y/2).RGBA()
	if size.X <= size.Y || r>>8 < 190 || r>>8 > 210 || g>>8 < 90 || g>>8 > 110 || b>>8 < 40 || b>>8 > 60 {
		t.Errorf("%d x %d px of %d %d %d", size.X, size.Y, r>>8, g>>8, b>>8)
	}
}

func TestDominantColor(t *testing.T) {
	t.Parallel()
	img := func(pix ...byte) *image.NRGBA {
		return &image.NRGBA{Pix: pix, Stride: len(pix), Rect: image.Rect(0, 0, len(pix)/4, 1)}
	}
	for _, row := range []struct {
		what string
		img  *image.NRGBA
		want string
	}{
		{"the larger group, and its mean", img(0, 0, 255, 255, 200, 100, 40, 255, 202, 102, 42, 255), "#c96529"},
		{"what can be seen counts", img(0, 0, 255, 10, 0, 0, 255, 10, 255, 0, 0, 255), "#ff0000"},
		{"nothing can be seen", img(9, 9, 9, 0), "#ffffff"},
	} {
		if got := dominantColor(row.img); got != row.want {
			t.Errorf("%s: got %s, want %s", row.what, got, row.want)
		}
	}
}

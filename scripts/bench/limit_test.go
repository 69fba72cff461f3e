package main

import (
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "golang.org/x/image/webp"
)

// meadow is a photo of a kind: two colours that go over into each other.
func meadow(t *testing.T, width, height int) string {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetRGBA(x, y, color.RGBA{uint8(255 * x / width), uint8(255 * y / height), 60, 255})
		}
	}
	name := filepath.Join(t.TempDir(), "meadow.jpg")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(file, picture, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// The limit does the whole work: variants of the right sizes that look like the
// photo, and the hash that vitrine makes as well.
func TestLimit(t *testing.T) {
	t.Chdir("../..")
	l := &lab{dir: t.TempDir(), photos: []string{meadow(t, 1600, 1200), meadow(t, 90, 60)}}
	c, err := startLimit(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if _, _, err := c.once(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if err := c.stop(); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		photo, side int
		size        image.Point
	}{
		{0, 1024, image.Pt(1024, 768)}, {0, 512, image.Pt(512, 384)}, {0, 128, image.Pt(128, 96)},
		{1, 1024, image.Pt(90, 60)}, {1, 128, image.Pt(90, 60)},
	} {
		file, err := os.Open(filepath.Join(to, variantName(row.photo, row.side)))
		if err != nil {
			t.Fatal(err)
		}
		variant, format, err := image.Decode(file)
		_ = file.Close() // read only
		if err != nil || format != "webp" || variant.Bounds().Size() != row.size {
			t.Fatalf("photo %d at %d: %v of %s, %v, want %v", row.photo, row.side, variant.Bounds(), format, err, row.size)
		}
		planes, ok := variant.(*image.YCbCr)
		if !ok {
			t.Fatalf("photo %d at %d: %T", row.photo, row.side, variant)
		}
		// The middle is (128, 128, 60): Y is 120.5 of 255, 119.5 from 16 to 235.
		if y := planes.YCbCrAt(row.size.X/2, row.size.Y/2).Y; y < 115 || y > 124 {
			t.Errorf("photo %d at %d: brightness %d in the middle, want about 119", row.photo, row.side, y)
		}
	}
	for _, hash := range []string{"00.blurhash", "01.blurhash"} {
		if text := read(t, filepath.Join(to, hash)); len(text) != 28 || !strings.HasPrefix(text, "L") {
			t.Errorf("%s is %q, want 28 characters that begin with L for 4 by 3 components", hash, text)
		}
	}
	if _, err := variantBytes(to, len(l.photos)); err != nil {
		t.Error(err)
	}
}

// Bare libvips makes all variants as well.
func TestLibvips(t *testing.T) {
	t.Chdir("../..")
	l := &lab{dir: t.TempDir(), photos: []string{meadow(t, 1600, 1200), meadow(t, 90, 60)}}
	c, err := startLibvips(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if _, err := c.keep(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if err := c.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := variantBytes(to, len(l.photos)); err != nil {
		t.Error(err)
	}
}

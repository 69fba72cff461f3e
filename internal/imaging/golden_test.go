package imaging

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// golden are pictures and what must come of them: the 512 px variant is
// compared with a reference in testdata/golden, and with the truth where that
// can be computed.
var golden = []struct {
	name      string
	input     func(testing.TB) []byte
	truth     func(testing.TB) *image.NRGBA // nil when only the reference tells
	wantType  string
	tolerance float64 // of the mean difference to either, see meanDiff
}{
	{"heic-turned", file("turned.heic"), chart, "image/heic", 3},
	{"heic-exif-lies", file("exif-lies.heic"), chart, "image/heic", 3},
	{"heic-altered", file("altered.heic"), chart, "image/heic", 3},
	{"avif", file("chart.avif"), chart, "image/avif", 4},
	{"p3", tagged(p3Primaries, srgbCurve), seen(p3Primaries, linearOf), "image/jpeg", 3.8},
	{"adobe-rgb", tagged(adobePrimaries, adobeCurve), seen(adobePrimaries, gamma22), "image/jpeg", 3.8},
	{"srgb", tagged(srgbPrimaries, srgbCurve), chart, "image/jpeg", 4},
	{"cmyk", file("cmyk.jpg"), chart, "image/jpeg", 4.5},
	{"cmyk-profile", cmykWithProfile, nil, "image/jpeg", 4},
	{"alpha", pngFrom(withAlpha), truth(withAlpha), "image/png", 4},
	{"16-bit", pngFrom(in16Bit), chart, "image/png", 4},
	{"grey", pngFrom(inGrey), truth(inGrey), "image/png", 1.5},
	{"grey-16-bit", pngFrom(inGrey16), truth(inGrey), "image/png", 1.5},
	{"palette", gifFrom, chart, "image/gif", 9},
	{"tiff", tiffFrom, chart, "image/tiff", 4},
	{"bmp", bmpFrom(chart), chart, "image/bmp", 4},
	{"bmp-32-bit", bmpFrom(withAlpha), chart, "image/bmp", 4}, // a plain header: the fourth byte means nothing
	{"bmp-palette", bmpFrom(inPalette), truth(inPalette), "image/bmp", 4},
	{"webp", webpFrom, chart, "image/webp", 4},
	{"panorama", pngFrom(panorama), nil, "image/png", 3},
	{"tiny", pngFrom(tiny), truth(tiny), "image/png", 2},
}

func TestGolden(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	for _, row := range golden {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := optimise(t, p, row.input(t), row.wantType)
			if row.truth != nil {
				compare(t, "the truth", got, row.truth(t), row.tolerance)
			}
			compareGolden(t, row.name, got, row.tolerance)
		})
	}
}

func TestOrientation(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	for orientation := 1; orientation <= 8; orientation++ {
		t.Run(fmt.Sprint(orientation), func(t *testing.T) {
			t.Parallel()
			upright := chart(t)
			input := jpegOf(t, stored(upright, orientation), exifSegment(byte(orientation)), xmpSegment())
			compare(t, "the truth", optimise(t, p, input, "image/jpeg"), upright, 4)
		})
	}
}

// A phone's profile that the colour library refuses is taken for P3.
func TestDamagedProfile(t *testing.T) {
	t.Parallel()
	got, err := decode(jpegOf(t, chart(t), iccSegment(damagedProfile())), shrunk, 512, "p3")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "P3", got.nrgba(), seen(p3Primaries, linearOf)(t), 2.5)
}

// damagedProfile is one of P3 without its signature.
func damagedProfile() []byte {
	profile := rgbProfile(p3Primaries, srgbCurve)
	copy(profile[36:], "bad!")
	return profile
}

// optimise puts a picture through the pool and gives its 512 px variant.
func optimise(t *testing.T, p *Pool, data []byte, wantType string) *image.NRGBA {
	t.Helper()
	result, err := p.Optimise(context.Background(), Request{Source: tempFile(t, "picture", data), OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checkVariants(t, result)
	if result.Type != wantType {
		t.Errorf("type %s, want %s", result.Type, wantType)
	}
	encoded, err := os.ReadFile(result.Files[1])
	if err != nil {
		t.Fatal(err)
	}
	img, err := decode(encoded, shrunk, 512, "")
	if err != nil {
		t.Fatal(err)
	}
	return img.nrgba()
}

// compareGolden compares a picture with its reference, or rewrites that.
func compareGolden(t *testing.T, name string, got *image.NRGBA, tolerance float64) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".png")
	if *update {
		if err := savePNG(path, got); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatalf("%v; go test -update writes references", err)
	}
	defer func() { _ = f.Close() }()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewNRGBA(img.Bounds())
	draw.Draw(want, want.Rect, img, image.Point{}, draw.Src)
	compare(t, "the reference", got, want, tolerance)
}

// compare fails the test when a picture differs, and keeps what was got.
func compare(t *testing.T, with string, got, want *image.NRGBA, tolerance float64) {
	t.Helper()
	diff := meanDiff(got, want)
	t.Logf("mean difference to %s: %.2f", with, diff)
	if diff <= tolerance {
		return
	}
	t.Errorf("mean difference to %s is %.2f, %.2f allowed", with, diff, tolerance)
	dir := t.ArtifactDir()
	for name, img := range map[string]*image.NRGBA{"got": got, "want": want} {
		if err := savePNG(filepath.Join(dir, name+".png"), img); err != nil {
			t.Error(err)
		}
	}
	t.Logf("got.png and want.png are in %s", dir)
}

func file(name string) func(testing.TB) []byte {
	return func(t testing.TB) []byte { return testFile(t, name) }
}

// tagged is the chart as a JPEG with that profile, EXIF and XMP.
func tagged(p primaries, curve []byte) func(testing.TB) []byte {
	return func(t testing.TB) []byte {
		return jpegOf(t, chart(t), exifSegment(1), xmpSegment(), iccSegment(rgbProfile(p, curve)))
	}
}

// seen is the chart as it looks under that profile.
func seen(p primaries, curve func(float64) float64) func(testing.TB) *image.NRGBA {
	return func(t testing.TB) *image.NRGBA { return asSRGB(chart(t), p, curve) }
}

func gamma22(v float64) float64 { return math.Pow(v, 563.0/256) }

func cmykWithProfile(t testing.TB) []byte {
	return withSegments(testFile(t, "cmyk.jpg"), iccSegment(inkProfile()))
}

// truth is a picture as the standard library sees it.
func truth[I image.Image](from func(testing.TB) I) func(testing.TB) *image.NRGBA {
	return func(t testing.TB) *image.NRGBA {
		img := from(t)
		out := image.NewNRGBA(img.Bounds())
		draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
		return out
	}
}

func pngFrom[I image.Image](from func(testing.TB) I) func(testing.TB) []byte {
	return func(t testing.TB) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, from(t)); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
}

func bmpFrom[I image.Image](from func(testing.TB) I) func(testing.TB) []byte {
	return func(t testing.TB) []byte {
		var b bytes.Buffer
		if err := bmp.Encode(&b, from(t)); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
}

func gifFrom(t testing.TB) []byte {
	var b bytes.Buffer
	if err := gif.Encode(&b, chart(t), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tiffFrom(t testing.TB) []byte {
	var b bytes.Buffer
	if err := tiff.Encode(&b, chart(t), &tiff.Options{Compression: tiff.Deflate}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func webpFrom(t testing.TB) []byte {
	img := chart(t)
	encoded, err := (&pixels{Pix: img.Pix, Width: img.Rect.Dx(), Height: img.Rect.Dy(), Bands: 4}).webp(95, 4)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// withAlpha is the chart, fading out to the right.
func withAlpha(t testing.TB) *image.NRGBA {
	img := chart(t)
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i+3] = byte(255 - 2*(i/4%img.Rect.Dx()))
	}
	return img
}

func in16Bit(t testing.TB) *image.NRGBA64 { return redrawn(t, image.NewNRGBA64) }
func inGrey(t testing.TB) *image.Gray     { return redrawn(t, image.NewGray) }
func inGrey16(t testing.TB) *image.Gray16 { return redrawn(t, image.NewGray16) }

func inPalette(t testing.TB) *image.Paletted {
	return redrawn(t, func(r image.Rectangle) *image.Paletted {
		return image.NewPaletted(r, color.Palette{
			color.RGBA{20, 20, 20, 255}, color.RGBA{200, 60, 50, 255}, color.RGBA{140, 150, 150, 255},
		})
	})
}

// redrawn is the chart in another colour model.
func redrawn[I draw.Image](t testing.TB, create func(image.Rectangle) I) I {
	img := chart(t)
	out := create(img.Rect)
	draw.Draw(out, out.Bounds(), img, image.Point{}, draw.Src)
	return out
}

// panorama is as wide as a phone makes them.
func panorama(testing.TB) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 8000, 500))
	for i := 0; i < len(img.Pix); i += 4 {
		x, y := i/4%8000, i/4/8000
		copy(img.Pix[i:], []byte{byte(x * 255 / 8000), byte(y * 255 / 500), 128, 255})
	}
	return img
}

func tiny(testing.TB) *image.NRGBA {
	return &image.NRGBA{Pix: []byte{200, 100, 50, 255}, Stride: 4, Rect: image.Rect(0, 0, 1, 1)}
}

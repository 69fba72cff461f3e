package imaging

import (
	"image"
	"image/color"
	"math"
	"math/bits"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

// Photos have the same figures whichever way they are decoded.
func TestMeasuresOfBothWays(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		photos []string
		way    way
	}{
		{"JPEG", realPhotos(t), shrunk},
		{"HEIC", realHEIC(t), heif},
	} {
		for _, photo := range row.photos {
			t.Run(photo, func(t *testing.T) {
				t.Parallel()
				data := readFile(t, photo)
				h, err := probe(data)
				if err != nil {
					t.Fatal(err)
				}
				profile, colours := foreignColours(h)
				direct := decodePlanes
				if row.way == heif {
					direct = decodeTiles
				}
				planes := direct(data, h, measurePx, colours)
				if planes == nil {
					t.Fatal("it can't go the direct way")
				}
				pixels, err := decode(data, row.way, measurePx, profile)
				if err != nil {
					t.Fatal(err)
				}
				compareMeasures(t, measuresOf(t, planes), measuresOf(t, pixels))
			})
		}
	}
}

// measuresOf measures a picture.
func measuresOf(t testing.TB, p raster) *Result {
	t.Helper()
	w := &work{picture: p, result: &Result{}}
	if err := w.measure(); err != nil {
		t.Fatal(err)
	}
	return w.result
}

// compareMeasures fails the test unless figures are as good as the same.
func compareMeasures(t *testing.T, got, want *Result) {
	t.Helper()
	a, b := got.Figures.Measures, want.Figures.Measures
	for _, row := range []struct {
		name              string
		got, want, within float64
	}{
		{"sharpness", a.Sharpness, b.Sharpness, 0.1 + 0.25*b.Sharpness},
		{"edges", a.Edges, b.Edges, 0.03},
		{"lights", float64(a.Lights), float64(b.Lights), 3},
		{"white", a.White, b.White, 0.03},
		{"flat", a.Flat, b.Flat, 0.05},
		{"hard", a.Hard, b.Hard, 0.05},
		{"plain", a.Plain, b.Plain, 0.05},
		{"bars", barsOf(a.Bars), barsOf(b.Bars), 0.005},
		{"hash", float64(bits.OnesCount64(got.Figures.Likeness.Hash ^ want.Figures.Likeness.Hash)), 0, 4},
		{"information", float64(got.Figures.Likeness.Information), float64(want.Figures.Likeness.Information), 3},
	} {
		if math.Abs(row.got-row.want) > row.within {
			t.Errorf("%s is %v, want %v within %v", row.name, row.got, row.want, row.within)
		}
	}
	if vitrine.Alike(&got.Figures.Likeness, &want.Figures.Likeness) == nil {
		t.Error("they don't look the same")
	}
}

func barsOf(b vitrine.Bars) float64 { return b.Top + b.Bottom + b.Left + b.Right }

// The least there can be of a picture can be measured, and has nothing to be
// warned of but its size.
func TestMeasureTinyPictures(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{1, 1}, {2, 1}, {1, 3}, {31, 33}, {33, 31}, {33, 33}, {1, 1024}, {1024, 2}} {
		p := &pixels{Pix: make([]byte, 4*size.X*size.Y), Width: size.X, Height: size.Y, Bands: 4} // all to be seen through
		r := measuresOf(t, p)
		if r.Figures.Measures.Lights != 255 || r.Figures.Measures.White != 1 || r.Figures.Measures.Sharpness != 0 {
			t.Errorf("%v, of which nothing is to be seen on white: %+v", size, r.Figures.Measures)
		}
		if r.Figures.Likeness.Informed() {
			t.Errorf("%v has information: %+v", size, r.Figures.Likeness)
		}
		r = measuresOf(t, newPlanes(size.X, size.Y))
		if r.Figures.Measures.Lights != 0 || r.Figures.Measures.White != 0 {
			t.Errorf("%v of black: %+v", size, r.Figures.Measures)
		}
	}
}

// Bars are found to the line; a stripe at one side is a part of the picture.
func TestBars(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name            string
		top, bottom     int // lines of 200
		colour, bottom2 color.Color
		want            vitrine.Bars
	}{
		{"uneven", 20, 30, color.White, color.White, vitrine.Bars{Top: 0.1, Bottom: 0.15}},
		{"at one side", 20, 0, color.Black, color.Black, vitrine.Bars{}},
		{"of two colours", 20, 20, color.Black, color.White, vitrine.Bars{}},
		{"too thin", 2, 2, color.Black, color.Black, vitrine.Bars{}},
	} {
		img := image.NewNRGBA(image.Rect(0, 0, 300, 200))
		for i := range img.Pix {
			img.Pix[i] = byte(80 + i*7919%97)
		}
		fill(img, image.Rect(0, 0, 300, row.top), row.colour)
		fill(img, image.Rect(0, 200-row.bottom, 300, 200), row.bottom2)
		p := &pixels{Pix: opaque(img).Pix, Width: 300, Height: 200, Bands: 4}
		if got := measuresOf(t, p).Figures.Measures.Bars; got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}

func opaque(p *image.NRGBA) *image.NRGBA { return scaledLight(p, 1) }

// BenchmarkMeasure is what measuring adds to a photo; compare its CPU-ms with
// those of BenchmarkBare.
func BenchmarkMeasure(b *testing.B) {
	var pictures []raster
	for _, photo := range realPhotos(b) {
		data := readFile(b, photo)
		h, err := probe(data)
		if err != nil {
			b.Fatal(err)
		}
		pictures = append(pictures, decodePlanes(data, h, measurePx, nil))
	}
	start := cpuTime(b)
	for b.Loop() {
		for _, p := range pictures {
			measuresOf(b, p)
		}
	}
	b.ReportMetric((cpuTime(b)-start).Seconds()*1000/float64(b.N*len(pictures)), "CPU-ms/photo")
}

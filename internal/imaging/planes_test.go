package imaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"testing"
)

// samplings are JPEGs of 288 x 192 px that have their colours stored in all ways
// there are, see testdata/samplings.c.
var samplings = []struct {
	name   string
	direct bool
}{
	{"444", true},
	{"422", true},
	{"440", true},
	{"420", true},
	{"411", false},    // its colours would have to be made larger
	{"uneven", false}, // one of its colours is finer than the other
	{"progressive", true},
	{"arithmetic", true},
	{"grey", true},
	{"grey-2x2", true},
	{"rgb", false},
}

func sampling(t testing.TB, name string) []byte {
	t.Helper()
	return testFile(t, "sampling-"+name+".jpg")
}

// The direct way gives what libvips gives, whatever the file is like: edges are
// in the same place, to a fraction of a pixel.
func TestPlanes(t *testing.T) {
	t.Parallel()
	for _, row := range samplings {
		// Sides that end within a block, a 2 x 2 and a sample of colour, too.
		for _, size := range [][2]int{{288, 192}, {282, 186}, {283, 185}} {
			for orientation := 1; orientation <= 8; orientation++ {
				t.Run(fmt.Sprint(row.name, size, orientation), func(t *testing.T) {
					t.Parallel()
					data := withSegments(resized(t, sampling(t, row.name), size), exifSegment(byte(orientation)))
					h, err := probe(data)
					if err != nil {
						t.Fatal(err)
					}
					for _, sidePx := range []int{400, 200, 101, 64, 40} {
						got := decodePlanes(data, h, sidePx, nil)
						if (got != nil) != row.direct {
							t.Fatalf("taken the direct way: %v, want %v", got != nil, row.direct)
						}
						if got != nil {
							comparePlanes(t, got, throughLibvips(t, data, sidePx), 1.25)
						}
					}
				})
			}
		}
	}
}

func TestSmallerPlanes(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{288, 192}, {281, 187}} {
		whole := throughLibvips(t, resized(t, sampling(t, "444"), size), 1024)
		for _, sidePx := range []int{300, 280, 141, 140, 33} {
			got, err := planesOf(whole).smaller(sidePx)
			if err != nil {
				t.Fatal(err)
			}
			want, err := whole.shrink(sidePx)
			if err != nil {
				t.Fatal(err)
			}
			comparePlanes(t, got.(*planes), want, 1.25)
		}
	}
}

// What is even stays even, whatever it is: weights that don't add up to the same
// everywhere would make stripes.
func TestEvenPlanes(t *testing.T) {
	t.Parallel()
	for grey := range 256 {
		img := image.NewGray(image.Rect(0, 0, 229, 151))
		for i := range img.Pix {
			img.Pix[i] = byte(grey)
		}
		data := jpegOf(t, img)
		h, err := probe(data)
		if err != nil {
			t.Fatal(err)
		}
		got := decodePlanes(data, h, 83, nil)
		if got == nil {
			t.Fatal("it can't go the direct way")
		}
		for i, v := range got.Pix[:got.Width*got.Height] {
			if v != got.Pix[0] {
				t.Fatalf("of an even grey of %d, sample 0 is %d and sample %d is %d", grey, got.Pix[0], i, v)
			}
		}
	}
}

// The least there can be of a picture is no trouble.
func TestTinyPlanes(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 1}, {2, 1}, {1, 3}, {3, 300}, {5000, 2}} {
		p := newPlanes(size[0], size[1])
		for i := range p.Pix {
			p.Pix[i] = 100
		}
		small, err := p.smaller(16)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range small.(*planes).Pix {
			if v != 100 {
				t.Fatalf("%v: sample %d is %d, of an even grey of 100", size, i, v)
			}
		}
		if _, err := small.webp(80, 2); err != nil {
			t.Errorf("%v: %v", size, err)
		}
	}
}

// There and back again, the colours are the same.
func TestPlanesInRGB(t *testing.T) {
	t.Parallel()
	for _, colour := range [][3]byte{{0, 0, 0}, {255, 255, 255}, {200, 60, 50}, {0, 255, 0}, {50, 80, 180}} {
		got := planesOf(&pixels{Pix: colour[:], Width: 1, Height: 1, Bands: 3}).rgb()
		for c := range colour {
			if math.Abs(float64(got.Pix[c])-float64(colour[c])) > 3 {
				t.Errorf("%v became %v", colour, got.Pix)
			}
		}
	}
}

// comparePlanes fails the test when the samples of brightness, or those of
// colour, differ by more than the tolerance in the mean.
func comparePlanes(t *testing.T, got *planes, pixels *pixels, tolerance float64) {
	t.Helper()
	want := planesOf(pixels)
	if got.Width != want.Width || got.Height != want.Height {
		t.Errorf("%d x %d px, want %d x %d", got.Width, got.Height, want.Width, want.Height)
		return
	}
	light := want.Width * want.Height
	for name, in := range map[string][2][]byte{
		"brightness": {got.Pix[:light], want.Pix[:light]},
		"colour":     {got.Pix[light:], want.Pix[light:]},
	} {
		diff := 0.0
		for i, v := range in[0] {
			diff += math.Abs(float64(v) - float64(in[1][i]))
		}
		diff /= float64(len(in[0]))
		t.Logf("%d x %d px: mean difference of %s is %.2f", got.Width, got.Height, name, diff)
		if diff > tolerance {
			t.Errorf("%d x %d px: mean difference of %s is %.2f, %.2f allowed", got.Width, got.Height, name, diff, tolerance)
		}
	}
}

// throughLibvips decodes a JPEG the other way.
func throughLibvips(t testing.TB, data []byte, sidePx int) *pixels {
	t.Helper()
	p, err := decode(data, shrunk, sidePx, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// planesOf converts pixels in the plainest way there is.
func planesOf(p *pixels) *planes {
	out := newPlanes(p.Width, p.Height)
	coarse := (p.Width + 1) / 2
	blue := out.Pix[p.Width*p.Height:]
	red := blue[len(blue)/2:]
	for y := range p.Height {
		for x := range p.Width {
			out.Pix[y*p.Width+x] = to8(16 + 219.0/255*lightOf(p.mean(x, y, 1)))
		}
	}
	for y := range (p.Height + 1) / 2 {
		for x := range coarse {
			rgb := p.mean(2*x, 2*y, 2)
			light := lightOf(rgb)
			blue[y*coarse+x] = to8(128 + 224.0/255*(rgb[2]-light)/1.772)
			red[y*coarse+x] = to8(128 + 224.0/255*(rgb[0]-light)/1.402)
		}
	}
	return out
}

// lightOf is the brightness of a colour (BT.601).
func lightOf(rgb [3]float64) float64 { return 0.299*rgb[0] + 0.587*rgb[1] + 0.114*rgb[2] }

// mean is that of a square of pixels, as far as there are any.
func (p *pixels) mean(left, top, side int) (rgb [3]float64) {
	n := 0.0
	for y := top; y < min(top+side, p.Height); y++ {
		for x := left; x < min(left+side, p.Width); x++ {
			for c := range rgb {
				rgb[c] += float64(p.Pix[p.Bands*(y*p.Width+x)+c])
			}
			n++
		}
	}
	for c := range rgb {
		rgb[c] /= n
	}
	return rgb
}

// resized gives a JPEG of 288 x 192 px another size of as many blocks.
func resized(t testing.TB, data []byte, size [2]int) []byte {
	t.Helper()
	inHeader := func(width, height int) []byte {
		return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, uint16(height)), uint16(width))
	}
	was := inHeader(288, 192)
	if bytes.Count(data, was) != 1 {
		t.Fatal("its size is not to be found")
	}
	return bytes.Replace(data, was, inHeader(size[0], size[1]), 1)
}

package imaging

// #include "measure.h"
import "C"

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	vitrine "github.com/vitrine-media/vitrine"
)

// measurePx is the longest side of the picture that is measured: that of the
// largest variant by default, so that it costs no shrinking of its own.
const measurePx = vitrine.MeasurePx

// light is the brightness of a picture, or of a part of it, in the limited range
// of BT.601: what planes have, and a WebP will.
type light struct {
	pix           []byte
	stride        int // bytes from row to row
	width, height int
}

// row is a row of the picture.
func (l *light) row(y int) []byte { return l.pix[y*l.stride : y*l.stride+l.width] }

// part is the rectangle between two corners.
func (l *light) part(left, top, right, bottom int) *light {
	return &light{l.pix[top*l.stride+left:], l.stride, right - left, bottom - top}
}

// c is the picture for C.
func (l *light) c() (pix *C.uint8_t, stride, width, height C.int) {
	return (*C.uint8_t)(unsafe.SliceData(l.pix)), C.int(l.stride), C.int(l.width), C.int(l.height)
}

// fullRange is a brightness in the range that people know, 0 to 255.
func fullRange(limited float64) float64 {
	return min(255, max(0, 255.0/219*(limited-16)))
}

// measure takes the figures by which a picture is judged later, before anything
// is lost to a variant's encoding.
func (w *work) measure() error {
	p, err := w.picture.smaller(measurePx)
	if err != nil {
		return fmt.Errorf("shrink to measure: %w", err)
	}
	l := p.light()
	m := &w.result.Figures.Measures
	m.Bars, l = findBars(l)
	measureLight(l, m)
	measureSteps(l, m)
	w.result.Figures.Likeness = likenessOf(l)
	return nil
}

func (p *planes) light() *light { return &light{p.Pix, p.Width, p.Width, p.Height} }

// light has what can be seen through on white.
func (p *pixels) light() *light {
	out := make([]byte, p.Width*p.Height)
	for i := range out {
		rgb := p.Pix[i*p.Bands:]
		y := 299*int(rgb[0]) + 587*int(rgb[1]) + 114*int(rgb[2])
		if p.Bands == 4 {
			y = (y*int(rgb[3]) + 255_000*(255-int(rgb[3]))) / 255
		}
		out[i] = byte(16 + (219*y+127_500)/255_000)
	}
	return &light{out, p.Width, p.Width, p.Height}
}

const (
	lights = 95  // percent of the pixels that are no brighter than Measures.Lights
	white  = 251 // brightness from which on nothing is to be seen
)

// measureLight sets how bright the picture is.
func measureLight(l *light, m *vitrine.Measures) {
	var counts [256]C.int64_t
	pix, stride, width, height := l.c()
	C.vi_histogram(pix, stride, width, height, &counts[0])
	total, sum := C.int64_t(0), C.int64_t(0)
	for _, n := range counts {
		total += n
	}
	for value, n := range counts {
		bright := int(fullRange(float64(value)) + 0.5)
		if 100*sum < lights*total {
			m.Lights = bright
		}
		if bright >= white {
			m.White += float64(n) / float64(total)
		}
		sum += n
	}
	m.White, m.Plain = round4(m.White), round4(plainOf(&counts, total))
}

// plainOf is the share of the pixels that have one of the three brightnesses that
// most have, or nearly. It takes those from counts.
func plainOf(counts *[256]C.int64_t, total C.int64_t) float64 {
	plain := 0.0
	for range 3 {
		most, most3 := 1, C.int64_t(-1)
		for v := 1; v < 255; v++ {
			if n := counts[v-1] + counts[v] + counts[v+1]; n > most3 {
				most, most3 = v, n
			}
		}
		plain += float64(most3) / float64(total)
		counts[most-1], counts[most], counts[most+1] = 0, 0, 0
	}
	return plain
}

// round4 keeps four places: more would only be noise to store.
func round4(v float64) float64 { return math.Round(v*1e4) / 1e4 }

const (
	flatStep = 2  // brightness by which neighbours in an even area differ at most
	hardStep = 24 // by which they differ at least across a drawn line
	// tileContrast is the mean square of the steps between fields of 4 x 4 px that
	// it takes to tell whether a tile is sharp.
	tileContrast = 24
	// sharpest is the share of tiles that are sharper than what counts: a photo
	// may be in focus in a small part.
	sharpest = 0.1
)

// measureSteps sets how sharp the picture is, and how it changes from pixel to
// pixel.
func measureSteps(l *light, m *vitrine.Measures) {
	n := max(0, (l.width-1)/C.VI_TILE) * max(0, (l.height-1)/C.VI_TILE)
	tiles := make([]C.ViTile, n+1)
	var flat, hard C.int64_t
	pix, stride, width, height := l.c()
	C.vi_steps(pix, stride, width, height, flatStep, hardStep, &tiles[0], &flat, &hard)
	if n == 0 {
		return
	}
	pixels := float64(n * C.VI_TILE * C.VI_TILE)
	m.Flat, m.Hard = round4(float64(flat)/pixels), round4(float64(hard)/pixels)
	var across, down []float64
	edges := 0
	for _, tile := range tiles[:n] {
		told := 0
		for i, sharp := range []*[]float64{&across, &down} {
			fine := float64(tile.fine[i]) / (C.VI_TILE * C.VI_TILE)
			coarse := float64(tile.coarse[i]) / (16 * 16 * coarseSteps)
			if coarse >= tileContrast {
				*sharp = append(*sharp, fine/coarse)
				told = 1
			}
		}
		edges += told
	}
	m.Edges = round4(float64(edges) / float64(n))
	m.Sharpness = round4(sharpnessOf(across, down, n))
}

// coarseSteps is how many steps between fields there are in a tile, one way.
const coarseSteps = C.VI_TILE / 4 * (C.VI_TILE/4 - 1)

// sharpnessOf is what the sharpest tiles have at least, in the direction in which
// that is less: a photo that was shaken is blurred in one. A direction in which
// few tiles have anything to be sharp doesn't count.
func sharpnessOf(across, down []float64, tiles int) float64 {
	sharp := math.Inf(1)
	for _, values := range [][]float64{across, down} {
		if len(values) > tiles/50 {
			slices.Sort(values)
			sharp = min(sharp, values[int(float64(len(values))*(1-sharpest))])
		}
	}
	if math.IsInf(sharp, 1) {
		return 0
	}
	return sharp
}

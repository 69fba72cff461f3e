package imaging

import "slices"

const (
	// spherePx is the width at which a picture is looked at for being a sphere:
	// noise is gone by then, and what tells is left.
	spherePx = 512
	// minSpherePx is the width from which on a picture may be one. What is
	// smaller comes from no camera for spheres.
	minSpherePx = 2000
)

// sphereSize reports whether a whole sphere may have that size: 2:1, but for
// what rounding makes of an odd width.
func sphereSize(width, height int) bool {
	return width >= minSpherePx && max(width-2*height, 2*height-width) <= 1
}

// isSphere reports whether pixels of 2:1, spherePx wide, look like a whole
// sphere in the equirectangular projection: the picture goes on from its right
// end to its left one, and its first and last row are one point each. Photos
// may look like that at one of the two places. The numbers tell spheres of
// various cameras from any part of an ordinary photo; a doubtful picture is
// none, as its sender can say what it is, and the file too.
func (p *pixels) isSphere() bool {
	return p.endsMeet() && p.polesArePoints()
}

// endsMeet reports whether the first column follows on the last one as columns
// elsewhere follow on each other, and isn't a margin or a frame, which would.
func (p *pixels) endsMeet() bool {
	last := p.Width - 1
	steps := make([]float64, last)
	for x := range steps {
		steps[x] = p.columnStep(x, x+1)
	}
	ordered := slices.Sorted(slices.Values(steps))
	median, large := ordered[len(ordered)/2], ordered[len(ordered)*9/10]
	seam := p.columnStep(last, 0)
	if seam > 2*median+1 {
		return false
	}
	frame := p.Width / 64
	if slices.Max(steps[:frame]) > 2*large+1 || slices.Max(steps[last-frame:]) > 2*large+1 {
		return false
	}
	// Within some twenty degrees of it a scene changes, and step by step.
	half, whole := p.Width/32, p.Width/16
	return min(p.columnStep(0, whole), p.columnStep(last, last-whole)) >= seam+1 &&
		min(p.columnStep(0, half), p.columnStep(half, whole),
			p.columnStep(last, last-half), p.columnStep(last-half, last-whole)) >= 0.5
}

// polesArePoints reports whether the first and the last row are even, in
// contrast to the rows in the middle, and aren't bars above and below a picture,
// which would be.
func (p *pixels) polesArePoints() bool {
	bottom := p.Height - 1
	var middle row
	from, to := p.Height/3, p.Height*2/3
	for y := from; y < to; y++ {
		r := p.row(y)
		middle.spread += r.spread / float64(to-from)
		middle.step += r.step / float64(to-from)
	}
	if middle.spread < 5 { // even everywhere
		return false
	}
	for _, y := range []int{0, bottom} {
		if r := p.row(y); r.spread > 0.6*middle.spread || r.step > 0.35*middle.step+0.1 {
			return false
		}
	}
	bar := p.Height / 24
	above, below := p.row(bar), p.row(bottom-bar)
	return max(above.spread, below.spread) > 1 || distance(above.mean[:], below.mean[:]) > 2
}

// columnStep is the mean difference of two columns' colours, 0 to 255, in the
// middle two thirds of their height: near the poles all columns are alike.
func (p *pixels) columnStep(a, b int) float64 {
	from, to := p.Height/6, p.Height*5/6
	sum := 0.0
	for y := from; y < to; y++ {
		sum += distance(p.at(a, y), p.at(b, y))
	}
	return sum / float64(to-from)
}

// row is what a row of pixels looks like, in levels of 0 to 255.
type row struct {
	mean   [3]float64
	spread float64 // mean difference of its colours to their mean
	step   float64 // mean difference of neighbours' colours
}

func (p *pixels) row(y int) (r row) {
	n := float64(p.Width)
	for x := range p.Width {
		for c, v := range p.at(x, y) {
			r.mean[c] += float64(v) / n
		}
	}
	for x := range p.Width {
		for c, v := range p.at(x, y) {
			r.spread += max(float64(v)-r.mean[c], r.mean[c]-float64(v)) / 3 / n
		}
		r.step += distance(p.at(x, y), p.at(max(x-1, 0), y)) / n
	}
	return r
}

// at is the red, green and blue of a pixel.
func (p *pixels) at(x, y int) []byte {
	i := (y*p.Width + x) * p.Bands
	return p.Pix[i : i+3]
}

// distance is the mean difference of the channels of two colours.
func distance[T byte | float64](a, b []T) float64 {
	sum := 0.0
	for c := range 3 {
		d := float64(a[c]) - float64(b[c])
		sum += max(d, -d)
	}
	return sum / 3
}

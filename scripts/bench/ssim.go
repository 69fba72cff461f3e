package main

import (
	"image"
	"math"
)

// plane is a picture of numbers, row by row.
type plane struct {
	width, height int
	at            []float64
}

// brightness is that of a picture, 0 to 255 (Rec. 601).
func brightness(picture *image.RGBA) plane {
	bounds := picture.Bounds()
	p := plane{width: bounds.Dx(), height: bounds.Dy(), at: make([]float64, 0, bounds.Dx()*bounds.Dy())}
	for y := range p.height {
		row := picture.Pix[y*picture.Stride:]
		for x := range p.width {
			p.at = append(p.at, 0.299*float64(row[4*x])+0.587*float64(row[4*x+1])+0.114*float64(row[4*x+2]))
		}
	}
	return p
}

// times multiplies number by number.
func (p plane) times(other plane) plane {
	product := plane{width: p.width, height: p.height, at: make([]float64, len(p.at))}
	for i := range p.at {
		product.at[i] = p.at[i] * other.at[i]
	}
	return product
}

// ssimWindow is the window of Wang et al., "Image quality assessment: from error
// visibility to structural similarity" (2004): 11 samples of a normal curve with
// a deviation of 1.5.
var ssimWindow = func() (window [11]float64) {
	var sum float64
	for i := range window {
		window[i] = math.Exp(-math.Pow(float64(i-5)/1.5, 2) / 2)
		sum += window[i]
	}
	for i := range window {
		window[i] /= sum
	}
	return window
}()

// blurred gives the weighted means of all windows that lie within the picture.
func (p plane) blurred() plane {
	across := plane{width: p.width - len(ssimWindow) + 1, height: p.height}
	for y := range across.height {
		for x := range across.width {
			var sum float64
			for i, weight := range ssimWindow {
				sum += weight * p.at[y*p.width+x+i]
			}
			across.at = append(across.at, sum)
		}
	}
	both := plane{width: across.width, height: p.height - len(ssimWindow) + 1}
	for y := range both.height {
		for x := range both.width {
			var sum float64
			for i, weight := range ssimWindow {
				sum += weight * across.at[(y+i)*across.width+x]
			}
			both.at = append(both.at, sum)
		}
	}
	return both
}

// ssim is the mean structural similarity of the brightness of two pictures of
// the same size, at least 11 px high and wide: 1 for the same, else less.
func ssim(one, other *image.RGBA) float64 {
	const c1, c2 = (0.01 * 255) * (0.01 * 255), (0.03 * 255) * (0.03 * 255)
	a, b := brightness(one), brightness(other)
	meanA, meanB := a.blurred(), b.blurred()
	squareA, squareB, product := a.times(a).blurred(), b.times(b).blurred(), a.times(b).blurred()
	var sum float64
	for i := range meanA.at {
		ma, mb := meanA.at[i], meanB.at[i]
		varianceA, varianceB, covariance := squareA.at[i]-ma*ma, squareB.at[i]-mb*mb, product.at[i]-ma*mb
		sum += (2*ma*mb + c1) * (2*covariance + c2) / ((ma*ma + mb*mb + c1) * (varianceA + varianceB + c2))
	}
	return sum / float64(len(meanA.at))
}

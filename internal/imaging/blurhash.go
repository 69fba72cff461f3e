package imaging

import (
	"image"
	"math"
)

// blurhash is the BlurHash of a small picture: a few cosine waves in each
// direction, 4 x 3 for a wide and 3 x 4 for a tall one, and no more than there
// are pixels. Where the picture is transparent, white shows through.
// See https://github.com/woltapp/blurhash/blob/master/Algorithm.md.
func blurhash(img *image.NRGBA) string {
	nx, ny := 4, 3
	width, height := img.Rect.Dx(), img.Rect.Dy()
	if height > width {
		nx, ny = 3, 4
	}
	nx, ny = min(nx, width), min(ny, height)
	factors := waves(linearPixels(img), width, height, nx, ny)

	hash := make([]byte, 0, 28)
	hash = appendBase83(hash, (nx-1)+(ny-1)*9, 1)
	loudest := 0.0
	for _, wave := range factors[1:] {
		for _, v := range wave {
			loudest = max(loudest, math.Abs(v))
		}
	}
	steps := int(max(0, min(82, math.Floor(loudest*166-0.5))))
	hash = appendBase83(hash, steps, 1)
	mean := factors[0]
	hash = appendBase83(hash, encode8(mean[0])<<16|encode8(mean[1])<<8|encode8(mean[2]), 4)
	for _, wave := range factors[1:] {
		digit := 0
		for _, v := range wave {
			digit = digit*19 + quantise(v/(float64(steps+1)/166))
		}
		hash = appendBase83(hash, digit, 2)
	}
	return string(hash)
}

// waves gives how strong each wave is in each channel, the mean first.
func waves(light [][3]float64, width, height, nx, ny int) [][3]float64 {
	cosX, cosY := cosines(width, nx), cosines(height, ny)
	factors := make([][3]float64, 0, nx*ny)
	for j := range ny {
		for i := range nx {
			var sum [3]float64
			for y := range height {
				for x := range width {
					basis := cosX[i][x] * cosY[j][y]
					for c, v := range light[y*width+x] {
						sum[c] += basis * v
					}
				}
			}
			scale := 2 / float64(width*height)
			if i == 0 && j == 0 {
				scale /= 2
			}
			factors = append(factors, [3]float64{sum[0] * scale, sum[1] * scale, sum[2] * scale})
		}
	}
	return factors
}

// cosines is the table of the first n waves along a side, so that no cosine is
// computed for a pixel.
func cosines(side, n int) [][]float64 {
	table := make([][]float64, n)
	for i := range table {
		table[i] = make([]float64, side)
		for x := range table[i] {
			table[i][x] = math.Cos(math.Pi * float64(i) * float64(x) / float64(side))
		}
	}
	return table
}

// linearPixels gives the light of each pixel, 0 to 1, over white.
func linearPixels(img *image.NRGBA) [][3]float64 {
	light := make([][3]float64, len(img.Pix)/4)
	for i := range light {
		p := img.Pix[4*i : 4*i+4]
		alpha := float64(p[3]) / 255
		for c := range 3 {
			light[i][c] = linearOf(alpha*float64(p[c])/255 + 1 - alpha)
		}
	}
	return light
}

// encode8 is light as an 8 bit sRGB value.
func encode8(v float64) int { return int(encodedOf(min(1, max(0, v)))*255 + 0.5) }

// quantise puts -1 to 1 on 19 steps that are finer around zero.
func quantise(v float64) int {
	root := math.Copysign(math.Sqrt(math.Abs(v)), v)
	return int(max(0, min(18, math.Floor(root*9+9.5))))
}

// appendBase83 appends v in that many digits.
func appendBase83(hash []byte, v, digits int) []byte {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
	divisor := 1
	for range digits - 1 {
		divisor *= 83
	}
	for ; divisor > 0; divisor /= 83 {
		hash = append(hash, alphabet[v/divisor%83])
	}
	return hash
}

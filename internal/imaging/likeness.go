package imaging

// #include "measure.h"
import "C"

import (
	"math"
	"slices"
	"unsafe"

	vitrine "github.com/vitrine-media/vitrine"
)

// hashFields is the side of the picture that the hash is made of, in fields.
const hashFields = C.VI_FIELDS

// likenessOf is by what a picture is compared with others. The hash is the signs
// of the lowest 8 x 8 frequencies against their median: the shape of the picture
// without its details, its brightness and its contrast.
func likenessOf(l *light) vitrine.Likeness {
	fields := fieldsOf(l)
	lowest := frequencies(&fields)
	ac := lowest[1:]
	sorted := slices.Sorted(slices.Values(ac))
	median := sorted[len(sorted)/2]
	var out vitrine.Likeness
	for i, v := range ac {
		if v > median {
			out.Hash |= 1 << i
		}
		if math.Abs(v) >= informative {
			out.Information++
		}
	}
	out.Thumb = thumbOf(&fields)
	return out
}

// informative is the amplitude of a frequency, in steps of brightness, from which
// on it is more than noise.
const informative = 1.0

// fieldsOf is the mean brightness of the picture in fields, 0 to 255.
func fieldsOf(l *light) (fields [hashFields][hashFields]float64) {
	pix, stride, width, height := l.c()
	C.vi_fields(pix, stride, width, height, (*C.double)(unsafe.Pointer(&fields)))
	for y := range fields {
		for x := range fields[y] {
			fields[y][x] = fullRange(fields[y][x])
		}
	}
	return fields
}

// frequencies are the lowest of the cosine transform, row by row, in steps of
// brightness.
func frequencies(fields *[hashFields][hashFields]float64) (lowest [64]float64) {
	var cosine [8][hashFields]float64
	for k := range cosine {
		for x := range hashFields {
			cosine[k][x] = math.Cos(math.Pi*float64(k)*(float64(x)+0.5)/hashFields) * 2 / hashFields
		}
	}
	for y := range hashFields {
		for u := range 8 {
			sum := 0.0
			for x := range hashFields {
				sum += cosine[u][x] * fields[y][x]
			}
			for v := range 8 {
				lowest[8*v+u] += cosine[v][y] * sum
			}
		}
	}
	return lowest
}

// thumbOf is the brightness in 16 x 16 fields.
func thumbOf(fields *[hashFields][hashFields]float64) []byte {
	const side = hashFields / 2
	thumb := make([]byte, 0, side*side)
	for y := range side {
		for x := range side {
			sum := fields[2*y][2*x] + fields[2*y][2*x+1] + fields[2*y+1][2*x] + fields[2*y+1][2*x+1]
			thumb = append(thumb, to8(sum/4))
		}
	}
	return thumb
}

package vitrine

import (
	"math"
	"math/bits"
)

// Likeness is by what a picture is compared with others.
type Likeness struct {
	// Hash is a perceptual hash: pictures that look alike differ in a few of its
	// bits.
	Hash uint64 `json:"hash,string"`
	// Information is how many of the frequencies of which the hash is made say
	// something, 0 to 63. With fewer than MinInformation the hash is chance.
	Information int `json:"information"`
	// Thumb is the brightness of the picture in ThumbFields, row by row.
	Thumb []byte `json:"thumb"`
}

// ThumbFields is how many fields Likeness.Thumb has: 16 x 16.
const ThumbFields = 256

// MinInformation is what it takes to be compared: less is a wall, a sky, half
// light and half dark, of which many have the same hash.
const MinInformation = 24

// HashBands is into how many parts of as many bits a hash is cut to be found by.
// Of two hashes that differ in fewer bits than there are bands, one band at least
// is the same.
const HashBands = 4

// alike are the limits of pictures that look the same: first by hash, then by
// their pixels.
var alike = []Limit{{FigureDistance, true, 13}, {FigureCorrelation, false, 0.94}}

// Informed reports whether a picture has enough in it to be compared.
func (l *Likeness) Informed() bool {
	return l.Information >= MinInformation && len(l.Thumb) == ThumbFields
}

// Bands are the parts of the hash, each with its place among them, so that two
// hashes have a number in common only where they agree.
func (l *Likeness) Bands() (bands [HashBands]int64) {
	const width = 64 / HashBands
	for i := range bands {
		bands[i] = int64(i)<<width | int64(l.Hash>>(width*i)&(1<<width-1))
	}
	return bands
}

// Alike gives by what two pictures look the same, nil if they don't.
func Alike(a, b *Likeness) []Evidence {
	if !a.Informed() || !b.Informed() {
		return nil
	}
	figures := map[Figure]float64{FigureDistance: float64(bits.OnesCount64(a.Hash ^ b.Hash))}
	if figures[FigureDistance] < alike[0].Value {
		figures[FigureCorrelation] = math.Round(correlation(a.Thumb, b.Thumb)*1e4) / 1e4
	}
	return beyond(alike, figures)
}

// Identical is what Alike gives of the same bytes.
func Identical() []Evidence { return []Evidence{{alike[0], 0}, {alike[1], 1}} }

// correlation is 1 for pictures that differ in light and contrast only, 0 for
// those that have nothing in common.
func correlation(a, b []byte) float64 {
	n := float64(len(a))
	var sumA, sumB, sumAA, sumBB, sumAB float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		sumA, sumB = sumA+x, sumB+y
		sumAA, sumBB, sumAB = sumAA+x*x, sumBB+y*y, sumAB+x*y
	}
	spread := math.Sqrt((n*sumAA - sumA*sumA) * (n*sumBB - sumB*sumB))
	if spread == 0 {
		return 0
	}
	return (n*sumAB - sumA*sumB) / spread
}

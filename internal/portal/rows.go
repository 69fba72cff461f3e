package portal

import "math"

// The layout of the page below its cover: rows of uncropped pictures, all of a
// row equally high and each row as wide as the page. A picture's ratio is its
// width by its height; a row of pictures is as flat as their ratios together.
const (
	rowRatio = 3.4 // what the ratios of a row should add up to: two or three landscapes

	// A picture flatter or taller than this is cropped to it.
	minRatio = 0.5
	maxRatio = 4.0
)

// rows splits the pictures, in order, into rows whose ratios add up as nearly
// as possible to rowRatio. It gives the number of pictures of each row.
//
// It looks at all splits, and not only for the next good end of a row: a
// greedy one leaves a lonely giant in the last row.
func rows(ratios []float64) []int {
	best := make([]float64, len(ratios)+1) // cost of the best split of the first i
	last := make([]int, len(ratios)+1)     // how many pictures its last row has
	for end := 1; end <= len(ratios); end++ {
		best[end] = math.Inf(1)
		sum := 0.0
		for start := end - 1; start >= 0; start-- {
			sum += ratios[start]
			// By quotient, not by difference: twice as high is as bad as half as high.
			off := math.Log(sum / rowRatio)
			if cost := best[start] + off*off; cost < best[end] {
				best[end], last[end] = cost, end-start
			}
		}
	}
	var counts []int
	for end := len(ratios); end > 0; end -= last[end] {
		counts = append([]int{last[end]}, counts...)
	}
	return counts
}

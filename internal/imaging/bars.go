package imaging

import (
	vitrine "github.com/vitrine-media/vitrine"
)

const (
	barSpread    = 3.0 // mean difference of the pixels of a bar's line from its colour
	barEdge      = 7.0 // the same of one of the first barEdgeLines lines behind it, at least
	barEdgeLines = 4
	// minBar and maxBar bound a bar by the height or width of the picture; above
	// maxBar nothing would be left of it.
	minBar, maxBar = 0.015, 0.4
	// minBarred is how many lines it takes to have bars.
	minBarred = 32
)

// findBars finds even stripes of one colour at the top and the bottom, or at the
// left and the right, and gives what is between them. A stripe at one side alone
// is a part of the picture: a sky, a wall.
func findBars(l *light) (vitrine.Bars, *light) {
	line := make([]byte, max(l.width, l.height))
	rows := func(i int) []byte { return l.row(i) }
	columns := func(i int) []byte {
		for y := range l.height {
			line[y] = l.pix[y*l.stride+i]
		}
		return line[:l.height]
	}
	var bars vitrine.Bars
	top, bottom := barPair(l.height, rows)
	left, right := barPair(l.width, columns)
	share := func(lines, of int) float64 { return round4(float64(lines) / float64(of)) }
	bars.Top, bars.Bottom = share(top, l.height), share(bottom, l.height)
	bars.Left, bars.Right = share(left, l.width), share(right, l.width)
	return bars, l.part(left, top, l.width-right, l.height-bottom)
}

// barPair counts the lines of the bars at both ends of n lines, 0 and 0 for none.
func barPair(n int, line func(int) []byte) (first, last int) {
	if n < minBarred {
		return 0, 0
	}
	colour := meanOf(line(0))
	if other := meanOf(line(n - 1)); other < colour-6 || other > colour+6 {
		return 0, 0
	}
	first = barLength(n, colour, line)
	if first == 0 {
		return 0, 0
	}
	last = barLength(n, colour, func(i int) []byte { return line(n - 1 - i) })
	if last == 0 || min(first, last)*2 < max(first, last) {
		return 0, 0
	}
	return first, last
}

// barLength counts the lines that are of a colour, 0 unless the bar ends at once.
func barLength(n int, colour float64, line func(int) []byte) int {
	length := 0
	for float64(length) <= maxBar*float64(n) && differenceOf(line(length), colour) <= barSpread {
		length++
	}
	if float64(length) < minBar*float64(n) || float64(length) > maxBar*float64(n) {
		return 0
	}
	for i := range barEdgeLines {
		if differenceOf(line(length+i), colour) >= barEdge {
			return length
		}
	}
	return 0
}

func meanOf(line []byte) float64 {
	sum := 0
	for _, v := range line {
		sum += int(v)
	}
	return float64(sum) / float64(len(line))
}

// differenceOf is the mean difference of pixels from a colour.
func differenceOf(line []byte, colour float64) float64 {
	c, sum := int(colour+0.5), 0
	for _, v := range line {
		d := int(v) - c
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(line))
}

package video

import "math"

// Looks are grey pictures of 64 x 64 px, eight in the time around a place.
const (
	lookSide   = 64
	lookFrames = 8
)

// look is what some frames in a row, shrunk and grey, tell of the one in the
// middle.
type look struct {
	frames   int
	light    float64 // mean of the frame in the middle, 0 to 255
	contrast float64 // standard deviation of the same
	fades    bool    // becomes steadily darker or lighter
}

// What is darker or flatter than these is no poster: black, or one colour.
const (
	minLight    = 24
	minContrast = 8
)

func judge(grey []byte) look {
	const pixels = lookSide * lookSide
	found := look{frames: len(grey) / pixels}
	var lights []float64
	for i := range found.frames {
		light, contrast := statistics(grey[i*pixels : (i+1)*pixels])
		lights = append(lights, light)
		if i == found.frames/2 {
			found.light, found.contrast = light, contrast
		}
	}
	found.fades = fading(lights)
	return found
}

// fading reports whether the light goes one way, by more than a camera's
// exposure does, and not in one cut.
func fading(lights []float64) bool {
	if len(lights) < 3 {
		return false
	}
	const noise = 0.5
	var up, down, largest float64
	for i := range len(lights) - 1 {
		step := lights[i+1] - lights[i]
		largest = max(largest, math.Abs(step))
		up += max(0, step-noise)
		down += max(0, -step-noise)
	}
	change := math.Abs(lights[len(lights)-1] - lights[0])
	return change > 8 && min(up, down) < 0.05*change && largest < 0.7*change
}

func statistics(grey []byte) (mean, deviation float64) {
	var sum, squares float64
	for _, v := range grey {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(grey))
	mean = sum / n
	return mean, math.Sqrt(max(0, squares/n-mean*mean))
}

// good reports whether the frame will do.
func (l look) good() bool {
	return l.light >= minLight && l.contrast >= minContrast && !l.fades
}

// score orders frames: the good first, then those in a fade by how much of it
// is over, then black and flat ones.
func (l look) score() float64 {
	switch {
	case l.good():
		return 1000
	case l.light >= minLight && l.contrast >= minContrast:
		return 500 + l.contrast
	}
	return l.contrast
}

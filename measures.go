package vitrine

// MeasurePx is the longest side of a picture that is measured.
const MeasurePx = 1024

// Figures are by what a picture is judged, and by what it is compared with others.
type Figures struct {
	Measures Measures
	Likeness Likeness
}

// Measures are figures of a picture as the public sees it, at most MeasurePx a
// side and upright. They are kept with the content; what is too much or too
// little is for Judge to say, whenever they are read.
type Measures struct {
	// Sharpness is how steep the steepest edges are, in the direction in which they
	// are less so: 0.3 to 3 of a photo in focus, towards 0.06 the more it is blurred.
	Sharpness float64 `json:"sharpness"`
	// Edges is the share of the picture that has anything to be sharp, 0 to 1.
	Edges float64 `json:"edges"`
	// Lights is the brightness, 0 to 255, that 95% of the pixels have at most.
	Lights int `json:"lights"`
	// White is the share of pixels in which nothing is to be seen for brightness.
	White float64 `json:"white"`
	// Flat and Hard are the shares of pixels that are just like their neighbours,
	// and that differ from one as much as across a drawn line. Photos are mostly
	// neither.
	Flat float64 `json:"flat"`
	Hard float64 `json:"hard"`
	// Plain is the share of pixels that have one of the three commonest
	// brightnesses, or nearly.
	Plain float64 `json:"plain"`
	// Bars are left out of all other figures.
	Bars Bars `json:"bars"`
}

// Bars are even stripes of one colour along two opposite sides of a picture, as
// shares of its height or width, 0 for none.
type Bars struct {
	Top    float64 `json:"top"`
	Bottom float64 `json:"bottom"`
	Left   float64 `json:"left"`
	Right  float64 `json:"right"`
}

// addTo names the figures.
func (m *Measures) addTo(figures map[Figure]float64) {
	figures[FigureSharpness], figures[FigureEdges] = m.Sharpness, m.Edges
	figures[FigureLights], figures[FigureWhite] = float64(m.Lights), m.White
	figures[FigurePlain], figures[FigureFlat], figures[FigureHard] = m.Plain, m.Flat, m.Hard
	figures[FigureLines] = m.Hard / max(1e-4, 1-m.Flat)
	figures[FigureBar] = max(min(m.Bars.Top, m.Bars.Bottom), min(m.Bars.Left, m.Bars.Right))
}

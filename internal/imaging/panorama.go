package imaging

import (
	"math"
	"strconv"
	"strings"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/xmp"
)

const (
	// panoPx is the longest side of vitrine.PanoVariant: what every device can
	// take as one texture.
	panoPx = 4096
	// maxFullness bounds how many times larger than the picture the full
	// panorama may be. Six degrees are no panorama.
	maxFullness = 64
)

// panoramaOf says how to show a picture of that size (px, upright) all around, in
// px of the picture; nil when it isn't one. A picture is one when its file says
// so or it looks like a whole sphere, and the file doesn't ask to be shown flat;
// or else when its sender calls it one.
func panoramaOf(said xmp.Properties, width, height int, sphere, called bool) *vitrine.PanoData {
	pano := stated(said, width, height)
	flat := strings.EqualFold(said.Pano("UsePanoramaViewer"), "false")
	itself := !flat && (pano != nil || sphere)
	if !itself && !called {
		return nil
	}
	if pano == nil {
		// A strip can be shown flat; a sphere of it would be all wrong.
		projection := vitrine.Cylindrical
		if sphere || nearTwoToOne(width, height) {
			projection = vitrine.Equirectangular
		}
		pano, _ = placed(said, projection, width, height)
		pano.Guessed = true
	}
	pano.Called = !itself
	return pano
}

// stated is the panorama that the packet says the picture is, nil for none or
// one that can't be. The packet is taken to be about the upright picture.
func stated(said xmp.Properties, width, height int) *vitrine.PanoData {
	projection, exact := projectionOf(said)
	if projection == "" {
		return nil
	}
	pano, known := placed(said, projection, width, height)
	if !known && projection == vitrine.Equirectangular && height > width {
		// It has been turned on its side, or cut to what isn't one.
		return nil
	}
	pano.Guessed = !exact || !known
	return pano
}

// projectionOf is what the packet says it is, "" for nothing or nothing that is
// shown. Some phones state no projection, only that the picture is special: not
// exact.
func projectionOf(said xmp.Properties) (projection string, exact bool) {
	switch projection := strings.ToLower(said.Pano("ProjectionType")); projection {
	case vitrine.Equirectangular, vitrine.Cylindrical:
		return projection, true
	}
	special := said.SpecialType()
	switch {
	case strings.Contains(special, "SpecialType-PHOTOSPHERE"):
		return vitrine.Equirectangular, false
	case strings.Contains(special, "SpecialType-PANORAMA"):
		return vitrine.Cylindrical, false
	}
	return "", false
}

// placed gives the panorama where the packet says that the picture lies, if that
// can be right, else where viewers take it to: not known, but for a whole
// sphere, of which it needn't be said.
func placed(said xmp.Properties, projection string, width, height int) (pano *vitrine.PanoData, known bool) {
	pano, known = area(said, projection, width, height)
	if !known {
		pano = areaOf(projection, width, height)
		known = projection == vitrine.Equirectangular && nearTwoToOne(width, height)
	}
	pano.HeadingDegrees = heading(said)
	return pano, known
}

// area is where the packet says the picture lies, at the picture's scale; not
// ok when it doesn't say or can't be right, as after an edit that left it
// behind.
func area(said xmp.Properties, projection string, width, height int) (area *vitrine.PanoData, ok bool) {
	area = &vitrine.PanoData{Projection: projection}
	for name, into := range map[string]*int{
		"FullPanoWidthPixels":          &area.FullWidth,
		"FullPanoHeightPixels":         &area.FullHeight,
		"CroppedAreaLeftPixels":        &area.CroppedLeft,
		"CroppedAreaTopPixels":         &area.CroppedTop,
		"CroppedAreaImageWidthPixels":  &area.CroppedWidth,
		"CroppedAreaImageHeightPixels": &area.CroppedHeight,
	} {
		value, err := strconv.ParseFloat(said.Pano(name), 64)
		if err != nil || !(math.Abs(value) < 1<<24) {
			return nil, false
		}
		*into = int(math.Round(value))
	}
	if area.CroppedWidth < 1 || area.CroppedHeight < 1 || !fits(area) ||
		area.FullWidth > maxFullness*area.CroppedWidth || area.FullHeight > maxFullness*area.CroppedHeight ||
		!near(area.CroppedWidth*height, area.CroppedHeight*width) {
		return nil, false
	}
	return scaled(area, width, height), true
}

// fits reports whether the picture lies within the full panorama.
func fits(p *vitrine.PanoData) bool {
	if p.CroppedLeft < 0 || p.CroppedLeft+p.CroppedWidth > p.FullWidth || p.CroppedHeight > p.FullHeight {
		return false
	}
	if p.Projection == vitrine.Cylindrical { // from the horizon, either way
		return max(p.CroppedTop, -p.CroppedTop) <= p.FullHeight
	}
	return p.CroppedTop >= 0 && p.CroppedTop+p.CroppedHeight <= p.FullHeight
}

// areaOf is the area that viewers take when nothing is said: a sphere as small
// as holds the picture, around its middle.
func areaOf(projection string, width, height int) *vitrine.PanoData {
	if projection == vitrine.Cylindrical {
		return &vitrine.PanoData{
			Projection: projection, FullWidth: width, FullHeight: height,
			CroppedTop: -height / 2, CroppedWidth: width, CroppedHeight: height,
		}
	}
	fullWidth := max(width, 2*height)
	fullHeight := (fullWidth + 1) / 2
	if nearTwoToOne(width, height) { // without a seam where its ends meet
		fullWidth, fullHeight = width, height
	}
	return &vitrine.PanoData{
		Projection: projection, FullWidth: fullWidth, FullHeight: fullHeight,
		CroppedLeft: (fullWidth - width) / 2, CroppedTop: (fullHeight - height) / 2,
		CroppedWidth: width, CroppedHeight: height,
	}
}

// scaled gives p for a picture of that size.
func scaled(p *vitrine.PanoData, width, height int) *vitrine.PanoData {
	across := func(v int) int { return int(math.Round(float64(v) * float64(width) / float64(p.CroppedWidth))) }
	down := func(v int) int { return int(math.Round(float64(v) * float64(height) / float64(p.CroppedHeight))) }
	out := *p
	out.FullWidth, out.FullHeight = max(across(p.FullWidth), width), max(down(p.FullHeight), height)
	out.CroppedLeft, out.CroppedTop = min(across(p.CroppedLeft), out.FullWidth-width), down(p.CroppedTop)
	if p.Projection != vitrine.Cylindrical {
		out.CroppedTop = min(out.CroppedTop, out.FullHeight-height)
	}
	out.CroppedWidth, out.CroppedHeight = width, height
	return &out
}

// heading is the compass direction of the picture's centre, 0 to 360, 0 when
// the packet doesn't say.
func heading(said xmp.Properties) float64 {
	degrees, err := strconv.ParseFloat(said.Pano("PoseHeadingDegrees"), 64)
	if err != nil || !(degrees >= -360 && degrees <= 360) {
		return 0
	}
	if degrees = math.Mod(degrees+360, 360); degrees >= 360 {
		return 0
	}
	return degrees
}

// nearTwoToOne reports whether a picture has the shape of a whole sphere.
func nearTwoToOne(width, height int) bool { return near(width, 2*height) }

// near reports whether a and b differ by one in a hundred at most.
func near(a, b int) bool { return 100*max(a-b, b-a) <= max(a, b) }

package portal

import (
	"math"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// panoramaJSON is a picture as a viewer that turns it around wants it. All
// sizes are px of the file at URL.
type panoramaJSON struct {
	URL            string  `json:"url"`
	Width          int     `json:"width"`
	Height         int     `json:"height"`
	Size           int64   `json:"size"` // bytes
	ContentType    string  `json:"contentType"`
	Projection     string  `json:"projection"` // vitrine.Equirectangular or vitrine.Cylindrical
	FullWidth      int     `json:"fullWidth"`  // of all 360 degrees
	FullHeight     int     `json:"fullHeight"`
	CroppedLeft    int     `json:"croppedLeft"`
	CroppedTop     int     `json:"croppedTop"` // of a cylinder from the horizon: mostly negative
	CroppedWidth   int     `json:"croppedWidth"`
	CroppedHeight  int     `json:"croppedHeight"`
	HeadingDegrees float64 `json:"headingDegrees"` // of the picture's centre; 0 also when unknown
	AcrossDegrees  float64 `json:"acrossDegrees"`  // from its left end to its right one
	DownDegrees    float64 `json:"downDegrees"`    // from its upper edge to its lower one
	MiddleDegrees  float64 `json:"middleDegrees"`  // how high above the horizon its middle is
	Guessed        bool    `json:"guessed"`        // the file doesn't say all this
}

// panoramaOf gives the variant of a panorama for viewers and where it lies; nil
// for a flat picture, and for one that only the sender of another list calls a
// panorama.
func panoramaOf(place *store.Shown) (*vitrine.Variant, *vitrine.PanoData) {
	data, v := place.Content.Facts.Panorama, place.Content.Pano()
	if data == nil || v == nil || data.FullWidth <= 0 || data.FullHeight <= 0 || data.Called && place.Type != vitrine.Panorama {
		return nil, nil
	}
	return v, data
}

func (p *portal) panoramaJSON(place *store.Shown) *panoramaJSON {
	v, data := panoramaOf(place)
	if v == nil {
		return nil
	}
	across, down, middle := angles(data)
	return &panoramaJSON{
		URL: p.address(place, *v), Width: v.Width, Height: v.Height, Size: v.Bytes, ContentType: v.Type,
		Projection: data.Projection, FullWidth: data.FullWidth, FullHeight: data.FullHeight,
		CroppedLeft: data.CroppedLeft, CroppedTop: data.CroppedTop, CroppedWidth: data.CroppedWidth, CroppedHeight: data.CroppedHeight,
		HeadingDegrees: data.HeadingDegrees, AcrossDegrees: hundredths(across), DownDegrees: hundredths(down), MiddleDegrees: hundredths(middle),
		Guessed: data.Guessed,
	}
}

// angles are the degrees that a panorama covers. The viewer knows no cylinder:
// one is shown as the part of a sphere between the same angles, which leaves its
// uprights straight and moves a row by some degrees at most.
func angles(data *vitrine.PanoData) (across, down, middle float64) {
	across = min(360*float64(data.CroppedWidth)/float64(data.FullWidth), 360)
	top, height := float64(data.CroppedTop), float64(data.CroppedHeight)
	upper := 90 - 180*top/float64(data.FullHeight)
	lower := 90 - 180*(top+height)/float64(data.FullHeight)
	if data.Projection == vitrine.Cylindrical {
		radius := float64(data.FullWidth) / (2 * math.Pi)
		upper, lower = degrees(math.Atan(-top/radius)), degrees(math.Atan(-(top+height)/radius))
	}
	return across, upper - lower, (upper + lower) / 2
}

func degrees(radians float64) float64 { return radians * 180 / math.Pi }

// hundredths rounds degrees to what can be seen of them.
func hundredths(degrees float64) float64 { return math.Round(degrees*100) / 100 }

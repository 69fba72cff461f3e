package client

// Panorama is the rendition of a panorama for viewers that turn it around, and
// where it lies on what surrounds the viewer. All lengths are px of this
// rendition; vitrine.PanoData has what viewers make of them.
type Panorama struct {
	URL            string  `json:"url"`
	Width          int     `json:"width"`
	Height         int     `json:"height"`
	Size           int64   `json:"size"`        // bytes
	Projection     string  `json:"projection"`  // vitrine.Equirectangular or vitrine.Cylindrical
	FullWidth      int     `json:"fullWidth"`   // of all 360 degrees
	FullHeight     int     `json:"fullHeight"`  // of all 180 degrees; of a cylinder its height
	CroppedLeft    int     `json:"croppedLeft"` // from the left of the full panorama
	CroppedTop     int     `json:"croppedTop"`  // from its top; of a cylinder from the horizon
	CroppedWidth   int     `json:"croppedWidth"`
	CroppedHeight  int     `json:"croppedHeight"`
	HeadingDegrees float64 `json:"headingDegrees"` // compass direction of the picture's centre, 0 when the file doesn't say
	Guessed        bool    `json:"guessed"`        // the file doesn't say all this; the rest is by its shape
}

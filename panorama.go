package vitrine

// PanoVariant is the name of the variant of a panorama for viewers that turn
// it around: at most 4096 px a side.
const PanoVariant = "pano"

// The projections of a panorama.
const (
	Equirectangular = "equirectangular" // on a sphere: x is longitude, y is latitude
	Cylindrical     = "cylindrical"     // on a cylinder: x is longitude, y is height
)

// PanoData says where a picture lies on what surrounds the viewer. All sizes
// are px of the variant "pano", at its scale, so that a viewer can take them as
// they are: CroppedWidth and CroppedHeight are that variant's.
//
// The properties of XMP GPano have the same names and meaning. In Photo Sphere
// Viewer CroppedLeft and CroppedTop are panoData's croppedX and croppedY,
// HeadingDegrees its poseHeading. In pannellum haov is
// 360*CroppedWidth/FullWidth, vaov is 180*CroppedHeight/FullHeight, and vOffset
// is 90-180*(CroppedTop+CroppedHeight/2)/FullHeight.
type PanoData struct {
	Projection     string  `json:"projection"`       // Equirectangular or Cylindrical
	FullWidth      int     `json:"fullWidth"`        // px, of all 360 degrees
	FullHeight     int     `json:"fullHeight"`       // px, of all 180 degrees; of a cylinder its height
	CroppedLeft    int     `json:"croppedLeft"`      // px, from the left of the full panorama
	CroppedTop     int     `json:"croppedTop"`       // px, from its top; of a cylinder from the horizon, so it may be negative
	CroppedWidth   int     `json:"croppedWidth"`     // px
	CroppedHeight  int     `json:"croppedHeight"`    // px
	HeadingDegrees float64 `json:"headingDegrees"`   // compass direction of the picture's centre, 0 to 360; 0 when the file doesn't say
	Guessed        bool    `json:"guessed"`          // the file doesn't say all this; the rest is by its shape and its looks
	Called         bool    `json:"called,omitempty"` // only its sender calls it a panorama, in some list; nothing in the file does
}

// ContentFacts are what counts of what a file says about itself, read before its
// metadata goes.
type ContentFacts struct {
	// Panorama is set of one that has the variant PanoVariant.
	Panorama *PanoData `json:"panorama,omitempty"`
	// DigitalSourceType is IPTC's, the last part of the URI, "" for nothing. The
	// variants of a picture with one that IsAISourceType carry it too.
	DigitalSourceType string `json:"digitalSourceType,omitempty"`
	C2PA              bool   `json:"c2pa,omitempty"` // there is a manifest, which nobody has verified
	// Flat says that it couldn't be made a panorama, though a sender calls it one.
	Flat bool `json:"flat,omitempty"`
	// Removed are those of PersonalTags that the file has and no variant has.
	Removed []string `json:"removed,omitempty"`
}

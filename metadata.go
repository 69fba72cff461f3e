package vitrine

import "slices"

// PersonalTags are the EXIF tags that tell of people, places and devices, and that
// nothing which is served has. Of a file it is kept which of them it had
// (ContentFacts.Removed), and never what they said.
var PersonalTags = []string{
	"GPSLatitude", "GPSLongitude", "GPSAltitude", "GPSImgDirection", "GPSDateStamp",
	"DateTimeOriginal", "Make", "Model", "LensModel", "BodySerialNumber", "SerialNumber", "LensSerialNumber", "HostComputer", "Software",
	"CameraOwnerName", "OwnerName", "Artist", "Copyright", "ImageDescription", "UserComment", "XPAuthor", "XPComment", "XPTitle",
}

// ArePersonalTags reports whether names are some of PersonalTags, in their order
// and each once.
func ArePersonalTags(names []string) bool {
	at := -1
	for _, name := range names {
		i := slices.Index(PersonalTags, name)
		if i <= at {
			return false
		}
		at = i
	}
	return true
}

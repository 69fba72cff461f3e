package openimmo

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// kinds is the one table from the groups (gruppe) that are pictures and videos
// to what we know them as.
var kinds = map[string]Kind{
	"TITELBILD":       {vitrine.Picture, "COVER_PICTURE"},
	"INNENANSICHTEN":  {vitrine.Picture, "INDOOR"},
	"AUSSENANSICHTEN": {vitrine.Picture, "OUTSIDE_VIEW"},
	"GRUNDRISS":       {vitrine.Picture, "FLOOR_PLAN"},
	"KARTEN_LAGEPLAN": {vitrine.Picture, "SITE_PLAN"},
	"ANBIETERLOGO":    {vitrine.Picture, "LOGO"},
	"EPASS-SKALA":     {vitrine.Picture, "ENERGY_CERTIFICATE"},
	"BILD":            {vitrine.Picture, ""},
	"PANORAMA":        {vitrine.Panorama, ""},
	"FILM":            {vitrine.Video, ""},
}

// others says of the remaining groups why nothing is made of them.
var others = map[string]string{
	"DOKUMENTE": "documents are not shown",
	"LINKS":     "links are not shown",
	"ANBOBJURL": "links are not shown",
	"QRCODE":    "a QR code is no picture of the property",
	"FILMLINK":  "only films that are files are taken, and this is a page",
}

// The formats that tell a picture from a video where the group doesn't.
var (
	pictureFormats = []string{"jpg", "jpeg", "pjpeg", "png", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif"}
	videoFormats   = []string{"mp4", "mov", "quicktime", "avi", "x-msvideo", "m4v"}
)

// Kind says what the attachment is to us. If it is nothing that is shown, why
// says so and the kind is of no use. guessed reports that the group is none that
// OpenImmo knows, and the format has told.
func (a *Attachment) Kind() (kind Kind, guessed bool, why string) {
	format := a.format()
	kind, known := kinds[a.Group]
	switch {
	case a.Group == "FILMLINK" && slices.Contains(videoFormats, format):
		return Kind{Type: vitrine.Video}, false, ""
	case others[a.Group] != "":
		return Kind{}, false, others[a.Group]
	case known && format == "pdf": // a floor plan, more often than not
		return Kind{}, false, "a PDF is no picture"
	case known:
		return kind, false, ""
	case slices.Contains(pictureFormats, format):
		return Kind{Type: vitrine.Picture}, true, ""
	case slices.Contains(videoFormats, format):
		return Kind{Type: vitrine.Video}, true, ""
	}
	return Kind{}, true, "it is neither a picture nor a video"
}

// format is the attachment's format in one word: by its path, which is made by a
// program, and where that has none as it was sent.
func (a *Attachment) format() string {
	name := strings.ReplaceAll(a.Path, `\`, "/")
	if u, err := url.Parse(a.Path); err == nil && a.Location == Remote {
		name = u.Path
	}
	if ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")); slices.Contains(pictureFormats, ext) || slices.Contains(videoFormats, ext) || ext == "pdf" {
		return ext
	}
	format := strings.ToLower(strings.TrimSpace(a.Format))
	return strings.TrimPrefix(path.Base("/"+format), ".")
}

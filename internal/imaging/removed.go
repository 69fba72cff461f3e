package imaging

import (
	"bytes"
	"slices"

	"github.com/bep/imagemeta"

	"github.com/vitrine-media/vitrine"
)

// formats are those in which metadata is looked for, by type.
var formats = map[string]imagemeta.ImageFormat{
	"image/jpeg": imagemeta.JPEG, "image/png": imagemeta.PNG, "image/apng": imagemeta.PNG, "image/webp": imagemeta.WebP, "image/tiff": imagemeta.TIFF,
	"image/heic": imagemeta.HEIF, "image/heif": imagemeta.HEIF, "image/avif": imagemeta.AVIF,
}

// The bounds on what is read of a file's metadata.
const (
	mostTags     = 1000
	mostTagBytes = 4096 // a longer one is none of those that are looked for
)

// removed gives the names of the EXIF tags about people, places and devices that a
// file has, and that no variant has: those of vitrine.PersonalTags, in their order.
// Metadata that can't be read to its end says what it has said so far.
func removed(mediaType string, data []byte) (names []string) {
	format, ok := formats[mediaType]
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(data), ImageFormat: format, Sources: imagemeta.EXIF, LimitNumTags: mostTags, LimitTagSize: mostTagBytes,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return slices.Contains(vitrine.PersonalTags, tag.Tag) },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if tag.Value != "" {
				seen[tag.Tag] = true
			}
			return nil
		},
		Warnf: func(string, ...any) {},
	})
	for _, name := range vitrine.PersonalTags {
		if seen[name] {
			names = append(names, name)
		}
	}
	return names
}

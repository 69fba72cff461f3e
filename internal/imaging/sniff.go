package imaging

import (
	"bytes"
	"mime"

	"github.com/gabriel-vasile/mimetype"
)

// SniffBytes is how many of the first bytes of a file Sniff looks at.
const SniffBytes = 3072

// Sniff gives the media type of a file by its first bytes, without parameters;
// "application/octet-stream" when they tell nothing.
func Sniff(head []byte) string {
	kind, _, err := mime.ParseMediaType(mimetype.Detect(head[:min(len(head), SniffBytes)]).String())
	switch {
	case err != nil:
		return unknownType
	case kind == unknownType && bytes.HasPrefix(head, []byte{0xff, 0xd8}):
		return "image/jpeg" // damaged after its very first marker
	}
	return kind
}

// unknownType is the type of bytes that tell nothing.
const unknownType = "application/octet-stream"

// bmpType is decoded in Go: libvips has only ImageMagick for it, which is not
// for foreign bytes.
const bmpType = "image/bmp"

// loaders are the accepted media types, each with the one loader of libvips
// that may read it. Bytes that look like one type to us and like another to
// libvips are refused: blocking a loader is not enough, since a blocked one
// may still have parsed them.
var loaders = map[string]string{
	"image/jpeg":          "VipsForeignLoadJpegBuffer",
	"image/png":           "VipsForeignLoadPngBuffer",
	"image/apng":          "VipsForeignLoadPngBuffer",
	"image/webp":          "VipsForeignLoadWebpBuffer",
	"image/gif":           "VipsForeignLoadNsgifBuffer",
	"image/tiff":          "VipsForeignLoadTiffBuffer",
	"image/heic":          "VipsForeignLoadHeifBuffer",
	"image/heic-sequence": "VipsForeignLoadHeifBuffer",
	"image/heif":          "VipsForeignLoadHeifBuffer",
	"image/heif-sequence": "VipsForeignLoadHeifBuffer",
	"image/avif":          "VipsForeignLoadHeifBuffer",
	bmpType:               "",
}

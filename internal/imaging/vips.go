package imaging

/*
#cgo pkg-config: vips libwebp
#include <stdlib.h>
#include "vips.h"
*/
import "C"

import (
	"strings"
	"unsafe"

	"github.com/vitrine-media/vitrine/internal/xmp"
)

// pixels are 8 bit sRGB pixels, row by row without padding.
type pixels struct {
	Pix    []byte
	Width  int // px
	Height int // px
	Bands  int // 3: RGB, 4: RGB and alpha, not premultiplied
}

// header is what the header of a file says, before anything is decoded.
type header struct {
	Width       int    // px, upright
	Height      int    // px, upright
	Orientation int    // 1 to 8, as in EXIF
	Bands       int    // 1 or 2: grey; 3 or more: colour
	CMYK        bool   // whether the bands are inks
	ICC         []byte // embedded colour profile, nil for none
	XMP         []byte // XMP packet, nil for none or one over xmp.MaxBytes
}

// vipsError is a reason that libvips gave.
type vipsError string

func (e vipsError) Error() string { return string(e) }

// lastVipsError is the reason of a call that returned -1. Of the lines that
// libraries left, the last is what ended it; before it may be warnings, and
// the seeks of a format that is read back and forth say nothing.
func lastVipsError() error {
	text := C.vi_error()
	defer C.vi_free(unsafe.Pointer(text))
	reason := "the decoder gives no reason"
	for line := range strings.Lines(C.GoString(text)) {
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "source: ") {
			reason = strings.TrimSpace(line)
		}
	}
	return vipsError(reason)
}

// startVips readies libvips for this process. It may be called again.
func startVips() error {
	if C.vi_start() != 0 {
		return lastVipsError()
	}
	return nil
}

// vipsVersion is the version of the library that runs, which may be another
// than the one this was built with.
func vipsVersion() (major, minor int) { return int(C.vi_version(0)), int(C.vi_version(1)) }

// hasOperation reports whether libvips has an operation of that nickname.
func hasOperation(nickname string) bool {
	name := C.CString(nickname)
	defer C.free(unsafe.Pointer(name))
	return C.vi_has_operation(name) != 0
}

// loaderOf names the class of the loader libvips would take for these bytes,
// "" when it knows none.
func loaderOf(data []byte) string {
	name := C.vi_loader(unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)))
	if name == nil {
		return ""
	}
	return C.GoString(name)
}

// probe reads the header.
func probe(data []byte) (*header, error) {
	var h C.ViHeader
	if C.vi_probe(unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)), xmp.MaxBytes, &h) != 0 {
		return nil, lastVipsError()
	}
	defer C.vi_free(h.icc)
	defer C.vi_free(h.xmp)
	out := &header{Width: int(h.width), Height: int(h.height), Orientation: int(h.orientation),
		Bands: int(h.bands), CMYK: h.cmyk != 0}
	if out.Orientation >= 5 {
		out.Width, out.Height = out.Height, out.Width
	}
	if h.icc != nil {
		out.ICC = C.GoBytes(h.icc, C.int(h.icc_len))
	}
	if h.xmp != nil {
		out.XMP = C.GoBytes(h.xmp, C.int(h.xmp_len))
	}
	return out, nil
}

// way is how a file is to be opened.
type way C.ViWay

// The ways, see vips.h.
const (
	shrunk way = C.VI_SHRUNK
	heif   way = C.VI_HEIF
	inks   way = C.VI_INKS
)

// decode decodes once, shrunk to sides of at most sidePx, never enlarged,
// upright and in sRGB. A profile other than "" asks to apply the embedded
// colour profile, with the built-in one of that name behind it.
func decode(data []byte, w way, sidePx int, profile string) (*pixels, error) {
	var name *C.char
	if profile != "" {
		name = C.CString(profile)
		defer C.free(unsafe.Pointer(name))
	}
	var out C.ViPixels
	if C.vi_decode(unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)),
		C.ViWay(w), C.int(sidePx), name, &out) != 0 {
		return nil, lastVipsError()
	}
	return takePixels(&out), nil
}

func (p *pixels) size() (widthPx, heightPx int) { return p.Width, p.Height }

func (p *pixels) smaller(sidePx int) (raster, error) { return p.shrink(sidePx) }

func (p *pixels) rgb() *pixels { return p }

// shrink makes pixels smaller, to sides of at most sidePx.
func (p *pixels) shrink(sidePx int) (*pixels, error) {
	if p.Width <= sidePx && p.Height <= sidePx {
		return p, nil
	}
	var out C.ViPixels
	if C.vi_shrink(unsafe.Pointer(unsafe.SliceData(p.Pix)), C.int(p.Width), C.int(p.Height), C.int(p.Bands),
		C.int(sidePx), &out) != 0 {
		return nil, lastVipsError()
	}
	return takePixels(&out), nil
}

// webp encodes pixels.
func (p *pixels) webp(quality, effort int) ([]byte, error) {
	var out unsafe.Pointer
	var length C.size_t
	if C.vi_webp(unsafe.Pointer(unsafe.SliceData(p.Pix)), C.int(p.Width), C.int(p.Height), C.int(p.Bands),
		C.int(quality), C.int(effort), &out, &length) != 0 {
		return nil, lastVipsError()
	}
	defer C.vi_free(out)
	return C.GoBytes(out, C.int(length)), nil
}

// takePixels moves pixels from C's memory to Go's.
func takePixels(p *C.ViPixels) *pixels {
	defer C.vi_free(p.data)
	size := C.size_t(p.width) * C.size_t(p.height) * C.size_t(p.bands)
	return &pixels{
		Pix:    C.GoBytes(p.data, C.int(size)),
		Width:  int(p.width),
		Height: int(p.height),
		Bands:  int(p.bands),
	}
}

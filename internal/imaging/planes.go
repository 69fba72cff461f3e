package imaging

/*
#cgo CFLAGS: -O3
#cgo pkg-config: libjpeg
#cgo LDFLAGS: -lm
// It takes -O3 to make vector code of the loops in resample.c.
#include "colours.h"
#include "planes.h"
#include "vips.h"
*/
import "C"

import (
	"math"
	"unsafe"
)

// raster is a decoded picture on its way to variants.
type raster interface {
	size() (widthPx, heightPx int)
	smaller(sidePx int) (raster, error) // to sides of at most sidePx
	webp(quality, effort int) ([]byte, error)
	rgb() *pixels
	light() *light
}

// planes are a picture in the form in which a WebP has it, see planes.h.
type planes struct {
	Pix    []byte
	Width  int // px
	Height int // px
}

func newPlanes(width, height int) *planes {
	return &planes{
		Pix:   make([]byte, width*height+2*((width+1)/2)*((height+1)/2)),
		Width: width, Height: height,
	}
}

// decodePlanes decodes an ordinary JPEG photo, with sides of at most sidePx, in
// sRGB. The header is the one that libvips read; colours are nil when those of the
// photo are sRGB. For any other picture, and one that is damaged in the least, it
// gives nil.
func decodePlanes(data []byte, h *header, sidePx int, c *colourTable) *planes {
	var picture C.ViPicture
	if C.vi_jpeg_planes(unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)),
		C.int(min(sidePx, max(h.Width, h.Height))), &picture) != 0 {
		return nil
	}
	return uprightPlanes(&picture, h.Orientation, h, sidePx, c)
}

// uprightPlanes makes planes of a decoded picture, and frees it.
func uprightPlanes(picture *C.ViPicture, orientation int, h *header, sidePx int, c *colourTable) *planes {
	defer C.vi_free(unsafe.Pointer(picture.planes[0].samples))
	p := newPlanes(fit(h.Width, h.Height, sidePx))
	out := unsafe.Pointer(unsafe.SliceData(p.Pix))
	width, height := C.int(p.Width), C.int(p.Height)
	switch {
	case c == nil:
		C.vi_fit(picture, C.int(orientation), width, height, out)
	case picture.n == 3:
		fine := unsafe.Pointer(unsafe.SliceData(make([]byte, 3*p.Width*p.Height)))
		C.vi_fit_fine(picture, C.int(orientation), width, height, fine)
		C.vi_srgb(fine, width, height, (*C.ViColours)(c), out)
	default: // grey has no such profile
		return nil
	}
	return p
}

// fit is the size of a picture shrunk to sides of at most sidePx.
func fit(width, height, sidePx int) (fitWidth, fitHeight int) {
	scale := min(1, float64(sidePx)/float64(max(width, height)))
	side := func(px int) int { return max(1, int(math.Round(float64(px)*scale))) }
	return side(width), side(height)
}

func (p *planes) size() (widthPx, heightPx int) { return p.Width, p.Height }

func (p *planes) smaller(sidePx int) (raster, error) {
	if p.Width <= sidePx && p.Height <= sidePx {
		return p, nil
	}
	out := newPlanes(fit(p.Width, p.Height, sidePx))
	C.vi_shrink_planes(unsafe.Pointer(unsafe.SliceData(p.Pix)), C.int(p.Width), C.int(p.Height),
		C.int(out.Width), C.int(out.Height), unsafe.Pointer(unsafe.SliceData(out.Pix)))
	return out, nil
}

func (p *planes) webp(quality, effort int) ([]byte, error) {
	var out unsafe.Pointer
	var length C.size_t
	if C.vi_webp_planes(unsafe.Pointer(unsafe.SliceData(p.Pix)), C.int(p.Width), C.int(p.Height),
		C.int(quality), C.int(effort), &out, &length) != 0 {
		return nil, lastVipsError()
	}
	defer C.vi_free(out)
	return C.GoBytes(out, C.int(length)), nil
}

// rgb converts by BT.601 (limited range). It is for a few pixels: colour stays
// as coarse as it is.
func (p *planes) rgb() *pixels {
	out := &pixels{Pix: make([]byte, 0, 3*p.Width*p.Height), Width: p.Width, Height: p.Height, Bands: 3}
	coarse := (p.Width + 1) / 2
	blue := p.Pix[p.Width*p.Height:]
	red := blue[len(blue)/2:]
	for y := range p.Height {
		for x := range p.Width {
			light := 255.0 / 219 * (float64(p.Pix[y*p.Width+x]) - 16)
			at := y/2*coarse + x/2
			u, v := 255.0/224*(float64(blue[at])-128), 255.0/224*(float64(red[at])-128)
			out.Pix = append(out.Pix, to8(light+1.402*v), to8(light-0.344136*u-0.714136*v), to8(light+1.772*u))
		}
	}
	return out
}

// to8 rounds to what a byte can hold.
func to8(v float64) byte { return byte(min(255, max(0, v+0.5))) }

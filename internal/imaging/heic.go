package imaging

/*
#cgo pkg-config: libavcodec libavutil
#include "heic.h"
*/
import "C"

import (
	"math"
	"unsafe"
)

// tiles are a photo as phones store it: cut into HEVC pictures of one size, row
// by row, or in one piece.
type tiles struct {
	traits               // of each tile
	whole         traits // of the photo
	columns, rows int
	spans         []span // of each tile
}

// traits are what the properties of a picture tell.
type traits struct {
	width, height int  // px, as stored
	turns         int  // to the left, by 90 degrees, which make it upright
	config        span // for the decoder (hvcC)
	told          bool // how colours are coded (nclx): by BT.601, or
	foreign       bool // another matrix
	full          bool // with the full range of a byte
}

// orientations are what a number of turns to the left is called in EXIF.
var orientations = [4]int{1, 8, 3, 6}

// tilesOf finds the tiles of a HEIC photo. It gives nil for all that a phone
// doesn't write, from masks to mirrors: that is for libheif.
func tilesOf(file []byte) *tiles {
	items := heifItemsOf(file)
	if items == nil {
		return nil
	}
	whole, ok := items.traits(items.primary)
	if !ok {
		return nil
	}
	t := &tiles{whole: whole, columns: 1, rows: 1}
	ids, grid := []uint32{items.primary}, items.kinds[items.primary] == "grid"
	if grid {
		if !t.readGrid(file, items) {
			return nil
		}
		ids = items.parts[items.primary]
	}
	for i, id := range ids {
		traits, ok := items.traits(id)
		if i == 0 {
			t.traits = traits
		}
		at, found := items.spans[id]
		if !ok || !found || traits != t.traits || items.kinds[id] != "hvc1" {
			return nil
		}
		t.spans = append(t.spans, at)
	}
	if grid && t.turns != 0 || !t.sound() {
		return nil
	}
	return t
}

// readGrid reads how a picture is made of others (ISO/IEC 23008-12, 6.6.2.3).
func (t *tiles) readGrid(file []byte, items *heifItems) bool {
	at := items.spans[items.primary]
	c := cursor{file: file, at: at.start, end: at.start + at.size}
	version, flags := c.word(1), c.word(1)
	t.rows, t.columns = c.word(1)+1, c.word(1)+1
	bytes := 2 + 2*(flags&1)
	width, height := c.word(bytes), c.word(bytes)
	return !c.failed && version == 0 && width == t.whole.width && height == t.whole.height &&
		len(items.parts[items.primary]) == t.rows*t.columns
}

// sound reports whether the tiles make up the photo: no row or column of them is
// beyond it, and where there are more than one their colours end between pixels.
func (t *tiles) sound() bool {
	side := func(whole, tile, n int) bool {
		return tile > 0 && tile <= whole && (n-1)*tile < whole && whole <= n*tile && (n == 1 || tile%2 == 0)
	}
	if t.config.size == 0 || t.config.size > math.MaxUint16 || t.foreign {
		return false
	}
	for _, s := range t.spans {
		if s.size == 0 || s.size > math.MaxInt32/2 {
			return false
		}
	}
	return side(t.whole.width, t.width, t.columns) && side(t.whole.height, t.height, t.rows)
}

// traits reads the properties of a picture. It is not ok when one of them has to
// be understood, and isn't.
func (items *heifItems) traits(id uint32) (t traits, ok bool) {
	seen := make(map[string]bool)
	for _, a := range items.of[id] {
		if a.index < 0 { // said to be none
			continue
		}
		if a.index >= len(items.properties) {
			return t, false
		}
		property := items.properties[a.index]
		c := property.body
		kind := property.kind
		if kind == "colr" {
			kind = c.text(4)
		}
		if seen[kind] {
			return t, false
		}
		seen[kind] = true
		switch kind {
		case "ispe":
			c.version()
			t.width, t.height = c.word(4), c.word(4)
		case "irot":
			t.turns = c.word(1) & 3
		case "hvcC":
			t.config = c.span()
		case "nclx":
			c.word(2) // primaries
			c.word(2) // transfer
			matrix := c.word(2)
			t.told, t.foreign = true, matrix != 2 && matrix != 5 && matrix != 6
			t.full = c.word(1)&0x80 != 0
		case "prof", "rICC", "pixi": // libvips has told of the profile, and the decoder will tell of bits
		case "imir", "clap":
			return t, false
		default:
			if a.essential {
				return t, false
			}
		}
		if c.failed {
			return t, false
		}
	}
	return t, t.width > 0 && t.height > 0
}

// decodeTiles decodes a photo in HEIC, as decodePlanes does a JPEG.
func decodeTiles(data []byte, h *header, sidePx int, c *colourTable) *planes {
	t := tilesOf(data)
	if t == nil || h.Bands != 3 {
		return nil
	}
	width, height := t.whole.width, t.whole.height
	if t.whole.turns%2 != 0 {
		width, height = height, width
	}
	if width != h.Width || height != h.Height { // libheif sees something else in it
		return nil
	}
	spans := make([]C.ViSpan, len(t.spans))
	for i, s := range t.spans {
		spans[i] = s.c()
	}
	photo := C.ViTiles{
		width: C.int(t.whole.width), height: C.int(t.whole.height), columns: C.int(t.columns), rows: C.int(t.rows),
		tile_width: C.int(t.width), tile_height: C.int(t.height), config: t.config.c(), _range: -1,
	}
	if max(width, height) >= 2*sidePx { // edges that are left are averaged away
		photo.rough = 1
	}
	if t.told {
		photo._range = C.VI_LIMITED
		if t.full {
			photo._range = C.VI_FULL
		}
	}
	var picture C.ViPicture
	if C.vi_heic_planes(unsafe.Pointer(unsafe.SliceData(data)), &photo, unsafe.SliceData(spans), &picture) != 0 {
		return nil
	}
	return uprightPlanes(&picture, orientations[t.whole.turns], h, sidePx, c)
}

func (s span) c() C.ViSpan { return C.ViSpan{start: C.size_t(s.start), len: C.size_t(s.size)} }

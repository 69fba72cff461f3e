package hostile

import "bytes"

// Tags and types of TIFF 6.0.
const (
	tagWidth, tagHeight, tagDepth, tagCompression        = 256, 257, 258, 259
	tagPhotometric, tagStripOffsets, tagSamples          = 262, 273, 277
	tagRowsPerStrip, tagStripBytes, tagTileWidth         = 278, 279, 322
	tagTileHeight, tagTileOffsets, tagTileBytes          = 323, 324, 325
	tagSubIFDs, tagExif                                  = 330, 34_665
	deflate                                              = 8
	short, long                                   uint16 = 3, 4
)

func tiffBombs() []file {
	const kind = "TIFF bomb"
	return []file{
		{kind, "tiff-of-60000-a-side", func() []byte { return tiffOf(zeros(1<<20), grey(60_000, 60_000)...) }, isVast},
		{kind, "tiff-of-2-to-the-31", func() []byte { return tiffOf(zeros(1<<20), grey(1<<31-1, 1<<31-1)...) }, isVastOrBad},
		{kind, "tiff-of-100-megapixels-deflated", func() []byte { return tiffOf(zeros(100_000_000), grey(10_000, 10_000)...) }, isShown},
		{kind, "tiff-of-4-GB-in-a-strip-of-16-rows", func() []byte { return tiffOf(zeros(4<<30), grey(16, 16)...) }, isBearable},
		{kind, "tiff-of-65535-samples", func() []byte { return tiffOf(zeros(4<<30), with(grey(4000, 4000), tagSamples, 65_535)...) }, isBearable},
		{kind, "tiff-of-1000-samples", func() []byte { return tiffOf(zeros(4<<30), with(grey(5000, 5000), tagSamples, 1000)...) }, isBearable},
		{kind, "tiff-of-tiles-of-1-gigapixel", func() []byte {
			return tiffOf(zeros(1<<30), tag{tagWidth, long, 1, 64}, tag{tagHeight, long, 1, 64}, tag{tagDepth, short, 1, 8}, tag{tagCompression, short, 1, deflate},
				tag{tagPhotometric, short, 1, 1}, tag{tagSamples, short, 1, 1}, tag{tagTileWidth, long, 1, 1 << 15}, tag{tagTileHeight, long, 1, 1 << 15},
				tag{tagTileOffsets, long, 1, 8}, tag{tagTileBytes, long, 1, 1 << 20})
		}, isBearable},
		{kind, "tiff-of-2-to-the-32-strips", func() []byte {
			return tiffOf(zeros(1<<20), with(with(grey(5000, 5000), tagRowsPerStrip, 1), tagStripOffsets, 8)...)
		}, isBearable},
		{kind, "tiff-of-values-without-end", func() []byte {
			tags := grey(64, 64)
			for i := range tags {
				tags[i].count = 0xffffffff
			}
			return tiffOf(zeros(64*64), tags...)
		}, isBroken},
		{kind, "tiff-of-directories-that-never-end", endlessIFDs, isBroken},
		{kind, "tiff-of-5000-nested-directories", func() []byte { return nestedIFDs(5000) }, isBearable},
		{kind, "tiff-of-60000-pages", func() []byte { return pages(60_000) }, isBroken},
		{kind, "tiff-that-is-its-own-preview", ownPreview, isBearable},
	}
}

// tag is an entry of a directory.
type tag struct {
	id, kind     uint16
	count, value uint32
}

// grey are the tags of a picture of 8 bit in one deflated strip at 8.
func grey(width, height uint32) []tag {
	return []tag{
		{tagWidth, long, 1, width}, {tagHeight, long, 1, height}, {tagDepth, short, 1, 8}, {tagCompression, short, 1, deflate},
		{tagPhotometric, short, 1, 1}, {tagStripOffsets, long, 1, 8}, {tagSamples, short, 1, 1}, {tagRowsPerStrip, long, 1, height},
		{tagStripBytes, long, 1, 1 << 20},
	}
}

// with gives tags of which one has another value.
func with(tags []tag, id uint16, value uint32) []tag {
	for i := range tags {
		if tags[i].id == id {
			tags[i].value = value
		}
	}
	return tags
}

// tiffOf is a TIFF with the strip at 8, and the directory behind it.
func tiffOf(strip []byte, tags ...tag) []byte {
	tags = with(tags, tagStripBytes, uint32(len(strip)))
	strip = append(strip, make([]byte, len(strip)%2)...)
	return le("II*\x00", uint32(8+len(strip)), strip, ifd(0, tags...))
}

// ifd is a directory, with where the next one is.
func ifd(next uint32, tags ...tag) []byte {
	b := le(uint16(len(tags)))
	for _, t := range tags {
		b = append(b, le(t.id, t.kind, t.count, t.value)...)
	}
	return append(b, le(next)...)
}

// endlessIFDs is a TIFF whose directory is followed by itself, and has itself
// below it.
func endlessIFDs() []byte {
	strip := zeros(64 * 64)
	strip = append(strip, make([]byte, len(strip)%2)...)
	at := uint32(8 + len(strip))
	tags := append(with(grey(64, 64), tagStripBytes, uint32(len(strip))), tag{tagSubIFDs, long, 1, at}, tag{tagExif, long, 1, at})
	return le("II*\x00", at, strip, ifd(at, tags...))
}

// nestedIFDs is a TIFF with directories each in the one before.
func nestedIFDs(n int) []byte {
	b := le("II*\x00", uint32(8))
	for range n {
		next := uint32(len(b) + 2 + 12 + 4)
		b = append(b, ifd(0, tag{tagExif, long, 1, next})...)
	}
	return le(b, ifd(0))
}

// pages is a TIFF of so many pages that share one strip.
func pages(n int) []byte {
	strip := zeros(64 * 64)
	strip = append(strip, make([]byte, len(strip)%2)...)
	tags := with(grey(64, 64), tagStripBytes, uint32(len(strip)))
	b := le("II*\x00", uint32(8+len(strip)), strip)
	page := ifd(0, tags...)
	for i := range n {
		next := uint32(len(b) + len(page))
		if i == n-1 {
			next = 0
		}
		b = append(append(b, page[:len(page)-4]...), le(next)...)
	}
	return b
}

// ownPreview is a TIFF with a hundred thousand previews, all of them itself.
func ownPreview() []byte {
	const n = 100_000
	strip := zeros(64 * 64)
	strip = append(strip, make([]byte, len(strip)%2)...)
	list := uint32(8 + len(strip))
	at := list + 4*n
	tags := append(with(grey(64, 64), tagStripBytes, uint32(len(strip))), tag{tagSubIFDs, long, n, list})
	return le("II*\x00", at, strip, bytes.Repeat(le(at), n), ifd(0, tags...))
}

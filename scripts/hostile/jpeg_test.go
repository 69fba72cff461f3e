package hostile

import (
	"bytes"
	"image"
	"image/color"
)

func jpegBombs() []file {
	const kind = "JPEG bomb"
	return []file{
		{kind, "jpeg-of-65500-a-side", func() []byte { return emptyJPEG(65_500, 65_500) }, isVast},
		{kind, "jpeg-of-100-megapixels-without-any", func() []byte { return emptyJPEG(10_000, 10_000) }, isBearable},
		{kind, "jpeg-of-no-height", func() []byte { return emptyJPEG(10_000, 0) }, isBroken},
		{kind, "jpeg-of-99-scans", func() []byte { return scans(99, 4000) }, isShown},
		{kind, "jpeg-of-20000-scans", func() []byte { return scans(20_000, 2000) }, isBroken},
		{kind, "jpeg-with-5000-comments", func() []byte { return jpegWith(bytes.Repeat(segment(0xfe, make([]byte, 1000)), 5000)) }, isShown},
		{kind, "jpeg-with-500000-segments", func() []byte { return jpegWith(bytes.Repeat(segment(0xed, []byte("x")), 500_000)) }, isBroken},
		{kind, "jpeg-with-profile-of-16-MB", func() []byte {
			var segments []byte
			for n := range 255 {
				segments = append(segments, segment(0xe2, be("ICC_PROFILE\x00", byte(n+1), byte(255), make([]byte, 65_000)))...)
			}
			return jpegWith(segments)
		}, isShown},
		{kind, "jpeg-with-directories-that-never-end", func() []byte { return jpegWith(segment(0xe1, be("Exif\x00\x00", endlessIFDs()))) }, isShown},
		{kind, "jpeg-with-3500-nested-directories", func() []byte { return jpegWith(segment(0xe1, be("Exif\x00\x00", nestedIFDs(3500)))) }, isShown},
		{kind, "jpeg-with-xmp-10000-deep", func() []byte {
			deep := bytes.Repeat([]byte("<a>"), 10_000)
			return jpegWith(segment(0xe1, be("http://ns.adobe.com/xap/1.0/\x00", deep)))
		}, isShown},
		{kind, "jpeg-with-xmp-that-multiplies", func() []byte {
			return jpegWith(segment(0xe1, be("http://ns.adobe.com/xap/1.0/\x00", billionLaughs)))
		}, isShown},
		{kind, "jpeg-of-segments-alone", func() []byte { return be("\xff\xd8", bytes.Repeat(segment(0xe0, nil), 1_000_000)) }, isBroken},
		{kind, "jpeg-of-fill-bytes", func() []byte { return be("\xff\xd8", bytes.Repeat([]byte{0xff}, 20<<20)) }, isBroken},
		{kind, "jpeg-of-restart-markers", func() []byte {
			data := photo()
			return be(data[:len(data)-2], bytes.Repeat([]byte{0xff, 0xd0}, 5<<20), "\xff\xd9")
		}, isBearable},
	}
}

// billionLaughs is a text in XML that is 3 GB long when its entities are put in.
const billionLaughs = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "hahahahaha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">` +
	`<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">` +
	`<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">` +
	`<!ENTITY i "&h;&h;&h;&h;&h;&h;&h;&h;&h;&h;">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&i;</x:xmpmeta>`

// drawing has colours and edges in it.
func drawing(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{uint8(x * 255 / width), uint8(y * 255 / height), 90, 255}
			if x/16%3 == y/16%3 {
				c.B = uint8(x*y>>4) | 128
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// jpegWith is a photo with segments after the first marker.
func jpegWith(segments []byte) []byte {
	data := photo()
	return be(data[:2], segments, data[2:])
}

// segment is a part of a JPEG, of up to 64 kB.
func segment(marker byte, data []byte) []byte {
	return be(byte(0xff), marker, uint16(len(data)+2), data)
}

// emptyJPEG says that it is of a size, and has no pixels.
func emptyJPEG(width, height uint16) []byte {
	data := photo()
	at := bytes.Index(data, []byte{0xff, 0xc0, 0, 17, 8})
	header := be(data[:at+5], height, width, data[at+9:])
	scan := bytes.Index(header, []byte{0xff, 0xda})
	return be(header[:scan+14], "\xff\xd9")
}

// scans is a progressive JPEG in grey of so many scans, each of which has the
// decoder go over the whole picture: after the first, each says once more of all
// blocks that nothing comes to them.
func scans(n int, side uint16) []byte {
	blocks := (int(side) + 7) / 8
	blocks *= blocks
	// A table in which the one code, 0, says that the next 32767 blocks at most
	// have nothing (EOB14, with 14 bits that say how many more than 16384).
	run := segment(0xc4, be(byte(0x10), "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", byte(0xe0)))
	none := segment(0xc4, be(byte(0x00), "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", byte(0)))
	first := be(segment(0xda, be("\x01\x01\x00", byte(0), byte(0), byte(0))), make([]byte, blocks/8+1))
	// Bits: 0, then fourteen 1; the byte 0xff is followed by 0.
	runs := be(segment(0xda, be("\x01\x01\x00", byte(1), byte(63), byte(0))), eobRuns(blocks))
	return be("\xff\xd8", segment(0xdb, be(byte(0), bytes.Repeat([]byte{1}, 64))),
		segment(0xc2, be(byte(8), side, side, byte(1), "\x01\x11\x00")), none, run, first, bytes.Repeat(runs, n-1), "\xff\xd9")
}

// eobRuns says of so many blocks that they have nothing.
func eobRuns(blocks int) (b []byte) {
	var bits, filled uint32
	for ; blocks > 0; blocks -= 32767 {
		bits, filled = bits<<15|0x3fff, filled+15
		for ; filled >= 8; filled -= 8 {
			next := byte(bits >> (filled - 8))
			if b = append(b, next); next == 0xff {
				b = append(b, 0)
			}
		}
	}
	last := byte(bits<<(8-filled)) | byte(1<<(8-filled)-1)
	if b = append(b, last); last == 0xff {
		b = append(b, 0)
	}
	return b
}

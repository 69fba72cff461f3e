package hostile

import "bytes"

func webpBombs() []file {
	const kind = "WebP bomb"
	return []file{
		{kind, "webp-of-16383-a-side", func() []byte { return webpOf(riff("VP8L", dot(16_383, 16_383))) }, isVast},
		{kind, "webp-of-2-to-the-24", func() []byte { return webpOf(webpCanvas(1<<24, 1<<24, 0), riff("VP8L", dot(1, 1))) }, isVastOrBad},
		{kind, "webp-of-96-megapixels-without-any", func() []byte { return webpOf(riff("VP8L", dot(16_000, 6000)[:5])) }, isBroken},
		{kind, "webp-of-96-megapixels-of-one-colour", func() []byte { return webpOf(riff("VP8L", dot(16_000, 6000))) }, isBearable},
		{kind, "webp-of-20000-frames", func() []byte {
			frame := riff("ANMF", le(make([]byte, 6), u24(63), u24(63), u24(10), byte(0), riff("VP8L", dot(64, 64))))
			return webpOf(webpCanvas(64, 64, 2), riff("ANIM", make([]byte, 6)), bytes.Repeat(frame, 20_000))
		}, isBroken},
		{kind, "webp-of-large-frames", func() []byte {
			frame := riff("ANMF", le(make([]byte, 6), u24(9999), u24(9999), u24(10), byte(0), riff("VP8L", dot(10_000, 10_000))))
			return webpOf(webpCanvas(10_000, 10_000, 2), riff("ANIM", make([]byte, 6)), bytes.Repeat(frame, 2000))
		}, isBearable},
		{kind, "webp-of-a-frame-larger-than-itself", func() []byte {
			frame := riff("ANMF", le(make([]byte, 6), u24(1<<24-1), u24(1<<24-1), u24(10), byte(0), riff("VP8L", dot(16_384, 16_384))))
			return webpOf(webpCanvas(64, 64, 2), riff("ANIM", make([]byte, 6)), frame)
		}, isVastOrBad},
		{kind, "webp-that-says-4-GB", func() []byte { return le("RIFF", uint32(0xffffffff), "WEBPVP8L", uint32(0xffffffff), dot(64, 64)) }, isBroken},
		{kind, "webp-of-500000-chunks", func() []byte {
			return webpOf(webpCanvas(64, 64, 0), bytes.Repeat(riff("JUNK", nil), 500_000), riff("VP8L", dot(64, 64)))
		}, isBearable},
		{kind, "webp-with-profile-of-20-MB", func() []byte {
			return webpOf(webpCanvas(64, 64, 0x20), riff("ICCP", make([]byte, 20<<20)), riff("VP8L", dot(64, 64)))
		}, isBearable},
	}
}

// webpOf is a WebP of these chunks.
func webpOf(chunks ...[]byte) []byte { return riff("RIFF", le("WEBP", bytes.Join(chunks, nil))) }

// riff is a chunk of a RIFF file, of even length.
func riff(kind string, data []byte) []byte {
	return le(kind, uint32(len(data)), data, make([]byte, len(data)%2))
}

// webpCanvas says the size of what follows, and of what kind that is.
func webpCanvas(width, height uint32, flags byte) []byte {
	return riff("VP8X", le(flags, make([]byte, 3), u24(width-1), u24(height-1)))
}

func u24(v uint32) []byte { return le(v)[:3] }

// dot is a lossless picture of one colour, whatever its size: no transforms, no
// cache, and five codes of one symbol, which need no bits for the pixels (WebP
// Lossless Bitstream, 6).
func dot(width, height uint32) []byte {
	b := bits{}
	b.put(0x2f, 8)
	b.put(width-1, 14)
	b.put(height-1, 14)
	b.put(0, 1+3)   // without alpha, version 0
	b.put(0, 1+1+1) // no transform, no cache, no groups of codes
	for range 5 {
		b.put(1, 1) // simple,
		b.put(0, 1) // of one symbol
		b.put(0, 1) // of one bit,
		b.put(0, 1) // which is 0
	}
	return append(b.bytes, make([]byte, 8)...)
}

// bits are written from the least significant on.
type bits struct {
	bytes  []byte
	filled int // of the last byte
}

func (b *bits) put(value uint32, n int) {
	for i := range n {
		if b.filled%8 == 0 {
			b.bytes = append(b.bytes, 0)
		}
		b.bytes[len(b.bytes)-1] |= byte(value>>i&1) << (b.filled % 8)
		b.filled++
	}
}

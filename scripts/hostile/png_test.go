package hostile

import (
	"bytes"
	"hash/crc32"
)

func pngBombs() []file {
	const kind = "PNG bomb"
	idat := func(bytes int64) []byte { return pngChunk("IDAT", zeros(bytes)) }
	return []file{
		{kind, "png-of-50000-a-side", func() []byte { return pngOf(50_000, 50_000, 1, 0, 0, idat(50_000*6251)) }, isVast},
		{kind, "png-of-2-to-the-32", func() []byte { return pngOf(0xffffffff, 0xffffffff, 16, 6, 0, idat(100)) }, isBroken},
		{kind, "png-of-2-to-the-31", func() []byte { return pngOf(1<<31-1, 1<<31-1, 16, 6, 0, idat(100)) }, isVastOrBad},
		{kind, "png-of-no-size", func() []byte { return pngOf(0, 0, 8, 2, 0, idat(100)) }, isBroken},
		{kind, "png-too-wide", func() []byte { return pngOf(1_000_000, 1, 8, 2, 0, idat(3_000_001)) }, isVast},
		// As large as may be: 300 MB of pixels in 300 kB.
		{kind, "png-of-100-megapixels", func() []byte { return pngOf(10_000, 10_000, 8, 2, 0, idat(10_000*30_001)) }, isShown},
		// All of it has to be in memory: 400 MB.
		{kind, "png-interlaced-of-100-megapixels", func() []byte { return pngOf(10_000, 10_000, 8, 6, 1, idat(interlaced(10_000, 4))) }, isBearable},
		{kind, "png-with-more-pixels-than-said", func() []byte { return pngOf(16, 16, 8, 2, 0, idat(1<<30)) }, isBearable},
		{kind, "png-with-fewer-pixels-than-said", func() []byte { return pngOf(10_000, 10_000, 8, 2, 0, idat(1000)) }, isBroken},
		{kind, "png-with-text-of-4-GB", func() []byte {
			return pngOf(16, 16, 8, 2, 0, pngChunk("zTXt", be("a\x00\x00", zeros(4<<30))), idat(16*49))
		}, isBearable},
		{kind, "png-with-xmp-of-1-GB", func() []byte {
			return pngOf(16, 16, 8, 2, 0, pngChunk("iTXt", be("XML:com.adobe.xmp\x00\x01\x00\x00\x00", zeros(1<<30))), idat(16*49))
		}, isBearable},
		{kind, "png-with-profile-of-2-GB", func() []byte {
			return pngOf(16, 16, 8, 2, 0, pngChunk("iCCP", be("a\x00\x00", zeros(2<<30))), idat(16*49))
		}, isBearable},
		{kind, "png-of-200000-chunks", func() []byte {
			return pngOf(16, 16, 8, 2, 0, bytes.Repeat(pngChunk("tEXt", []byte("a\x00b")), 200_000), idat(16*49))
		}, isBearable},
		{kind, "png-of-20000-frames", animatedPNG, isShown},
		{kind, "png-with-chunk-of-2-GB", func() []byte { return pngOf(16, 16, 8, 2, 0, be(uint32(1<<31-1), "IDAT")) }, isBroken},
		{kind, "png-of-one-byte-chunks", func() []byte {
			var chunks []byte
			for _, b := range zeros(512 * 1537) {
				chunks = append(chunks, pngChunk("IDAT", []byte{b})...)
			}
			return pngOf(512, 512, 8, 2, 0, chunks)
		}, isShown},
	}
}

// pngOf is a PNG with these chunks between the first and the last.
func pngOf(width, height uint32, depth, colour, interlace byte, chunks ...[]byte) []byte {
	return be("\x89PNG\r\n\x1a\n", pngChunk("IHDR", be(width, height, depth, colour, byte(0), byte(0), interlace)),
		bytes.Join(chunks, nil), pngChunk("IEND", nil))
}

func pngChunk(kind string, data []byte) []byte {
	body := be(kind, data)
	return be(uint32(len(data)), body, crc32.ChecksumIEEE(body))
}

// interlaced is how many bytes the seven passes of a square have before they are
// compressed (PNG, 8.2), each row with its filter.
func interlaced(side, bytesPerPixel int64) (bytes int64) {
	for _, pass := range [][4]int64{{0, 8, 0, 8}, {4, 8, 0, 8}, {0, 4, 4, 8}, {2, 4, 0, 4}, {0, 2, 2, 4}, {1, 2, 0, 2}, {0, 1, 1, 2}} {
		columns := (side - pass[0] + pass[1] - 1) / pass[1]
		rows := (side - pass[2] + pass[3] - 1) / pass[3]
		bytes += rows * (1 + columns*bytesPerPixel)
	}
	return bytes
}

func animatedPNG() []byte {
	const frames = 20_000
	pixels := zeros(16 * 49)
	chunks := pngChunk("acTL", be(uint32(frames), uint32(0)))
	number := uint32(0)
	for frame := range frames {
		chunks = append(chunks, pngChunk("fcTL", be(number, uint32(16), uint32(16), uint32(0), uint32(0), uint16(1), uint16(100), "\x00\x00"))...)
		number++
		if frame == 0 {
			chunks = append(chunks, pngChunk("IDAT", pixels)...)
			continue
		}
		chunks = append(chunks, pngChunk("fdAT", be(number, pixels))...)
		number++
	}
	return pngOf(16, 16, 8, 2, 0, chunks)
}

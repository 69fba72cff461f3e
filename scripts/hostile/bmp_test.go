package hostile

func bmpBombs() []file {
	const kind = "BMP bomb"
	return []file{
		{kind, "bmp-of-2-to-the-31", func() []byte { return bmpOf(1<<31-1, 1<<31-1, 24, 0) }, isRefused},
		{kind, "bmp-of-minus-2-to-the-31", func() []byte { return bmpOf(1<<31, 1<<31, 24, 0) }, isRefused},
		{kind, "bmp-of-30000-a-side", func() []byte { return bmpOf(30_000, 30_000, 24, 0) }, isVast},
		{kind, "bmp-of-100-megapixels-without-any", func() []byte { return bmpOf(10_000, 10_000, 32, 0) }, isBroken},
		{kind, "bmp-of-no-size", func() []byte { return bmpOf(0, 0, 24, 0) }, isBroken},
		{kind, "bmp-run-length-encoded", func() []byte { return bmpOf(10_000, 10_000, 8, 1) }, isForeign},
		{kind, "bmp-of-an-unknown-compression", func() []byte { return bmpOf(64, 64, 24, 0xffffffff) }, isForeign},
	}
}

// bmpOf is a BMP with a thousand bytes for pixels.
func bmpOf(width, height uint32, depth uint16, compression uint32) []byte {
	return le("BM", uint32(0), uint32(0), uint32(54), uint32(40), width, height, uint16(1), depth, compression,
		make([]byte, 20), make([]byte, 1000))
}

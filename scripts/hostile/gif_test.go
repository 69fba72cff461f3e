package hostile

import "bytes"

func gifBombs() []file {
	const kind = "GIF bomb"
	return []file{
		{kind, "gif-of-65535-a-side", func() []byte { return gifOf(65_535, 65_535, gifFrame(1, 1)) }, isAnything},
		{kind, "gif-of-no-size", func() []byte { return gifOf(0, 0, gifFrame(0, 0)) }, isBearable},
		{kind, "gif-of-20000-frames", func() []byte { return gifOf(64, 64, bytes.Repeat(gifFrame(64, 64), 20_000)) }, isShown},
		{kind, "gif-of-20000-large-frames", func() []byte { return gifOf(9000, 9000, bytes.Repeat(gifFrame(9000, 9000), 20_000)) }, isBearable},
		{kind, "gif-of-frames-larger-than-itself", func() []byte { return gifOf(16, 16, bytes.Repeat(gifFrame(65_535, 65_535), 100)) }, isVastOrBad},
		{kind, "gif-of-no-frames", func() []byte { return gifOf(64, 64, bytes.Repeat([]byte("!\xfe\x01a\x00"), 1_000_000)) }, isBroken},
		{kind, "gif-of-one-byte-blocks", func() []byte {
			return gifOf(5000, 5000, be(gifHead(5000, 5000), bytes.Repeat([]byte{1, 0x81}, 5_000_000), byte(0)))
		}, isBearable},
		{kind, "gif-with-comment-of-20-MB", func() []byte {
			comment := bytes.Repeat(be(byte(255), make([]byte, 255)), 80_000)
			return gifOf(64, 64, be("!\xfe", comment, byte(0), gifFrame(64, 64)))
		}, isShown},
		{kind, "gif-that-never-ends", func() []byte { return gifOf(64, 64, be(gifHead(64, 64), bytes.Repeat([]byte("\xff"), 10<<20))) }, isBearable},
	}
}

// gifOf is a GIF of two colours.
func gifOf(width, height uint16, frames []byte) []byte {
	return le("GIF89a", width, height, "\x80\x00\x00\x00\x00\x00\xff\xff\xff", frames, ";")
}

func gifHead(width, height uint16) []byte {
	return le(",", uint16(0), uint16(0), width, height, "\x00\x02")
}

// gifFrame has less in it than its size: the code to begin, a pixel, and the end.
func gifFrame(width, height uint16) []byte { return le(gifHead(width, height), "\x02\x44\x01\x00") }

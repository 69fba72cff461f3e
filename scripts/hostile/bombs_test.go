package hostile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/vitrine-media/vitrine"
)

// bombs are files made to do harm, each with what must come of it. Where a
// decoder that knows of such files may as well give up as read on, both will do.
func bombs() []file {
	all := slices.Concat(pngBombs(), jpegBombs(), gifBombs(), webpBombs(), tiffBombs(), heifBombs(), bmpBombs(), videoBombs(), polyglots())
	for i := range all {
		content := all[i].data() // now, for an origin has to answer in time
		all[i].data = func() []byte { return content }
	}
	return all
}

// What comes of bombs.
var (
	isShown     = []string{ready}
	isBroken    = fails(vitrine.Unreadable)
	isVast      = fails(vitrine.TooManyPixels)
	isForeign   = fails(vitrine.UnsupportedType)
	isBearable  = append(fails(vitrine.Unreadable), ready)
	isVastOrBad = fails(vitrine.TooManyPixels, vitrine.Unreadable)
	isRefused   = append(fails(vitrine.UnsupportedType), isVastOrBad...)
	isAnything  = append(append(fails(vitrine.VideoTooLong), ready), isRefused...)
)

// be and le write numbers with the most and the least significant byte first,
// and take text as it is.
func be(parts ...any) []byte { return put(binary.BigEndian, parts) }
func le(parts ...any) []byte { return put(binary.LittleEndian, parts) }

func put(order binary.AppendByteOrder, parts []any) (b []byte) {
	for _, part := range parts {
		switch part := part.(type) {
		case byte:
			b = append(b, part)
		case uint16:
			b = order.AppendUint16(b, part)
		case uint32:
			b = order.AppendUint32(b, part)
		case uint64:
			b = order.AppendUint64(b, part)
		case string:
			b = append(b, part...)
		case []byte:
			b = append(b, part...)
		default:
			panic(part)
		}
	}
	return b
}

// zeros compresses n zero bytes, as a zlib stream, in no more time for gigabytes
// than for kilobytes: once compressed, a block of them can follow itself.
func zeros(n int64) []byte {
	const block = 128 << 10
	blank := make([]byte, block)
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	compressed := func(n int64) []byte {
		from := b.Len()
		_, err := w.Write(blank[:n])
		if err := errors.Join(err, w.Flush()); err != nil {
			panic(err) // a buffer takes all
		}
		return bytes.Clone(b.Bytes()[from:])
	}
	rest := compressed(n % block)
	whole := compressed(block)
	// Then an empty block, the last, and the checksum, which of zeros is the length.
	return slices.Concat(rest, bytes.Repeat(whole, int(n/block)), be("\x01\x00\x00\xff\xff", uint16(n%65521), uint16(1)))
}

// deflated compresses some bytes as a zlib stream.
func deflated(plain []byte) []byte {
	return encoded(func(b *bytes.Buffer) error {
		w := zlib.NewWriter(b)
		_, err := w.Write(plain)
		return errors.Join(err, w.Close())
	})
}

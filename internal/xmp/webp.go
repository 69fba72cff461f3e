package xmp

import (
	"encoding/binary"
	"errors"
	"fmt"

	vitrine "github.com/vitrine-media/vitrine"
)

// Sizes within a WebP file (RFC 9649, section 2).
const (
	riffBytes     = 12 // "RIFF", size, "WEBP"
	chunkBytes    = 8  // name and size of a chunk
	extendedBytes = 10 // data of the chunk "VP8X"
)

// Flags in the first byte of the chunk "VP8X".
const (
	flagXMP   = 0x04
	flagAlpha = 0x10
)

// LabelWebP gives a WebP of width x height px with an XMP packet that says the
// digital source type and nothing else. A packet that it had is replaced; the
// other chunks, and so the pixels, stay as they are. It is an error when
// sourceType isn't one (vitrine.IsSourceType), or webp is damaged or of another
// size.
func LabelWebP(webp []byte, width, height int, sourceType string) ([]byte, error) {
	if !vitrine.IsSourceType(sourceType) {
		return nil, fmt.Errorf("label a WebP: %.80q is no digital source type", sourceType)
	}
	chunks, err := chunksOf(webp)
	if err != nil {
		return nil, fmt.Errorf("label a WebP: %w", err)
	}
	extended, err := chunks[0].extended(width, height)
	if err != nil {
		return nil, fmt.Errorf("label a WebP: %w", err)
	}
	extended[0] |= flagXMP

	packet := labelPacket(sourceType)
	out := make([]byte, 0, len(webp)+2*chunkBytes+extendedBytes+len(packet)+1)
	out = append(out, webp[:riffBytes]...)
	out = appendChunk(out, chunk{"VP8X", extended})
	for _, c := range chunks {
		if c.name != "VP8X" && c.name != "XMP " {
			out = appendChunk(out, c)
		}
	}
	out = appendChunk(out, chunk{"XMP ", packet})
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

// labelPacket is a packet that says the digital source type, whose form leaves
// nothing to escape.
func labelPacket(sourceType string) []byte {
	return []byte(`<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>` +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="` + nsRDF + `">` +
		`<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="` + nsIPTC + `"` +
		` Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/` + sourceType + `"/>` +
		`</rdf:RDF></x:xmpmeta><?xpacket end="r"?>`)
}

// chunk is a part of a WebP file.
type chunk struct {
	name string // four bytes
	data []byte
}

// chunksOf takes a WebP file apart, into one chunk at least.
func chunksOf(webp []byte) (chunks []chunk, err error) {
	if len(webp) < riffBytes+chunkBytes || string(webp[:4]) != "RIFF" || string(webp[8:riffBytes]) != "WEBP" ||
		uint64(binary.LittleEndian.Uint32(webp[4:]))+8 != uint64(len(webp)) {
		return nil, errors.New("it isn't one, or is cut")
	}
	for rest := webp[riffBytes:]; len(rest) > 0; {
		if len(rest) < chunkBytes {
			return nil, errors.New("a chunk is cut")
		}
		size := uint64(binary.LittleEndian.Uint32(rest[4:]))
		next := chunkBytes + size + size%2
		if next > uint64(len(rest)) {
			return nil, fmt.Errorf("chunk %q is cut", rest[:4])
		}
		chunks = append(chunks, chunk{string(rest[:4]), rest[chunkBytes : chunkBytes+size]})
		rest = rest[next:]
	}
	return chunks, nil
}

// appendChunk adds a chunk to a file.
func appendChunk(file []byte, c chunk) []byte {
	file = append(file, c.name...)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(c.data)))
	file = append(file, c.data...)
	return append(file, make([]byte, len(c.data)%2)...)
}

// extended is the data of the chunk "VP8X" for a file that begins with c, which
// must be of that size.
func (c chunk) extended(width, height int) ([]byte, error) {
	// Where a chunk has its picture's size, and what stands there before it:
	// RFC 9649 2.7 and 3.4, RFC 6386 9.1.
	var w, h uint32
	extended := make([]byte, extendedBytes)
	d := c.data
	switch {
	case c.name == "VP8X" && len(d) == extendedBytes:
		copy(extended, d)
		w, h = uint24(d[4:])+1, uint24(d[7:])+1
	case c.name == "VP8 " && len(d) >= 10 && string(d[3:6]) == "\x9d\x01\x2a":
		w, h = uint32(binary.LittleEndian.Uint16(d[6:])&0x3fff), uint32(binary.LittleEndian.Uint16(d[8:])&0x3fff)
	case c.name == "VP8L" && len(d) >= 5 && d[0] == 0x2f:
		bits := binary.LittleEndian.Uint32(d[1:])
		w, h = bits&0x3fff+1, bits>>14&0x3fff+1
		if bits>>28&1 == 1 {
			extended[0] = flagAlpha
		}
	default:
		return nil, fmt.Errorf("it begins with a chunk %q of %d bytes", c.name, len(d))
	}
	if int64(w) != int64(width) || int64(h) != int64(height) || w == 0 || h == 0 {
		return nil, fmt.Errorf("it is %d x %d px instead of %d x %d", w, h, width, height)
	}
	putUint24(extended[4:], w-1)
	putUint24(extended[7:], h-1)
	return extended, nil
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

func putUint24(b []byte, v uint32) { b[0], b[1], b[2] = byte(v), byte(v>>8), byte(v>>16) }

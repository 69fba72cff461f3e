package hostile

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// piece is a part of a file that says how long it is, or how long something else
// is.
type piece struct {
	start, end int // in the file
	length     int // where the length stands
	bytes      int // that the length has: 1, 2 or 4
	little     bool
}

// setLength writes the length of a piece.
func (p piece) setLength(data []byte, length uint32) {
	b := be(length)[4-p.bytes:]
	if p.little {
		slices.Reverse(b)
	}
	copy(data[p.length:], b)
}

// jpegPieces are the segments up to the pixels.
func jpegPieces(data []byte) (pieces []piece) {
	for at := 2; at+4 <= len(data) && data[at] == 0xff && data[at+1] != 0xda; {
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		pieces = append(pieces, piece{start: at, end: end, length: at + 2, bytes: 2})
		at = end
	}
	return pieces
}

func pngPieces(data []byte) (pieces []piece) {
	for at := 8; at+12 <= len(data); {
		end := at + 12 + int(binary.BigEndian.Uint32(data[at:]))
		pieces = append(pieces, piece{start: at, end: end, length: at, bytes: 4})
		at = end
	}
	return pieces
}

// gifPieces are the blocks of pixels and comments behind each head of a frame.
func gifPieces(data []byte) (pieces []piece) {
	for at := bytes.IndexByte(data, ','); at >= 0 && at+11 < len(data); {
		at += 11
		for at < len(data) && data[at] != 0 {
			end := at + 1 + int(data[at])
			pieces = append(pieces, piece{start: at, end: end, length: at, bytes: 1})
			at = end
		}
		next := bytes.IndexByte(data[min(at, len(data)):], ',')
		if next < 0 {
			break
		}
		at += next
	}
	return pieces
}

// riffPieces are the chunks, and those in lists.
func riffPieces(data []byte) (pieces []piece) {
	for at := 12; at+8 <= len(data); {
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		end := at + 8 + size + size%2
		pieces = append(pieces, piece{start: at, end: end, length: at + 4, bytes: 4, little: true})
		if string(data[at:at+4]) == "LIST" || string(data[at:at+4]) == "ANMF" {
			end = at + 12 // look at what is in it
			if string(data[at:at+4]) == "ANMF" {
				end = at + 24
			}
		}
		at = end
	}
	return pieces
}

// tiffPieces are the entries of the first directory, each with how many values
// it says it has, and each again with its value, or where that is.
func tiffPieces(data []byte) (pieces []piece) {
	if len(data) < 8 {
		return nil
	}
	at := int(binary.LittleEndian.Uint32(data[4:]))
	if at+2 > len(data) {
		return nil
	}
	for entry := range int(binary.LittleEndian.Uint16(data[at:])) {
		start := at + 2 + 12*entry
		pieces = append(pieces,
			piece{start: start, end: start + 12, length: start + 4, bytes: 4, little: true},
			piece{start: start, end: start + 12, length: start + 8, bytes: 4, little: true})
	}
	return pieces
}

// holders are the boxes that have nothing but boxes in them, behind so many
// bytes.
var holders = map[string]int{
	"moov": 0, "trak": 0, "mdia": 0, "minf": 0, "stbl": 0, "edts": 0, "udta": 0, "iprp": 0, "ipco": 0,
	"meta": 4, "iref": 4, "iinf": 6, "dref": 8, "stsd": 8,
}

// boxPieces are the boxes, and those in them.
func boxPieces(data []byte) (pieces []piece) {
	for at := 0; at+8 <= len(data); {
		size := boxSize(data[at:])
		if size < 8 {
			break
		}
		pieces = append(pieces, piece{start: at, end: at + size, length: at, bytes: 4})
		if head, ok := holders[string(data[at+4:at+8])]; ok {
			size = 8 + head
		}
		at += size
	}
	return slices.DeleteFunc(pieces, func(p piece) bool { return p.end > len(data) })
}

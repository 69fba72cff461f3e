package imaging

import (
	"bytes"
	"encoding/binary"
)

// The marks of a C2PA manifest store (C2PA Technical Specification, appendix
// A): the type of its JUMBF box, and of the box that holds it in HEIF and AVIF.
var (
	c2paJUMBF = []byte("c2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71")
	c2paUUID  = []byte("\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81")
)

// hasC2PA reports whether a file of that type carries a C2PA manifest store.
// What the manifest says, and whether its signature holds, is not looked at.
// Damage in the file ends the search.
func hasC2PA(mediaType string, data []byte) bool {
	switch loaders[mediaType] {
	case loaders["image/jpeg"]:
		return jpegHasC2PA(data)
	case loaders["image/png"]:
		return pngHasC2PA(data)
	case loaders["image/webp"]:
		return webpHasC2PA(data)
	case loaders["image/heif"]:
		return heifHasC2PA(data)
	}
	return false
}

// jpegHasC2PA looks into the segments before the pixels: APP11 is where JUMBF
// of all kinds is, so the kind counts.
func jpegHasC2PA(data []byte) bool {
	const (
		app11        = 0xeb
		startOfScan  = 0xda
		kindWithin   = 64 // bytes of a segment; it is in the first box of the first one
		segmentBytes = 4  // marker and size
	)
	for at := 2; at+segmentBytes <= len(data) && data[at] == 0xff && data[at+1] != startOfScan; {
		if data[at+1] == 0xff { // padding
			at++
			continue
		}
		next := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if next > len(data) || next < at+segmentBytes {
			return false
		}
		body := data[at+segmentBytes : next]
		if data[at+1] == app11 && bytes.HasPrefix(body, []byte("JP")) &&
			bytes.Contains(body[:min(len(body), kindWithin)], c2paJUMBF) {
			return true
		}
		at = next
	}
	return false
}

func pngHasC2PA(data []byte) bool {
	for at := int64(8); at+8 <= int64(len(data)); at += 12 + int64(binary.BigEndian.Uint32(data[at:])) {
		if string(data[at+4:at+8]) == "caBX" {
			return true
		}
	}
	return false
}

func webpHasC2PA(data []byte) bool {
	for at := int64(12); at+8 <= int64(len(data)); {
		if string(data[at:at+4]) == "C2PA" {
			return true
		}
		size := int64(binary.LittleEndian.Uint32(data[at+4:]))
		at += 8 + size + size%2
	}
	return false
}

// heifHasC2PA looks at the outermost boxes (ISO/IEC 14496-12, 4.2).
func heifHasC2PA(data []byte) bool {
	const boxBytes = 8 // size and type
	for rest := data; len(rest) >= boxBytes; {
		size, head := uint64(binary.BigEndian.Uint32(rest)), boxBytes
		if size == 1 && len(rest) >= 2*boxBytes {
			size, head = binary.BigEndian.Uint64(rest[boxBytes:]), 2*boxBytes
		}
		if string(rest[4:8]) == "uuid" && bytes.HasPrefix(rest[head:], c2paUUID) {
			return true
		}
		if size < boxBytes || size > uint64(len(rest)) {
			return false
		}
		rest = rest[size:]
	}
	return false
}

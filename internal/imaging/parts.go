package imaging

import (
	"bytes"
	"encoding/binary"

	vitrine "github.com/vitrine-media/vitrine"
)

// A decoder goes over the whole picture once more for each scan of a JPEG, and
// over all that it has seen for each segment of one and each frame of a WebP;
// every page of a TIFF is read to count them. A small file can have so many that
// this takes minutes. These are more than any program writes that makes pictures
// to be looked at, and cost a second at most.
const (
	maxScans = 100
	maxParts = 10_000 // segments, frames or pages
)

// countParts refuses pictures by how many parts they have, before libvips sees
// them: much of the time would be spent on the header.
func (w *work) countParts() error {
	switch w.result.Type {
	case "image/jpeg":
		segments, scans := jpegParts(w.data)
		if scans > maxScans {
			return vitrine.Failf(vitrine.Unreadable, "jpeg: %d scans, %d allowed", scans, maxScans)
		}
		if segments > maxParts {
			return vitrine.Failf(vitrine.Unreadable, "jpeg: %d segments, %d allowed", segments, maxParts)
		}
	case "image/webp":
		if frames := webpFrames(w.data); frames > maxParts {
			return vitrine.Failf(vitrine.Unreadable, "webp: %d frames, %d allowed", frames, maxParts)
		}
	case "image/tiff":
		if tiffPages(w.data) > maxParts {
			return vitrine.Failf(vitrine.Unreadable, "tiff: more than %d pages", maxParts)
		}
	}
	return nil
}

// jpegParts counts the segments of a JPEG up to its end, scans included, in the
// way in which decoders find the next one: at a marker, whatever is before it.
func jpegParts(data []byte) (segments, scans int) {
	for at := 2; at < len(data); {
		marker := bytes.IndexByte(data[at:], 0xff)
		if marker < 0 {
			break
		}
		for at += marker; at < len(data) && data[at] == 0xff; at++ { // any number of them may come first
		}
		if at+3 > len(data) {
			break
		}
		switch code := data[at]; {
		case code == 0xd9: // the end
			return segments, scans
		case code <= 0x01, code >= 0xd0 && code <= 0xd8: // it has nothing to it, or is no marker
			at++
			continue
		case code == 0xda:
			scans++
		}
		segments++
		at += 1 + max(2, int(binary.BigEndian.Uint16(data[at+1:])))
	}
	return segments, scans
}

// webpFrames counts the frames of an animation.
func webpFrames(data []byte) (frames int) {
	for at := 12; at+8 <= len(data); {
		if string(data[at:at+4]) == "ANMF" {
			frames++
		}
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		at += 8 + size + size%2
	}
	return frames
}

// tiffPages counts the pages of a TIFF, up to one more than there may be: the
// last may lead back to the first.
func tiffPages(data []byte) (pages int) {
	if len(data) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	for at := int(order.Uint32(data[4:])); at != 0 && at+2 <= len(data) && pages <= maxParts; pages++ {
		next := at + 2 + 12*int(order.Uint16(data[at:]))
		if next+4 > len(data) {
			break
		}
		at = int(order.Uint32(data[next:]))
	}
	return pages
}

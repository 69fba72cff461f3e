package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

// Pictures that take their decoder minutes by how many parts they have are
// refused, and one less is no reason to.
func TestTooManyParts(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	for _, row := range []struct {
		name   string
		make   func(t *testing.T, parts int) []byte
		most   int
		detail string
	}{
		{"scans of a JPEG", jpegOfScans, maxScans, "jpeg: 101 scans, 100 allowed"},
		{"segments of a JPEG", jpegOfSegments, maxParts, "jpeg: 10001 segments, 10000 allowed"},
		{"frames of a WebP", webpOfFrames, maxParts, "webp: 10001 frames, 10000 allowed"},
		{"pages of a TIFF", tiffOfPages, maxParts, "tiff: more than 10000 pages"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			request := Request{Source: tempFile(t, "most", row.make(t, row.most)), OutDir: t.TempDir()}
			if _, err := p.Optimise(t.Context(), request); err != nil {
				t.Errorf("%d: %v", row.most, err)
			}
			request = Request{Source: tempFile(t, "more", row.make(t, row.most+1)), OutDir: t.TempDir()}
			_, err := p.Optimise(t.Context(), request)
			failure, ok := errors.AsType[*vitrine.Failure](err)
			if !ok || failure.Code != vitrine.Unreadable || failure.Detail != row.detail {
				t.Errorf("%d: got %v, want unreadable with %q", row.most+1, err, row.detail)
			}
			wantEmpty(t, request.OutDir)
		})
	}
}

// jpegOfScans repeats the one scan of a picture, with what a decoder passes over
// between them: fill bytes and restart markers. Bytes behind the end don't count.
func jpegOfScans(t *testing.T, scans int) []byte {
	data := jpegOf(t, chart(t))
	at := bytes.Index(data, []byte{0xff, 0xda})
	scan := append([]byte{0xff, 0xff, 0xff, 0xd0}, data[at:len(data)-2]...)
	all := append(bytes.Clone(data[:len(data)-2]), bytes.Repeat(scan, scans-1)...)
	return append(append(all, 0xff, 0xd9), scan...)
}

// jpegOfSegments has as many with those that it needs.
func jpegOfSegments(t *testing.T, segments int) []byte {
	data := jpegOf(t, chart(t))
	has, _ := jpegParts(data)
	return withSegments(data, bytes.Repeat(segment(13, []byte("x")), segments-has))
}

// webpOfFrames is an animation of the same frame (WebP Container, "Animation").
func webpOfFrames(t *testing.T, frames int) []byte {
	img := chart(t)
	still, err := (&pixels{Pix: img.Pix, Width: img.Rect.Dx(), Height: img.Rect.Dy(), Bands: 4}).shrink(8)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := still.webp(50, 0)
	if err != nil {
		t.Fatal(err)
	}
	picture := string(encoded[12:])
	if i := strings.Index(picture, "VP8 "); i >= 0 {
		picture = picture[i:] // without a header of its own, and alpha
	}
	side := string([]byte{byte(still.Width - 1), 0, 0, byte(still.Height - 1), 0, 0})
	frame := riffChunk("ANMF", strings.Repeat("\x00", 6)+side+"\x00\x00\x00\x00"+picture)
	head := riffChunk("VP8X", "\x02\x00\x00\x00"+side) // says that there are frames
	control := riffChunk("ANIM", strings.Repeat("\x00", 6))
	return riffChunk("RIFF", "WEBP"+string(head)+string(control)+strings.Repeat(string(frame), frames))
}

// tiffOfPages has the directory of a picture again and again.
func tiffOfPages(t *testing.T, pages int) []byte {
	data := tiffFrom(t)
	le := binary.LittleEndian
	at := int(le.Uint32(data[4:]))
	directory := bytes.Clone(data[at : at+2+12*int(le.Uint16(data[at:]))])
	for range pages - 1 {
		le.PutUint32(data[at+len(directory):], uint32(len(data)))
		at = len(data)
		data = append(append(data, directory...), 0, 0, 0, 0)
	}
	return data
}

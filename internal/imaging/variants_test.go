package imaging

import (
	"encoding/binary"
	"image"
	"image/png"
	"os"
	"strings"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/xmp"
)

// checkVariants fails the test unless each variant is as it says, fits its
// size, is not larger than the original, and has pixels and nothing else but
// the file's own label, if it is one.
func checkVariants(t testing.TB, r *Result) {
	t.Helper()
	for i, v := range r.Variants {
		data, err := os.ReadFile(r.Files[i])
		if err != nil {
			t.Fatal(err)
		}
		if v.Width > r.Width || v.Height > r.Height {
			t.Errorf("variant %s is %d x %d px of %d x %d", v.Name, v.Width, v.Height, r.Width, r.Height)
		}
		img, err := decode(data, shrunk, 4096, "")
		if err != nil {
			t.Fatalf("variant %s: %v", v.Name, err)
		}
		if img.Width != v.Width || img.Height != v.Height {
			t.Errorf("variant %s is %d x %d px and says %d x %d", v.Name, img.Width, img.Height, v.Width, v.Height)
		}
		label := ""
		for _, chunk := range webpChunks(t, data) {
			switch chunk.name {
			case "VP8 ", "VP8L", "VP8X", "ALPH":
			case "XMP ":
				label += string(chunk.data)
			default:
				t.Errorf("variant %s has a chunk %q", v.Name, chunk.name)
			}
		}
		source := r.Facts.DigitalSourceType
		if !vitrine.IsAISourceType(source) {
			source = ""
		}
		if got := xmp.Parse([]byte(label)); got.DigitalSourceType() != source || (label == "") != (source == "") {
			t.Errorf("variant %s has the XMP %q, want %q in it", v.Name, label, source)
		}
		// Of a packet only the label is left.
		for _, words := range []string{"coverage", "GPano", "Credit"} {
			if strings.Contains(label, words) {
				t.Errorf("variant %s says more: %q", v.Name, label)
			}
		}
	}
	last := r.Variants[len(r.Variants)-1]
	if pano := r.Facts.Panorama; (last.Name == vitrine.PanoVariant) != (pano != nil) {
		t.Errorf("the last variant is %s, of a panorama %+v", last.Name, pano)
	}
}

// webpChunk is a chunk of a WebP file.
type webpChunk struct {
	name string
	data []byte
}

// webpChunks gives the chunks of a WebP file (RFC 9649, section 2).
func webpChunks(t testing.TB, data []byte) (chunks []webpChunk) {
	t.Helper()
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WEBP" ||
		int(binary.LittleEndian.Uint32(data[4:]))+8 != len(data) {
		t.Fatal("not a WebP")
	}
	for rest := data[12:]; len(rest) > 0; {
		if len(rest) < 8 {
			t.Fatal("a cut chunk")
		}
		size := int(binary.LittleEndian.Uint32(rest[4:]))
		next := 8 + size + size%2
		if next > len(rest) {
			t.Fatal("a cut chunk")
		}
		chunks = append(chunks, webpChunk{string(rest[:4]), rest[8 : 8+size]})
		rest = rest[next:]
	}
	return chunks
}

// riffChunk is a chunk of a WebP file.
func riffChunk(name, data string) []byte {
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(data)))
	return append(append(append([]byte(name), size...), data...), make([]byte, len(data)%2)...)
}

// savePNG writes a picture.
func savePNG(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, img); err != nil {
		return err
	}
	return f.Close()
}

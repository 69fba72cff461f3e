package imaging

import (
	"encoding/binary"
	"image"
	"image/png"
	"os"
	"testing"
)

// checkVariants fails the test unless each variant is as it says, fits its
// size, is not larger than the original, and has pixels and nothing else.
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
		for _, chunk := range webpChunks(t, data) {
			switch chunk {
			case "VP8 ", "VP8L", "VP8X", "ALPH":
			default:
				t.Errorf("variant %s has a chunk %q", v.Name, chunk)
			}
		}
	}
}

// webpChunks names the chunks of a WebP file (RFC 9649, section 2).
func webpChunks(t testing.TB, data []byte) (names []string) {
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
		size += 8 + size%2
		if size > len(rest) {
			t.Fatal("a cut chunk")
		}
		names = append(names, string(rest[:4]))
		rest = rest[size:]
	}
	return names
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

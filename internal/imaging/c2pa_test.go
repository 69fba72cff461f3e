package imaging

import (
	"bytes"
	"testing"
)

// jumbf is a JUMBF box of that kind (ISO 19566-5).
func jumbf(kind []byte) []byte {
	return box("jumb", box("jumd", append(bytes.Clone(kind), "\x03c2pa\x00"...)))
}

// c2paSegment is a JUMBF box of that kind in a segment (ISO 19566-5, D.2).
func c2paSegment(kind []byte) []byte {
	return segment(11, []byte("JP\x02\x11\x00\x00\x00\x01"), jumbf(kind))
}

func TestHasC2PA(t *testing.T) {
	t.Parallel()
	jpeg := func(segments ...[]byte) []byte { return jpegOf(t, chart(t), segments...) }
	avif := testFile(t, "chart.avif")
	store := box("uuid", c2paUUID)
	other := append([]byte("json"), c2paJUMBF[4:]...)
	long := append([]byte("\x00\x00\x00\x01uuid\x00\x00\x00\x00\x00\x00\x00\x20"), c2paUUID...)
	for _, row := range []struct {
		what string
		kind string
		data []byte
		want bool
	}{
		{"jpeg", "image/jpeg", jpeg(exifSegment(1), c2paSegment(c2paJUMBF)), true},
		{"jpeg with padding", "image/jpeg", jpeg([]byte{0xff, 0xff}, c2paSegment(c2paJUMBF)), true},
		{"jpeg with another box", "image/jpeg", jpeg(c2paSegment(other)), false},
		{"jpeg with it elsewhere", "image/jpeg", jpeg(segment(2, []byte("JP"), jumbf(c2paJUMBF))), false},
		{"jpeg with it behind the pixels", "image/jpeg", append(jpeg(), c2paSegment(c2paJUMBF)...), false},
		{"jpeg that is cut", "image/jpeg", jpeg(c2paSegment(c2paJUMBF))[:30], false},
		{"png", "image/png", withChunks(testFile(t, "chart.png"), pngChunk("caBX", jumbf(c2paJUMBF))), true},
		{"png without", "image/png", testFile(t, "chart.png"), false},
		{"webp", "image/webp", webpWith(t, "C2PA", "odd"), true},
		{"webp without", "image/webp", webpWith(t, "XMP ", "odd"), false},
		{"heif", "image/heic", append(testFile(t, "turned.heic"), store...), true},
		{"avif", "image/avif", append(bytes.Clone(avif), store...), true},
		{"avif behind a long box", "image/avif", append(bytes.Clone(avif), append([]byte("\x00\x00\x00\x01free\x00\x00\x00\x00\x00\x00\x00\x10"), store...)...), true},
		{"avif with a long box", "image/avif", append(bytes.Clone(avif), long...), true},
		{"avif with it deeper", "image/avif", append(bytes.Clone(avif), box("free", store)...), false},
		{"avif without", "image/avif", avif, false},
		{"gif", "image/gif", gifFrom(t), false},
	} {
		if got := hasC2PA(row.kind, row.data); got != row.want {
			t.Errorf("%s: got %t", row.what, got)
		}
	}
}

// A file is foreign: whatever it is, the search ends, and finds nothing where
// no mark is.
func FuzzHasC2PA(f *testing.F) {
	kinds := []string{"image/jpeg", "image/png", "image/webp", "image/heic"}
	f.Add(append([]byte{0xff, 0xd8}, c2paSegment(c2paJUMBF)...))
	f.Add(append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("caBX", nil)...))
	f.Add(append([]byte("RIFF\x00\x00\x00\x00WEBP"), riffChunk("C2PA", "")...))
	f.Add(append(box("ftyp", nil), box("uuid", c2paUUID)...))
	f.Add([]byte("\x00\x00\x00\x01uuid\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range kinds {
			marked := false
			for _, mark := range [][]byte{c2paJUMBF, c2paUUID, []byte("caBX"), []byte("C2PA")} {
				marked = marked || bytes.Contains(data, mark)
			}
			if hasC2PA(kind, data) && !marked {
				t.Errorf("%s: something found in %x", kind, data)
			}
		}
	})
}

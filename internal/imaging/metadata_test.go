package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/xmp"
)

// xmpPacket is an XMP packet with these attributes of a description.
func xmpPacket(attributes string) string {
	return `<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">` +
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""` +
		` xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"` +
		` xmlns:ipx="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		attributes + `/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
}

// sourced is a packet that says the digital source type, and a place.
func sourced(name string) string {
	return xmpPacket(`dc:coverage="here" ipx:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/` + name + `"`)
}

// What a file says of itself is read from every type that can say it, and of
// all metadata nothing but a label is in the variants.
func TestMetadata(t *testing.T) {
	t.Parallel()
	const trained, composite = vitrine.TrainedAlgorithmicMedia, vitrine.CompositeWithTrainedAlgorithmicMedia
	p := newPool(t)
	said := sourced(trained)
	for _, row := range []struct {
		what   string
		data   []byte
		source string
		c2pa   bool
		label  string // of the variants
	}{
		{"jpeg", jpegOf(t, chart(t), exifSegment(1), xmpSegmentOf(said)), trained, false, trained},
		{"jpeg with more behind the packet", jpegOf(t, chart(t), xmpSegmentOf(said), moreXMPSegment()), trained, false, trained},
		{"jpeg of a camera", jpegOf(t, chart(t), xmpSegmentOf(sourced("digitalCapture"))), "digitalCapture", false, ""},
		{"jpeg with a manifest", jpegOf(t, chart(t), exifSegment(1), c2paSegment(c2paJUMBF)), "", true, ""},
		{"png", withChunks(pngFrom(chart)(t), pngText(said)), trained, false, trained},
		{"png with alpha", withChunks(pngFrom(withAlpha)(t), pngText(said), pngChunk("caBX", jumbf(c2paJUMBF))), trained, true, trained},
		{"webp", webpWith(t, "XMP ", said), trained, false, trained},
		{"webp with a manifest", webpWith(t, "C2PA", "x"), "", true, ""},
		{"heic", testFile(t, "altered.heic"), composite, false, composite},
		{"avif with a manifest", append(testFile(t, "chart.avif"), box("uuid", c2paUUID)...), "", true, ""},
		{"a packet too large", withChunks(pngFrom(chart)(t), pngText(said+strings.Repeat(" ", xmp.MaxBytes))), "", false, ""},
		{"a packet of nonsense", jpegOf(t, chart(t), xmpSegmentOf("http://iptc.org/std/Iptc4xmpExt/2008-02-29/<<<<")), "", false, ""},
		{"none", jpegOf(t, chart(t)), "", false, ""},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			result, err := p.Optimise(context.Background(), Request{Source: tempFile(t, "picture", row.data), OutDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			want := vitrine.ContentFacts{DigitalSourceType: row.source, C2PA: row.c2pa}
			if diff := cmp.Diff(want, result.Facts, cmpopts.IgnoreFields(want, "Removed")); diff != "" {
				t.Error(diff)
			}
			checkVariants(t, result)
			h, err := probe(readFile(t, result.Files[0]))
			if err != nil {
				t.Fatal(err)
			}
			if got := xmp.Parse(h.XMP).DigitalSourceType(); got != row.label {
				t.Errorf("a reader sees the label %q in a variant", got)
			}
		})
	}
}

// libvips keeps the packets of iPhones under another name.
func TestXMPOfPhones(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	for _, name := range []string{
		"photos/me-IMG_2929.HEIC", "photos/me-Issue_263_dotnet.heic", "awkward/me-Issue_437_dotnet_.heic", "photos/me-Issue_525.jpg",
	} {
		h, err := probe(readFile(t, filepath.Join(dir, name)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(h.XMP, []byte("<x:xmpmeta")) {
			t.Errorf("%s: an XMP packet of %d bytes", name, len(h.XMP))
		}
	}
}

// A label changes no pixel.
func TestLabel(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	for what, data := range map[string][]byte{"opaque": pngFrom(chart)(t), "alpha": pngFrom(withAlpha)(t)} {
		var seen []*image.NRGBA
		for _, file := range [][]byte{data, withChunks(data, pngText(sourced(vitrine.TrainedAlgorithmicMedia)))} {
			result, err := p.Optimise(context.Background(), Request{Source: tempFile(t, what, file), OutDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, decoded(t, result.Files[1]))
		}
		compare(t, what+" without a label", seen[1], seen[0], 0)
	}
}

// moreXMPSegment is what belongs to a packet that is too long for a segment.
func moreXMPSegment() []byte {
	return segment(1, []byte("http://ns.adobe.com/xmp/extension/\x00"), bytes.Repeat([]byte("0"), 40),
		[]byte(sourced("print")))
}

// withChunks adds chunks to a PNG, behind its header.
func withChunks(file []byte, chunks ...[]byte) []byte {
	const header = 8 + 25
	return append(append(bytes.Clone(file[:header]), bytes.Join(chunks, nil)...), file[header:]...)
}

func pngChunk(name string, data []byte) []byte {
	body := append([]byte(name), data...)
	return append(append(u32(uint32(len(data))), body...), u32(crc32.ChecksumIEEE(body))...)
}

func pngText(packet string) []byte {
	return pngChunk("iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+packet))
}

// webpWith is the chart as a WebP with that chunk behind its pixels.
func webpWith(t testing.TB, name, data string) []byte {
	t.Helper()
	file := webpFrom(t)
	if string(file[12:16]) != "VP8X" { // its alpha is 255 throughout
		file = bytes.Join([][]byte{file[:12], riffChunk("VP8X", "\x04\x00\x00\x00\x5f\x00\x00\x3f\x00\x00"), file[12:]}, nil)
	}
	file = append(file, riffChunk(name, data)...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

// box is a box of HEIF.
func box(name string, data []byte) []byte {
	return append(append(u32(uint32(8+len(data))), name...), data...)
}

// replaced puts one text in another's place, which must be there.
func replaced(t testing.TB, text, old, new string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in %q", old, text)
	}
	return strings.ReplaceAll(text, old, new)
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decoded is a variant's pixels.
func decoded(t testing.TB, path string) *image.NRGBA {
	t.Helper()
	img, err := decode(readFile(t, path), shrunk, panoPx, "")
	if err != nil {
		t.Fatal(err)
	}
	return img.nrgba()
}

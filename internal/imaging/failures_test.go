package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

func TestFailures(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>`
	jpeg := jpegOf(t, chart(t))
	avif := testFile(t, "chart.avif")
	for _, row := range []struct {
		name   string
		data   []byte
		code   vitrine.FailureCode
		detail string // part of it
	}{
		{"svg", []byte(svg), vitrine.UnsupportedType, "image/svg+xml"},
		{"svg-xml", []byte("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n" + svg), vitrine.UnsupportedType, "text/xml"},
		{"svg-late", []byte("<?xml version=\"1.0\"?><!--" + strings.Repeat(" ", 5000) + "-->" + svg), vitrine.UnsupportedType, "text/xml"},
		{"svg-behind-jpeg", append([]byte("\xff\xd8\xff"), svg...), vitrine.Unreadable, "VipsJpeg"},
		{"svg-behind-gif", append([]byte("GIF89a"), svg...), vitrine.Unreadable, ""},
		{"html", []byte("<!DOCTYPE html><html><body>not here</body></html>"), vitrine.UnsupportedType, "text/html"},
		{"pdf", []byte("%PDF-1.4\n1 0 obj\n"), vitrine.UnsupportedType, "application/pdf"},
		{"magick", []byte("push graphic-context\nviewbox 0 0 9 9\n"), vitrine.UnsupportedType, "text/plain"},
		{"pnm", []byte("P6 1 1 255\nabc"), vitrine.UnsupportedType, "text/plain"},
		{"jxl", []byte("\xff\x0a\xfa\x1f"), vitrine.UnsupportedType, "image/jxl"},
		{"mp4", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"), vitrine.UnsupportedType, "video/mp4"},
		{"zeros", make([]byte, 5000), vitrine.UnsupportedType, "application/octet-stream"},
		{"empty", nil, vitrine.Unreadable, "the file is empty"},

		{"wide-png", pngHeader(50_000, 50_000), vitrine.TooManyPixels, "50000 x 50000 px, 100 megapixels allowed"},
		{"long-png", pngHeader(20_000, 10), vitrine.TooManyPixels, "20000 x 10 px, 16000 px a side allowed"},
		{"wide-bmp", bmpHeader(30_000, 30_000, 24), vitrine.TooManyPixels, "30000 x 30000 px"},
		{"wide-avif", withISPE(avif, 17_000), vitrine.TooManyPixels, "17000"},

		{"cut-jpeg", cut(jpeg), vitrine.Unreadable, "VipsJpeg: "},
		{"cut-png", cut(testFile(t, "chart.png")), vitrine.Unreadable, "png: "},
		{"cut-webp", cut(webpFrom(t)), vitrine.Unreadable, "webp: "},
		{"cut-heic", cut(testFile(t, "turned.heic")), vitrine.Unreadable, "heif: "},
		{"cut-avif", cut(avif), vitrine.Unreadable, "heif: "},
		{"cut-gif", cut(gifFrom(t)), vitrine.Unreadable, "gif"},
		{"cut-tiff", cut(tiffFrom(t)), vitrine.Unreadable, "begins like image/tiff"},
		{"cut-bmp", cut(bmpFrom(chart)(t)), vitrine.Unreadable, "bmp: unexpected EOF"},
		{"bmp-of-no-size", bmpHeader(0, 0, 24), vitrine.Unreadable, "bmp: 0 x 0 px"},
		{"bmp-16-bit", bmpHeader(4, 4, 16), vitrine.UnsupportedType, "image/bmp of an unusual kind"},
		{"bmp-colour-outside-palette", bmpHeader(4, 4, 8), vitrine.Unreadable, "bmp: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			_, err := p.Optimise(context.Background(), Request{Source: tempFile(t, "picture", row.data), OutDir: out})
			failure, ok := errors.AsType[*vitrine.Failure](err)
			if !ok || failure.Code != row.code || !strings.Contains(failure.Detail, row.detail) {
				t.Errorf("got %v, want %s with %q", err, row.code, row.detail)
			}
			wantEmpty(t, out)
		})
	}
}

// Details never show a byte of a file that could do harm on a page or in a log.
func TestShortDetail(t *testing.T) {
	t.Parallel()
	got := shortDetail("bad \x1b[31m\u202ename\n" + strings.Repeat("x", 200))
	if len(got) > 120 || !strings.HasPrefix(got, "bad ?[31m?name?xxx") {
		t.Errorf("got %q", got)
	}
}

// cut is what a broken download leaves.
func cut(data []byte) []byte { return data[:len(data)*2/3] }

// pngHeader is a PNG of that size with no pixels.
func pngHeader(width, height uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	for _, chunk := range [][]byte{
		append(append(append([]byte("IHDR"), u32(width)...), u32(height)...), 1, 0, 0, 0, 0),
		[]byte("IDAT\x78\x9c\x03\x00\x00\x00\x00\x01"),
		[]byte("IEND"),
	} {
		b = append(append(append(b, u32(uint32(len(chunk)-4))...), chunk...), u32(crc32.ChecksumIEEE(chunk))...)
	}
	return b
}

// bmpHeader is a BMP of that size with 64 bytes of ones for pixels. An 8 bit
// one has a palette of two colours.
func bmpHeader(width, height uint32, bits uint16) []byte {
	le := binary.LittleEndian
	colours := uint32(0)
	if bits == 8 {
		colours = 2
	}
	b := le.AppendUint32([]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00"), 54+4*colours)
	for _, v := range []uint32{40, width, height, uint32(bits)<<16 | 1, 0, 0, 0, 0, colours, 0} {
		b = le.AppendUint32(b, v)
	}
	return append(append(b, make([]byte, 4*colours)...), bytes.Repeat([]byte{0xff}, 64)...)
}

// withISPE makes an AVIF say that it is a square of that side.
func withISPE(avif []byte, side uint32) []byte {
	b := bytes.Clone(avif)
	for rest := b; ; {
		i := bytes.Index(rest, []byte("ispe"))
		if i < 0 {
			return b
		}
		rest = rest[i+8:]
		binary.BigEndian.PutUint32(rest, side)
		binary.BigEndian.PutUint32(rest[4:], side)
	}
}

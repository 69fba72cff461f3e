package imaging

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"testing"
)

// chart is the picture that most inputs are made of: it looks different from
// every side. See testdata/generate.c.
func chart(t testing.TB) *image.NRGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(testFile(t, "chart.png")))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	return out
}

// jpegOf encodes a picture, with these segments after the first marker.
func jpegOf(t testing.TB, img image.Image, segments ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return withSegments(b.Bytes(), segments...)
}

// withSegments adds segments to a JPEG.
func withSegments(data []byte, segments ...[]byte) []byte {
	return append(append(append([]byte{}, data[:2]...), bytes.Join(segments, nil)...), data[2:]...)
}

// segment is an APP segment of a JPEG.
func segment(n byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append([]byte{0xff, 0xe0 + n, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
}

// exifSegment has an orientation, a camera's name, and where the photo was taken.
func exifSegment(orientation byte) []byte {
	le := binary.LittleEndian
	tiff := []byte("II*\x00\x08\x00\x00\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		tiff = le.AppendUint16(tiff, tag)
		tiff = le.AppendUint16(tiff, kind)
		tiff = le.AppendUint32(tiff, count)
		tiff = le.AppendUint32(tiff, value)
	}
	tiff = le.AppendUint16(tiff, 3)
	entry(0x010f, 2, 4, le.Uint32([]byte("CAM\x00")))
	entry(0x0112, 3, 1, uint32(orientation))
	entry(0x8825, 4, 1, 50) // where the GPS entries are: after these three
	tiff = le.AppendUint32(tiff, 0)
	tiff = le.AppendUint16(tiff, 1)
	entry(0x0001, 2, 2, le.Uint32([]byte("N\x00\x00\x00")))
	tiff = le.AppendUint32(tiff, 0)
	return segment(1, []byte("Exif\x00\x00"), tiff)
}

// xmpSegment names a place.
func xmpSegment() []byte {
	return xmpSegmentOf(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><place>here</place></x:xmpmeta>`)
}

func xmpSegmentOf(packet string) []byte {
	return segment(1, []byte("http://ns.adobe.com/xap/1.0/\x00"), []byte(packet))
}

// iccSegment carries a colour profile.
func iccSegment(profile []byte) []byte {
	return segment(2, []byte("ICC_PROFILE\x00\x01\x01"), profile)
}

// stored gives the picture as a camera stores it that says this EXIF
// orientation (TIFF 6.0, page 36).
func stored(upright *image.NRGBA, orientation int) *image.NRGBA {
	w, h := upright.Rect.Dx(), upright.Rect.Dy()
	sw, sh := w, h
	if orientation >= 5 {
		sw, sh = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, sw, sh))
	for y := range h {
		for x := range w {
			at := map[int]image.Point{
				1: {X: x, Y: y}, 2: {X: w - 1 - x, Y: y}, 3: {X: w - 1 - x, Y: h - 1 - y}, 4: {X: x, Y: h - 1 - y},
				5: {X: y, Y: x}, 6: {X: y, Y: w - 1 - x}, 7: {X: h - 1 - y, Y: w - 1 - x}, 8: {X: h - 1 - y, Y: x},
			}[orientation]
			out.SetNRGBA(at.X, at.Y, upright.NRGBAAt(x, y))
		}
	}
	return out
}

// primaries are the XYZ (D50) of a colour space's red, green and blue.
type primaries [3][3]float64

var (
	srgbPrimaries  = primaries{{0.4360, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, {0.1431, 0.0606, 0.7141}}
	p3Primaries    = primaries{{0.5151, 0.2412, -0.0011}, {0.2919, 0.6922, 0.0419}, {0.1572, 0.0666, 0.7841}}
	adobePrimaries = primaries{{0.6097, 0.3111, 0.0195}, {0.2053, 0.6257, 0.0609}, {0.1492, 0.0632, 0.7446}}
)

// The curves of colour spaces, as ICC tags.
var (
	srgbCurve  = iccTag("para", u32(3<<16), fixed(2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045))
	adobeCurve = iccTag("curv", u32(1), []byte{0x02, 0x33}) // gamma 563/256
)

// rgbProfile is a profile of that space.
func rgbProfile(p primaries, curve []byte) []byte {
	return iccProfile(iccRGB, "XYZ ",
		"rXYZ", iccTag("XYZ ", fixed(p[0][:]...)), "gXYZ", iccTag("XYZ ", fixed(p[1][:]...)),
		"bXYZ", iccTag("XYZ ", fixed(p[2][:]...)), "rTRC", curve, "gTRC", curve, "bTRC", curve)
}

// inkProfile is a profile under which every mix of inks is a grey: the less of
// each, the lighter. No other is like it, so it shows that it was used.
func inkProfile() []byte {
	table := []byte{4, 3, 2, 0} // channels in and out, points in each direction
	table = append(table, fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)...)
	for range 4 {
		for v := range 256 {
			table = append(table, byte(v))
		}
	}
	for inks := range 16 {
		lightness := 255.0
		for bit := range 4 {
			if inks>>bit&1 == 1 {
				lightness *= 0.6
			}
		}
		table = append(table, byte(lightness), 128, 128)
	}
	for range 3 {
		for v := range 256 {
			table = append(table, byte(v))
		}
	}
	return iccProfile("CMYK", "Lab ", "A2B0", iccTag("mft1", table), "A2B1", iccTag("mft1", table))
}

// iccProfile builds a profile of pairs of tag name and tag (ICC.1:2022, 7).
func iccProfile(space, pcs string, tags ...any) []byte {
	head := make([]byte, 128)
	head[8] = 4
	copy(head[12:], "mntr"+space+pcs)
	copy(head[36:], "acsp")
	copy(head[68:], fixed(0.9642, 1, 0.8249))
	all := append([]any{"wtpt", iccTag("XYZ ", fixed(0.9642, 1, 0.8249))}, tags...)
	table, data := u32(uint32(len(all)/2)), []byte(nil)
	start := 128 + 4 + 12*len(all)/2
	for i := 0; i < len(all); i += 2 {
		tag := all[i+1].([]byte)
		table = append(table, all[i].(string)...)
		table = append(append(table, u32(uint32(start+len(data)))...), u32(uint32(len(tag)))...)
		data = append(data, tag...)
	}
	profile := append(append(head, table...), data...)
	binary.BigEndian.PutUint32(profile, uint32(len(profile)))
	return profile
}

func iccTag(kind string, parts ...[]byte) []byte {
	tag := append([]byte(kind+"\x00\x00\x00\x00"), bytes.Join(parts, nil)...)
	return append(tag, make([]byte, -len(tag)&3)...)
}

func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

func fixed(values ...float64) (b []byte) {
	for _, v := range values {
		b = append(b, u32(uint32(int32(math.Round(v*65536))))...)
	}
	return b
}

// asSRGB gives what the values of a picture look like in sRGB when they are
// values of another space.
func asSRGB(img *image.NRGBA, p primaries, decode func(float64) float64) *image.NRGBA {
	out := image.NewNRGBA(img.Rect)
	back := inverse(srgbPrimaries)
	for i := 0; i < len(img.Pix); i += 4 {
		xyz := mix(p, [3]float64{
			decode(float64(img.Pix[i]) / 255), decode(float64(img.Pix[i+1]) / 255), decode(float64(img.Pix[i+2]) / 255),
		})
		for c, v := range mix(back, xyz) {
			out.Pix[i+c] = byte(encode8(v))
		}
		out.Pix[i+3] = img.Pix[i+3]
	}
	return out
}

// mix adds up the columns of m, weighed by v.
func mix(m primaries, v [3]float64) (sum [3]float64) {
	for i := range 3 {
		for j := range 3 {
			sum[j] += v[i] * m[i][j]
		}
	}
	return sum
}

// inverse undoes mix.
func inverse(m primaries) (inv primaries) {
	cofactor := func(r, c int) float64 {
		r1, r2, c1, c2 := (r+1)%3, (r+2)%3, (c+1)%3, (c+2)%3
		return m[r1][c1]*m[r2][c2] - m[r1][c2]*m[r2][c1]
	}
	det := m[0][0]*cofactor(0, 0) + m[0][1]*cofactor(0, 1) + m[0][2]*cofactor(0, 2)
	for r := range 3 {
		for c := range 3 {
			inv[c][r] = cofactor(r, c) / det
		}
	}
	return inv
}

// meanDiff is the mean difference of two pictures' channels, 0 to 255; 255 when
// their sizes differ. What can't be seen doesn't count.
func meanDiff(a, b *image.NRGBA) float64 {
	if a.Rect != b.Rect {
		return 255
	}
	sum := 0.0
	for i := 0; i < len(a.Pix); i += 4 {
		for c := range 3 {
			sum += math.Abs(float64(a.Pix[i+c])*float64(a.Pix[i+3])-float64(b.Pix[i+c])*float64(b.Pix[i+3])) / 255
		}
		sum += math.Abs(float64(a.Pix[i+3]) - float64(b.Pix[i+3]))
	}
	return sum / float64(len(a.Pix))
}

package video

import (
	"encoding/binary"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checkResult asserts what every result must be: what each browser plays, what
// its description says, and nothing of its sender.
func checkResult(t testing.TB, r Result) {
	t.Helper()
	if len(r.Variants) == 0 || len(r.Variants) != len(r.Files) {
		t.Fatalf("%d variants in %d files", len(r.Variants), len(r.Files))
	}
	for i, v := range r.Variants {
		if v.Name != sizes[i].name || v.Type != "video/mp4" || max(v.Width, v.Height) > min(sizes[i].longSide, max(r.Width, r.Height, 2)) {
			t.Errorf("variant %+v of %d x %d", v, r.Width, r.Height)
		}
		info, err := os.Stat(r.Files[i])
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() != v.Bytes {
			t.Errorf("%s: %d bytes, said to have %d", v.Name, info.Size(), v.Bytes)
		}
		checkFile(t, r.Files[i], v.Width, v.Height, r.Duration.Seconds())
	}
	last := r.Variants[len(r.Variants)-1]
	if got := picture(t, r.Poster).Bounds().Size(); got != image.Pt(last.Width, last.Height) {
		t.Errorf("poster of %v, want %d x %d", got, last.Width, last.Height)
	}
	entries, err := os.ReadDir(filepath.Dir(r.Poster))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(r.Files)+1 {
		t.Errorf("beside variants and poster: %v", entries)
	}
}

// checkFile asserts that a file is H.264 high or below, yuv420p, AAC, in an MP4
// that begins with its index.
func checkFile(t testing.TB, path string, width, height int, length float64) {
	t.Helper()
	s := ffprobe(t, path)
	if len(s.Streams) == 0 || len(s.Streams) > 2 {
		t.Fatalf("%d streams", len(s.Streams))
	}
	v := s.Streams[0]
	profiles := []string{"Constrained Baseline", "Baseline", "Main", "High"}
	if v.Codec != "h264" || v.PixelFormat != "yuv420p" || !slices.Contains(profiles, v.Profile) || v.Tag != "avc1" {
		t.Errorf("pictures %s %s %s %s", v.Codec, v.Profile, v.PixelFormat, v.Tag)
	}
	if v.Width != width || v.Height != height || width%2 != 0 || height%2 != 0 {
		t.Errorf("%d x %d, want %d x %d", v.Width, v.Height, width, height)
	}
	if aspect := v.PixelAspect.float(); aspect != 0 && aspect != 1 {
		t.Errorf("pixels of %v", v.PixelAspect)
	}
	if len(v.SideData) > 0 {
		t.Errorf("side data %v", v.SideData)
	}
	if v.AverageRate.float() > maxRate {
		t.Errorf("%v frames a second", v.AverageRate)
	}
	if v.Transfer == "smpte2084" || v.Transfer == "arib-std-b67" || v.Range == "pc" {
		t.Errorf("transfer %s, range %s", v.Transfer, v.Range)
	}
	if len(s.Streams) == 2 {
		if a := s.Streams[1]; a.Codec != "aac" || a.Channels > 2 {
			t.Errorf("sound %s of %d channels", a.Codec, a.Channels)
		}
	}
	if got := seconds(s.Format.Duration).Seconds(); math.Abs(got-length) > 0.12 {
		t.Errorf("lasts %.3f s, want %.3f", got, length)
	}
	checkTags(t, s)
	checkBoxes(t, path)
}

// checkTags asserts that a file has no tags but those that every MP4 has.
func checkTags(t testing.TB, s shown) {
	t.Helper()
	known := map[string]string{
		"major_brand": "", "minor_version": "", "compatible_brands": "", "language": "und", "vendor_id": "[0][0][0][0]", "encoder": "Lavc libx264",
	}
	tags := []map[string]string{s.Format.Tags}
	for _, stream := range s.Streams {
		tags = append(tags, stream.Tags)
	}
	for _, of := range tags {
		for key, value := range of {
			want, ok := known[key]
			if key == "handler_name" && (value == "VideoHandler" || value == "SoundHandler") {
				continue
			}
			if !ok || want != "" && value != want {
				t.Errorf("tag %s=%q", key, value)
			}
		}
	}
}

// containers are the boxes of an MP4 that hold boxes, with how many bytes come
// before those.
var containers = map[string]int{
	"moov": 0, "trak": 0, "mdia": 0, "minf": 0, "stbl": 0, "udta": 0, "edts": 0, "dinf": 0, "meta": 4,
}

// boxes gives every box of an MP4, as path and content.
func boxes(t testing.TB, data []byte, within string, visit func(path string, content []byte)) {
	t.Helper()
	for len(data) > 0 {
		if len(data) < 8 {
			t.Fatalf("%d bytes behind the boxes of %s", len(data), within)
		}
		size := int(binary.BigEndian.Uint32(data))
		if size < 8 || size > len(data) {
			t.Fatalf("box of %d bytes in %d of %s", size, len(data), within)
		}
		path := within + "/" + string(data[4:8])
		visit(path, data[8:size])
		if skip, ok := containers[string(data[4:8])]; ok {
			boxes(t, data[8+skip:size], path, visit)
		}
		data = data[size:]
	}
}

// checkBoxes asserts that the index comes first, and that there is no box in
// which a sender could be named: the one for tags is empty, none is private.
func checkBoxes(t testing.TB, path string) {
	t.Helper()
	known := "ftyp moov free mdat mvhd trak tkhd edts elst mdia mdhd hdlr minf vmhd smhd dinf dref stbl stsd stts stss ctts stsc stsz stco co64 sdtp sgpd sbgp udta meta ilst"
	order := []string{}
	boxes(t, readFile(t, path), "", func(path string, content []byte) {
		name := path[strings.LastIndexByte(path, '/')+1:]
		if !slices.Contains(strings.Fields(known), name) {
			t.Errorf("box %q", path)
		}
		if name == "ilst" && len(content) > 0 || name == "udta" && path != "/moov/udta" {
			t.Errorf("box %s of %d bytes", path, len(content))
		}
		if name == "mvhd" || name == "tkhd" || name == "mdhd" {
			if made := binary.BigEndian.Uint32(content[4:]); made != 0 {
				t.Errorf("%s tells when it was made: %d", path, made)
			}
		}
		if strings.Count(path, "/") == 1 {
			order = append(order, name)
		}
	})
	if slices.Index(order, "moov") > slices.Index(order, "mdat") {
		t.Errorf("not to be played while it loads: %v", order)
	}
}

// picture decodes a poster.
func picture(t testing.TB, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// colourAt is the mean of the pixels around a point of a picture, which is
// given in parts of its sides.
func colourAt(img image.Image, x, y float64) [3]int {
	b := img.Bounds()
	var sum [3]int
	const around = 3
	for dx := -around; dx <= around; dx++ {
		for dy := -around; dy <= around; dy++ {
			r, g, bl, _ := img.At(int(x*float64(b.Dx()))+dx, int(y*float64(b.Dy()))+dy).RGBA()
			sum[0], sum[1], sum[2] = sum[0]+int(r>>8), sum[1]+int(g>>8), sum[2]+int(bl>>8)
		}
	}
	for i := range sum {
		sum[i] /= (2*around + 1) * (2*around + 1)
	}
	return sum
}

// wantColour fails the test unless each channel there is within 16 of these.
func wantColour(t testing.TB, img image.Image, x, y float64, want [3]int) {
	t.Helper()
	got := colourAt(img, x, y)
	for i := range got {
		if math.Abs(float64(got[i]-want[i])) > 16 {
			t.Errorf("colour at %g, %g is %v, want %v", x, y, got, want)
			return
		}
	}
}

// brightness is the mean of a picture, 0 to 255.
func brightness(img image.Image) float64 {
	b := img.Bounds()
	var sum, n float64
	for y := b.Min.Y; y < b.Max.Y; y += 4 {
		for x := b.Min.X; x < b.Max.X; x += 4 {
			r, g, bl, _ := img.At(x, y).RGBA()
			sum += 0.2126*float64(r>>8) + 0.7152*float64(g>>8) + 0.0722*float64(bl>>8)
			n++
		}
	}
	return sum / n
}

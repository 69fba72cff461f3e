package hostile

import (
	"bytes"
	"image/gif"
	"image/jpeg"
	"image/png"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// sound is a file that is damaged to be sent.
type sound struct {
	name   string
	data   []byte
	pieces func([]byte) []piece // nil: it has no structure to speak of
}

// format is a group of sound files. How many of 100 damaged files are of it is
// its share: a video costs as much as ten pictures.
type format struct {
	name   string
	share  int
	pieces func([]byte) []piece
	real   []string      // in the corpus: none of more than 1 MB
	own    []string      // of the project
	drawn  func() []byte // made here
}

var formats = []format{
	{"JPEG", 26, jpegPieces, []string{
		"photos/me-Sanyo_S1.JPG", "photos/me-Samsung_SM-J327T1.jpg", "awkward/exiforient-Portrait_8.jpg",
		"awkward/progressive.jpg", "awkward/me-Issue_308.jpg", "awkward/me-Multiple_ICC_segments.jpg", "awkward/imgproxy-test1.arith.jpg",
		"awkward/sharp-Channel_digital_image_CMYK_color_no_profile.jpg",
	}, []string{"../../internal/imaging/testdata/cmyk.jpg"}, photo},
	{"PNG", 14, pngPieces, []string{
		"awkward/png-named.jpg", "awkward/sharp-alpha-layer-1-fill.png", "awkward/sharp-16-bit-grey-alpha.png",
		"awkward/sharp-Flag_of_the_Netherlands-16bit.png", "awkward/sharp-p3.png",
	}, []string{"../../internal/imaging/testdata/chart.png"}, drawnPNG},
	{"GIF", 9, gifPieces, []string{"awkward/sharp-rotating-squares.gif"}, nil, drawnGIF},
	{"WebP", 12, riffPieces, []string{"awkward/sharp-rotating-squares.webp", "awkward/sharp-big-height.webp"}, []string{
		"../../internal/xmp/testdata/alpha.webp", "../../internal/xmp/testdata/lossless.webp", "../../internal/portal/testdata/tall-512.webp",
	}, nil},
	{"TIFF", 12, tiffPieces, nil, nil, drawnTIFF},
	{"HEIF", 10, boxPieces, []string{"photos/immich-IMG_2682.heic", "awkward/pheif-RGBA_10__128x128.heif"}, []string{
		aHEIF, "../../internal/imaging/testdata/altered.heic", "../../internal/imaging/testdata/exif-lies.heic",
	}, nil},
	{"AVIF", 5, boxPieces, nil, []string{anAVIF}, nil},
	{"BMP", 4, nil, nil, nil, drawnBMP},
	{"MP4", 3, boxPieces, []string{"video/corrupt-middle.mp4"}, nil, clips["mp4"]},
	{"MOV", 2, boxPieces, []string{"video/me-with-gps.mov"}, nil, clips["mov"]},
	{"AVI", 3, riffPieces, []string{"video/me-100_0306.AVI"}, nil, clips["avi"]},
}

// seeds are the sound files of each format.
func seeds(t *testing.T) map[string][]sound {
	t.Helper()
	hasReal := hasCorpus(t)
	all := map[string][]sound{}
	for _, f := range formats {
		var files []sound
		if hasReal {
			for _, name := range f.real {
				files = append(files, sound{filepath.Base(name), mustRead(filepath.Join(corpus, name)), f.pieces})
			}
		}
		for _, path := range f.own {
			files = append(files, sound{filepath.Base(path), mustRead(path), f.pieces})
		}
		if f.drawn != nil {
			files = append(files, sound{"drawn", f.drawn(), f.pieces})
		}
		all[f.name] = files
	}
	return all
}

func drawnPNG() []byte {
	return encoded(func(b *bytes.Buffer) error { return png.Encode(b, drawing(320, 240)) })
}

func drawnGIF() []byte {
	return encoded(func(b *bytes.Buffer) error { return gif.Encode(b, drawing(320, 240), nil) })
}

func drawnTIFF() []byte {
	return encoded(func(b *bytes.Buffer) error {
		return tiff.Encode(b, drawing(320, 240), &tiff.Options{Compression: tiff.Deflate, Predictor: true})
	})
}

func drawnBMP() []byte {
	return encoded(func(b *bytes.Buffer) error { return bmp.Encode(b, drawing(320, 240)) })
}

// photo is a picture like others.
func photo() []byte {
	return encoded(func(b *bytes.Buffer) error { return jpeg.Encode(b, drawing(320, 240), nil) })
}

func encoded(encode func(b *bytes.Buffer) error) []byte {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		panic(err) // a buffer takes all
	}
	return b.Bytes()
}

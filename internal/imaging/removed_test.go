package imaging

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is said to be removed is what the file has, by names and without values.
func TestRemoved(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(corpus(t), "photos", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	camera := jpegOf(t, chart(t), exifSegment(6))
	for name, test := range map[string]struct {
		mediaType string
		data      []byte
		want      []string
	}{
		"nothing":       {"image/jpeg", jpegOf(t, chart(t)), nil},
		"a camera":      {"image/jpeg", camera, []string{"Make"}},
		"cut within it": {"image/jpeg", camera[:60], nil},
		"no picture":    {"image/jpeg", []byte("\xff\xd8\xff\xe1\x00\x08Exif\x00\x00"), nil},
		"another type":  {"image/gif", camera, nil},
		"a phone, JPEG": {"image/jpeg", read("me-Apple_iPhone_5.jpg"), []string{
			"GPSLatitude", "GPSLongitude", "GPSAltitude", "GPSImgDirection", "DateTimeOriginal", "Make", "Model", "Software",
		}},
		"a phone, HEIC": {"image/heic", read("immich-IMG_2682.heic"), []string{
			"GPSLatitude", "GPSLongitude", "GPSAltitude", "GPSImgDirection", "GPSDateStamp", "DateTimeOriginal", "Make", "Model", "LensModel", "Software",
		}},
	} {
		if diff := cmp.Diff(test.want, removed(test.mediaType, test.data)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

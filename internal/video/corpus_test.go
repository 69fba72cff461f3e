package video

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

// corpus is the folder of real and awkward videos beside the repository.
func corpus(t testing.TB) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "photos", "video")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("the folder of real videos is not there: %v", err)
	}
	return dir
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	expected := map[string]string{
		"audio-only.mp4":             string(vitrine.UnsupportedType),
		"avi-mpeg4-mp3-4s.avi":       "640x360 4.0s",
		"corrupt-middle.mp4":         "640x360 4.0s remuxed", // a few frames of it are smeared
		"hevc-hdr10-2s.mov":          "1280x720 2.0s",
		"intel-bottle-detection.mp4": "640x360 39.9s remuxed",
		"me-100_0306.AVI":            "320x240 2.7s",
		"me-FLIR_Thermal.mp4":        "1080x1440 11.4s remuxed",
		"me-Issue_515_java_.mp4":     "1280x720 3.6s remuxed",
		"me-ftyp3gp5.mp4":            "720x1280 1.3s",
		"me-with-gps.mov":            "320x568 4.0s",
		"moov-missing.mp4":           string(vitrine.Unreadable),
		"playlist-as.mp4":            string(vitrine.Unreadable), // were it not for Sniff
		"too-long-3m20s.mp4":         string(vitrine.VideoTooLong),
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < len(expected) {
		t.Errorf("%d videos, want %d", len(entries), len(expected))
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			path, want := filepath.Join(dir, e.Name()), expected[e.Name()]
			if vitrine.RuleOf(vitrine.FailureCode(want)).Code != vitrine.Internal || want == string(vitrine.VideoTooLong) {
				wantFailure(t, path, typeMP4, vitrine.FailureCode(want))
				return
			}
			r := optimise(t, path)
			got := fmt.Sprintf("%dx%d %.1fs", r.Width, r.Height, r.Duration.Seconds())
			if r.Remuxed {
				got += " remuxed"
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

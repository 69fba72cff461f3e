package video

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	vitrine "github.com/vitrine-media/vitrine"
)

// Bad ones that look like a video to Sniff.
func TestDamaged(t *testing.T) {
	t.Parallel()
	words := pictures("320x180", 30, 3) + sound(3) + quick264 + "-c:a aac "
	indexFirst := readFile(t, clip(t, "a.mp4", words+"-movflags +faststart"))
	indexLast := readFile(t, clip(t, "a.mp4", words))
	avi := readFile(t, clip(t, "a.avi", pictures("320x180", 30, 3)+"-c:v mjpeg"))
	for _, row := range []struct {
		what, sourceType string
		data             []byte
		want             vitrine.FailureCode
	}{
		{"truncated", typeMP4, indexFirst[:len(indexFirst)/2], vitrine.Unreadable},
		{"truncated before its index", typeMP4, indexLast[:len(indexLast)/2], vitrine.Unreadable},
		{"truncated in its index", typeMP4, indexFirst[:1000], vitrine.Unreadable},
		{"truncated AVI", typeAVI, avi[:len(avi)/2], vitrine.Unreadable},
		{"AVI of a header", typeAVI, avi[:2048], vitrine.Unreadable},
		{"zero bytes", typeMP4, nil, vitrine.Unreadable},
		{"sound", typeMP4, readFile(t, clip(t, "a.mp4", sound(1)+"-c:a aac")), vitrine.UnsupportedType},
		{"sound with a cover", typeMP4, readFile(t, clip(t, "a.mp4", sound(1)+
			"-f lavfi -i testsrc2=s=64x64:d=0.04 -c:v mjpeg -pix_fmt yuvj420p -disposition:v attached_pic -c:a aac")), vitrine.UnsupportedType},
		{"codec of nobody", typeQuickTime, readFile(t, clip(t, "a.mov", pictures("64x64", 5, 1)+"-c:v qtrle")), vitrine.UnsupportedType},
		{"MP4 as AVI", typeAVI, indexFirst, vitrine.Unreadable},
		{"AVI as MP4", typeMP4, avi, vitrine.Unreadable},
		{"what Sniff refuses", "", indexFirst, vitrine.UnsupportedType},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			wantFailure(t, tempFile(t, "a.mp4", row.data), row.sourceType, row.want)
		})
	}
}

// Its header is enough to refuse what no child has the memory for.
func TestTooManyPixels(t *testing.T) {
	t.Parallel()
	_, err := factsOf([]stream{{Type: "video", Codec: "h264", Width: 16384, Height: 16384}}, time.Second)
	if failure, ok := errors.AsType[*vitrine.Failure](err); !ok || failure.Code != vitrine.TooManyPixels {
		t.Errorf("got %v", err)
	}
}

// A file that isn't there is no fault of the video.
func TestNoFile(t *testing.T) {
	t.Parallel()
	absent := filepath.Join(t.TempDir(), "absent")
	there := tempFile(t, "a.mp4", nil)
	for _, paths := range [][2]string{{absent, t.TempDir()}, {there, absent}} {
		_, err := newTool(Config{}).Optimise(t.Context(), paths[0], typeMP4, paths[1], nil)
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	}
}

// No video makes a child open another file, or the network.
func TestOpensNothingElse(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		http.NotFound(w, nil)
	}))
	t.Cleanup(server.Close)

	dir := t.TempDir()
	other := filepath.Join(dir, "other.mov")
	ffmpeg(t, pictures("320x180", 10, 1)+quick264, other)
	foreign := filepath.Join(dir, "foreign.mov")
	if err := os.WriteFile(foreign, withForeignTrack(t, readFile(t, other), "other.mov"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The file does what it is meant to, where that is allowed.
	said, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-enable_drefs", "1", "-i", foreign, "-f", "framecrc", "-").Output()
	if err != nil || len(said) < 100 {
		t.Fatalf("the foreign track can't be read at all: %v\n%s", err, said)
	}
	wantFailure(t, foreign, typeQuickTime, vitrine.Unreadable)

	playlist := "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"
	for _, script := range []string{
		playlist + server.URL + "/a.ts\n#EXT-X-ENDLIST\n",
		playlist + "file://" + other + "\n#EXT-X-ENDLIST\n",
		"ffconcat version 1.0\nfile " + other + "\n",
		"ffconcat version 1.0\nfile " + server.URL + "/a.mp4\n",
		"<?xml version=\"1.0\"?><MPD><BaseURL>" + server.URL + "</BaseURL></MPD>",
	} {
		path := tempFile(t, "a.mp4", []byte(script))
		if got := sniffed(t, path); got != "" {
			t.Errorf("%q is taken for %s", script, got)
		}
		for sourceType := range demuxers {
			wantFailure(t, path, sourceType, vitrine.Unreadable)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

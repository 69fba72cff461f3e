package ingest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/video"
)

// encodeTo gives the error of encoding a video into that file. A child that is
// locked in can't open it, so another ffmpeg does, and the child repeats its words.
func encodeTo(t *testing.T, file string) error {
	t.Helper()
	dir := t.TempDir()
	source, out, repeats := filepath.Join(dir, "film.mp4"), filepath.Join(dir, "out"), filepath.Join(dir, "ffmpeg")
	said, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=1", "-pix_fmt", "yuv420p", source).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, said)
	}
	words, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-y", "-i", source, "-f", "mp4", file).CombinedOutput()
	if err == nil {
		t.Errorf("a video was written to %s", file)
	}
	script := "#!/bin/sh\necho '" + strings.ReplaceAll(string(words), "'", "") + "' >&2\nexit 1\n"
	if err := errors.Join(os.Mkdir(out, 0o700), os.WriteFile(repeats, []byte(script), 0o700)); err != nil {
		t.Fatal(err)
	}
	tool := video.New(video.Config{Exe: os.Args[0], Args: []string{"locked"}, FFmpeg: repeats})
	_, err = tool.Optimise(t.Context(), source, "video/mp4", out, func(int) {})
	if err == nil {
		t.Errorf("a video was made by a script")
	}
	return err
}

// A disk that is full is told apart from all else that may go wrong.
func TestIsFull(t *testing.T) {
	t.Parallel()
	in := roomy(t, 5000)
	url, _ := sized(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = full.Close() }()
	download := func(path string, w io.Writer) error {
		room := in.newRoom()
		defer room.free()
		_, err := in.fetchTo(t.Context(), request(url+path), false, w, room)
		return err
	}
	closed, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for what, err := range map[string]error{
		"a full disk":    download("/p700", full),
		"a video's disk": encodeTo(t, "/dev/full"),
		"a full bucket":  errors.Join(blob.ErrNoSpace, io.EOF),
		"a quota":        &os.PathError{Op: "write", Path: "x", Err: syscall.EDQUOT},
		"too large":      download("/p1001", full),
		"not found":      download("/none", full),
		"a closed file":  download("/p700", closed),
		"no disk":        encodeTo(t, "/proc/absent"),
		"nothing":        nil,
	} {
		got[what] = isFull(err)
	}
	want := map[string]bool{
		"a full disk": true, "a video's disk": true, "a full bucket": true, "a quota": true,
		"too large": false, "not found": false, "a closed file": false, "no disk": false, "nothing": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is full (-want +got)\n%s", diff)
	}
}

// Once it is known to be full, by three tasks in a row, nobody tries for a minute.
func TestFull(t *testing.T) {
	t.Parallel()
	in := roomy(t, 5000)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	in.Now = func() time.Time { return now }
	want := func(pause time.Duration) {
		t.Helper()
		if got := in.full(); got != pause {
			t.Errorf("full for %v, want %v", got, pause)
		}
	}
	want(0)
	for _, pause := range []time.Duration{0, 0, time.Minute} { // one file that doesn't fit is no full disk
		if err := in.waitForSpace(t.Context(), syscall.ENOSPC); err == nil {
			t.Error("the task was not put off")
		}
		want(pause)
	}
	now = now.Add(45 * time.Second)
	want(15 * time.Second)
	now = now.Add(45 * time.Second)
	want(0)
	_ = in.waitForSpace(t.Context(), syscall.ENOSPC)
	want(time.Minute)
	in.hasSpace(t.Context())
	want(0)
	_ = in.waitForSpace(t.Context(), syscall.ENOSPC)
	want(0)
}

package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/video"
)

// What was found good is known until a program or a limit is another one.
func TestToolsKnown(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	programs := t.TempDir()
	kit := tools{settings: defaultSettings(), exe: exe, videos: video.Config{
		FFmpeg: filepath.Join(programs, "ffmpeg"), FFprobe: filepath.Join(programs, "ffprobe"), MemoryBytes: 1 << 30,
	}}
	kit.settings.Data = t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if kit.known() || kit.remember() == nil {
		t.Error("programs that are not there were found good")
	}
	write(kit.videos.FFmpeg, "#!/bin/sh\nexit 1\n")
	write(kit.videos.FFprobe, "#!/bin/sh\nexit 1\n")
	remember := func() {
		t.Helper()
		if err := kit.remember(); err != nil || !kit.known() {
			t.Fatalf("what was found good is not known: %v", err)
		}
	}
	if kit.known() {
		t.Error("programs that nobody has asked are known")
	}
	remember()

	write(kit.videos.FFmpeg, "#!/bin/sh\nexit 22\n") // another size
	if kit.known() {
		t.Error("another ffmpeg is known")
	}
	remember()
	if err := os.Chtimes(kit.videos.FFprobe, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if kit.known() {
		t.Error("an ffprobe of another time is known")
	}
	remember()
	kit.videos.MemoryBytes /= 2
	if kit.known() {
		t.Error("they are known with half the memory")
	}
	remember()

	// They are asked again all the same, and what they can't do any more is told.
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := kit.recheck(stopped); err != nil || !kit.known() {
		t.Errorf("a server that stops gave %v", err)
	}
	kit.videos.Exe, kit.videos.Args = exe, []string{lockedName}
	if err := kit.recheck(t.Context()); err == nil {
		t.Error("programs that do nothing are good")
	}
	if kit.known() {
		t.Error("programs that were found bad are known")
	}
}

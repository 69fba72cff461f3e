package video

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// script makes a program of a few lines of sh.
func script(t testing.TB, lines string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestChildDies(t *testing.T) {
	t.Parallel()
	path := clip(t, "a.mp4", pictures("320x180", 50, 1)+quick264)
	for _, row := range []struct {
		what  string
		cfg   Config
		stage string
		want  string // part of the reason
	}{
		{"crash of ffprobe", Config{FFprobe: script(t, "kill -SEGV $$")}, "probe", "signal: segmentation fault"},
		{"crash of ffmpeg", Config{FFmpeg: script(t, "echo half > 720.mp4; echo at "+path+" >&2; kill -SEGV $$")}, "transcode", "signal: segmentation fault"},
		{"hangs", Config{FFmpeg: script(t, "echo half > 720.mp4; kill -STOP $$"), Timeout: 2 * time.Second}, "transcode", "took longer than 2s"},
		{"no disk", Config{FFmpeg: script(t, "echo 720.mp4: No space left on device >&2; exit 1")}, "transcode", "no space"},
		{"no memory for libraries", Config{MemoryBytes: 32 << 20}, "probe", "more memory than allowed"},
		{"not to be run", Config{FFmpeg: script(t, "exec /nowhere")}, "transcode", "exit status 127"},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			_, err := newTool(row.cfg).Optimise(t.Context(), path, typeMP4, out, nil)
			died, ok := errors.AsType[*ChildError](err)
			if !ok || died.Stage != row.stage || !strings.Contains(died.Reason, row.want) {
				t.Fatalf("got %v, want a ChildError of %s with %q", err, row.stage, row.want)
			}
			if strings.Contains(died.Stderr+died.Error(), filepath.Dir(path)) {
				t.Errorf("tells a path: %+v", died)
			}
			wantEmpty(t, out)
			if pids := working(t, out); len(pids) > 0 {
				t.Errorf("children %v are left", pids)
			}
		})
	}
}

// The kernel ends what goes on too long or writes too much.
func TestLimits(t *testing.T) {
	t.Parallel()
	work := strings.Fields("-nostdin -v error -f lavfi -i testsrc2=s=1280x720:r=30 -c:v rawvideo -f rawvideo")
	for _, row := range []struct {
		what   string
		output string
		writes []string
		limits sandbox.Limits
		want   string
	}{
		{"CPU", "-f null -", nil, sandbox.Limits{CPU: time.Second, MemoryBytes: 2 << 30, FileBytes: 64 << 20}, "needed more CPU time than allowed"},
		{"file size", "-y file", []string{"file"}, sandbox.Limits{CPU: time.Minute, MemoryBytes: 2 << 30, FileBytes: 4 << 20}, "wrote more than allowed"},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			err := newTool(Config{}).run(t.Context(), child{
				stage: "transcode", exe: "ffmpeg", args: append(work, strings.Fields(row.output)...), dir: t.TempDir(),
				writes: row.writes, limits: row.limits,
			})
			if died, ok := errors.AsType[*ChildError](err); !ok || died.Reason != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

// What a child is given: nothing of the environment, and limits.
func TestChildConfined(t *testing.T) {
	t.Parallel()
	var out limitedBuffer
	err := newTool(Config{}).run(t.Context(), child{
		stage: "check", exe: script(t, "export -p; ulimit -c; ulimit -t; ulimit -v; ulimit -f"), stdout: &out,
		limits: sandbox.Limits{CPU: 90 * time.Second, MemoryBytes: 1 << 30, FileBytes: 1 << 20},
	})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.ReplaceAll(strings.Join(strings.Fields(out.String()), " "), "'", "")
	limits := " 0 90 1048576 2048" // core, seconds, KiB, blocks of 512 bytes
	for _, want := range append(childEnv(), limits) {
		if !strings.Contains(said, want) {
			t.Errorf("lacks %q", want)
		}
	}
	for _, name := range []string{"HOME=", "PATH=/usr/local"} {
		if strings.Contains(said, name) {
			t.Errorf("has %q", name)
		}
	}
}

// A child reads its source and writes the files made for it, and nothing else. A shell
// in its place says so.
func TestChildLockedIn(t *testing.T) {
	t.Parallel()
	source, beside := tempFile(t, "a.mp4", []byte("mine")), tempFile(t, "b.mp4", []byte("another's"))
	dir := t.TempDir()
	var out limitedBuffer
	err := newTool(Config{}).run(t.Context(), child{
		stage: "probe", exe: script(t, "try() { x=; if eval \"$2\"; then echo $1 yes; else echo $1 no; fi; }\n"+
			"try source 'read x <"+source+" || [ \"$x\" ]'\ntry beside 'read x <"+beside+" || [ \"$x\" ]'\n"+
			"try passwd 'read x </etc/passwd'\ntry made 'echo x >file'\ntry another 'echo x >file2'\n"+
			"try alter 'echo x >"+source+"'\n"+
			"try fork '(true)'\n"),
		source: source, dir: dir, writes: []string{"file"}, stdout: &out,
		limits: sandbox.Limits{CPU: time.Minute, MemoryBytes: 1 << 30, FileBytes: 1 << 20},
	})
	if _, gaveUp := errors.AsType[*exitError](err); err != nil && !gaveUp { // a shell that can't fork ends
		t.Fatal(err)
	}
	files, fork := "source yes\nbeside no\npasswd no\nmade yes\nanother no\nalter no\n", "fork yes"
	missing := sandbox.Missing()
	if !slices.Contains(missing, "Landlock") && !strings.HasPrefix(out.String(), files) {
		t.Errorf("it said %q, want %q", &out, files)
	}
	if strings.Contains(out.String(), fork) != slices.Contains(missing, "seccomp") {
		t.Errorf("it said %q, and the machine lacks %q", &out, missing)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	path := looped(t, clip(t, "a.avi", pictures("1280x720", 10, 1)+"-c:v mjpeg"), 170)
	out := t.TempDir()
	errStop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	seen := 0
	_, err := newTool(Config{}).Optimise(ctx, path, typeAVI, out, func(percent int) {
		if percent > 0 && seen == 0 {
			seen = len(working(t, out))
			cancel(errStop)
		}
	})
	if !errors.Is(err, errStop) {
		t.Errorf("got %v, want the cause", err)
	}
	if seen == 0 {
		t.Error("saw no child at work")
	}
	wantEmpty(t, out)
	if pids := working(t, out); len(pids) > 0 {
		t.Errorf("children %v are left", pids)
	}
	if _, err := newTool(Config{}).Optimise(ctx, path, typeAVI, out, nil); !errors.Is(err, errStop) {
		t.Errorf("after the end: got %v, want the cause", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	absent := filepath.Join(t.TempDir(), "absent")
	for _, row := range []struct {
		what string
		cfg  Config
		want string
	}{
		{"no ffmpeg", Config{FFmpeg: absent}, "absent"},
		{"no ffprobe", Config{FFprobe: absent}, "absent"},
		{"old", Config{FFmpeg: script(t, "echo ffmpeg version 4.4.2-1")}, "5 or later"},
		{"another program", Config{FFprobe: script(t, "echo hello")}, "version"},
		{"without parts", Config{FFmpeg: script(t, "echo ffmpeg version n7.1")}, "no filter zscale"},
		{"no memory", Config{MemoryBytes: 32 << 20}, "memory"},
	} {
		if err := Check(t.Context(), lockedBy(row.cfg)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.what, err, row.want)
		}
	}
}

// What a codec is called, and what reads and writes it, are different names.
func TestListed(t *testing.T) {
	t.Parallel()
	const codecs = " D..... = Decoding supported\n" +
		" DEV.LS h264                 H.264 (decoders: h264 h264_qsv ) (encoders: libx264 h264_qsv )\n" +
		" DEV..S png                  PNG image\n D.A... cook                 Cook\n"
	const formats = " D  mov,mp4,m4a QuickTime / MOV\n  E mp4             MP4\n DE avi             AVI\n"
	for _, row := range []struct {
		part      part
		text      string
		has, lack []string
	}{
		{part{flag: "E", what: "encoder"}, codecs, []string{"libx264", "png"}, []string{"h264", "cook"}},
		{part{flag: "D", what: "decoder"}, codecs, []string{"h264", "png", "cook"}, []string{"libx264"}},
		{part{flag: "D", what: "demuxer"}, formats, []string{"mov", "m4a", "avi"}, nil},
		{part{flag: "E", what: "muxer"}, formats, []string{"mp4", "avi"}, []string{"mov"}},
		{part{what: "filter"}, " ..C scale            V->V       Scale\n", []string{"scale"}, []string{"Scale"}},
	} {
		got := row.part.listed(row.text)
		for _, name := range row.has {
			if !got[name] {
				t.Errorf("%s %s is not found", row.part.what, name)
			}
		}
		for _, name := range row.lack {
			if got[name] {
				t.Errorf("%s %s is found where there is none", row.part.what, name)
			}
		}
	}
}

// What is no reason isn't given as one.
func TestLibraryNoise(t *testing.T) {
	t.Parallel()
	path := clip(t, "a.mp4", pictures("320x180", 50, 0.1)+quick264)
	ffmpeg := script(t, "echo 'Warning: using insecure memory!' >&2; echo at work >&2; kill -SEGV $$")
	_, err := newTool(Config{FFmpeg: ffmpeg}).Optimise(t.Context(), path, typeMP4, t.TempDir(), nil)
	died, ok := errors.AsType[*ChildError](err)
	if !ok || died.Stderr != "at work" {
		t.Errorf("got %v, with %+v", err, died)
	}
}

// What children say is kept from its end, in whole lines.
func TestTail(t *testing.T) {
	t.Parallel()
	var w tail
	line := strings.Repeat("x", 98) + "y\n"
	for range 1000 {
		for _, part := range []string{line[:50], line[50:]} {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := w.String()
	if len(got) > maxTail || len(got) < maxTail-2*len(line) || strings.TrimSuffix(strings.ReplaceAll(got, line, ""), "\n") != "" {
		t.Errorf("%d bytes: %q", len(got), got)
	}
	if got := lastLine("first\n[mov @ 0x55d8119d82c0] moov atom not found"); got != "moov atom not found" {
		t.Errorf("last line %q", got)
	}
}

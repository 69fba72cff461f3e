package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal and gives its two ends.
func terminal(t *testing.T) (theirs, ours *os.File) {
	t.Helper()
	theirs, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := theirs.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var failed error
	err = conn.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed == nil {
			number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	ours, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return theirs, ours
}

// screen runs the program in a terminal and gives all that was written there,
// and the exit code.
func screen(t *testing.T, env map[string]string, args ...string) (written, stdout string, code int) {
	t.Helper()
	theirs, ours := terminal(t)
	var seen, out bytes.Buffer
	var reading sync.WaitGroup
	reading.Go(func() {
		_, _ = io.Copy(&seen, theirs) // ends with EIO when our end is closed
	})
	code = run(t.Context(), args, func(name string) string { return env[name] }, strings.NewReader(""), &out, ours)
	if err := ours.Close(); err != nil {
		t.Error(err)
	}
	reading.Wait()
	if err := theirs.Close(); err != nil {
		t.Error(err)
	}
	return seen.String(), out.String(), code
}

// In a terminal there is one bar at a time, with bytes and stage, which fits
// into 80 columns and is gone in the end.
func TestBars(t *testing.T) {
	t.Parallel()
	server := newFakeServer()
	t.Cleanup(server.Close)
	env := map[string]string{"VITRINE_SERVER": server.URL, "VITRINE_KEY": "good"}
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"hall.gif", "bath.gif", "broken.gif"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("GIF89a the "+name), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}

	written, stdout, code := screen(t, env, append([]string{"media", "upload", "--wait"}, paths...)...)
	if code != exitFailed || !strings.Contains(stdout, "2 of 3 files ready") {
		t.Errorf("exit code %d, %s", code, stdout)
	}
	for _, want := range []string{"uploading 0/3", "0/59 B", "optimising 0/3", "3 in work, 0 waiting"} {
		if !strings.Contains(written, want) {
			t.Errorf("%q is not in %q", want, written)
		}
	}
	checkLine(t, written)

	video := filepath.Join(dir, "tour.avi")
	if err := os.WriteFile(video, []byte("RIFFxxxxAVI LIST\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	written, _, code = screen(t, env, "media", "upload", "--wait", paths[0], video)
	if code != exitOK || !strings.Contains(written, "optimising 0/2, 2 in work (video 41%), 0 waiting") {
		t.Errorf("exit code %d, %q", code, written)
	}
	checkLine(t, written)

	screen(t, env, "media", "upload", paths[0])
	written, _, code = screen(t, env, "job", "watch", "9506")
	if code != exitOK || !strings.Contains(written, "pending, 3 jobs ahead") {
		t.Errorf("exit code %d, %q", code, written)
	}
	checkLine(t, written)
}

// checkLine checks that a bar stays in its line and leaves it empty.
func checkLine(t *testing.T, written string) {
	t.Helper()
	parts := strings.Split(written, "\r")
	for _, part := range parts {
		if n := len([]rune(strings.ReplaceAll(part, "\x1b[K", ""))); n > 79 {
			t.Errorf("%d columns: %q", n, part)
		}
	}
	if last := parts[len(parts)-1]; strings.Contains(written, "\n") || strings.TrimSpace(strings.ReplaceAll(last, "\x1b[K", "")) != "" {
		t.Errorf("left behind %q in %q", last, written)
	}
}

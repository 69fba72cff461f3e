package imaging

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the reference pictures in testdata/golden")

// childArg makes the test binary a child, as a subcommand does the program.
const childArg = "imaging-worker"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == childArg {
		os.Exit(runChild())
	}
	if err := Check(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// runChild is Child, with pictures that make it misbehave.
func runChild() int {
	in, forward := io.Pipe()
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		var last string
		for lines.Scan() {
			last = misbehave(lines.Bytes(), last)
			if _, err := fmt.Fprintf(forward, "%s\n", lines.Bytes()); err != nil {
				break
			}
		}
		forward.CloseWithError(lines.Err())
	}()
	if err := Child(in, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// The names of pictures that make a child misbehave.
const (
	crashing = "crashing.jpg"
	hanging  = "hanging.jpg" // says so through the pipe beside it first
	lying    = "lying.jpg"
	foreign  = "foreign.jpg"
	chatting = "chatting.jpg"
	greedy   = "greedy.jpg"
	held     = "held.png" // says through the pipe beside it that it may decode, and does when it is answered
)

// misbehave is given each line for the child before the child is, and the
// picture that the line before was about. It gives the one that this is about.
func misbehave(line []byte, last string) string {
	var task Task
	if err := json.Unmarshal(line, &task); err != nil {
		return ""
	}
	if task.Source == "" && filepath.Base(last) == held {
		if err := os.WriteFile(last+".pipe", nil, 0); err == nil {
			_, _ = os.ReadFile(last + ".pipe")
		}
	}
	switch filepath.Base(task.Source) {
	case crashing:
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case hanging:
		if err := os.WriteFile(task.Source+".pipe", nil, 0); err == nil {
			select {}
		}
	case lying:
		fmt.Println(`{"Result":{"Width":1,"Height":1,"Variants":[]}}`)
	case foreign:
		fmt.Println(`{"Failure":{"Code":"infected","Detail":"so I say"}}`)
	case chatting:
		for {
			fmt.Print("all work and no play ")
		}
	case greedy:
		fmt.Println(`{"Pixels":9000000000000000000}`)
	}
	return task.Source
}

// newPool makes a Pool of this test binary's children, closed at the end of
// the test. Each change may alter its settings.
func newPool(t testing.TB, changes ...func(*Config)) *Pool {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Exe:            exe,
		Args:           []string{childArg},
		Workers:        2,
		MaxPixels:      100_000_000,
		PixelsInFlight: 200_000_000,
		MaxSidePx:      16_000,
		Timeout:        5 * time.Minute,
		MemoryBytes:    2 << 30,
		RecycleAfter:   100,
		Recipe:         DefaultRecipe(),
		Log:            slog.New(slog.DiscardHandler),
	}
	for _, change := range changes {
		change(&cfg)
	}
	p := NewPool(cfg)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// tempFile writes a file that the test will optimise.
func tempFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// testFile reads a file of testdata.
func testFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wantEmpty fails the test unless the folder is empty.
func wantEmpty(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s remains in the folder", e.Name())
	}
}

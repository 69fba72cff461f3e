package imaging

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the reference pictures in testdata/golden")

// childArg makes the test binary a child, as a subcommand does the program.
const childArg = "imaging-worker"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childArg {
		os.Exit(runChild(os.Args[2:]))
	}
	if err := Check(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// runChild is Child, with pictures that make it misbehave. It opens the pipes,
// if there are any: later it can't.
func runChild(pipes []string) int {
	m := misbehaviour{}
	if len(pipes) == 2 {
		var errs [2]error
		m.said, errs[0] = os.OpenFile(pipes[0], os.O_RDWR, 0)
		m.letGo, errs[1] = os.OpenFile(pipes[1], os.O_RDWR, 0)
		if err := errors.Join(errs[:]...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if err := serve(os.Stdin, os.Stdout, m.misbehave); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// misbehaviour is what a child says of itself, and waits for, by pipes.
type misbehaviour struct {
	said, letGo *os.File
}

// The names of pictures that make a child misbehave.
const (
	crashing = "crashing.jpg"
	hanging  = "hanging.jpg" // says so first
	lying    = "lying.jpg"
	foreign  = "foreign.jpg"
	chatting = "chatting.jpg"
	greedy   = "greedy.jpg"
	held     = "held.png" // says that it may decode, and does when it is let go
	nosy     = "nosy.jpg"
)

// misbehave is called with each task before the child begins with it, and when
// it has leave to decode.
func (m misbehaviour) misbehave(task *Task, admitted bool) {
	name := filepath.Base(task.Source)
	if admitted {
		if name == held {
			if _, err := m.said.Write([]byte{1}); err == nil {
				_, _ = m.letGo.Read(make([]byte, 1))
			}
		}
		return
	}
	switch name {
	case crashing:
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case hanging:
		if m.said != nil {
			_, _ = m.said.Write([]byte{1})
		}
		select {}
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
	case nosy:
		fmt.Fprintln(os.Stderr, strings.Join(pry(task), "; "))
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// pry tries what a child may not, and gives what it is told.
func pry(task *Task) []string {
	var told []string
	for _, path := range []string{task.Source, task.OutDir, "/etc/passwd", "/proc/self/environ"} {
		_, err := os.Open(path)
		told = append(told, fmt.Sprint(errors.Unwrap(err)))
	}
	_, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	told = append(told, fmt.Sprint(err))
	_, err = syscall.ForkExec("/bin/true", []string{"true"}, nil)
	return append(told, fmt.Sprint(err))
}

// pipes are those by which the children of a pool tell, and are told.
type pipes struct {
	said, letGo *os.File
}

// newPipes makes pipes and the change of settings that gives them to children.
func newPipes(t *testing.T) (pipes, func(*Config)) {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *os.File {
		path := filepath.Join(dir, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0) // which waits for nobody
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	p := pipes{open("said"), open("letgo")}
	return p, func(c *Config) { c.Args = append(c.Args, p.said.Name(), p.letGo.Name()) }
}

// hear returns when a child has said that it is there.
func (p pipes) hear(t *testing.T) {
	t.Helper()
	if err := p.said.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.said.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
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

package imaging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// children gives the idle children's process ids.
func (p *Pool) children() (pids []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		pids = append(pids, c.cmd.Process.Pid)
	}
	return pids
}

// wantWorking fails the test unless the pool optimises a good picture.
func wantWorking(t *testing.T, p *Pool) {
	t.Helper()
	result, err := p.Optimise(context.Background(), Request{Source: "testdata/chart.png", OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checkVariants(t, result)
}

func TestChildDies(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		picture string
		timeout time.Duration
		want    string // part of the reason
	}{
		{crashing, time.Minute, "signal: killed"},
		{hanging, 2 * time.Second, "took longer than 2s"},
		{lying, time.Minute, "signal: killed"},
		{foreign, time.Minute, "signal: killed"},
		{chatting, time.Minute, "signal: killed"},
		{greedy, time.Minute, "signal: killed"},
	} {
		t.Run(row.picture, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, func(c *Config) { c.Workers = 1 })
			wantWorking(t, p)
			before := p.children()

			p.cfg.Timeout = row.timeout
			out := t.TempDir()
			_, err := p.Optimise(context.Background(), Request{Source: tempFile(t, row.picture, nil), OutDir: out})
			died, ok := errors.AsType[*ChildError](err)
			if !ok || !strings.Contains(died.Reason, row.want) {
				t.Fatalf("got %v, want a ChildError with %q", err, row.want)
			}
			wantEmpty(t, out)

			p.cfg.Timeout = 5 * time.Minute
			wantWorking(t, p)
			if after := p.children(); len(after) != 1 || after[0] == before[0] {
				t.Errorf("children %v before, %v after", before, after)
			}
			wantGone(t, before)
		})
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	// A hole of 6000 x 6000 pixels, 108 MB to map and 144 MB to decode.
	header := []byte("BM" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x36\x00\x00\x00" +
		"\x28\x00\x00\x00" + "\x70\x17\x00\x00" + "\x70\x17\x00\x00" + "\x01\x00\x18\x00" + strings.Repeat("\x00", 24))
	path := tempFile(t, "large.bmp", header)
	if err := os.Truncate(path, 54+6000*6000*3); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		what string
		mb   int64
		ok   bool
	}{
		{"to map", 64, false},
		{"to decode", 180, false},
		{"enough", 2048, true},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, func(c *Config) { c.MemoryBytes = row.mb << 20 })
			out := t.TempDir()
			_, err := p.Optimise(context.Background(), Request{Source: path, OutDir: out})
			if row.ok {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if died, ok := errors.AsType[*ChildError](err); !ok || died.Reason != reasonMemory {
				t.Fatalf("got %v, want a ChildError for memory", err)
			}
			wantEmpty(t, out)
		})
	}
}

// startHanging puts a picture that hangs through the pool, which has been given
// the pipes, and returns when it does. The channel gives the error of Optimise.
func startHanging(ctx context.Context, t *testing.T, p *Pool, pipes pipes, out string) <-chan error {
	t.Helper()
	path := tempFile(t, hanging, nil)
	ended := make(chan error, 1)
	go func() {
		_, err := p.Optimise(ctx, Request{Source: path, OutDir: out})
		ended <- err
	}()
	pipes.hear(t)
	return ended
}

func TestCancel(t *testing.T) {
	t.Parallel()
	pipes, given := newPipes(t)
	p := newPool(t, given, func(c *Config) { c.Workers = 1 })
	out := t.TempDir()
	errStop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	ended := startHanging(ctx, t, p, pipes, out)

	waiting, cancelWaiting := context.WithCancelCause(context.Background())
	cancelWaiting(errStop)
	if _, err := p.Optimise(waiting, Request{Source: "testdata/chart.png", OutDir: out}); !errors.Is(err, errStop) {
		t.Errorf("who waits for a place got %v", err)
	}
	cancel(errStop)
	if err := <-ended; !errors.Is(err, errStop) {
		t.Errorf("got %v, want the cause", err)
	}
	wantEmpty(t, out)
	wantWorking(t, p)
}

func TestClose(t *testing.T) {
	t.Parallel()
	pipes, given := newPipes(t)
	p := newPool(t, given)
	wantWorking(t, p)
	idle := p.children()
	if len(idle) != 1 {
		t.Fatalf("%d children for one picture", len(idle))
	}
	out := t.TempDir()
	ended := startHanging(context.Background(), t, p, pipes, out)
	wantWorking(t, p) // in the other place, by another child
	idle = append(idle, p.children()...)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	wantEmpty(t, out)
	wantGone(t, idle)
	if _, err := p.Optimise(context.Background(), Request{Source: "testdata/chart.png", OutDir: out}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: got %v, want ErrClosed", err)
	}
}

// wantGone fails the test when one of these processes is there, even dead and
// not waited for.
func wantGone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("child %d is still there: %v", pid, err)
		}
	}
}

func TestRecycle(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *Config) { c.RecycleAfter = 2 })
	var seen []int
	for range 4 {
		wantWorking(t, p)
		seen = append(seen, p.children()...)
	}
	if len(seen) != 2 || seen[0] == seen[1] {
		t.Errorf("children after four pictures, two each: %v", seen)
	}
}

// What a child is given: little of the machine, nothing of the environment.
func TestChildConfined(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	wantWorking(t, p)
	proc := fmt.Sprintf("/proc/%d/", p.children()[0])
	environ, err := os.ReadFile(proc + "environ")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Trim(string(environ), "\x00"), "MALLOC_ARENA_MAX=2\x00GLIBC_TUNABLES=glibc.malloc.hugetlb=1"; got != want {
		t.Errorf("environment %q, want %q", got, want)
	}
	limits, err := os.ReadFile(proc + "limits")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Max core file size 0 0", "Max file size 67108864 67108864", fmt.Sprintf("Max cpu time %d %[1]d", 2*300*runtime.NumCPU()+1)} {
		if !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), want) {
			t.Errorf("limits lack %q", want)
		}
	}
}

// A child that a picture has taken over can't look around: not even at the
// picture, by its name.
func TestChildLockedIn(t *testing.T) {
	t.Parallel()
	said := &bytes.Buffer{} // read when the pool has said all
	p := newPool(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(said, nil)) })
	_, err := p.Optimise(context.Background(), Request{Source: tempFile(t, nosy, nil), OutDir: t.TempDir()})
	if _, ok := errors.AsType[*ChildError](err); !ok {
		t.Fatalf("got %v, want a ChildError", err)
	}
	files, rest := "permission denied; permission denied; permission denied; permission denied", "operation not permitted; operation not permitted"
	missing := sandbox.Missing()
	if !slices.Contains(missing, "Landlock") && !strings.Contains(said.String(), files) {
		t.Errorf("it opens files: %s", said)
	}
	if !slices.Contains(missing, "seccomp") && !strings.Contains(said.String(), rest) {
		t.Errorf("it leaves the process: %s", said)
	}
}

// A child ends when its server is gone.
func TestChildEndsWithInput(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &process{}
	in, err := c.openTasks()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), exe, childArg)
	child.Env = childEnv()
	child.Stdin = in
	_, err = io.WriteString(c.tasks, `{"MemoryBytes":1073741824,"CPUSeconds":60}`+"\n")
	if err := errors.Join(err, c.tasks.Close()); err != nil {
		t.Fatal(err)
	}
	said, err := child.CombinedOutput()
	if err := errors.Join(err, in.Close()); err != nil || len(bytes.TrimSpace(said)) > 0 {
		t.Errorf("%v, said %q", err, said)
	}
}

// A child is replaced before the CPU time of its life is over.
func TestTired(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	wantWorking(t, p)
	before := p.children()
	p.cfg.Timeout = time.Nanosecond * 2
	if c := p.take(); !c.tired(&p.cfg) {
		t.Error("a child that has used more than a picture may isn't tired")
	} else {
		p.keep(c)
	}
	p.cfg.Timeout = 5 * time.Minute
	wantWorking(t, p)
	if after := p.children(); after[0] != before[0] {
		t.Errorf("children %v before, %v after, and it had time left", before, after)
	}
}

// A program that isn't there is no fault of the picture.
func TestNoChild(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *Config) { c.Exe = filepath.Join(t.TempDir(), "absent") })
	if _, err := p.Optimise(context.Background(), Request{Source: "testdata/chart.png", OutDir: t.TempDir()}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// Nor is a source that is gone, or a folder that is: the child lives on.
func TestNoFile(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	wantWorking(t, p)
	before := p.children()
	absent := filepath.Join(t.TempDir(), "absent")
	for _, paths := range [][2]string{{absent, t.TempDir()}, {"testdata/chart.png", absent}} {
		if _, err := p.Optimise(context.Background(), Request{Source: paths[0], OutDir: paths[1]}); err == nil {
			t.Errorf("optimised %s into %s", paths[0], paths[1])
		}
	}
	if after := p.children(); len(after) != 1 || after[0] != before[0] {
		t.Errorf("children %v before, %v after", before, after)
	}
}

// Pictures leave nothing behind: a child of many takes what one of few does.
func TestNoLeak(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *Config) { c.RecycleAfter = 1000 })
	// Different ways through the shim, and one that fails.
	large := image.NewNRGBA(image.Rect(0, 0, 1600, 1200))
	for i := range large.Pix {
		large.Pix[i] = byte(i * i >> 9)
	}
	photo := jpegOf(t, large, iccSegment(rgbProfile(p3Primaries, srgbCurve)))
	var paths []string
	for _, data := range [][]byte{photo, cut(photo), cmykWithProfile(t), testFile(t, "turned.heic")} {
		paths = append(paths, tempFile(t, "picture", data))
	}
	resident := func(rounds int) (pages int64) {
		for range rounds {
			for _, path := range paths {
				_, err := p.Optimise(context.Background(), Request{Source: path, OutDir: t.TempDir()})
				if _, failed := errors.AsType[*vitrine.Failure](err); err != nil && !failed {
					t.Fatal(err)
				}
			}
		}
		statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.children()[0]))
		if err != nil {
			t.Fatal(err)
		}
		var size int64
		if _, err := fmt.Sscan(string(statm), &size, &pages); err != nil {
			t.Fatal(err)
		}
		return pages
	}
	before := resident(6)
	grown := (resident(18) - before) * int64(os.Getpagesize()) >> 20
	t.Logf("grown by %d MiB", grown)
	// One base picture of a leaking pipeline is 2.3 MB.
	if grown > 20 {
		t.Errorf("a child has grown by %d MiB in 18 rounds", grown)
	}
}

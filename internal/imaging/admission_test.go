package imaging

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	vitrine "github.com/vitrine-media/vitrine"
)

// chartPixels is what testdata/chart.png has.
const chartPixels = 96 * 64

// heldPicture is a picture that a child decodes when it has leave and is let go.
type heldPicture struct {
	path  string
	pipes pipes
	ended chan error
}

// startHeld puts a held picture through the pool, which has been given the
// pipes.
func startHeld(ctx context.Context, t *testing.T, p *Pool, pipes pipes) *heldPicture {
	t.Helper()
	h := &heldPicture{path: tempFile(t, held, testFile(t, "chart.png")), pipes: pipes, ended: make(chan error, 1)}
	out := t.TempDir()
	go func() {
		_, err := p.Optimise(ctx, Request{Source: h.path, OutDir: out})
		h.ended <- err
	}()
	return h
}

// admitted returns when the picture has leave to be decoded. There is one such
// picture at a time.
func (h *heldPicture) admitted(t *testing.T) {
	t.Helper()
	h.pipes.hear(t)
}

// letGo has the picture decoded, and gives the error of Optimise.
func (h *heldPicture) letGo(t *testing.T) error {
	t.Helper()
	if _, err := h.pipes.letGo.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	return <-h.ended
}

// waiting returns when somebody waits for leave: nobody gets any then, be it for
// a single pixel.
func (p *Pool) waiting(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); p.pixels.TryAcquire(1); time.Sleep(time.Millisecond) {
		p.pixels.Release(1)
		if time.Now().After(deadline) {
			t.Fatal("nobody waits for leave to decode")
		}
	}
}

// wantAllFree fails the test unless every leave has come back.
func (p *Pool) wantAllFree(t *testing.T) {
	t.Helper()
	if !p.pixels.TryAcquire(p.cfg.PixelsInFlight) {
		t.Fatal("pixels are in flight, and no picture is")
	}
	p.pixels.Release(p.cfg.PixelsInFlight)
}

// A picture waits for the pixels of another, and gets them however that ends.
func TestAdmission(t *testing.T) {
	t.Parallel()
	errStop := errors.New("stop")
	for _, row := range []struct {
		what string
		end  func(t *testing.T, first *heldPicture, cancel context.CancelCauseFunc) error
		want func(error) bool
	}{
		{"well", func(t *testing.T, first *heldPicture, _ context.CancelCauseFunc) error {
			return first.letGo(t)
		}, func(err error) bool { return err == nil }},
		{"badly", func(t *testing.T, first *heldPicture, _ context.CancelCauseFunc) error {
			if err := os.Truncate(first.path, 100); err != nil {
				t.Fatal(err)
			}
			return first.letGo(t)
		}, func(err error) bool { return err != nil }},
		{"cancelled", func(_ *testing.T, first *heldPicture, cancel context.CancelCauseFunc) error {
			cancel(errStop)
			return <-first.ended
		}, func(err error) bool { return errors.Is(err, errStop) }},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			pipes, given := newPipes(t)
			p := newPool(t, given, func(c *Config) { c.PixelsInFlight = chartPixels + chartPixels/2 })
			ctx, cancel := context.WithCancelCause(context.Background())
			defer cancel(nil)
			first := startHeld(ctx, t, p, pipes)
			first.admitted(t)
			second := startHeld(context.Background(), t, p, pipes)
			p.waiting(t)
			if err := row.end(t, first, cancel); !row.want(err) {
				t.Errorf("the first ended with %v", err)
			}
			second.admitted(t)
			if err := second.letGo(t); err != nil {
				t.Errorf("the second ended with %v", err)
			}
			p.wantAllFree(t)
		})
	}
}

// Who waits for leave can be stopped, and takes none with him.
func TestAdmissionCancelled(t *testing.T) {
	t.Parallel()
	pipes, given := newPipes(t)
	p := newPool(t, given, func(c *Config) { c.PixelsInFlight = chartPixels + chartPixels/2 })
	first := startHeld(context.Background(), t, p, pipes)
	first.admitted(t)
	errStop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	second := startHeld(ctx, t, p, pipes)
	p.waiting(t)
	cancel(errStop)
	if err := <-second.ended; !errors.Is(err, errStop) {
		t.Errorf("got %v, want the cause", err)
	}
	third := startHeld(context.Background(), t, p, pipes)
	p.waiting(t)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*heldPicture{first, third} {
		if err := <-h.ended; !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
	p.wantAllFree(t)
}

// Every picture has its turn, also one that has more pixels than may be in
// flight, and whatever becomes of those before it.
func TestAdmissionOfMany(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *Config) { c.Workers, c.PixelsInFlight = 4, chartPixels/2 })
	chart := testFile(t, "chart.png")
	paths := []string{tempFile(t, "good.png", chart), tempFile(t, "cut.png", cut(chart)), tempFile(t, crashing, nil), tempFile(t, "empty", nil)}
	var all sync.WaitGroup
	for i := range 24 {
		path, out := paths[i%len(paths)], t.TempDir()
		all.Go(func() {
			_, err := p.Optimise(context.Background(), Request{Source: path, OutDir: out})
			_, failed := errors.AsType[*vitrine.Failure](err)
			_, died := errors.AsType[*ChildError](err)
			name := filepath.Base(path)
			if good := name == "good.png"; good != (err == nil) || died != (name == crashing) || !good && !died && !failed {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	all.Wait()
	p.wantAllFree(t)
}

// The time of a picture doesn't run while it waits.
func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		c := startClock(10*time.Second, func() { up.Store(true) })
		for range 3 {
			time.Sleep(3 * time.Second)
			c.stop()
			time.Sleep(time.Hour)
			c.start()
		}
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		if up.Load() {
			t.Error("time is up a millisecond early")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !up.Load() {
			t.Error("time is not up")
		}
	})
}

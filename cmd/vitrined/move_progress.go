package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/vitrine-media/vitrine/internal/move"
)

// newMoveProgress gives a bar in a terminal, and elsewhere a line for every
// tenth of a step.
func newMoveProgress(w io.Writer) move.Progress {
	if file, ok := w.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return &moveBar{w: w}
		}
	}
	return &moveLines{w: w}
}

// moveBar is a bar for each step. Trouble with the terminal is no reason to end
// the work: its errors are dropped.
type moveBar struct {
	w   io.Writer
	bar *progressbar.ProgressBar // is safe for concurrent use
}

func (b *moveBar) Begin(step move.Step, total int64) {
	b.bar = progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(b.w),
		progressbar.OptionSetDescription("moving "+string(step)),
		progressbar.OptionSetWidth(16),
		progressbar.OptionShowCount(),
		progressbar.OptionShowBytes(step == move.Bytes),
		progressbar.OptionUseIECUnits(false),
		progressbar.OptionThrottle(50*time.Millisecond))
	_ = b.bar.RenderBlank()
}

func (b *moveBar) Add(n int64) { _ = b.bar.Add64(n) }

func (b *moveBar) End() {
	_ = b.bar.Exit() // leaves it as far as it came
	_, _ = fmt.Fprintln(b.w)
}

// moveLines is the progress for a log.
type moveLines struct {
	w io.Writer

	mu          sync.Mutex
	step        move.Step
	total, done int64
	told        int64 // tenths
}

func (l *moveLines) Begin(step move.Step, total int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.step, l.total, l.done, l.told = step, total, 0, 0
	_, _ = fmt.Fprintf(l.w, "moving %s: %s\n", step, l.text(total))
}

func (l *moveLines) Add(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done += n
	if tenths := min(10*l.done/max(l.total, 1), 10); tenths > l.told {
		l.told = tenths
		_, _ = fmt.Fprintf(l.w, "moving %s: %d%%\n", l.step, 10*tenths)
	}
}

func (l *moveLines) End() {}

func (l *moveLines) text(n int64) string {
	if l.step == move.Bytes {
		return bytesText(n)
	}
	return fmt.Sprint(n)
}

// bytesText is a size in powers of a thousand.
func bytesText(n int64) string {
	switch {
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

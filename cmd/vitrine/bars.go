package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// bars is the progress in a terminal: one bar at a time, in one line that is
// gone in the end. Trouble with the terminal is no reason to end the work: its
// errors are dropped.
type bars struct {
	w           io.Writer
	bar         *progressbar.ProgressBar // nil: none is shown
	files, done int
	bytes       int64 // of the originals that are done
	optimising  bool  // the bar is that of the server's work
}

// barWidth leaves room in 80 columns for the longest text beside it.
const barWidth = 16

// show replaces the bar; max is -1 for something whose length isn't known.
func (b *bars) show(max int64, text string, opts ...progressbar.Option) {
	b.end()
	opts = append([]progressbar.Option{
		progressbar.OptionSetWriter(b.w),
		progressbar.OptionSetDescription(text),
		progressbar.OptionSetWidth(barWidth),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionThrottle(50 * time.Millisecond),
		progressbar.OptionClearOnFinish(),
	}, opts...)
	b.bar = progressbar.NewOptions64(max, opts...)
	_ = b.bar.RenderBlank()
}

func (b *bars) sending(files int, bytes int64) {
	b.files, b.done = files, 0
	b.show(bytes, b.counted("uploading"), progressbar.OptionShowBytes(true), progressbar.OptionShowCount(), progressbar.OptionUseIECUnits(false))
}

func (b *bars) counted(text string) string { return fmt.Sprintf("%s %d/%d", text, b.done, b.files) }

func (b *bars) sent(bytes int64) { _ = b.bar.Set64(bytes) }

func (b *bars) arrived(given) {
	b.done++
	b.bar.Describe(b.counted("uploading"))
}

func (b *bars) working(files int) {
	if files == 0 || b.optimising {
		return
	}
	b.files, b.done, b.optimising = files, 0, true
	b.show(int64(files), b.counted("optimising"))
}

func (b *bars) standing(s standing) {
	if b.bar == nil {
		return
	}
	done := ""
	if b.bytes > 0 && s.percent == 0 { // there is room for one of them
		done = " (" + bytesText(b.bytes) + ")"
	}
	b.bar.Describe(fmt.Sprintf("%s%s, %s", b.counted("optimising"), done, s))
}

func (b *bars) ended(o outcome) {
	b.done++
	b.bytes += o.media.Size
	_ = b.bar.Add(1)
}

func (b *bars) stage(text string) {
	if b.bar == nil {
		// Moved by our looks: a spinner that turns by itself goes on after its end.
		b.show(-1, text, progressbar.OptionSpinnerType(14), progressbar.OptionSetSpinnerChangeInterval(0))
	}
	b.bar.Describe(text)
	_ = b.bar.Add(1)
}

func (b *bars) end() {
	if b.bar != nil {
		_ = b.bar.Clear()
		b.bar = nil
	}
}

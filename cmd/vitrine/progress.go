package main

import (
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"

	"github.com/vitrine-media/vitrine/client"
)

// progress shows how far the files have come. begin may be called again and
// again with the same number.
type progress interface {
	begin(files int)
	ended(outcome)
	end()
}

// newProgress gives a bar in a terminal, and elsewhere a line for each file.
func newProgress(w io.Writer) progress {
	if file, ok := w.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return &bar{w: w}
		}
	}
	return &lines{w: w}
}

// bar is a progress bar that leaves nothing behind. Trouble with the terminal
// is no reason to end the work: its errors are dropped.
type bar struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

func (b *bar) begin(files int) {
	if b.bar != nil || files == 0 {
		return
	}
	b.bar = progressbar.NewOptions(files,
		progressbar.OptionSetWriter(b.w),
		progressbar.OptionSetDescription("photos"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(32),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionClearOnFinish(),
	)
	_ = b.bar.RenderBlank()
}

func (b *bar) ended(outcome) { _ = b.bar.Add(1) }

func (b *bar) end() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}

// lines is the progress for a log.
type lines struct {
	w     io.Writer
	files int
	done  int
}

func (l *lines) begin(files int) { l.files = files }

func (l *lines) ended(o outcome) {
	l.done++
	state := "ready"
	if o.media.Optimization == client.Failed {
		state = "failed"
	}
	_, _ = fmt.Fprintf(l.w, "%d/%d %s: %s\n", l.done, l.files, clean(o.name), state)
}

func (l *lines) end() {}

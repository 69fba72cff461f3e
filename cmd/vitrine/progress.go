package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vitrine-media/vitrine/client"
)

// progress shows how far a command has come: first, where files are uploaded,
// the bytes that go out, and then the server's work. working may be called again
// and again with the same number, and stage with the same text.
type progress interface {
	sending(files int, bytes int64) // the uploads begin
	sent(bytes int64)               // so many of these bytes have gone out
	arrived(given)                  // one upload has ended
	working(files int)              // the server's work is looked at
	standing(standing)              // what it is doing
	ended(outcome)                  // one file has come to its end
	stage(text string)              // how far something has come that has no files
	end()                           // nothing more is shown
}

// standing is how far the files are that have not ended.
type standing struct {
	working, waiting int
	percent          int // of the first video in work, 0 for none
}

func (s *standing) add(o client.Optimization, percent int) {
	if o != client.Processing {
		s.waiting++
		return
	}
	s.working++
	if s.percent == 0 {
		s.percent = percent
	}
}

func (s standing) String() string {
	video := ""
	if s.percent > 0 {
		video = fmt.Sprintf(" (video %d%%)", s.percent)
	}
	return fmt.Sprintf("%d in work%s, %d waiting", s.working, video, s.waiting)
}

// newProgress gives bars in a terminal, and elsewhere a line for each file.
func newProgress(w io.Writer) progress {
	if file, ok := w.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return &bars{w: w}
		}
	}
	return &lines{w: w}
}

// lines is the progress for a log.
type lines struct {
	w           io.Writer
	files, done int
	uploading   bool
	last        string // stage
}

func (l *lines) sending(files int, bytes int64) {
	l.files, l.uploading = files, true
	_, _ = fmt.Fprintf(l.w, "uploading %s, %s\n", count(files, "file"), bytesText(bytes))
}

func (l *lines) sent(int64) {}

func (l *lines) arrived(g given) {
	state := "uploaded"
	switch {
	case g.err != nil:
		state = "not uploaded"
	case g.reused:
		state = "was there"
	}
	l.line(g.name, state)
}

func (l *lines) working(files int) {
	if l.uploading {
		l.done, l.uploading = 0, false
	}
	l.files = files
}

// standing tells of videos alone, which take minutes, and of each in few lines.
func (l *lines) standing(s standing) {
	if s.percent >= 10 {
		l.stage(fmt.Sprintf("encoding a video, %d%%", s.percent/10*10))
	}
}

func (l *lines) ended(o outcome) {
	state := "ready"
	if o.media.Optimization == client.Failed {
		state = "failed"
	}
	l.line(o.name, state)
}

func (l *lines) line(name, state string) {
	l.done++
	_, _ = fmt.Fprintf(l.w, "%d/%d %s: %s\n", l.done, l.files, clean(name), state)
}

func (l *lines) stage(text string) {
	if text != l.last {
		l.last = text
		_, _ = fmt.Fprintln(l.w, text)
	}
}

func (l *lines) end() {}

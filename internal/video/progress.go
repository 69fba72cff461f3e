package video

import (
	"bytes"
	"strconv"
	"time"
)

// progressReader reads what ffmpeg's -progress writes: blocks of key=value.
type progressReader struct {
	whole  time.Duration // of the source; 0 when unknown
	report func(percent int)
	made   made
	rest   []byte // of a line that isn't complete
}

// maxProgressLine is many times the longest line that ffmpeg writes.
const maxProgressLine = 1 << 10

func (r *progressReader) Write(p []byte) (int, error) {
	r.rest = append(r.rest, p...)
	for {
		line, after, found := bytes.Cut(r.rest, []byte{'\n'})
		if !found {
			break
		}
		r.line(string(line))
		r.rest = after
	}
	if len(r.rest) > maxProgressLine {
		r.rest = nil
	}
	return len(p), nil
}

func (r *progressReader) line(line string) {
	key, value, _ := bytes.Cut([]byte(line), []byte{'='})
	n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
	if err != nil {
		return // "N/A" before the first frame
	}
	switch string(key) {
	case "frame":
		r.made.frames = int(n)
	case "out_time_us":
		r.made.length = time.Duration(n) * time.Microsecond
		if r.whole > 0 {
			r.report(int(max(0, min(100, 100*r.made.length/r.whole))))
		}
	}
}

// rising gives percents to report, each once and in order.
func rising(report func(percent int)) func(percent int) {
	last := -1
	return func(percent int) {
		if percent > last && report != nil {
			last = percent
			report(percent)
		}
	}
}

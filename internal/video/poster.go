package video

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	vitrine "github.com/vitrine-media/vitrine"
)

const (
	posterFile    = "poster.png"
	candidateFile = "candidate.png"
)

// posterPlaces are where to look for a poster, in parts of the video's length,
// best first. The beginning is the last: titles, black, and hands on a camera
// are there.
var posterPlaces = []float64{0.33, 0.5, 0.2, 0.67, 0.85, 0.1, 0.95, 0}

// poster writes a frame of the largest variant, which is upright, whole and in
// standard colours, as PNG: the first place that is neither black nor in a
// fade, and if there is none the best of all.
func (t *Tool) poster(ctx context.Context, j *job, p *plan) error {
	best := -1.0
	for _, place := range posterPlaces {
		found, err := t.lookAt(ctx, j, p, place)
		if err != nil {
			return err
		}
		if found.frames == 0 || found.score() <= best {
			continue
		}
		best = found.score()
		if err := os.Rename(filepath.Join(j.outDir, candidateFile), filepath.Join(j.outDir, posterFile)); err != nil {
			return fmt.Errorf("keep poster: %w", err)
		}
		if found.good() {
			break
		}
	}
	if best < 0 {
		return vitrine.Failf(vitrine.Unreadable, "no picture could be read")
	}
	return j.remove(candidateFile)
}

// lookAt writes the frame at one place as candidate, and judges it by those
// around.
func (t *Tool) lookAt(ctx context.Context, j *job, p *plan, place float64) (look, error) {
	var out limitedBuffer
	err := t.run(ctx, child{
		stage:  "poster",
		exe:    t.cfg.FFmpeg,
		args:   t.lookArgs(j, p, place),
		source: filepath.Join(j.outDir, p.largest().file()),
		dir:    j.outDir,
		writes: []string{candidateFile},
		stdout: &out,
		limits: j.limits,
	})
	if gaveUp, ok := errors.AsType[*exitError](err); ok {
		return look{}, vitrine.Failf(vitrine.Unreadable, "%s", gaveUp.line)
	}
	if err != nil {
		return look{}, err
	}
	candidate, err := os.Stat(filepath.Join(j.outDir, candidateFile))
	if err != nil {
		return look{}, err
	}
	if candidate.Size() == 0 {
		return look{}, nil // behind the last frame
	}
	return judge(out.Bytes()), nil
}

// lookArgs write the frame at a place as PNG, and small grey pictures of the
// time around to standard output.
func (t *Tool) lookArgs(j *job, p *plan, place float64) []string {
	length := j.facts.duration
	half := min(time.Second/2, length/8)
	at := time.Duration(place * float64(length))
	start := max(0, at-half)
	largest := p.largest()
	matrix := "bt709"
	if largest.copied {
		matrix = j.facts.matrix()
	}
	graph := fmt.Sprintf("[0:v]split[a][b];[a]fps=%f,scale=%d:%d:flags=area,format=gray[looks];"+
		"[b]select=gte(t\\,%s),scale=in_color_matrix=%s,format=rgb24[frame]",
		lookFrames/max(2*half, time.Millisecond).Seconds(), lookSide, lookSide, formatSeconds(at-start), matrix)
	threads := fmt.Sprint(t.cfg.Threads)
	args := []string{
		"-nostdin", "-hide_banner", "-v", "error", "-y", "-filter_complex_threads", threads, "-threads", threads,
		"-ss", formatSeconds(start), "-t", formatSeconds(max(2*half, time.Second/10)),
	}
	args = append(append(args, inputArgs("mov")...), "-i", "file:"+largest.file(), "-filter_complex", graph)
	return append(args,
		"-map", "[looks]", "-fflags", "+bitexact", "-f", "rawvideo", "pipe:1",
		"-map", "[frame]", "-frames:v", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact",
		"-c:v", "png", "-f", "image2", "-update", "1", "file:"+candidateFile)
}

package video

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// roundingAllowed is how much longer than allowed a video may be: containers
// round, and sound ends with a whole frame (Listings API 3.1).
const roundingAllowed = 500 * time.Millisecond

// transcodePercent is how much of the progress is the transcode; the poster is
// the rest.
const transcodePercent = 95

// job is one video under way.
type job struct {
	path        string // absolute
	sourceBytes int64
	outDir      string // absolute
	facts       *facts
	limits      sandbox.Limits
	progress    func(percent int)
}

// Optimise makes the variants and the poster of the video in the local file
// path, whose Sniff is sourceType, and writes them to outDir, a folder made for
// it alone. progress is told rising percents, 0 to 100, one at a time and not
// after Optimise has returned; it may be nil.
//
// A video that can't be used is a *vitrine.Failure: video_too_long,
// unsupported_type, too_many_pixels or unreadable. A child that died of it, or
// had to be killed, is a *ChildError. When ctx ends the error is ctx's cause.
// On any error nothing remains in outDir, and no child.
func (t *Tool) Optimise(ctx context.Context, path, sourceType, outDir string, progress func(percent int)) (Result, error) {
	demuxer, ok := demuxers[sourceType]
	if !ok {
		return Result{}, vitrine.Failf(vitrine.UnsupportedType, "%s", sourceType)
	}
	tooLong := &ChildError{Reason: fmt.Sprintf("took longer than %v", t.cfg.Timeout)}
	ctx, cancel := context.WithTimeoutCause(ctx, t.cfg.Timeout, tooLong)
	defer cancel()

	j, err := t.newJob(path, outDir, progress)
	if err != nil {
		return Result{}, err
	}
	result, err := t.optimise(ctx, j, demuxer)
	if err != nil {
		if left := j.removeAll(); left != nil {
			err = errors.Join(err, left)
		}
		return Result{}, err
	}
	result.Type = sourceType
	return result, nil
}

func (t *Tool) newJob(path, outDir string, progress func(percent int)) (*job, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if outDir, err = filepath.Abs(outDir); err != nil {
		return nil, err
	}
	// That a file of ours isn't there must not look like a damaged video.
	source, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("optimise video: %w", err)
	}
	if _, err := os.Stat(outDir); err != nil {
		return nil, fmt.Errorf("optimise video: %w", err)
	}
	return &job{
		path:        path,
		sourceBytes: source.Size(),
		outDir:      outDir,
		progress:    rising(progress),
		limits: sandbox.Limits{
			// Beside the threads of an encode there are those that read and write.
			CPU:         t.cfg.Timeout * time.Duration(t.cfg.Threads+1),
			MemoryBytes: t.cfg.MemoryBytes,
			FileBytes:   64 << 20,
		},
	}, nil
}

// optimise is the list of steps.
func (t *Tool) optimise(ctx context.Context, j *job, demuxer string) (Result, error) {
	j.progress(0)
	var err error
	if j.facts, err = t.probe(ctx, j.path, demuxer, j.limits); err != nil {
		return Result{}, err
	}
	if err := t.checkLength(j.facts.duration); err != nil {
		return Result{}, err
	}
	p := planOf(j.facts)
	got, err := t.transcode(ctx, j, &p)
	if err != nil {
		return Result{}, err
	}
	if err := t.checkMade(j.facts, &p, got); err != nil {
		return Result{}, err
	}
	if j.facts.duration == 0 {
		j.facts.duration = got.length
	}
	j.progress(transcodePercent)
	if err := t.poster(ctx, j, &p); err != nil {
		return Result{}, err
	}
	result, err := j.result(&p)
	if err != nil {
		return Result{}, err
	}
	j.progress(100)
	return result, nil
}

func (t *Tool) checkLength(length time.Duration) error {
	if length > t.cfg.MaxDuration+roundingAllowed {
		return vitrine.Failf(vitrine.VideoTooLong, "%.1f s, %.0f s allowed", length.Seconds(), t.cfg.MaxDuration.Seconds())
	}
	return nil
}

// checkMade compares what was made with what the source had promised. A file
// that was cut off promises more, and ffmpeg makes what it can of it.
func (t *Tool) checkMade(f *facts, p *plan, got made) error {
	if got.frames == 0 {
		return vitrine.Failf(vitrine.Unreadable, "no picture could be read")
	}
	if err := t.checkLength(got.length); err != nil {
		return err
	}
	rate := p.rate
	if p.renditions[0].copied {
		rate = f.average
	}
	promised := f.promised()
	length := time.Duration(float64(got.frames) / rate.float() * float64(time.Second))
	if lost := promised - length; lost > max(time.Second/2, promised/20) {
		return vitrine.Failf(vitrine.Unreadable, "ends after %.1f of %.1f s", length.Seconds(), promised.Seconds())
	}
	return nil
}

// result describes what lies in outDir now.
func (j *job) result(p *plan) (Result, error) {
	result := Result{
		Width:    j.facts.width,
		Height:   j.facts.height,
		Duration: j.facts.duration,
		Poster:   filepath.Join(j.outDir, posterFile),
		Remuxed:  p.largest().copied,
	}
	for _, r := range p.renditions {
		file := filepath.Join(j.outDir, r.file())
		info, err := os.Stat(file)
		if err != nil {
			return Result{}, fmt.Errorf("optimise video: %w", err)
		}
		result.Files = append(result.Files, file)
		result.Variants = append(result.Variants, vitrine.Variant{
			Name: r.name, Type: typeMP4, Width: r.width, Height: r.height, Bytes: info.Size(),
		})
	}
	return result, nil
}

// removeAll removes what children may have left in outDir.
func (j *job) removeAll() error {
	names := []string{posterFile, candidateFile}
	for _, s := range sizes {
		names = append(names, (&rendition{size: s}).file())
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, j.remove(name))
	}
	return errors.Join(errs...)
}

// remove removes a file of outDir that may be there.
func (j *job) remove(name string) error {
	if err := os.Remove(filepath.Join(j.outDir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

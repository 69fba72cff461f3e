package video

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	vitrine "github.com/vitrine-media/vitrine"
)

// audioRate is the rate of encoded sound in kbit/s.
const audioRate = 128

// Of the presets, veryfast took 70% of the CPU of fast for a smaller file, at an
// SSIM of 0.937 against 0.940 (1080p, the same crf).
const (
	preset = "veryfast"
	crf    = 23
)

// keyframeSeconds is how far a seek may be from a frame that can be shown.
const keyframeSeconds = 2

// made is what an encode says that it has made.
type made struct {
	frames int           // of the smallest rendition
	length time.Duration // of the longest stream
}

// transcode makes the renditions of a plan in outDir. All come of one reading
// and decoding of the source.
func (t *Tool) transcode(ctx context.Context, j *job, p *plan) (made, error) {
	watch := &progressReader{whole: j.facts.duration, report: func(percent int) {
		j.progress(percent * transcodePercent / 100)
	}}
	bounds := j.limits
	bounds.FileBytes = p.fileBytes(j.sourceBytes, t.cfg.MaxDuration)
	err := t.run(ctx, child{
		stage:  "transcode",
		exe:    t.cfg.FFmpeg,
		args:   t.transcodeArgs(j, p),
		source: j.path,
		dir:    j.outDir,
		writes: p.files(),
		stdout: watch,
		limits: bounds,
	})
	if gaveUp, ok := errors.AsType[*exitError](err); ok {
		return made{}, vitrine.Failf(vitrine.Unreadable, "%s", gaveUp.line)
	}
	return watch.made, err
}

func (t *Tool) transcodeArgs(j *job, p *plan) []string {
	f, threads := j.facts, strconv.Itoa(t.cfg.Threads)
	args := []string{
		"-nostdin", "-hide_banner", "-v", "error", "-y", "-nostats", "-progress", "pipe:1",
		"-filter_threads", threads, "-filter_complex_threads", threads, "-threads", threads,
	}
	args = append(append(args, inputArgs(f.demuxer)...), "-i", "file:"+j.path)
	if graph := filterGraph(f, p); graph != "" {
		args = append(args, "-filter_complex", graph)
	}
	for _, r := range p.renditions {
		args = append(args, t.renditionArgs(f, p, &r)...)
	}
	return args
}

// renditionArgs are the options of one output file.
func (t *Tool) renditionArgs(f *facts, p *plan, r *rendition) []string {
	var args []string
	if r.copied {
		args = append(args, "-map", fmt.Sprintf("0:%d", f.video.Index), "-c:v", "copy")
	} else {
		args = append(args, "-map", "["+r.name+"]")
		args = append(args, t.encoderArgs(p, r)...)
	}
	if f.audio != nil {
		args = append(args, "-map", fmt.Sprintf("0:%d", f.audio.Index))
		if r.copied && p.copySound {
			args = append(args, "-c:a", "copy")
		} else {
			// Resampled to the clock of the pictures: gaps in the sound of a
			// phone would otherwise shift all that follows.
			args = append(args, "-c:a", "aac", "-b:a", fmt.Sprintf("%dk", audioRate), "-ac", "2", "-ar", "48000",
				"-af", "aresample=async=1")
		}
	}
	return append(args,
		// Slices and parameter sets alone: messages beside them (SEI) can hold
		// anything, an orientation and a serial number too.
		"-bsf:v", "filter_units=pass_types=1-5|7-8",
		"-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-write_tmcd", "0",
		"-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
		// A source that lies about its length is no reason to work for hours.
		"-t", formatSeconds(t.cfg.MaxDuration+roundingAllowed+time.Second),
		"-max_muxing_queue_size", "4096",
		"-movflags", "+faststart", "-f", "mp4", "file:"+r.file())
}

func (t *Tool) encoderArgs(p *plan, r *rendition) []string {
	gop := max(1, int(keyframeSeconds*p.rate.float()+0.5))
	return []string{
		"-c:v", "libx264", "-preset", preset, "-crf", strconv.Itoa(crf), "-profile:v", "high",
		"-maxrate", fmt.Sprintf("%dk", r.maxrate), "-bufsize", fmt.Sprintf("%dk", 2*r.maxrate),
		"-g", strconv.Itoa(gop), "-threads", strconv.Itoa(t.cfg.Threads),
		"-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv",
	}
}

// formatSeconds writes a duration as ffmpeg reads it.
func formatSeconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 6, 64)
}

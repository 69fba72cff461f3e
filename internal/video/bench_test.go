package video

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// childrenCPU is what the children of this process that have ended took.
func childrenCPU(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// cpu is what some work took in children.
func cpu(b *testing.B, work func()) float64 {
	b.Helper()
	before := childrenCPU(b)
	work()
	return (childrenCPU(b) - before).Seconds()
}

// compare runs, in turns, all of Optimise and bare ffmpeg for the same, and
// reports CPU seconds for a second of source, and ratios: of all, with the
// probe and the poster, and of the transcode alone.
func compare(b *testing.B, path string, bare func(outDir string) string) {
	b.Helper()
	sourceType := sniffed(b, path)
	tool := newTool(Config{})
	var all, transcode, alone, length float64
	for b.Loop() {
		var r Result
		all += cpu(b, func() {
			var err error
			if r, err = tool.Optimise(context.Background(), path, sourceType, b.TempDir(), nil); err != nil {
				b.Fatal(err)
			}
		})
		length += r.Duration.Seconds()

		j, err := tool.newJob(path, b.TempDir(), nil)
		if err != nil {
			b.Fatal(err)
		}
		if j.facts, err = tool.probe(context.Background(), j.path, demuxers[sourceType], j.limits); err != nil {
			b.Fatal(err)
		}
		transcode += cpu(b, func() {
			p := planOf(j.facts)
			if _, err := tool.transcode(context.Background(), j, &p); err != nil {
				b.Fatal(err)
			}
		})
		out := b.TempDir()
		alone += cpu(b, func() { ffmpeg(b, bare(out), filepath.Join(out, "last.mp4")) })
	}
	b.ReportMetric(all/length, "cpu-s/s")
	b.ReportMetric(all/alone, "all/bare")
	b.ReportMetric(transcode/alone, "transcode/bare")
}

// BenchmarkTranscode is 1080p into "720" and "1080", against bare ffmpeg with
// the same settings.
func BenchmarkTranscode(b *testing.B) {
	path := clip(b, "a.mov", pictures("1920x1080", 30, 8)+"-f lavfi -i anoisesrc=d=8:a=0.1 "+
		"-vf noise=alls=6:allf=t -c:v mpeg4 -q:v 3 -g 30 -c:a aac")
	compare(b, path, func(out string) string {
		encoder := fmt.Sprintf(" -c:v libx264 -threads 1 -preset %s -crf %d -g 60 -maxrate %%dk -bufsize %%dk -map 0:a -c:a aac -b:a %dk -ac 2 -movflags +faststart ",
			preset, crf, audioRate)
		return "-filter_threads 1 -filter_complex_threads 1 -i " + path + " -filter_complex [0:v]split[a][b];[b]scale=1280:720[c] " +
			"-map [c]" + fmt.Sprintf(encoder, 4000, 8000) + filepath.Join(out, "720.mp4") + " -map [a]" + fmt.Sprintf(encoder, 8000, 16000)
	})
}

// BenchmarkRemux is three minutes that every browser plays as they are, against
// bare ffmpeg -c copy.
func BenchmarkRemux(b *testing.B) {
	path := looped(b, clip(b, "a.mp4", pictures("1280x720", 30, 5)+sound(5)+"-vf noise=alls=6:allf=t "+quick264+"-g 60 -c:a aac"), 180)
	compare(b, path, func(string) string { return "-i " + path + " -c copy -movflags +faststart" })
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/vitrine-media/vitrine/internal/sandbox"
	"github.com/vitrine-media/vitrine/internal/video"
)

// playable are the clips of the corpus that can be used.
var playable = []string{
	"avi-mpeg4-mp3-4s.avi", "hevc-hdr10-2s.mov", "intel-bottle-detection.mp4", "me-FLIR_Thermal.mp4",
	"me-Issue_515_java_.mp4", "me-with-gps.mov",
}

// BenchmarkVideos is the CPU time of clips: those of the corpus and 8 s of
// 1080p, which is made into two sizes as a phone's film would be.
func BenchmarkVideos(b *testing.B) {
	phone := filepath.Join(b.TempDir(), "made-1080p-8s.mov")
	made := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=8",
		"-f", "lavfi", "-i", "anoisesrc=d=8:a=0.1", "-vf", "noise=alls=6:allf=t", "-c:v", "mpeg4", "-q:v", "3", "-g", "30", "-c:a", "aac", phone)
	if output, err := made.CombinedOutput(); err != nil {
		b.Fatalf("make a clip: %v: %s", err, output)
	}
	clips := []string{phone}
	for _, name := range playable {
		clips = append(clips, filepath.Join(corpus, "video", name))
	}
	var videos []Video
	for b.Loop() {
		videos = nil
		for _, clip := range clips {
			videos = append(videos, encodeAlone(b, clip))
		}
	}
	b.ReportMetric(videos[0].CPUSeconds/videos[0].Seconds, "cpu-s/s-of-1080p")
	record(b, func(m *Measured) { m.Videos = videos })
}

// lockedArg has the test binary lock in ffmpeg, as a subcommand has vitrined.
const lockedArg = "locked"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == lockedArg {
		os.Exit(sandbox.Exec(os.Args[2:], os.Stderr))
	}
	os.Exit(m.Run())
}

func encodeAlone(b *testing.B, file string) Video {
	b.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	v := Video{File: filepath.Base(file), Bytes: int64(len(content))}
	tool := video.New(video.Config{Exe: os.Args[0], Args: []string{lockedArg}})
	var took []float64
	for range *rounds {
		before := ownCPU(b, syscall.RUSAGE_CHILDREN)
		result, err := tool.Optimise(b.Context(), file, video.Sniff(content), b.TempDir(), nil)
		took = append(took, (ownCPU(b, syscall.RUSAGE_CHILDREN) - before).Seconds())
		if err != nil {
			b.Fatalf("%s: %v", file, err)
		}
		v.Seconds, v.Copied, v.VariantBytes = result.Duration.Seconds(), result.Remuxed, 0
		for _, variant := range result.Variants {
			v.VariantBytes += variant.Bytes
		}
	}
	v.CPUSeconds = median(took)
	return v
}

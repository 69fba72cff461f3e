package main

import (
	"context"
	"fmt"
	"strconv"
)

// videoGoal is what vitrine may take of bare ffmpeg's CPU time.
const videoGoal = 1.05

// measureVideo lets the benchmarks of internal/video compare with bare ffmpeg:
// each of their runs does both, one after the other.
func measureVideo(ctx context.Context, l *lab) (*finding, error) {
	measured, err := goBench(ctx, "./internal/video", "-bench", "^Benchmark(Transcode|Remux)$", "-benchtime", "1x", "-count", strconv.Itoa(l.rounds), "-timeout", "1h")
	if err != nil {
		return nil, err
	}
	encoded := table{head: []string{"", "of bare ffmpeg's CPU time", fmt.Sprintf("≤ %v", videoGoal), "with probe and poster", "CPU s for a second of video"}}
	ratios := chart{name: "video", title: "Video: CPU time beside bare ffmpeg", unit: "vitrine's by bare ffmpeg's, same settings"}
	for _, row := range []struct{ benchmark, name string }{
		{"Transcode", "1080p into 720p and 1080p"}, {"Remux", "three minutes that are copied"},
	} {
		m := measured[row.benchmark]
		alone := m["transcode/bare"]
		if len(alone) == 0 {
			return nil, fmt.Errorf("the benchmarks of videos say nothing of %s", row.benchmark)
		}
		encoded.rows = append(encoded.rows, []string{
			row.name, alone.text("%.2f"), met(alone.median() <= videoGoal), m["all/bare"].text("%.2f"), m["cpu-s/s"].text("%.3f"),
		})
		ratios.bars = append(ratios.bars, bar{name: row.name, figures: alone, ours: true})
	}
	return &finding{how: videoHow, tables: []table{encoded}, charts: []chart{ratios}, after: videoAfter}, nil
}

// videoHow is what the report says about the section.
const videoHow = `CPU time of what vitrine has ffmpeg do, beside ffmpeg called by hand for the same files with the same settings, one after the other in
each round. "With probe and poster" is all that vitrine does with a video, where bare ffmpeg only makes the files that are played.`

const videoAfter = `Copying costs next to nothing; what vitrine has ffmpeg do beyond that is to look at each unit of the pictures and to leave out those that
can tell of place and person, and to lock itself in before it begins.`

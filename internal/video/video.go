// Package video makes a sender's video into what every browser plays.
//
// Foreign bytes are read by ffprobe and ffmpeg only, in child processes with
// bounds, and a child opens no file but the one it is given: the demuxer is
// forced by the type that Sniff saw, other protocols, formats and external
// tracks are off. And it is locked in (see package sandbox): what it can read is
// that one file and what is installed on the machine, what it can write are the
// files that were made for its variants. What is made of a source is decided in plan.go, how in
// filter.go and encode.go.
package video

import (
	"log/slog"
	"time"

	vitrine "github.com/vitrine-media/vitrine"
)

// Config is how a Tool works. Zero values are the defaults, but for the first
// two.
type Config struct {
	Exe         string        // the program that locks a child in, and
	Args        []string      // the arguments that make it call sandbox.Exec with those behind
	FFmpeg      string        // path of ffmpeg; "" looks in PATH
	FFprobe     string        // path of ffprobe; "" looks in PATH
	MaxDuration time.Duration // of the streams, 180 s by default; half a second more is allowed for the container's rounding
	Timeout     time.Duration // of one whole Optimise by the wall clock, 10 min by default
	MemoryBytes int64         // address space of a child, 2 GiB by default; 4K HDR needs 1 GB
	Threads     int           // of one encode, 1 by default
	Log         *slog.Logger  // nil for none
}

// The defaults of Config.
const (
	defaultMaxDuration = 180 * time.Second
	defaultTimeout     = 10 * time.Minute
	defaultMemoryBytes = 2 << 30
)

func (c Config) withDefaults() Config {
	if c.FFmpeg == "" {
		c.FFmpeg = "ffmpeg"
	}
	if c.FFprobe == "" {
		c.FFprobe = "ffprobe"
	}
	if c.MaxDuration == 0 {
		c.MaxDuration = defaultMaxDuration
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.MemoryBytes == 0 {
		c.MemoryBytes = defaultMemoryBytes
	}
	if c.Threads == 0 {
		c.Threads = 1
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Tool optimises videos. It is safe for use by several goroutines, and bounds
// one video, not how many there are at a time.
type Tool struct {
	cfg Config
}

// New makes a Tool. It looks at nothing; Check does.
func New(cfg Config) *Tool { return &Tool{cfg: cfg.withDefaults()} }

// Result is what optimising a video gave.
type Result struct {
	Type     string            // media type of the source: "video/quicktime"
	Width    int               // px, of the source, upright, pixels made square
	Height   int               // px, of the source, upright, pixels made square
	Duration time.Duration     // of the longer of the source's two streams
	Variants []vitrine.Variant // "720", and "1080" when the source is larger
	Files    []string          // path of each variant, in the order of Variants
	Poster   string            // path of a PNG: a frame of the largest variant
	Remuxed  bool              // the largest variant has the source's own pictures, copied
}

// Recipe names how videos are made. It is part of their public address, and
// changes when the same source begins to give another video.
const Recipe = "v1"

// ChildError says that a child process crashed, was ended by one of its limits
// or lacked what it needed. Whether the video or the machine is at fault is
// unknown, so the same video may be tried again, a few times.
type ChildError struct {
	Stage  string // "probe", "transcode" or "poster"
	Reason string // short and safe to show: "took longer than 10m0s"
	Stderr string // the end of what the child wrote, at most 4 KiB, without our paths
}

func (e *ChildError) Error() string { return "video " + e.Stage + ": " + e.Reason }

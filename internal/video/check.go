package video

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// oldest is the first release of ffmpeg that has all the options in use.
const oldest = 5

// needed are the parts of ffmpeg in use, by the option that lists them.
var needed = []struct {
	list  string
	what  string
	names []string
}{
	{"-encoders", "encoder", []string{"libx264", "aac", "png"}},
	{"-decoders", "decoder", []string{"h264", "hevc", "mjpeg", "mpeg4", "aac"}},
	{"-demuxers", "demuxer", []string{"mov", "avi"}},
	{"-muxers", "muxer", []string{"mp4", "image2", "rawvideo"}},
	{"-filters", "filter", []string{"scale", "fps", "yadif", "zscale", "tonemap", "aresample", "select"}},
	{"-bsfs", "bitstream filter", []string{"filter_units"}},
	{"-protocols", "protocol", []string{"file", "pipe"}},
}

// Check reports all that is missing from ffmpeg and ffprobe: the programs,
// release 5 or later, and the codecs, formats and filters in use. Both run
// within the limits of cfg, so that too small ones show as well. A server calls
// it at its start, so that an incomplete machine shows at once and not as
// videos that can't be read.
func Check(ctx context.Context, cfg Config) error {
	t := New(cfg)
	var missing []error
	for _, tool := range []string{t.cfg.FFmpeg, t.cfg.FFprobe} {
		missing = append(missing, t.checkVersion(ctx, tool))
	}
	if err := errors.Join(missing...); err != nil {
		return err
	}
	for _, need := range needed {
		text, err := t.ask(ctx, t.cfg.FFmpeg, need.list)
		if err != nil {
			return err
		}
		there := listed(text)
		for _, name := range need.names {
			if !there[name] {
				missing = append(missing, fmt.Errorf("%s has no %s %s", t.cfg.FFmpeg, need.what, name))
			}
		}
	}
	return errors.Join(missing...)
}

var releasePattern = regexp.MustCompile(`^ff(?:mpeg|probe) version n?(\d+)\.`)

// checkVersion refuses releases that are too old. Builds of no release
// ("N-109-g1a2b") are taken as they are: what they lack is seen in the lists.
func (t *Tool) checkVersion(ctx context.Context, tool string) error {
	text, err := t.ask(ctx, tool, "-version")
	if err != nil {
		return err
	}
	if m := releasePattern.FindStringSubmatch(text); m != nil {
		if major, err := strconv.Atoi(m[1]); err == nil && major < oldest {
			return fmt.Errorf("%s is of release %d, and %d or later is needed", tool, major, oldest)
		}
	} else if !strings.HasPrefix(text, "ff") {
		return fmt.Errorf("%s doesn't tell its version", tool)
	}
	return nil
}

// ask gives what a tool prints.
func (t *Tool) ask(ctx context.Context, tool, option string) (string, error) {
	var out limitedBuffer
	err := t.run(ctx, child{
		stage:  "check",
		exe:    tool,
		args:   []string{"-hide_banner", option},
		stdout: &out,
		limits: sandbox.Limits{CPU: time.Minute, MemoryBytes: t.cfg.MemoryBytes},
	})
	if err != nil {
		return "", fmt.Errorf("run %s %s: %w", tool, option, err)
	}
	return out.String(), nil
}

// listed are the names in a list of ffmpeg: each word of it, and of the names
// that share a line by commas.
func listed(text string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(text) {
		for i, word := range strings.Fields(line) {
			if i > 1 {
				break // what follows describes it
			}
			for name := range strings.SplitSeq(word, ",") {
				names[name] = true
			}
		}
	}
	return names
}

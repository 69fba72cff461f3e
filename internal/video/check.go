package video

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// oldest is the first release of ffmpeg that has all the options in use.
const oldest = 5

// list is what ffmpeg prints when it is asked by an option.
type list struct {
	option string
	parts  []part
}

// part is a kind of what ffmpeg is made of.
type part struct {
	flag  string // of the lines of the list that count, "" for all
	what  string
	names []string // in use
}

// needed are the lists of what ffmpeg has of what is in use.
var needed = []list{
	{"-codecs", []part{
		{"E", "encoder", []string{"libx264", "aac", "png"}},
		{"D", "decoder", []string{"h264", "hevc", "mjpeg", "mpeg4", "aac"}},
	}},
	{"-formats", []part{
		{"D", "demuxer", []string{"mov", "avi"}},
		{"E", "muxer", []string{"mp4", "image2", "rawvideo"}},
	}},
	{"-filters", []part{{"", "filter", []string{"scale", "fps", "yadif", "zscale", "tonemap", "aresample", "select"}}}},
	{"-bsfs", []part{{"", "bitstream filter", []string{"filter_units"}}}},
	{"-protocols", []part{{"", "protocol", []string{"file", "pipe"}}}},
}

// Check reports all that is missing from ffmpeg and ffprobe: the programs,
// release 5 or later, and the codecs, formats and filters in use. Both run
// within the limits of cfg, so that too small ones show as well. A server calls
// it at its start, so that an incomplete machine shows at once and not as
// videos that can't be read.
func Check(ctx context.Context, cfg Config) error {
	t := New(cfg)
	tools := []string{t.cfg.FFmpeg, t.cfg.FFprobe}
	versions, missing := make([]error, len(tools)), make([]error, len(needed))
	var asked sync.WaitGroup
	for i, tool := range tools {
		asked.Go(func() { versions[i] = t.checkVersion(ctx, tool) })
	}
	for i := range needed {
		asked.Go(func() { missing[i] = t.checkList(ctx, &needed[i]) })
	}
	asked.Wait()
	if err := errors.Join(versions...); err != nil {
		return err // what follows from that is of no use
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

// checkList looks for what is needed of a list.
func (t *Tool) checkList(ctx context.Context, l *list) error {
	text, err := t.ask(ctx, t.cfg.FFmpeg, l.option)
	if err != nil {
		return err
	}
	var missing []error
	for i := range l.parts {
		p := &l.parts[i]
		there := p.listed(text)
		for _, name := range p.names {
			if !there[name] {
				missing = append(missing, fmt.Errorf("%s has no %s %s", t.cfg.FFmpeg, p.what, name))
			}
		}
	}
	return errors.Join(missing...)
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

// listed are the names in a list of ffmpeg: each of the first two words of a
// line, and of the names that share a word by commas. A codec is followed by the
// names of its encoders and decoders where those are not its own.
func (p *part) listed(text string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || !strings.Contains(words[0], p.flag) {
			continue
		}
		words = words[:min(len(words), 2)] // what follows describes it
		if _, own, found := strings.Cut(line, "("+p.what+"s:"); found {
			own, _, _ = strings.Cut(own, ")")
			words = strings.Fields(own)
		}
		for _, word := range words {
			for name := range strings.SplitSeq(word, ",") {
				names[name] = true
			}
		}
	}
	return names
}

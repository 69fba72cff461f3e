package video

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// size is one of the sizes that a video is offered in.
type size struct {
	name     string
	longSide int // px, at most
	maxrate  int // of the pictures in kbit/s, so that a phone on the road plays it
}

var sizes = []size{
	{name: "720", longSide: 1280, maxrate: 4000},
	{name: "1080", longSide: 1920, maxrate: 8000},
}

// rendition is a variant to be made.
type rendition struct {
	size
	width, height int  // px, even
	copied        bool // the source's own pictures, not encoded again
}

func (r *rendition) file() string { return r.name + ".mp4" }

// plan is what will be made of a source.
type plan struct {
	renditions []rendition // smallest first
	rate       ratio       // frames a second of those that are encoded
	copySound  bool        // in those whose pictures are copied
}

func (p *plan) largest() *rendition { return &p.renditions[len(p.renditions)-1] }

// files are the names of what will be made.
func (p *plan) files() (names []string) {
	for i := range p.renditions {
		names = append(names, p.renditions[i].file())
	}
	return names
}

func planOf(f *facts) plan {
	p := plan{rate: outputRate(f.rate, f.average), copySound: f.soundFits()}
	longSide := max(f.width, f.height)
	for i, s := range sizes {
		if i > 0 && longSide <= sizes[i-1].longSide {
			break
		}
		r := rendition{size: s, copied: longSide <= s.longSide && f.picturesFit()}
		r.width, r.height = fit(f.width, f.height, s.longSide)
		p.renditions = append(p.renditions, r)
	}
	return p
}

// fit makes a size even, which H.264 wants, and its longer side no longer than
// allowed. It never enlarges, but to 2 px.
func fit(width, height, longSide int) (int, int) {
	scale := min(1, float64(longSide)/float64(max(width, height)))
	even := func(side int) int {
		if scale == 1 {
			return max(2, side&^1)
		}
		return max(2, 2*int(math.Round(float64(side)*scale/2)))
	}
	return even(width), even(height)
}

// maxRate is 30 frames a second, and what the clock of a phone makes of them.
const maxRate = 30.15

// steady reports whether a source's frames come at one rate. The average is
// higher than the rate when the rate was guessed from a slow beginning.
func steady(rate, average ratio) bool {
	return rate.den > 0 && math.Abs(average.float()/rate.float()-1) < 0.02
}

// outputRate is the rate to encode at: the source's where that is possible,
// a whole fraction of it where it is too fast, which drops frames evenly, and
// else 30.
func outputRate(rate, average ratio) ratio {
	switch r := rate.float(); {
	case r > 0 && r <= maxRate && average.float() <= r*1.02:
		return rate
	case steady(rate, average):
		return ratio{rate.num, rate.den * int64(math.Ceil(r/maxRate))}
	}
	return ratio{30, 1}
}

// picturesFit reports whether every browser plays the source's pictures as they
// are.
func (f *facts) picturesFit() bool {
	v := &f.video
	return f.demuxer == "mov" &&
		v.Codec == "h264" && v.Tag == "avc1" && v.Level <= 42 &&
		slices.Contains([]string{"Constrained Baseline", "Baseline", "Main", "High"}, v.Profile) &&
		v.PixelFormat == "yuv420p" && v.Range != "pc" && !f.hdr() &&
		slices.Contains([]string{"progressive", "unknown", ""}, v.FieldOrder) &&
		v.Width%2 == 0 && v.Height%2 == 0 && f.square && !f.rotated &&
		f.average.float() > 0 && f.average.float() <= maxRate &&
		!f.cut // what somebody cut out must not be in what others get
}

// soundFits reports the same of its sound; none always fits.
func (f *facts) soundFits() bool {
	if f.audio == nil {
		return true
	}
	hertz, err := strconv.Atoi(f.audio.SampleRate)
	return err == nil && hertz <= 48000 &&
		f.demuxer == "mov" && f.audio.Codec == "aac" && f.audio.Channels <= 2 &&
		slices.Contains([]string{"LC", "HE-AAC", "HE-AACv2"}, f.audio.Profile)
}

// hdr reports whether white is brighter than a browser's white.
func (f *facts) hdr() bool {
	return f.video.Transfer == "smpte2084" || f.video.Transfer == "arib-std-b67"
}

// fileBytes bounds a file that is made of a source: those that are copied are
// as large as it is, the others as their rates allow, with as much again for
// what an encoder can't foresee.
func (p *plan) fileBytes(sourceBytes int64, length time.Duration) int64 {
	last := p.largest()
	encoded := int64(length.Seconds()+1) * int64(last.maxrate+audioRate) * 1000 / 8
	return sourceBytes + 2*encoded + 64<<20
}

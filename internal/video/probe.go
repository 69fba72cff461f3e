package video

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// maxPixels is 8K, the most that phones film and that fits in the memory of a
// child.
const maxPixels = 8192 * 4320

// videoCodecs and audioCodecs are what may be in a source, by ffmpeg's names:
// what cameras, phones and editing programs write, not all that ffmpeg reads.
var (
	videoCodecs = []string{
		"h264", "hevc", "mjpeg", "mpeg4", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "h263", "mpeg1video", "mpeg2video",
		"prores", "dnxhd", "dvvideo", "vp8", "vp9", "av1", "wmv1", "wmv2", "wmv3", "vc1", "rawvideo", "cinepak",
	}
	audioCodecs = []string{
		"aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus", "vorbis", "flac", "amr_nb", "amr_wb", "wmav1", "wmav2", "qdm2",
		"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be",
		"pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt",
	}
)

// facts are what is known of a source before anything of it is decoded.
type facts struct {
	demuxer       string
	video         stream
	audio         *stream // nil for no sound
	width, height int     // px, upright, pixels made square
	rotated       bool    // or mirrored
	square        bool    // has square pixels as it is
	cut           bool    // holds pictures that an edit list takes out of the video
	duration      time.Duration
	rate, average ratio // frames a second: that fits every frame, and on average
}

// stream is a stream as ffprobe describes it.
type stream struct {
	Index       int    `json:"index"`
	Type        string `json:"codec_type"`
	Codec       string `json:"codec_name"`
	Tag         string `json:"codec_tag_string"`
	Profile     string `json:"profile"`
	Level       int    `json:"level"`
	PixelFormat string `json:"pix_fmt"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	PixelAspect ratio  `json:"sample_aspect_ratio"`
	FieldOrder  string `json:"field_order"`
	Range       string `json:"color_range"`
	Space       string `json:"color_space"`
	Transfer    string `json:"color_transfer"`
	Primaries   string `json:"color_primaries"`
	Rate        ratio  `json:"r_frame_rate"`
	AverageRate ratio  `json:"avg_frame_rate"`
	Duration    string `json:"duration"`  // s, absent when unknown
	Frames      string `json:"nb_frames"` // absent when unknown
	Channels    int    `json:"channels"`
	SampleRate  string `json:"sample_rate"` // Hz
	Disposition struct {
		AttachedPicture int `json:"attached_pic"`
	} `json:"disposition"`
	SideData []struct {
		Type     string  `json:"side_data_type"`
		Rotation float64 `json:"rotation"` // degrees
	} `json:"side_data_list"`
}

// probedEntries are the fields of stream: not the tags, which are the sender's
// own words.
const probedEntries = "format=duration:stream=index,codec_type,codec_name,codec_tag_string,profile,level,pix_fmt,width,height," +
	"sample_aspect_ratio,field_order,color_range,color_space,color_transfer,color_primaries,r_frame_rate,avg_frame_rate," +
	"duration,nb_frames,channels,sample_rate:stream_disposition=attached_pic:stream_side_data=side_data_type,rotation"

// probe reads the facts of a source. What is wrong with it is a
// *vitrine.Failure.
func (t *Tool) probe(ctx context.Context, path, demuxer string, bounds sandbox.Limits) (*facts, error) {
	var out limitedBuffer
	args := append([]string{"-v", "error"}, inputArgs(demuxer)...)
	err := t.run(ctx, child{
		stage:  "probe",
		exe:    t.cfg.FFprobe,
		args:   append(args, "-show_entries", probedEntries, "-of", "json=compact=1", "file:"+path),
		source: path,
		stdout: &out,
		limits: bounds,
	})
	if gaveUp, ok := errors.AsType[*exitError](err); ok {
		return nil, vitrine.Failf(vitrine.Unreadable, "%s", gaveUp.line)
	}
	if err != nil {
		return nil, err
	}
	var probed struct {
		Streams []stream `json:"streams"`
		Format  struct {
			Duration string `json:"duration"`
		} `json:"format"`
	}
	if err := json.Unmarshal(out.Bytes(), &probed); err != nil {
		return nil, fmt.Errorf("read answer of ffprobe: %w", err)
	}
	f, err := factsOf(probed.Streams, seconds(probed.Format.Duration))
	if err != nil {
		return nil, err
	}
	f.demuxer = demuxer
	return f, nil
}

// inputArgs are the options of every file that a child reads: this demuxer and
// none that a file may ask for, from local files alone, and no track that is in
// another file.
func inputArgs(demuxer string) []string {
	args := []string{"-protocol_whitelist", "file", "-f", demuxer, "-format_whitelist", demuxer}
	if demuxer == "mov" {
		args = append(args, "-enable_drefs", "0", "-use_absolute_path", "0")
	}
	return args
}

// factsOf picks the first video and the first sound of a source.
func factsOf(streams []stream, containerDuration time.Duration) (*facts, error) {
	f := &facts{}
	found := slices.IndexFunc(streams, func(s stream) bool {
		return s.Type == "video" && s.Disposition.AttachedPicture == 0
	})
	if found < 0 {
		return nil, vitrine.Failf(vitrine.UnsupportedType, "has no moving pictures")
	}
	f.video = streams[found]
	if !slices.Contains(videoCodecs, f.video.Codec) {
		return nil, vitrine.Failf(vitrine.UnsupportedType, "codec %s", f.video.Codec)
	}
	// Newer phones have a second sound track that only they can play.
	found = slices.IndexFunc(streams, func(s stream) bool {
		return s.Type == "audio" && slices.Contains(audioCodecs, s.Codec)
	})
	if found >= 0 {
		f.audio = &streams[found]
	}
	if err := f.measure(); err != nil {
		return nil, err
	}
	f.duration = seconds(f.video.Duration)
	if f.duration == 0 {
		f.duration = containerDuration
	}
	shown := f.average.float() * f.duration.Seconds()
	f.cut = float64(f.video.frames()) > shown+3
	if f.audio != nil {
		f.duration = max(f.duration, seconds(f.audio.Duration))
	}
	return f, nil
}

// measure finds the size in which a source is seen, and its rate.
func (f *facts) measure() error {
	v := &f.video
	if v.Width <= 0 || v.Height <= 0 {
		return vitrine.Failf(vitrine.Unreadable, "has no size")
	}
	if int64(v.Width)*int64(v.Height) > maxPixels {
		return vitrine.Failf(vitrine.TooManyPixels, "%d x %d px, %d megapixels allowed", v.Width, v.Height, maxPixels/1_000_000)
	}
	f.width, f.height = v.Width, v.Height
	aspect := v.PixelAspect.float()
	// What is beyond these is a mistake of a muxer, not a shape of pixels.
	if aspect < 0.25 || aspect > 4 {
		aspect = 1
	}
	f.square = aspect == 1
	f.width = max(1, int(math.Round(float64(f.width)*aspect)))
	for _, side := range v.SideData {
		if side.Type == "Display Matrix" {
			f.rotated = true
			if quarter := math.Mod(math.Abs(side.Rotation), 180); math.Abs(quarter-90) < 1 {
				f.width, f.height = f.height, f.width
			}
		}
	}
	f.rate, f.average = v.Rate, v.AverageRate
	return nil
}

// promised is how long the pictures of a source are by its own account. ffmpeg
// shortens the duration of an AVI to the bytes that are there, but not its
// number of frames.
func (f *facts) promised() time.Duration {
	promised := seconds(f.video.Duration)
	if rate := f.average.float(); f.demuxer == "avi" && rate > 0 {
		counted := float64(f.video.frames()) / rate
		promised = max(promised, time.Duration(counted*float64(time.Second)))
	}
	return promised
}

// frames is how many there are by the source's own account; 0 when unknown.
func (s *stream) frames() int {
	n, err := strconv.Atoi(s.Frames)
	if err != nil {
		return 0
	}
	return n
}

// seconds reads a duration of ffprobe; 0 when it is unknown.
func seconds(text string) time.Duration {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || !(s > 0) || s > math.MaxInt32 {
		return 0
	}
	return time.Duration(s * float64(time.Second)).Round(time.Microsecond)
}

// ratio is a number as ffprobe writes it: "30000/1001", "64:45"; zero when it
// is unknown.
type ratio struct {
	num, den int64
}

func (r *ratio) UnmarshalText(text []byte) error {
	*r = ratio{}
	num, den, ok := strings.Cut(strings.Replace(string(text), ":", "/", 1), "/")
	if !ok {
		return nil // "N/A"
	}
	n, errNum := strconv.ParseInt(num, 10, 32)
	d, errDen := strconv.ParseInt(den, 10, 32)
	if err := errors.Join(errNum, errDen); err != nil {
		return err
	}
	if n > 0 && d > 0 {
		*r = ratio{n, d}
	}
	return nil
}

func (r ratio) float() float64 {
	if r.den == 0 {
		return 0
	}
	return float64(r.num) / float64(r.den)
}

func (r ratio) String() string { return fmt.Sprintf("%d/%d", r.num, r.den) }

// limitedBuffer holds what a child answers, up to a bound; a child that says
// more is cut off.
type limitedBuffer struct {
	bytes.Buffer
}

// maxAnswer is more than a thousand streams, or all the looks at one place.
const maxAnswer = 1 << 20

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxAnswer {
		return 0, io.ErrShortWrite
	}
	return b.Buffer.Write(p)
}

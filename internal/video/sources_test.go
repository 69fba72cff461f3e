package video

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

// secret stands for whatever a device writes into a video.
const secret = "+52.0116+004.3571/"

// Sources of real life, each with what must come of it.
func TestSources(t *testing.T) {
	t.Parallel()
	aac := "-c:a aac "
	tagged := "-metadata location=" + secret + " -metadata make=" + secret + " -metadata:s:v handler_name=" + secret + " "
	type want struct {
		Type          string
		Width, Height int
		Variants      [][2]int
		Remuxed       bool
		Channels      int
		Rate          string
	}
	for _, row := range []struct {
		what    string
		file    string
		words   string
		seconds float64
		want    want
	}{
		{"as browsers play it", "a.mp4", pictures("320x180", 30, 1) + sound(1) + quick264 + "-bf 2 " + aac + tagged, 1,
			want{"video/mp4", 320, 180, [][2]int{{320, 180}}, true, 1, "30/1"}},
		{"the same as MOV", "a.mov", pictures("320x180", 30, 1) + sound(1) + quick264 + aac + "-movflags use_metadata_tags " + tagged, 1,
			want{"video/quicktime", 320, 180, [][2]int{{320, 180}}, true, 1, "30/1"}},
		{"in fragments", "a.mp4", pictures("320x180", 30, 1) + quick264 + "-movflags frag_keyframe+empty_moov", 1,
			want{"video/mp4", 320, 180, [][2]int{{320, 180}}, true, 0, "30/1"}},
		{"no sound", "a.mp4", pictures("320x180", 25, 1) + quick264, 1,
			want{"video/mp4", 320, 180, [][2]int{{320, 180}}, true, 0, "25/1"}},
		{"5.1 sound", "a.mp4", pictures("320x180", 25, 1) + "-f lavfi -i anoisesrc=d=1:a=0.1 " + quick264 + aac + "-ac 6", 1,
			want{"video/mp4", 320, 180, [][2]int{{320, 180}}, true, 2, "25/1"}},
		{"uncompressed sound", "a.mov", pictures("320x180", 25, 1) + sound(1) + quick264 + "-c:a pcm_s16le -ar 96000", 1,
			want{"video/quicktime", 320, 180, [][2]int{{320, 180}}, true, 2, "25/1"}},
		{"50 frames a second", "a.mp4", pictures("320x180", 50, 1) + quick264, 1,
			want{"video/mp4", 320, 180, [][2]int{{320, 180}}, false, 0, "25/1"}},
		{"59.94 frames a second", "a.mp4", "-f lavfi -i testsrc2=s=320x180:r=60000/1001:d=1.001 " + quick264, 1.001,
			want{"video/mp4", 320, 180, [][2]int{{320, 180}}, false, 0, "30000/1001"}},
		{"uneven rate", "a.mp4", pictures("320x180", 60, 2) + "-vf select='lt(mod(n\\,7)\\,3)+gt(n\\,80)' -vsync vfr " + quick264, 2,
			want{"video/mp4", 320, 180, [][2]int{{320, 180}}, false, 0, "30/1"}},
		{"4:4:4", "a.mp4", pictures("320x180", 25, 1) + "-c:v libx264 -preset ultrafast -pix_fmt yuv444p", 1,
			want{"video/mp4", 320, 180, [][2]int{{320, 180}}, false, 0, "25/1"}},
		{"odd size", "a.avi", "-f lavfi -i testsrc=s=321x243:r=15:d=1 -c:v mjpeg -pix_fmt yuvj444p", 1,
			want{"video/x-msvideo", 321, 243, [][2]int{{320, 242}}, false, 0, "15/1"}},
		{"AVI of a camera", "a.avi", pictures("320x240", 15, 1) + sound(1) + "-c:v mjpeg -c:a pcm_u8 -ar 8000", 1,
			want{"video/x-msvideo", 320, 240, [][2]int{{320, 240}}, false, 2, "15/1"}},
		{"AVI of MPEG-4 ASP", "a.avi", pictures("320x240", 25, 1) + sound(1) + "-c:v mpeg4 -bf 2 -flags +qpel -vtag XVID -c:a libmp3lame", 1,
			want{"video/x-msvideo", 320, 240, [][2]int{{320, 240}}, false, 2, "25/1"}},
		{"HEVC", "a.mov", pictures("320x180", 30, 1) + sound(1) + quick265 + " -pix_fmt yuv420p " + aac, 1,
			want{"video/quicktime", 320, 180, [][2]int{{320, 180}}, false, 2, "30/1"}},
		{"HEVC of 10 bits", "a.mov", pictures("320x180", 30, 1) + quick265 + " -pix_fmt yuv420p10le", 1,
			want{"video/quicktime", 320, 180, [][2]int{{320, 180}}, false, 0, "30/1"}},
		{"interlaced", "a.mov", pictures("320x240", 25, 1) + "-c:v mpeg2video -flags +ildct+ilme -top 1", 1,
			want{"video/quicktime", 320, 240, [][2]int{{320, 240}}, false, 0, "25/1"}},
		{"narrow pixels", "a.mp4", pictures("320x240", 25, 1) + "-vf setsar=3/4 " + quick264, 1,
			want{"video/mp4", 240, 240, [][2]int{{240, 240}}, false, 0, "25/1"}},
		{"large, as browsers play it", "a.mp4", pictures("1440x810", 10, 1) + sound(1) + quick264 + aac, 1,
			want{"video/mp4", 1440, 810, [][2]int{{1280, 720}, {1440, 810}}, true, 1, "10/1"}},
		{"large and upright", "a.mov", pictures("1200x2400", 5, 1) + "-c:v mpeg4 -q:v 5", 1,
			want{"video/quicktime", 1200, 2400, [][2]int{{640, 1280}, {960, 1920}}, false, 0, "5/1"}},
		{"one frame", "a.mp4", pictures("320x180", 25, 0.04) + quick264, 0.04,
			want{"video/mp4", 320, 180, [][2]int{{320, 180}}, true, 0, "25/1"}},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			r := optimise(t, clip(t, row.file, row.words))
			last := ffprobe(t, r.Files[len(r.Files)-1])
			got := want{Type: r.Type, Width: r.Width, Height: r.Height, Remuxed: r.Remuxed, Rate: last.Streams[0].Rate.String()}
			for _, v := range r.Variants {
				got.Variants = append(got.Variants, [2]int{v.Width, v.Height})
			}
			if len(last.Streams) > 1 {
				got.Channels = last.Streams[1].Channels
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			if math.Abs(r.Duration.Seconds()-row.seconds) > 0.1 {
				t.Errorf("duration %v, want %g s", r.Duration, row.seconds)
			}
			for _, file := range append(r.Files, r.Poster) {
				if bytes.Contains(readFile(t, file), []byte(secret)) {
					t.Errorf("%s has the secret", file)
				}
			}
			if light := brightness(picture(t, r.Poster)); light < 60 {
				t.Errorf("poster of brightness %.0f", light)
			}
		})
	}
}

// Messages beside the pictures go too, also where these are copied.
func TestMessagesGo(t *testing.T) {
	t.Parallel()
	words := pictures("320x180", 30, 1) + quick264 + "-bsf:v h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+" + secret
	path := clip(t, "a.mp4", words)
	if !bytes.Contains(readFile(t, path), []byte(secret)) {
		t.Fatal("the source has no message")
	}
	r := optimise(t, path)
	if !r.Remuxed || bytes.Contains(readFile(t, r.Files[0]), []byte(secret)) {
		t.Errorf("remuxed %v, with the message", r.Remuxed)
	}
}

// What an edit list takes out is not in what others get.
func TestCut(t *testing.T) {
	t.Parallel()
	whole := clip(t, "whole.mp4", pictures("320x180", 30, 3)+quick264+"-bf 2 -g 90")
	cut := clip(t, "cut.mp4", "-ss 1 -i "+whole+" -c copy")
	r := optimise(t, cut)
	if v := ffprobe(t, r.Files[0]).Streams[0]; r.Remuxed || v.Frames != "60" {
		t.Errorf("remuxed %v, %s frames", r.Remuxed, v.Frames)
	}
}

// A phone that was held upright writes its pictures lying, and a matrix.
func TestRotated(t *testing.T) {
	t.Parallel()
	red, green, blue, grey := [3]int{255, 0, 0}, [3]int{0, 128, 0}, [3]int{0, 0, 255}, [3]int{128, 128, 128}
	// Red and green above, blue and grey below.
	words := "-f lavfi -i color=red:s=160x90:r=10:d=1 -f lavfi -i color=green:s=160x90:r=10:d=1 " +
		"-f lavfi -i color=blue:s=160x90:r=10:d=1 -f lavfi -i color=gray:s=160x90:r=10:d=1 " +
		"-filter_complex [0][1]hstack[a];[2][3]hstack[b];[a][b]vstack " + quick264
	path := clip(t, "a.mp4", words)
	for _, row := range []struct {
		what          string
		matrix        [4]int32 // a, b, c, d
		width, height int
		corners       [4][3]int // left and right above, left and right below
	}{
		{"as it is", [4]int32{1, 0, 0, 1}, 320, 180, [4][3]int{red, green, blue, grey}},
		{"quarter right", [4]int32{0, 1, -1, 0}, 180, 320, [4][3]int{blue, red, grey, green}},
		{"quarter left", [4]int32{0, -1, 1, 0}, 180, 320, [4][3]int{green, grey, red, blue}},
		{"half", [4]int32{-1, 0, 0, -1}, 320, 180, [4][3]int{grey, blue, green, red}},
		{"mirrored", [4]int32{-1, 0, 0, 1}, 320, 180, [4][3]int{green, red, grey, blue}},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			r := optimise(t, tempFile(t, "a.mp4", withMatrix(t, readFile(t, path), row.matrix)))
			if r.Width != row.width || r.Height != row.height || r.Remuxed != (row.what == "as it is") {
				t.Errorf("%d x %d, want %d x %d; remuxed %v", r.Width, r.Height, row.width, row.height, r.Remuxed)
			}
			poster := picture(t, r.Poster)
			for i, want := range row.corners {
				wantColour(t, poster, 0.25+0.5*float64(i%2), 0.25+0.5*float64(i/2), want)
			}
		})
	}
}

// HDR becomes SDR: neither dark nor washed out.
func TestHDR(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what, transfer, tags string
	}{
		{"HLG", "arib-std-b67", ":colorprim=bt2020:colormatrix=bt2020nc"},
		{"PQ", "smpte2084", ":colorprim=bt2020:colormatrix=bt2020nc"},
		{"PQ that doesn't tell the rest", "smpte2084", ""},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			// White of 100 cd/m² and its half, in the colours and light of HDR.
			words := "-f lavfi -i color=white:s=160x180:r=10:d=1 -f lavfi -i color=gray:s=160x180:r=10:d=1 " +
				"-filter_complex [0][1]hstack,zscale=tin=709:min=709:pin=709:rin=limited:t=linear:p=2020:npl=100,format=gbrpf32le," +
				"zscale=tin=linear:pin=2020:p=2020:t=" + row.transfer + ":m=2020_ncl:r=limited:npl=100,format=yuv420p10le " +
				quick265 + row.tags + ":transfer=" + row.transfer
			r := optimise(t, clip(t, "a.mov", words))
			v := ffprobe(t, r.Files[0]).Streams[0]
			if v.Transfer != "bt709" || v.Space != "bt709" || v.Primaries != "bt709" || v.Range != "tv" {
				t.Errorf("transfer %s, matrix %s, primaries %s, range %s", v.Transfer, v.Space, v.Primaries, v.Range)
			}
			poster := picture(t, r.Poster)
			white, grey := colourAt(poster, 0.25, 0.5), colourAt(poster, 0.75, 0.5)
			t.Log(white, grey)
			if white[1] < 120 || grey[1] < 60 || white[1]-grey[1] < 40 {
				t.Errorf("white is %v, grey %v", white, grey)
			}
			for _, c := range [][3]int{white, grey} {
				if max(c[0], c[1], c[2])-min(c[0], c[1], c[2]) > 6 {
					t.Errorf("grey has a colour: %v", c)
				}
			}
		})
	}
}

// The poster is a picture of the video, not of its beginning or between scenes.
func TestPoster(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what, filter string
		min, max     float64 // brightness
	}{
		{"black for half of it", "drawbox=t=fill:c=black:enable='lt(t,1.6)'", 90, 140},
		{"long fade", "fade=in:st=0:d=2.2", 90, 140},
		{"fades in and out", "fade=in:st=0:d=1.3,fade=out:st=1.7:d=1.3", 60, 140},
		{"all black", "drawbox=t=fill:c=black", 0, 2},
		{"white, then pictures", "drawbox=t=fill:c=white:enable='lt(t,1.9)'", 90, 140},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			words := pictures("320x180", 20, 3) + "-vf " + row.filter + " " + quick264
			got := brightness(picture(t, optimise(t, clip(t, "a.mp4", words)).Poster))
			if got < row.min || got > row.max {
				t.Errorf("brightness %.0f, want %.0f to %.0f", got, row.min, row.max)
			}
		})
	}
}

// The limit is on the streams, with half a second for rounding.
func TestLength(t *testing.T) {
	t.Parallel()
	short := clip(t, "a.mp4", pictures("64x36", 5, 2)+quick264)
	if r := optimise(t, looped(t, short, 180.4)); r.Duration != 180400*time.Millisecond {
		t.Errorf("duration %v", r.Duration)
	}
	wantFailure(t, looped(t, short, 180.8), typeMP4, vitrine.VideoTooLong)
	wantFailure(t, clip(t, "a.mp4", "-i "+short+" "+sound(185)+"-c:v copy -c:a aac -b:a 16k"), typeMP4, vitrine.VideoTooLong)

	avi := looped(t, clip(t, "a.avi", pictures("64x36", 5, 2)+"-c:v mjpeg"), 185)
	wantFailure(t, avi, typeAVI, vitrine.VideoTooLong)
	// Its header may say less than there is.
	wantFailure(t, tempFile(t, "a.avi", lyingAVI(t, readFile(t, avi), 50)), typeAVI, vitrine.VideoTooLong)
}

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// film makes an MP4 of so many seconds, at one frame a second when it is long.
func film(t testing.TB, seconds string, more ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "film.mp4")
	args := []string{"-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=" + seconds,
		"-f", "lavfi", "-i", "sine=duration=" + seconds, "-pix_fmt", "yuv420p", "-metadata", "location=+48.1+11.5/", "-shortest"}
	out, err := exec.Command("ffmpeg", append(append(args, more...), path)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// videoJSON is the video of a gallery.
type videoJSON struct {
	Video *struct {
		URL      string
		Duration float64
		Width    int
		Poster   *struct{ Src, Blurhash string }
		Sources  []struct {
			URL         string
			ContentType string
			Width       int
		}
	}
}

func (s *server) video(t *testing.T, galleryURL string) videoJSON {
	t.Helper()
	var shown videoJSON
	if err := json.Unmarshal(get(t, galleryURL).Body, &shown); err != nil {
		t.Fatal(err)
	}
	return shown
}

// TestVideo sends videos by both APIs, on both set-ups.
func TestVideo(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUp(t)
			c, o := newClient(t, s), newOrigin(t)
			clip := o.serve("/clip.mov", film(t, "2", "-c:v", "mpeg4", "-f", "mov"))
			put, err := c.PutListing(t.Context(), listing("house-1", append(o.photos(t, 3), clip)...))
			if err != nil {
				t.Fatal(err)
			}
			if job, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
				t.Fatalf("the job ended as %+v, %v", job, err)
			}
			checkGallery(t, put.GalleryURL, o.URL, 3)
			s.wantVideo(t, put.GalleryURL)

			hosted := o.serve("/watch", []byte("<!doctype html><title>Watch</title>"))
			media := func(url string, kind vitrine.MediaType) client.MediaSource {
				return client.MediaSource{URL: url, MediaType: kind}
			}
			// The same bytes are not encoded again; the first video is the one shown.
			end := postAndWait(t, c, media(clip, vitrine.Video), media(hosted, vitrine.Video), media(o.URL+"/0.jpg", vitrine.Picture))
			if end.status.Status != vitrine.StatusCreated {
				t.Errorf("the classified ended as %+v", end.status)
			}
			s.wantVideo(t, end.GalleryURL)
			end = postAndWait(t, c, media(hosted, vitrine.Video))
			if v := s.video(t, end.GalleryURL).Video; v == nil || v.URL != hosted || len(v.Sources) != 0 {
				t.Errorf("the gallery has the video %+v", v)
			}
			playlist := o.serve("/list.mp4", []byte("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"))
			end = postAndWait(t, c, media(o.URL+"/1.jpg", vitrine.Video), media(clip+"?2", vitrine.Picture), media(playlist, vitrine.Video))
			for _, m := range end.status.MediaStatuses {
				if m.Status != vitrine.MediaDownloadingFailed || m.SubStatus != string(vitrine.UnsupportedType) {
					t.Errorf("what is of another kind than it was sent as: %+v", m)
				}
			}
		})
	}
}

type posted struct {
	client.ClassifiedWritten
	status client.ClassifiedStatus
}

func postAndWait(t testing.TB, c *client.Client, media ...client.MediaSource) posted {
	t.Helper()
	written, err := c.PostClassified(t.Context(), client.ClassifiedInput{Data: struct{}{}, Media: media})
	if err != nil {
		t.Fatal(err)
	}
	status, err := c.WaitClassified(t.Context(), written.ClassifiedID, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return posted{written, status}
}

// wantVideo checks that the gallery's video plays for every browser and tells
// nothing of where it was made.
func (s *server) wantVideo(t *testing.T, galleryURL string) {
	t.Helper()
	v := s.video(t, galleryURL).Video
	if v == nil || v.Duration < 1.8 || v.Duration > 2.3 || v.Width != 320 || v.Poster == nil || v.Poster.Blurhash == "" || len(v.Sources) != 1 {
		t.Fatalf("the gallery has the video %+v", v)
	}
	if poster := get(t, v.Poster.Src); poster.StatusCode != http.StatusOK || poster.Header.Get("Content-Type") != "image/webp" {
		t.Errorf("the poster answered %d %s", poster.StatusCode, poster.Header.Get("Content-Type"))
	}
	answer := get(t, v.Sources[0].URL)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "video/mp4" || answer.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("the video answered %d %v", answer.StatusCode, answer.Header)
	}
	path := filepath.Join(t.TempDir(), "out.mp4")
	if err := os.WriteFile(path, answer.Body, 0o600); err != nil {
		t.Fatal(err)
	}
	facts, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,pix_fmt:format_tags", "-of", "compact", path).CombinedOutput()
	if err != nil || !strings.Contains(string(facts), "codec_name=h264") || !strings.Contains(string(facts), "codec_name=aac") || strings.Contains(string(facts), "location") {
		t.Errorf("ffprobe says %v\n%s", err, facts)
	}
}

// TestVideoTooLong has a video end with the code that says why.
func TestVideoTooLong(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--max-video", "1s")
	c, o := newClient(t, s), newOrigin(t)
	end := postAndWait(t, c, client.MediaSource{URL: o.serve("/long.mp4", film(t, "2")), MediaType: vitrine.Video})
	if m := end.status.MediaStatuses[0]; m.SubStatus != string(vitrine.VideoTooLong) {
		t.Errorf("the video ended as %+v", m)
	}
}

package portal_test

import (
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/browsertest"
)

// clip makes a video of four seconds, of that size in px, as our own are.
func clip(t *testing.T, size string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), size+".mp4")
	words := "-nostdin -v error -f lavfi -i testsrc2=rate=25:duration=4:size=" + size + " -f lavfi -i sine=duration=4" +
		" -c:v libx264 -preset ultrafast -profile:v high -pix_fmt yuv420p -c:a aac -movflags +faststart " + name
	if said, err := exec.CommandContext(t.Context(), "ffmpeg", strings.Fields(words)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, said)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// answers notes with which statuses each rendition was answered.
type answers struct {
	mu       sync.Mutex
	statuses map[string][]int // by the file of its address: "720.mp4"
}

func (a *answers) of(file string) []int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]int(nil), a.statuses[file]...)
}

// watch stands before a portal and notes its answers.
func (a *answers) watch(portal http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		portal.ServeHTTP(&watched{w, func(status int) {
			a.mu.Lock()
			defer a.mu.Unlock()
			file := path.Base(r.URL.Path)
			a.statuses[file] = append(a.statuses[file], status)
		}}, r)
	})
}

type watched struct {
	http.ResponseWriter
	note func(status int)
}

func (w *watched) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

const (
	theVideo = `document.querySelector("video")`
	videoBox = `(() => { const b = ` + theVideo + `.getBoundingClientRect(); return {X: b.x, Y: b.y + scrollY, W: b.width, H: b.height} })()`
)

// The video in a real browser: nothing of it is loaded before somebody wants
// it, its frame stands before that, and it plays and can be wound.
func TestVideoInBrowser(t *testing.T) {
	t.Parallel()
	asked := &answers{statuses: map[string][]int{}}
	s := open(t, asked.watch)
	m, _ := s.addVideo(t, 1, clip(t, "320x180"), clip(t, "480x270"))
	for _, id := range []string{"wide", "narrow"} {
		s.show(t, s.publish(t, id, flat77(0)), film(m, ""))
	}
	ctx := browsertest.Start(t)
	checkComplaints := browsertest.Complaints(ctx, t)

	for _, row := range []struct {
		gallery, file string
		screen        int64 // px
		frame         box
		width, height int // px of the picture that plays
	}{
		{"wide", "1080.mp4", 1280, box{X: 100, W: 1080, H: 607}, 480, 270},
		{"narrow", "720.mp4", 390, box{X: 0, W: 390, H: 219}, 320, 180},
	} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(row.screen, 2000)); err != nil {
			t.Fatal(err)
		}
		browsertest.GoTo(ctx, t, s.urls.Page(row.gallery))
		before := browsertest.Evaluate[box](ctx, t, videoBox)
		browsertest.Await(ctx, t, `document.readyState == "complete"`)
		if got := browsertest.Evaluate[int](ctx, t, theVideo+".readyState"); got != 0 || asked.of(row.file) != nil {
			t.Errorf("%s: readyState is %d, answers %v before anybody wanted the video", row.gallery, got, asked.of(row.file))
		}
		if before.X != row.frame.X || before.W != row.frame.W || int(before.H) != int(row.frame.H) {
			t.Errorf("%s: the frame stands at %+v, want %+v", row.gallery, before, row.frame)
		}

		browsertest.Evaluate[chromedp.Void](ctx, t, theVideo+`.preload = "auto"`)
		browsertest.Await(ctx, t, theVideo+".readyState >= HTMLMediaElement.HAVE_METADATA")
		type facts struct {
			Width, Height int
			Duration      float64
			Source        string
		}
		got := browsertest.Evaluate[facts](ctx, t, `(v => ({Width: v.videoWidth, Height: v.videoHeight, Duration: v.duration, Source: v.currentSrc.split("/").pop()}))(`+theVideo+`)`)
		if got.Duration < 3.9 || got.Duration > 4.1 {
			t.Errorf("%s: it lasts %v s, want 4", row.gallery, got.Duration)
		}
		got.Duration = 0
		if diff := cmp.Diff(facts{Width: row.width, Height: row.height, Source: row.file}, got); diff != "" {
			t.Errorf("%s\n%s", row.gallery, diff)
		}

		browsertest.Evaluate[chromedp.Void](ctx, t, `(v => { v.onseeked = () => { v.dataset.at = v.currentTime }; v.currentTime = 3 })(`+theVideo+`)`)
		browsertest.Await(ctx, t, theVideo+`.dataset.at == "3" && `+theVideo+".readyState >= HTMLMediaElement.HAVE_CURRENT_DATA")
		browsertest.Evaluate[chromedp.Void](ctx, t, `(v => { v.muted = true; v.play() })(`+theVideo+`)`)
		browsertest.Await(ctx, t, theVideo+".ended")

		if diff := cmp.Diff(before, browsertest.Evaluate[box](ctx, t, videoBox)); diff != "" {
			t.Errorf("%s: the video moved (-before +after)\n%s", row.gallery, diff)
		}
		browsertest.WantNoShift(ctx, t)
		statuses := asked.of(row.file)
		for _, status := range statuses {
			if status != http.StatusPartialContent {
				t.Errorf("%s: answers %v, want ranges", row.gallery, statuses)
			}
		}
	}
	if len(asked.of("1024.webp")) == 0 {
		t.Error("the poster was not asked for")
	}
	checkComplaints()
}

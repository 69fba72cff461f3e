package video

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// lockArg makes the test binary lock in a child, as a subcommand does the program.
const lockArg = "locked"

// lockedBy is cfg with this test binary to lock in children.
func lockedBy(cfg Config) Config {
	cfg.Exe, cfg.Args = os.Args[0], []string{lockArg}
	return cfg
}

func newTool(cfg Config) *Tool { return New(lockedBy(cfg)) }

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == lockArg {
		os.Exit(sandbox.Exec(os.Args[2:], os.Stderr))
	}
	if err := Check(context.Background(), lockedBy(Config{})); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// clip makes a source: a file of that name in a folder of its own, by these
// words for ffmpeg.
func clip(t testing.TB, name, words string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	ffmpeg(t, words, path)
	return path
}

// ffmpeg runs it with the words of a line and a file at the end.
func ffmpeg(t testing.TB, words, path string) {
	t.Helper()
	args := append([]string{"-nostdin", "-v", "error", "-y", "-threads", "1"}, strings.Fields(words)...)
	if said, err := exec.CommandContext(t.Context(), "ffmpeg", append(args, path)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", words, err, said)
	}
}

// looped repeats a clip without encoding it again, up to a length.
func looped(t testing.TB, path string, seconds float64) string {
	t.Helper()
	return clip(t, "long"+filepath.Ext(path), fmt.Sprintf("-stream_loop -1 -i %s -c copy -t %g", path, seconds))
}

// The words for pictures and sound of a size and a length, and for quick
// encoders.
func pictures(size string, fps int, seconds float64) string {
	return fmt.Sprintf("-f lavfi -i testsrc2=s=%s:r=%d:d=%g ", size, fps, seconds)
}

func sound(seconds float64) string {
	return fmt.Sprintf("-f lavfi -i sine=d=%g ", seconds)
}

const (
	quick264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p "
	quick265 = "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:pools=none"
)

// tempFile writes a file that the test will optimise.
func tempFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sniffed is the type of a file that is taken in.
func sniffed(t testing.TB, path string) string {
	t.Helper()
	data := readFile(t, path)
	return Sniff(data[:min(len(data), 512)])
}

// optimise does what a server does with a good file, and checks what every
// result must be.
func optimise(t testing.TB, path string) Result {
	t.Helper()
	var percents []int
	result, err := newTool(Config{}).Optimise(t.Context(), path, sniffed(t, path), t.TempDir(), func(percent int) {
		percents = append(percents, percent)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(percents) - 1 {
		if percents[i+1] <= percents[i] {
			t.Errorf("progress %v", percents)
			break
		}
	}
	if len(percents) < 2 || percents[0] != 0 || percents[len(percents)-1] != 100 {
		t.Errorf("progress %v", percents)
	}
	checkResult(t, result)
	return result
}

// wantFailure fails the test unless optimising the file is that failure, which
// leaves nothing and tells no path.
func wantFailure(t *testing.T, path, sourceType string, want vitrine.FailureCode) {
	t.Helper()
	out := t.TempDir()
	_, err := newTool(Config{}).Optimise(t.Context(), path, sourceType, out, nil)
	failure, ok := errors.AsType[*vitrine.Failure](err)
	if !ok || failure.Code != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	if strings.Contains(failure.Detail, filepath.Dir(path)) || strings.Contains(failure.Detail, out) || len(failure.Detail) > maxDetail {
		t.Errorf("detail %q", failure.Detail)
	}
	t.Log(failure)
	wantEmpty(t, out)
}

// wantEmpty fails the test unless the folder is empty.
func wantEmpty(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s remains in the folder", e.Name())
	}
}

// working are the processes that work in a folder.
func working(t testing.TB, dir string) (pids []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		at, err := os.Readlink(link)
		if err == nil && at == dir {
			pids = append(pids, filepath.Base(filepath.Dir(link)))
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			t.Log(err) // ended while we looked
		}
	}
	return pids
}

// shown is a file as ffprobe sees it.
type shown struct {
	Streams []struct {
		stream
		Tags map[string]string `json:"tags"`
	} `json:"streams"`
	Format struct {
		Duration string            `json:"duration"`
		Tags     map[string]string `json:"tags"`
	} `json:"format"`
}

func ffprobe(t testing.TB, path string) shown {
	t.Helper()
	said, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path).Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v", path, err)
	}
	var s shown
	if err := json.Unmarshal(said, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

package badorigin_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/badorigin"
)

var update = flag.Bool("update", false, "rewrite the table in the documentation")

func start(t *testing.T) string {
	t.Helper()
	now := func() time.Time { return time.Unix(1_800_000_000, 0) }
	server := httptest.NewServer(badorigin.New(now))
	t.Cleanup(server.Close)
	return server.URL
}

// answer is what came of a request.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // of the request or of the body
}

func get(t *testing.T, url string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r) // redirects are answers here
	if err != nil {
		return answer{err: err}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body, err}
}

// show says in one line what an answer was.
func (a answer) show() string {
	if a.err != nil {
		return fmt.Sprintf("%d, broken off", a.status)
	}
	text := fmt.Sprint(a.status)
	if location := a.header.Get("Location"); location != "" {
		_, path, _ := strings.Cut(strings.TrimPrefix(location, "http://"), "/")
		return text + " to /" + path
	}
	if len(a.body) == 1<<20 {
		return text + " without end"
	}
	text += " " + a.header.Get("Content-Type")
	if config, format, err := image.DecodeConfig(bytes.NewReader(a.body)); err == nil {
		text += fmt.Sprintf(", %s %dx%d", format, config.Width, config.Height)
		if _, _, err := image.Decode(bytes.NewReader(a.body)); err != nil {
			text += ", damaged"
		}
	}
	return text
}

// Each request is made so many times as there are answers.
func TestPatterns(t *testing.T) {
	t.Parallel()
	const photo = "200 image/jpeg, jpeg 480x360"
	const text = " text/plain; charset=utf-8"
	for path, want := range map[string][]string{
		"/kitchen.jpg":                         {photo, photo},
		"/hall.png":                            {"200 image/png, png 480x360"},
		"/slow/1ms/a.jpg":                      {photo},
		"/drip/20ms/a.jpg":                     {photo},
		"/reset/a.jpg":                         {"0, broken off"},
		"/truncated/a.jpg":                     {"200, broken off"},
		"/cut/a.jpg":                           {photo + ", damaged"},
		"/empty/a.jpg":                         {"200 image/jpeg"},
		"/endless/a.jpg":                       {"200 without end"},
		"/large/70000000/a.jpg":                {"200, broken off"},
		"/huge/50000/a.png":                    {"200 image/png, png 50000x50000, damaged"},
		"/status/404/a.jpg":                    {"404 "},
		"/flaky/2/503/a.jpg":                   {"503 ", "503 ", photo, photo},
		"/busy/1/7/a.jpg":                      {"429 ", photo},
		"/redirect/2/status/404/a%20b.jpg?x=1": {"302 to /redirect/1/status/404/a%20b.jpg?x=1"},
		"/redirect/1/status/404/a.jpg":         {"302 to /status/404/a.jpg"},
		"/redirect/0/a.jpg":                    {photo},
		"/inside/a.jpg":                        {"302 to /latest/meta-data/"},
		"/type/text/html/a.jpg":                {"200 text/html, jpeg 480x360"},
		"/page/a.jpg":                          {"200 text/html; charset=utf-8"},
		"/expired/a.jpg?Expires=1799999999&Signature=s": {"403" + text},
		"/expired/a.jpg?Expires=1800000001&Signature=s": {photo},
		"/once/a.jpg": {photo, "403" + text},
		"/slow/1ms/type/image/png/flaky/1/500/a.jpg": {"500 image/png", "200 image/png, jpeg 480x360"},
		"/none/a.jpg":       {"404" + text},
		"/status/a.jpg":     {"404" + text},
		"/status/100/a.jpg": {"404" + text},
		"/slow/fast/a.jpg":  {"404" + text},
		"/expired/a.jpg":    {"404" + text},
		"/etag/odd/a.jpg":   {"404" + text},
		"/":                 {"200 text/html; charset=utf-8"},
		"/listing.json":     {"200 application/json"},
		"/classified.json":  {"200 application/json"},
	} {
		t.Run(strings.ReplaceAll(path, "/", "|"), func(t *testing.T) {
			t.Parallel()
			base := start(t)
			var got []string
			for range want {
				got = append(got, get(t, base+path).show())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The names tell photos apart, and so does a version.
func TestPhotosDiffer(t *testing.T) {
	t.Parallel()
	base := start(t)
	seen := map[string]string{}
	for _, path := range []string{"/a.jpg", "/b.jpg", "/a.png", "/a.jpg?v=2", "/changing/a.jpg", "/changing/a.jpg", "/etag/stuck/b.jpg"} {
		body := string(get(t, base+path).body)
		if other, ok := seen[body]; ok {
			t.Errorf("%s is the photo of %s", path, other)
		}
		seen[body] = path
	}
	if a, b := get(t, base+"/slow/1ms/a.jpg"), get(t, base+"/a.jpg"); !bytes.Equal(a.body, b.body) {
		t.Error("one name gave two photos")
	}
}

func TestETags(t *testing.T) {
	t.Parallel()
	base := start(t)
	for path, want := range map[string]struct{ sameTag, samePhoto, unchanged bool }{
		"/etag/right/a.jpg": {true, true, true},
		"/etag/stuck/a.jpg": {true, false, true},
		"/etag/fresh/a.jpg": {false, true, false},
	} {
		first, second := get(t, base+path), get(t, base+path)
		again := get(t, base+path, "If-None-Match", second.header.Get("ETag"))
		if got := first.header.Get("ETag") == second.header.Get("ETag"); got != want.sameTag || first.header.Get("ETag") == "" {
			t.Errorf("%s: the ETags are %q and %q", path, first.header.Get("ETag"), second.header.Get("ETag"))
		}
		if got := bytes.Equal(first.body, second.body); got != want.samePhoto {
			t.Errorf("%s: the same photo: %v", path, got)
		}
		if got := again.status == http.StatusNotModified; got != want.unchanged {
			t.Errorf("%s: asked with its ETag it answers %d", path, again.status)
		}
	}
}

// What hangs ends when its client leaves.
func TestStall(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/stall/a.jpg", "/slow/1h/a.jpg"} {
		client := http.Client{Timeout: 200 * time.Millisecond}
		response, err := client.Get(start(t) + path) // its server waits for the handler to end
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		var timeout interface{ Timeout() bool }
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%s ended with %v", path, err)
		}
	}
}

// The index has a row for each pattern, and its examples fit their patterns.
func TestIndex(t *testing.T) {
	t.Parallel()
	index := string(get(t, start(t)+"/").body)
	for _, p := range badorigin.Patterns() {
		start, _, _ := strings.Cut(p.Path, "/{")
		if !strings.HasPrefix(p.Example, start+"/") || !strings.Contains(index, "<code>"+p.Path+"</code>") {
			t.Errorf("%s is not listed, or its example is %s", p.Path, p.Example)
		}
	}
}

// The documentation has the table of the patterns. -update writes it.
func TestDocumented(t *testing.T) {
	t.Parallel()
	const name, head = "../../docs/cli.md", "| Pattern | What it does | Example | What comes of it |\n|---|---|---|---|\n"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, table, ok := strings.Cut(string(page), head)
	if !ok {
		t.Fatalf("%s has no table of patterns", name)
	}
	var want strings.Builder
	for _, p := range badorigin.Patterns() {
		comes := "a photo"
		if p.Failure != "" {
			comes = "`" + string(p.Failure) + "`"
		}
		fmt.Fprintf(&want, "| `%s` | %s | `%s` | %s |\n", p.Path, p.Means, p.Example, comes)
	}
	if *update {
		if err := os.WriteFile(name, []byte(before+head+want.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want.String(), table); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

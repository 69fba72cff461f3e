package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// ran is what a run left behind.
type ran struct {
	code           int
	stdout, stderr string
}

// vitrineRun runs the program with these variables set.
func vitrineRun(ctx context.Context, env map[string]string, args ...string) ran {
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, func(name string) string { return env[name] }, strings.NewReader(""), &stdout, &stderr)
	return ran{code, stdout.String(), stderr.String()}
}

// durations are the only thing in the output that differs from run to run. None
// of the tests lasts ten seconds, so their width doesn't.
var durations = regexp.MustCompile(`\d\.\d s`)

// golden compares a run with testdata/NAME.golden.
func golden(t *testing.T, name string, got ran) {
	t.Helper()
	text := fmt.Sprintf("exit %d\n---- stdout\n%s---- stderr\n%s", got.code, got.stdout, got.stderr)
	text = durations.ReplaceAllString(text, "#.# s")
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got)\n%s", path, diff)
	}
}

// write makes a file of that content and gives its name.
func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "listing.json")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const threeURLs = `{"externalId":"flat-77","announcementStatus":"active","files":[
	{"url":"https://crm.example.com/77/kitchen.jpg?sig=1"},{"url":"https://crm.example.com/77/hall.jpg","externalFileId":"own id"},{"url":"https://crm.example.com/77/garden.jpg"}]}`

func threeFiles() []fakeFile {
	return []fakeFile{
		{id: 501, bytes: 1_830_442, endsAt: 2},
		{id: 502, externalID: "own id", bytes: 92_001, endsAt: 1},
		{id: 503, bytes: 12_000_000, endsAt: 3},
	}
}

func TestListingPut(t *testing.T) {
	t.Parallel()
	failing := threeFiles()
	failing[2].failure, failing[2].detail, failing[2].bytes = vitrine.SourceNotFound, "HTTP 404", 0
	settled := threeFiles()
	for i := range settled {
		settled[i].endsAt = 0
	}
	// As a stranger may have named it: with a control sequence, and too long.
	odd := threeFiles()
	odd[1].externalID = "\x1b[2J" + strings.Repeat("long", 10) + ".jpg"

	for name, row := range map[string]struct {
		api  *fakeAPI
		args []string
	}{
		"published":      {&fakeAPI{files: threeFiles(), before: vitrine.StatusPendingActive, after: vitrine.StatusActive}, []string{"--wait"}},
		"one-failed":     {&fakeAPI{files: append(failing, fakeFile{id: 504, bytes: 5000, endsAt: 1}), before: vitrine.StatusPendingActive, after: vitrine.StatusActive}, []string{"--wait"}},
		"publish-failed": {&fakeAPI{files: failing, before: vitrine.StatusPendingActive, after: vitrine.StatusPublishFailed, reason: "2 of 3 photos are good; at least 3 are required to publish"}, []string{"--wait"}},
		"unchanged":      {&fakeAPI{files: settled, noJob: true, before: vitrine.StatusActive, after: vitrine.StatusActive}, []string{"--wait"}},
		"draft":          {&fakeAPI{files: threeFiles(), noJob: true, before: vitrine.StatusDraft, after: vitrine.StatusDraft}, []string{"--wait"}},
		"odd-name":       {&fakeAPI{files: odd, before: vitrine.StatusPendingActive, after: vitrine.StatusActive}, []string{"--wait"}},
		"not-waited-for": {&fakeAPI{files: threeFiles(), before: vitrine.StatusPendingActive}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"VITRINE_SERVER": row.api.start(t), "VITRINE_KEY": "good"}
			args := append([]string{"listing", "put", write(t, threeURLs)}, row.args...)
			golden(t, name, vitrineRun(t.Context(), env, args...))
		})
	}
}

// What is in the file reaches the server as it is, fields unknown here too.
func TestSendsFileAsItIs(t *testing.T) {
	t.Parallel()
	const asItIs = `{"id":12,"x":{"y":[null,1.50]},"files":[{"url":"https://x/1.jpg","altered":true,"alteredFrom":"bare"}]}`
	api := &fakeAPI{before: vitrine.StatusDraft}
	got := vitrineRun(t.Context(), nil, "listing", "put", write(t, asItIs), "--server", api.start(t), "--key", "good")
	if got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	if api.body != asItIs {
		t.Errorf("sent %s, want %s", api.body, asItIs)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	api := &fakeAPI{files: threeFiles(), before: vitrine.StatusPendingActive, after: vitrine.StatusActive}
	got := vitrineRun(t.Context(), map[string]string{"VITRINE_SERVER": api.start(t), "VITRINE_KEY": "good"},
		"--json", "listing", "put", "--wait", write(t, threeURLs))
	var report struct {
		ID        int64
		Status    string
		PublicURL string
		Seconds   float64
		Files     []struct {
			Name         string
			ID, Size     int64
			Optimization string
			Variants     []struct{ VariantSize string }
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
		t.Fatalf("%v in %s", err, got.stdout)
	}
	if got.code != exitOK || report.ID != 12 || report.Status != "active" || report.PublicURL == "" || report.Seconds <= 0 || len(report.Files) != 3 {
		t.Fatalf("%+v", report)
	}
	if f := report.Files[0]; f.Name != "kitchen.jpg" || f.ID != 501 || f.Size != 1_830_442 || f.Optimization != "success" || len(f.Variants) != 3 {
		t.Errorf("%+v", f)
	}
}

// The mistakes and mishaps, each with its exit code and a word to the person.
func TestComplaints(t *testing.T) {
	t.Parallel()
	api := (&fakeAPI{before: vitrine.StatusDraft}).start(t)
	gone := httptest.NewServer(nil)
	gone.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	t.Cleanup(broken.Close)
	listing := write(t, threeURLs)
	for name, row := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no command":        {[]string{"media"}, exitUsage, "expected one of"},
		"unknown flag":      {[]string{"listing", "put", listing, "--bogus"}, exitUsage, "unknown flag --bogus"},
		"no file":           {[]string{"listing", "put"}, exitUsage, "expected \"<FILE.json>\""},
		"no such file":      {[]string{"listing", "put", filepath.Join(t.TempDir(), "none.json"), "--key=good"}, exitUsage, "none.json: no such file"},
		"not JSON":          {[]string{"listing", "put", write(t, `{`), "--key=good"}, exitUsage, "is not a listing"},
		"not an object":     {[]string{"listing", "put", write(t, `[1]`), "--key=good"}, exitUsage, "is not a listing"},
		"no key":            {[]string{"listing", "put", listing}, exitUsage, "--key or VITRINE_KEY"},
		"wrong key":         {[]string{"listing", "put", listing, "--server", api, "--key=bad"}, exitRefused, "Invalid API key (HTTP 401)\nhint: "},
		"invalid":           {[]string{"listing", "put", write(t, `{"x":"bad"}`), "--server", api, "--key=good"}, exitFailed, "files[0].url must be a URL address; announcementStatus is unknown (HTTP 400)"},
		"nobody there":      {[]string{"listing", "put", listing, "--server", gone.URL, "--key=good"}, exitUnreachable, "connection refused\nhint: is the server running"},
		"server in trouble": {[]string{"listing", "put", listing, "--server", broken.URL, "--key=good"}, exitUnreachable, "Bad Gateway (HTTP 502)\nhint: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := vitrineRun(t.Context(), nil, row.args...)
			if got.code != row.code || !strings.Contains(got.stderr, row.says) {
				t.Errorf("exit %d, want %d; said %q, want %q in it", got.code, row.code, got.stderr, row.says)
			}
			if got.stdout != "" {
				t.Errorf("stdout has %q", got.stdout)
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := &fakeAPI{files: threeFiles(), before: vitrine.StatusPendingActive, after: vitrine.StatusActive,
		onLook: func(look int) {
			if look == 2 {
				cancel()
			}
		}}
	got := vitrineRun(ctx, map[string]string{"VITRINE_SERVER": api.start(t), "VITRINE_KEY": "good"}, "listing", "put", "--wait", write(t, threeURLs))
	if got.code != exitInterrupted || got.stdout != "" || !strings.Contains(got.stderr, "hint: what was accepted goes on") {
		t.Errorf("%+v", got)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	golden(t, "help", vitrineRun(t.Context(), nil, "--help"))
	golden(t, "help", vitrineRun(t.Context(), nil))
	for _, command := range []string{"listing put", "media upload", "media import", "media get", "media delete", "media link", "media unlink", "job watch",
		"classified put", "classified plan", "classified status", "classified retry", "events tail",
		"import openimmo", "webhooks list", "webhooks add", "webhooks remove", "webhooks replay", "webhooks test",
		"check", "doctor", "sandbox", "completion", "man"} {
		args := append(strings.Fields(command), "--help")
		golden(t, "help-"+strings.ReplaceAll(command, " ", "-"), vitrineRun(t.Context(), nil, args...))
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if got := vitrineRun(t.Context(), nil, "version"); got.code != exitOK || !strings.HasPrefix(got.stdout, "vitrine ") {
		t.Errorf("%+v", got)
	}
}

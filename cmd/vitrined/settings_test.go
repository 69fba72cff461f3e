package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/sandbox"
)

func TestSettingsProblems(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	args := []string{"serve", "--colour", "blue", "--listen", "8080", "--fetch-allow=10.0.0.1", "--max-photos", "-3", "--grace", "--db", "mysql://u:secret@h/d"}
	environ := []string{"VITRINE_MAX_FOTOS=3", "VITRINE_LOG_FORMAT=xml", "HOME=/root", "VITRINE_KEY=not ours"}
	if code := run(t.Context(), args, environ, nil, &stdout, &stderr); code != exitUsage {
		t.Errorf("exit %d, want %d", code, exitUsage)
	}
	want := `vitrined: unknown setting VITRINE_MAX_FOTOS
vitrined: VITRINE_LOG_FORMAT: "xml" is none of text, json
vitrined: unknown setting --colour
vitrined: --listen: "8080" is not HOST:PORT
vitrined: --fetch-allow: "10.0.0.1" is not a network such as 10.0.0.0/8
vitrined: --max-photos: "-3" is not a whole number of at least 1
vitrined: --grace needs a value
vitrined: --db: "mysql://u:xxxxx@h/d" does not begin with sqlite:// or postgres:// or postgresql://
`
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Errorf("stderr (-want +got)\n%s", diff)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	got, words, problems := parseSettings(
		[]string{"7", "--listen", "localhost:9", "--fetch-allow", "10.0.0.0/8,::1/128", "--fetch-allow", "127.0.0.0/8", "--variant-sizes=64,256"},
		[]string{"VITRINE_LISTEN=:8", "VITRINE_RATE_LIMIT=7", "VITRINE_BULK_RATE_LIMIT=8", "VITRINE_FETCH_TIMEOUT=5s"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff([]string{"7"}, words); diff != "" {
		t.Error(diff)
	}
	if got.Listen != "localhost:9" || got.publicURL(nil) != "http://localhost:9" || got.Limits.RatePerMinute != 7 || got.Limits.BulkPerMinute != 8 ||
		got.Limits.FetchTimeout.String() != "5s" || fmt.Sprint(got.FetchAllow) != "[10.0.0.0/8 ::1/128 127.0.0.0/8]" || fmt.Sprint(got.Recipe.Sizes) != "[64 256]" {
		t.Errorf("settings are %+v", got)
	}
	for listen, want := range map[string]string{
		":8080": "http://localhost:8080", "0.0.0.0:8080": "http://localhost:8080", "[::]:8080": "http://localhost:8080",
		"127.0.0.1:0": "http://127.0.0.1:77", "[::1]:8080": "http://[::1]:8080",
	} {
		s := settings{Listen: listen}
		if got := s.publicURL(&net.TCPAddr{Port: 77}); got != want {
			t.Errorf("--listen %s gives the public URL %s, want %s", listen, got, want)
		}
	}
	if _, _, problems := parseSettings([]string{"--roles", "api,fetch"}, nil); len(problems) != 1 {
		t.Errorf("roles that nobody else can play gave %q", problems)
	}
	if _, _, problems := parseSettings([]string{"--roles", "api,fetch", "--db", "postgres://x/y"}, nil); len(problems) != 0 {
		t.Errorf("some roles of many nodes gave %q", problems)
	}
	if _, _, problems := parseSettings([]string{"--min-photos", "30", "--webp-quality", "101"}, nil); len(problems) != 2 {
		t.Errorf("settings that contradict each other gave %q", problems)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), nil, nil, nil, &stdout, &stderr); code != exitOK || !strings.Contains(stdout.String(), "keys create") || strings.Contains(stdout.String(), "imaging-worker") {
		t.Errorf("exit %d: %s%s", code, &stdout, &stderr)
	}
	if code := run(t.Context(), []string{"sing"}, nil, nil, &stdout, &stderr); code != exitUsage || !strings.Contains(stderr.String(), `unknown command "sing"`) {
		t.Errorf("exit %d: %s", code, &stderr)
	}
	stdout.Reset()
	if code := run(t.Context(), []string{"serve", "--help"}, nil, nil, &stdout, &stderr); code != exitOK || !strings.Contains(stdout.String(), "--webp-quality") {
		t.Errorf("serve --help: exit %d: %s", code, &stdout)
	}
	stdout.Reset()
	if code := run(t.Context(), []string{"version"}, nil, nil, &stdout, &stderr); code != exitOK || stdout.String() != "vitrined dev\n" {
		t.Errorf("version: exit %d: %s", code, &stdout)
	}
}

// TestKeys makes, lists and revokes a key while the server runs.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	key := s.key(t)
	c := client.New(s.base+"/api/v1", key)
	if agency, err := c.Agency(t.Context()); err != nil || agency.Name != "acme" {
		t.Fatalf("the key is for %+v, %v", agency, err)
	}
	command := func(args ...string) string {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append(args, "--data", s.data, "--account", "acme"), nil, nil, &stdout, &stderr); code != exitOK {
			t.Fatalf("%v: exit %d: %s", args, code, &stderr)
		}
		return stdout.String()
	}
	if list := command("keys", "list"); !strings.Contains(list, key[:8]) || strings.Contains(list, key) {
		t.Errorf("the list of keys is\n%s", list)
	}
	command("migrate")
	command("accounts", "suspend")
	// The server that runs beside a command trusts a key for a second.
	refusal := func(status int) func() bool {
		return func() bool {
			_, err := c.Agency(t.Context())
			refused, ok := errors.AsType[*client.Error](err)
			return ok && refused.StatusCode == status
		}
	}
	wait(t, "a suspended account to be refused", refusal(http.StatusForbidden))
	command("accounts", "resume")
	command("keys", "revoke", "1")
	wait(t, "a revoked key to be refused", refusal(http.StatusUnauthorized))
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"keys", "revoke", "99", "--data", s.data}, nil, nil, &stdout, &stderr); code != exitError {
		t.Errorf("revoking a key that is not there: exit %d", code)
	}
}

// TestHealth asks both questions, and has a second server refused the folder.
func TestHealth(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	readiness, missing := "ok\n", sandbox.Missing()
	if len(missing) > 0 {
		readiness += "not locked in by: " + strings.Join(missing, ", ") + "\n"
	}
	if warned := strings.Contains(s.log.String(), "not locked in"); warned != (len(missing) > 0) {
		t.Errorf("warned: %v, with %v missing", warned, missing)
	}
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": readiness} {
		if response := get(t, s.base+path); response.StatusCode != http.StatusOK || string(response.Body) != want {
			t.Errorf("%s answered %d %q", path, response.StatusCode, response.Body)
		}
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"serve", "--data", s.data, "--listen", freeAddress(t)}, nil, nil, &stdout, &stderr)
	if code != exitError || !strings.Contains(stderr.String(), "in use by another server") {
		t.Errorf("a second server on the folder: exit %d: %s", code, &stderr)
	}
}

// TestUnlocked has a server say, in its log and when it is asked, that the
// machine has no locks for its children, and still serve.
func TestUnlocked(t *testing.T) {
	t.Parallel()
	s := startWith(t, t.TempDir(), freeAddress(t), []string{withoutLocks + "=1"})
	if response := get(t, s.base+"/readyz"); response.StatusCode != http.StatusOK || string(response.Body) != "ok\nnot locked in by: Landlock, seccomp\n" {
		t.Errorf("/readyz answered %d %q", response.StatusCode, response.Body)
	}
	if log := s.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "Landlock seccomp") {
		t.Errorf("the log has no warning of it: %s", log)
	}
}

// TestUploadsCounted has resumable uploads count in the rate limit of their key.
func TestUploadsCounted(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--rate-limit", "2")
	key := s.key(t)
	var statuses []int
	for range 3 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/api/v1/uploads", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-API-Key", key)
		request.Header.Set("Tus-Resumable", "1.0.0")
		request.Header.Set("Upload-Length", "10")
		request.Header.Set("Upload-Metadata", "filetype aW1hZ2UvanBlZw==")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		statuses = append(statuses, response.StatusCode)
		if response.Header.Get("X-RateLimit-Limit") != "2" {
			t.Errorf("answered with %v", response.Header)
		}
	}
	if diff := cmp.Diff([]int{201, 201, 429}, statuses); diff != "" {
		t.Errorf("statuses (-want +got)\n%s", diff)
	}
}

package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestDebug looks at a running server's debug address: profiles, and a log that
// says more once it is told to.
func TestDebug(t *testing.T) {
	t.Parallel()
	debug := freeAddress(t)
	s := start(t, t.TempDir(), freeAddress(t), "--debug-listen", debug)
	for _, page := range []string{"/debug/pprof/", "/debug/pprof/heap?debug=1", "/debug/pprof/goroutine?debug=1", "/debug/pprof/cmdline"} {
		if got := get(t, "http://"+debug+page); got.StatusCode != http.StatusOK || len(got.Body) == 0 {
			t.Errorf("%s answers %d with %d bytes", page, got.StatusCode, len(got.Body))
		}
	}
	level := "http://" + debug + "/debug/loglevel"
	if got := string(get(t, level).Body); got != "info\n" {
		t.Errorf("the level is %q at first", got)
	}
	if code := putLevel(t, level, "loud"); code != http.StatusBadRequest {
		t.Errorf("a level that there isn't answers %d", code)
	}
	if code := putLevel(t, level, "error"); code != http.StatusOK {
		t.Errorf("a change answers %d", code)
	}
	if code := putLevel(t, level, "debug\n"); code != http.StatusOK {
		t.Errorf("a change back answers %d", code)
	}
	if got := string(get(t, level).Body); got != "debug\n" {
		t.Errorf("the level is %q in the end", got)
	}
	log := s.log.String()
	if !strings.Contains(log, `from=INFO to=ERROR`) || !strings.Contains(log, `from=ERROR to=DEBUG`) {
		t.Error("the log doesn't tell of both changes")
	}
}

// TestDebugIsNotPublic asks for the debug pages where everybody can.
func TestDebugIsNotPublic(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--debug-listen", freeAddress(t))
	for _, page := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline", "/debug/pprof/symbol", "/debug/loglevel", "/debug/vars", "//debug/pprof/", "/debug/../debug/loglevel"} {
		if got := get(t, s.base+page); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d on the public address", page, got.StatusCode)
		}
	}
	if code := putLevel(t, s.base+"/debug/loglevel", "debug"); code != http.StatusNotFound && code != http.StatusMethodNotAllowed {
		t.Errorf("the log level can be set on the public address: %d", code)
	}
	if strings.Contains(s.log.String(), "log level changed") {
		t.Error("the log level was set on the public address")
	}
}

func putLevel(t *testing.T, url, body string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

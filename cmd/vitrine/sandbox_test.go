package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// It serves until it is interrupted, and tells of each request.
func TestSandbox(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	stdout, written := io.Pipe()
	told := make(lineChannel, 100)
	ended := make(chan int, 1)
	go func() {
		args := []string{"--json", "sandbox", "--listen", "127.0.0.1:0"}
		ended <- run(ctx, args, func(string) string { return "" }, nil, written, told)
		_ = written.Close()
	}()
	var said struct{ URL string }
	if err := json.NewDecoder(stdout).Decode(&said); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	for _, row := range []struct {
		path string
		want int
		told string
	}{
		{"", http.StatusOK, "GET /: HTTP 200, "},
		{"kitchen.jpg", http.StatusOK, "GET /kitchen.jpg: HTTP 200, "},
		{"status/404/kitchen.jpg", http.StatusNotFound, "GET /status/404/kitchen.jpg: HTTP 404, -, after "},
	} {
		response, err := http.Get(said.URL + row.path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Error(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != row.want {
			t.Errorf("%s: HTTP %d, want %d", row.path, response.StatusCode, row.want)
		}
		told.wait(t, row.told)
	}
	if response, err := http.Get(said.URL + "reset/kitchen.jpg"); err == nil {
		_ = response.Body.Close()
		t.Error("a reset connection has an answer")
	}
	told.wait(t, "GET /reset/kitchen.jpg: broken off on purpose, after ")
	interrupt()
	if code := <-ended; code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// lineChannel takes what is written to it.
type lineChannel chan string

func (c lineChannel) Write(p []byte) (int, error) {
	c <- string(p)
	return len(p), nil
}

// wait waits for a line that begins so.
func (c lineChannel) wait(t *testing.T, begin string) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case line := <-c:
			if strings.HasPrefix(line, begin) {
				return
			}
		case <-deadline:
			t.Fatalf("%q was not told", begin)
		}
	}
}

func TestSandboxNoAddress(t *testing.T) {
	t.Parallel()
	if got := vitrineRun(t.Context(), nil, "sandbox", "--listen", "127.0.0.1:none"); got.code != exitUsage || !strings.Contains(got.stderr, "unknown port") {
		t.Errorf("%+v", got)
	}
}

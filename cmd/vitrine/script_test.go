package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vitrine-media/vitrine"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vitrine": main})
}

// The scripts run the program as a person would, against a server of their own,
// whose URL and key are in the environment. -update rewrites what they expect.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			server := newFakeServer()
			env.Defer(server.Close)
			env.Values["server"] = server
			env.Setenv("VITRINE_SERVER", server.URL)
			env.Setenv("VITRINE_KEY", "good")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // each program would end a second later
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"received": received,
			"happens":  happens,
			"follows":  follows,
		},
	})
}

// exits CODE PROGRAM ARGS… runs a program that has to end with that code. In
// what it has printed, durations are masked.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got, err = exit.ExitCode(), nil
	}
	ts.Check(err)
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	_, _ = fmt.Fprint(ts.Stdout(), durations.ReplaceAllString(stdout, "#.# s"))
	_, _ = fmt.Fprint(ts.Stderr(), durations.ReplaceAllString(stderr, "#.# s"))
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, stdout, stderr)
	}
}

// received prints what the server has received since the last time.
func received(ts *testscript.TestScript, _ bool, _ []string) {
	_, _ = fmt.Fprint(ts.Stdout(), ts.Value("server").(*fakeServer).taken())
}

// happens TYPE MEDIA adds an event to the feed.
func happens(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: happens TYPE MEDIA")
	}
	media, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Value("server").(*fakeServer).happens(vitrine.EventType(args[0]), media)
}

// follows N waits until somebody who has read event N asks for more.
func follows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: follows N")
	}
	after, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	server := ts.Value("server").(*fakeServer)
	for deadline := time.Now().Add(time.Minute); server.readUpTo() != after; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("nobody has asked for what comes after event %d", after)
		}
	}
}

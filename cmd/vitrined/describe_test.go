package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A shell is told of commands and settings, and the man page has all of them.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ran := func(args ...string) string {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, nil, nil, &stdout, &stderr); code != exitOK {
			t.Fatalf("%q: exit %d: %s", args, code, &stderr)
		}
		return stdout.String()
	}
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"__complete", "--", "ba"}, "backup\tsave everything"},
		{[]string{"__complete", "--", "backup", "b"}, "bytes\tsave the bytes"},
		{[]string{"__complete", "--", "serve", "--fetch-t"}, "--fetch-timeout\ttime for a whole download"},
		{[]string{"__complete", "--", "serve", "--data", ""}, ":dirs\n"},
		{[]string{"completion", "bash"}, "complete -F _vitrined vitrined\n"},
		{[]string{"man"}, ".TP\nbackup bytes\n"},
		{[]string{"man"}, "\\fBVITRINE_PUBLIC_URL\\fR\n"},
	} {
		if got := ran(row.args...); !strings.Contains(got, row.want) {
			t.Errorf("%q: %q is not in\n%s", row.args, row.want, got)
		}
	}
	ran("man", dir)
	if page, err := os.ReadFile(filepath.Join(dir, "vitrined.1")); err != nil || string(page) != ran("man") {
		t.Errorf("the page that was written is another: %v", err)
	}
	if got := ran("__complete", "--", "imaging"); got != "" {
		t.Errorf("what the server alone starts is offered: %s", got)
	}
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"completion"}, nil, nil, &stderr, &stderr); code != exitError || !strings.Contains(stderr.String(), "one of bash, zsh, fish is needed") {
		t.Errorf("without a shell: exit %d: %s", code, &stderr)
	}
}

package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/move"
)

func TestMoveLines(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	p := newMoveProgress(&log)
	p.Begin(move.Bytes, 2_500_000)
	p.Add(240_000)
	p.Add(20_000)
	p.Add(1_000_000)
	p.Add(2_000_000) // an upload that grew
	p.End()
	p.Begin(move.Rows, 0)
	p.End()
	want := "moving bytes: 2.5 MB\nmoving bytes: 10%\nmoving bytes: 50%\nmoving bytes: 100%\nmoving rows: 0\n"
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Errorf("progress (-want +got)\n%s", diff)
	}
}

// TestMoveBar leaves a line for each step.
func TestMoveBar(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	p := &moveBar{w: &screen}
	p.Begin(move.Bytes, 2_000_000)
	p.Add(2_000_000)
	p.End()
	p.Begin(move.Rows, 40)
	p.Add(30)
	p.Add(10)
	p.End()
	p.Begin(move.Rows, 40) // which is interrupted
	p.End()
	lines := strings.Split(screen.String(), "\n")
	if len(lines) != 4 || lines[3] != "" {
		t.Fatalf("it left %q", lines)
	}
	for i, want := range [][]string{{"moving bytes 100%", "2.0/2.0 MB"}, {"moving rows 100%", "40/40"}, {"moving rows   0%", "0/40"}} {
		parts := strings.Split(strings.TrimRight(lines[i], "\r"), "\r")
		last := parts[len(parts)-1]
		for _, text := range want {
			if !strings.Contains(last, text) {
				t.Errorf("the line is left as %q, want %q", last, text)
			}
		}
		for _, part := range parts {
			if n := len([]rune(part)); n > 79 {
				t.Errorf("%d columns: %q", n, part)
			}
		}
	}
}

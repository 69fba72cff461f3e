package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// docs/capacity.md has the tables that the program makes of measured.json.
func TestDocument(t *testing.T) {
	t.Parallel()
	var tables bytes.Buffer
	if err := run([]string{"-plan"}, &tables, &tables); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("../../docs/capacity.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(tables.String()), "\n") {
		if !strings.Contains(string(document), line+"\n") {
			t.Errorf("docs/capacity.md lacks the line\n%s", line)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]string{
		0: "0", 0.777: "0.78", 9.96: "10", 18.6: "19", 1234: "1,200", 9_990: "10,000", 999_999: "1 million", 54_321_000: "54 million", 2e9: "2 billion",
	} {
		if got := amount(x); got != want {
			t.Errorf("amount %v is %q, want %q", x, got, want)
		}
	}
	for bytes, want := range map[float64]string{0: "0 B", 827: "830 B", 999_999: "1 MB", 1.567e12: "1.6 TB", 4e15: "4 PB"} {
		if got := size(bytes); got != want {
			t.Errorf("size %v is %q, want %q", bytes, got, want)
		}
	}
	for seconds, want := range map[float64]string{0: "0 s", 0.05: "0.05 s", 3.14: "3.1 s", 9.5: "10 s", 59: "59 s", 600: "10 min", 9000: "2.5 h"} {
		if got := duration(seconds); got != want {
			t.Errorf("duration %v is %q, want %q", seconds, got, want)
		}
	}
}

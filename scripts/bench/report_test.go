package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A section takes the place that it had; others stay as they are.
func TestReplaceSection(t *testing.T) {
	t.Parallel()
	const before = "# Benchmarks\n\nWords.\n\n## One\n\nold\n\n## Two\n\nstays\n"
	for _, row := range []struct{ name, title, text, want string }{
		{"first", "One", "## One\n\nnew\n", "# Benchmarks\n\nWords.\n\n## One\n\nnew\n\n## Two\n\nstays\n"},
		{"last", "Two", "## Two\n\nnew\n", "# Benchmarks\n\nWords.\n\n## One\n\nold\n\n## Two\n\nnew\n"},
		{"further", "Three", "## Three\n\nnew\n", before + "\n## Three\n\nnew\n"},
	} {
		if diff := cmp.Diff(row.want, replaceSection(before, row.title, row.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// A report is begun, and written again with other figures; its charts lie beside it.
func TestWriteSection(t *testing.T) {
	t.Parallel()
	report := filepath.Join(t.TempDir(), "benchmarks.md")
	l, s := &lab{rounds: 3}, section{name: "speed", title: "Speed"}
	for _, figure := range []string{"17", "18"} {
		found := &finding{
			how: "How it was done.", after: "What it means.",
			tables: []table{{head: []string{"", "photos/s"}, rows: [][]string{{"vitrine", figure}}}},
			charts: []chart{{name: "speed", title: "Speed of photos", bars: []bar{{name: "vitrine", figures: figures{17}}}}},
		}
		if err := writeSection(report, l, s, found); err != nil {
			t.Fatal(err)
		}
	}
	text := read(t, report)
	for _, want := range []string{
		"# Benchmarks\n", "\n## Speed\n\nHow it was done.\n", "\n|  | photos/s |\n| --- | --- |\n| vitrine | 18 |\n",
		"\n![Speed of photos](benchmarks-speed.svg)\n", "\nWhat it means.\n", " in 3 rounds, on ",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("the report doesn't have %q once:\n%s", want, text)
		}
	}
	if chart := read(t, filepath.Join(filepath.Dir(report), "benchmarks-speed.svg")); !strings.Contains(chart, "Speed of photos") {
		t.Errorf("a chart without its title:\n%s", chart)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

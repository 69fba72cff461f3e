package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// opening begins a report that isn't there yet.
const opening = `# Benchmarks

Written by ` + "`make bench`" + `, which measures all that is compared here in one run, in turns. Machines differ and are noisy:
what counts are the ratios. A figure is the median of the rounds, with the least and the greatest in brackets.
`

// writeSection puts what was found into the report, in place of what it says of
// the same section, and draws the charts beside it. A report without the section
// gets it at the end.
func writeSection(report string, l *lab, s section, f *finding) error {
	old, err := os.ReadFile(report)
	if errors.Is(err, fs.ErrNotExist) {
		old = []byte(opening)
	} else if err != nil {
		return err
	}
	for _, c := range f.charts {
		if err := drawTo(filepath.Join(filepath.Dir(report), "benchmarks-"+c.name+".svg"), &c); err != nil {
			return err
		}
	}
	return os.WriteFile(report, []byte(replaceSection(string(old), s.title, f.markdown(l, s.title))), 0o644)
}

func drawTo(name string, c *chart) error {
	var b strings.Builder
	if err := c.write(&b); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}

// replaceSection gives a document with the section of a title replaced by text.
func replaceSection(document, title, text string) string {
	heading := "## " + title + "\n"
	before, rest, found := strings.Cut(document, "\n"+heading)
	if !found {
		return strings.TrimRight(document, "\n") + "\n\n" + text
	}
	after := ""
	if i := strings.Index(rest, "\n## "); i >= 0 {
		after = rest[i:]
	}
	return before + "\n" + strings.TrimRight(text, "\n") + "\n" + after
}

// markdown is a section of the report.
func (f *finding) markdown(l *lab, title string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s\n", title, strings.TrimSpace(f.how))
	for _, t := range f.tables {
		b.WriteString("\n" + t.markdown())
	}
	for _, c := range f.charts {
		fmt.Fprintf(&b, "\n![%s](benchmarks-%s.svg)\n", c.title, c.name)
	}
	if f.after != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(f.after))
	}
	fmt.Fprintf(&b, "\nMeasured at %s in %d rounds, on %s.\n", time.Now().UTC().Format(time.DateOnly), l.rounds, machine())
	return b.String()
}

func (t *table) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(t.head, " | "), strings.Repeat(" --- |", len(t.head)))
	for _, row := range t.rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	return b.String()
}

// machine names what was measured on, without which no figure means anything.
func machine() string {
	processor := "an unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				processor = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel := runtime.GOOS
	if name, err := exec.Command("uname", "-sr").Output(); err == nil {
		kernel, _, _ = strings.Cut(strings.TrimSpace(string(name)), "-") // what follows is its builder's
	}
	return fmt.Sprintf("%d cores of %s, %s, %s", runtime.NumCPU(), processor, kernel, runtime.Version())
}

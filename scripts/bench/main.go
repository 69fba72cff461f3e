// Command bench measures vitrine beside its peers and beside what the machine
// can do at most: in one run, in turns, over several rounds. It writes what it
// found to docs/benchmarks.md and draws the charts of it. Machines differ, so
// what counts are the ratios within a run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// section is one question that the report answers.
type section struct {
	name    string // of -only
	title   string
	measure func(ctx context.Context, l *lab) (*finding, error)
}

// sections are the report's, in its order.
var sections = []section{
	{"mainjob", "The main job", measureMainJob},
	{"memory", "Memory", measureMemory},
	{"video", "Video", measureVideo},
	{"first", "First useful picture", measureFirst},
	{"serving", "Serving", measureServing},
	{"startup", "Start-up", measureStartup},
	{"resync", "The nightly resync", measureResync},
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == bareCommand {
		fmt.Fprintln(os.Stderr, "bench:", serveBare(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures the sections that are asked for and writes them to the report;
// the others stay as they were there.
func run(ctx context.Context, arguments []string) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	photos := flags.String("photos", "", "a folder of JPEGs, the corpus (default: the photographs of the demo)")
	rounds := flags.Int("rounds", 5, "how often each contender takes its turn")
	only := flags.String("only", "", "names of sections, with commas between; one of "+names())
	imgproxy := flags.String("imgproxy", "", "the program imgproxy; without it, it takes no part")
	imagor := flags.String("imagor", "", "the program imagor; without it, it takes no part")
	million := flags.Bool("million", false, "whether resync goes on to a million listings, which takes half an hour and some GB")
	report := flags.String("report", "docs/benchmarks.md", "what is written; charts go beside it")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	l, err := newLab(ctx, *photos, *rounds)
	if err != nil {
		return err
	}
	l.imgproxy, l.imagor = *imgproxy, *imagor
	defer func() { err = errors.Join(err, l.close()) }()
	l.million = *million
	for _, s := range chosen {
		l.progress("%s", s.title)
		found, err := s.measure(ctx, l)
		if err != nil {
			return fmt.Errorf("measure %s: %w", s.name, err)
		}
		if err := writeSection(*report, l, s, found); err != nil {
			return fmt.Errorf("write the report's section %s: %w", s.name, err)
		}
	}
	return nil
}

// choose gives the sections of a list of names, all for none.
func choose(list string) ([]section, error) {
	if list == "" {
		return sections, nil
	}
	var chosen []section
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(sections, func(s section) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no section %q, only %s", name, names())
		}
		chosen = append(chosen, sections[i])
	}
	return chosen, nil
}

func names() string {
	var all []string
	for _, s := range sections {
		all = append(all, s.name)
	}
	return strings.Join(all, ", ")
}

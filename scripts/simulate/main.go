// Command simulate plays a day of a portal with a nightly peak: it shows how
// long PUTs take to be published, and tasks wait, for several numbers of nodes,
// with and without the rule that bulk yields. What work costs was measured
// (measured.json), what a portal's day is like is assumed (assumed.go).
//
// The same flags give the same output. docs/capacity.md says what follows.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listings := flags.Int("listings", 1_000_000, "listings of the portal")
	nodes := flags.String("nodes", "1,2,4", "numbers of nodes, separated by commas")
	cores := flags.Int("cores", 4, "cores of a node")
	videoCores := flags.Int("video-cores", 8, "cores of the nodes that encode videos, all in all")
	assumed := defaultAssumed()
	flags.IntVar(&assumed.FetchWorkers, "fetch-workers", assumed.FetchWorkers, "downloads at one time on a node, in each of the lanes fetch and bulk, as vitrined's --fetch-workers; 0: 4 a core, at least 16")
	flags.IntVar(&assumed.FetchPerOrigin, "fetch-per-origin", assumed.FetchPerOrigin, "of those, from one origin, as vitrined's --fetch-per-origin")
	seed := flags.Uint64("seed", 1, "of everything that is random")
	hourly := flags.Bool("hours", false, "also print each hour")
	plan := flags.Bool("plan", false, "print the tables of docs/capacity.md: what was measured, and what portals of 1, 10 and 100 million listings need")
	chart := flags.String("chart", "", "SVG file for a chart of the second number of nodes, or the only one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	counts, err := numbers(*nodes)
	if err != nil {
		return err
	}
	if min(*listings, *cores, *videoCores, assumed.FetchPerOrigin) < 1 || assumed.FetchWorkers < 0 {
		return errors.New("listings, cores and downloads from one origin are at least 1, fetch-workers at least 0")
	}
	measured, err := readMeasured()
	if err != nil {
		return err
	}
	if *plan {
		return writeTables(stdout, measured, assumed)
	}
	for i, n := range counts {
		var days [2]*Outcome
		for j, fair := range []bool{false, true} {
			setup := Setup{Listings: *listings, Nodes: n, Cores: *cores, VideoCores: *videoCores, Fair: fair, Seed: *seed}
			days[j] = simulate(measured, assumed, setup)
			if i == 0 && j == 0 {
				if _, err := fmt.Fprintf(stdout, "%d listings, %d PUTs with %d changed photos\n\n", *listings, days[j].Puts, days[j].Photos); err != nil {
					return err
				}
			}
			if err := writeReport(stdout, days[j], *hourly); err != nil {
				return err
			}
		}
		if *chart != "" && i == min(1, len(counts)-1) {
			if err := writeChartFile(*chart, days[0], days[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeTables prints what docs/capacity.md has to say of these measurements.
func writeTables(w io.Writer, m Measured, a Assumed) error {
	if err := writeCosts(w, m); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return writePlan(w, m, a)
}

func numbers(list string) (numbers []int, err error) {
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a number of nodes", word)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

func writeChartFile(name string, without, with *Outcome) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return writeChart(file, without, with)
}

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// quantiles are the columns of a table of times.
const quantiles = "p50\tp95\tp99\tmax\t"

// writeReport prints what a day was like, by class and, when asked, by hour.
func writeReport(w io.Writer, o *Outcome, hourly bool) error {
	rule := "bulk does not yield"
	if o.Fair {
		rule = "bulk yields"
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(table, format+"\n", args...) } // Flush tells
	line("Nodes: %d, each of %d cores; %s", o.Nodes, o.Cores, rule)
	line("\nfrom PUT to published\tPUTs\t%sfirst three, p95\t", quantiles)
	for c := range classes {
		var all histogram
		for hour := range o.Hours {
			all.merge(&o.Hours[hour][c])
		}
		line("%s\t%d\t%s%s\t", classNames[c], all.n, columns(&all), duration(o.First[c].quantile(0.95)))
	}
	line("video\t%d\t%s\t", o.Video.n, columns(&o.Video))
	line("\nwaiting in the lane\ttasks\t%slongest line\tbusiest hour\t", quantiles)
	for _, l := range []struct {
		name string
		lane *lane
	}{{"fetch", o.Fetch}, {"bulk", o.Bulk}, {"optimise", o.Optimise}, {"encode", o.Encode}} {
		line("%s\t%d\t%s%d\t%.0f%%\t", l.name, l.lane.finished, columns(&l.lane.waits), l.lane.deepest, 100*l.lane.busiest())
	}
	line("\nthe largest backlog of one account\t%d\t", o.Backlog)
	if hourly {
		line("\nPUT in the hour\tedits\t%sbulk\t%s", quantiles, quantiles)
		for hour := range o.Hours {
			edits, bulk := o.hour(hour)
			line("%02d\t%d\t%s%d\t%s", hour, edits.n, columns(&edits), bulk.n, columns(&bulk))
		}
	}
	line("")
	return table.Flush()
}

// hour gives the times of the edits by small accounts that came in an hour, and
// of the bulk: the nightly PUTs and those of who moves in.
func (o *Outcome) hour(hour int) (edits, bulk histogram) {
	h := &o.Hours[hour]
	edits.merge(&h[editSmall])
	for _, c := range []class{nightSmall, nightLarge, moveIn} {
		bulk.merge(&h[c])
	}
	return edits, bulk
}

// busiest is the share of the workers that had work in the hour in which most
// work was begun; more than 1 is work that went on into the next.
func (l *lane) busiest() (share float64) {
	for _, work := range l.hourly {
		share = max(share, work/3600/float64(l.workers))
	}
	return share
}

func columns(h *histogram) string {
	if h.n == 0 {
		return strings.Repeat("–\t", 4)
	}
	var b strings.Builder
	for _, q := range []float64{0.5, 0.95, 0.99, 1} {
		b.WriteString(duration(h.quantile(q)) + "\t")
	}
	return b.String()
}

// duration is a time for people, to two digits or so.
func duration(seconds float64) string {
	switch {
	case seconds < 0.0095:
		return "0 s"
	case seconds < 0.095:
		return fmt.Sprintf("%.2f s", seconds)
	case seconds < 9.5:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 120:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 2*3600:
		return fmt.Sprintf("%.0f min", seconds/60)
	}
	return fmt.Sprintf("%.1f h", seconds/3600)
}

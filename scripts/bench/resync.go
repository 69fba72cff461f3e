package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// resyncGoal is the share of a bare handler's PUTs a second.
const resyncGoal = 0.5

// measureResync has the benchmarks of cmd/vitrined send lists that didn't
// change.
func measureResync(ctx context.Context, l *lab) (*finding, error) {
	const pkg = "./cmd/vitrined"
	l.progress("a night of 2,000 classifieds")
	night, err := goBench(ctx, pkg, "-bench", "^BenchmarkNightlyResync$", "-benchtime", "1x", "-timeout", "30m")
	if err != nil {
		return nil, err
	}
	l.progress("unchanged lists on a database that grows")
	flags := []string{"-bench", "^BenchmarkResyncCurve$", "-benchtime", "6x", "-count", strconv.Itoa(l.rounds), "-timeout", "3h"}
	if l.million {
		flags = append(flags, "-args", "-million")
	}
	curve, err := goBench(ctx, pkg, flags...)
	if err != nil {
		return nil, err
	}
	rows, err := resyncRows(curve)
	if err != nil {
		return nil, err
	}
	return resyncFinding(night["NightlyResync"], rows), nil
}

// resyncRow is what was measured of an API, on an engine, at a size.
type resyncRow struct {
	api, engine string
	size        int // classifieds, and as many listings
	measured
}

// resyncRows reads names like ResyncCurve/sqlite/classifieds/1000.
func resyncRows(all map[string]measured) (rows []resyncRow, err error) {
	for name, m := range all {
		parts := strings.Split(name, "/")
		if len(parts) != 4 {
			return nil, fmt.Errorf("a benchmark is named %q, want ResyncCurve/ENGINE/API/SIZE", name)
		}
		row := resyncRow{engine: parts[1], api: parts[2], measured: m}
		if row.size, err = strconv.Atoi(parts[3]); err != nil {
			return nil, fmt.Errorf("the size in the name of the benchmark %q: %w", name, err)
		}
		for _, unit := range []string{"puts/s", "ratio", "write-ratio"} {
			if len(m[unit]) == 0 {
				return nil, fmt.Errorf("the benchmark %q has measured no %s", name, unit)
			}
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b resyncRow) int {
		if c := strings.Compare(a.api+a.engine, b.api+b.engine); c != 0 {
			return c
		}
		return a.size - b.size
	})
	return rows, nil
}

func resyncFinding(night measured, rows []resyncRow) *finding {
	f := &finding{how: fmt.Sprintf(`Lists of 20 pictures that didn't change, sent again by 4 clients at a time to the whole server, and in turns to bare handlers on the
same database: handlers of net/http without a key, a check or a rule, that decode the same body with encoding/json and run one
statement. That of the one "that writes" is such as the server's own: it writes a row and waits for the disk where the server does, which is
in the Classifieds API, whose history is told of; the Listings API notes a time and doesn't wait. The one "that reads" only reads the row.
The database holds as many classifieds, and as many listings, as the table says; which are sent is drawn from all over it. It is what
BenchmarkResyncCurve measures. PostgreSQL has 1 GB of buffers, and was vacuumed and given a checkpoint before each size, as it does by itself
in time. On SQLite the server commits those that wait together, the handler each by itself.
Goal: at least %.1f of the bare handler that writes, from 1,000 to 1,000,000 alike. One that only reads does less than the server has to; it is
shown, and no goal.`, resyncGoal)}
	t := table{head: []string{"", "in the database", "PUTs/s", "to one that writes", fmt.Sprintf("≥ %.1f", resyncGoal), "to one that reads"}}
	c := chart{name: "resync", title: "The nightly resync", unit: "unchanged PUTs a second", across: "classifieds, and as many listings, in the database"}
	for _, row := range rows {
		name := row.api + ", " + row.engine
		t.rows = append(t.rows, []string{
			name, thousands(row.size), row.measured["puts/s"].text("%.0f"),
			row.measured["write-ratio"].text("%.2f"), met(row.measured["write-ratio"].median() >= resyncGoal),
			row.measured["ratio"].text("%.2f"),
		})
		if n := len(c.curves); n == 0 || c.curves[n-1].name != name {
			c.curves = append(c.curves, curve{name: name, ours: row.engine == "sqlite"})
		}
		last := &c.curves[len(c.curves)-1]
		last.points = append(last.points, point{at: float64(row.size), figures: row.measured["puts/s"]})
	}
	f.tables, f.charts = []table{t}, []chart{c}
	f.after = fmt.Sprintf(`A night from end to end, by BenchmarkNightlyResync: 2,000 classifieds of 20 pictures were imported by the API and sent again, at %.0f PUTs
a second, without one download; where one in a hundred had one changed picture, %.0f pictures were downloaded.`,
		night["puts/s"].median(), night["downloads-of-1%"].median())
	return f
}

// thousands is a number with a comma after each three digits.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

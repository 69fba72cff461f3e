package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// planSizes are the portals of docs/capacity.md.
var planSizes = []float64{1e6, 1e7, 1e8}

// writePlan prints the plans as a table in Markdown.
func writePlan(w io.Writer, m Measured, a Assumed) error {
	var plans []Plan
	head, rule := "| listings |", "|---|"
	for _, listings := range planSizes {
		plans = append(plans, planFor(m, a, listings))
		head += fmt.Sprintf(" %g million |", listings/1e6)
		rule += "---:|"
	}
	lines := []string{head, rule}
	for _, row := range []struct {
		name  string
		value func(Plan) string
	}{
		{"photos", func(p Plan) string { return amount(p.Photos) }},
		{"changed photos a day", func(p Plan) string { return amount(p.ChangedADay) }},
		{"changed photos a second, at night", func(p Plan) string { return amount(p.NightPhotos) }},
		{"PUTs a second, at night", func(p Plan) string { return amount(p.NightPuts) }},
		{"tasks a day", func(p Plan) string { return amount(p.TasksADay) }},
		{"tasks a second, at night", func(p Plan) string { return amount(p.NightTasks) }},
		{"cores busy, mean of a day", func(p Plan) string { return amount(p.MeanCores) }},
		{"cores busy, at night", func(p Plan) string { return amount(p.NightCores) }},
		{fmt.Sprintf("**nodes of %d cores**", nodeCores), func(p Plan) string { return amount(p.Nodes) }},
		{"cores busy with videos, at night", func(p Plan) string { return amount(p.VideoCores) }},
		{"rows that stay", func(p Plan) string { return size(p.Lasting) }},
		{"rows of history, a year's", func(p Plan) string { return size(p.HistoryAYear) }},
		{fmt.Sprintf("jobs and events of %d days", keptDays), func(p Plan) string { return size(p.Dated) }},
		{"River's finished tasks", func(p Plan) string { return size(p.TaskRows) }},
		{"**PostgreSQL, after a year**", func(p Plan) string { return size(p.Database) }},
		{"PostgreSQL: cores busy, at night", func(p Plan) string { return amount(p.DatabaseCores) }},
		{"PostgreSQL: commits a second, at night", func(p Plan) string { return amount(p.Commits) }},
		{"PostgreSQL: WAL a day", func(p Plan) string { return size(p.WALADay) }},
		{"originals", func(p Plan) string { return size(p.Originals) }},
		{"variants", func(p Plan) string { return size(p.Variants) }},
		{"**bucket**", func(p Plan) string { return size(p.Originals + p.Variants) }},
		{"objects", func(p Plan) string { return amount(p.Objects) }},
		{"cost a month: bucket", func(p Plan) string { return amount(p.BucketPrice) }},
		{"cost a month: database disk", func(p Plan) string { return amount(p.DatabasePrice) }},
		{"cost a month: cores", func(p Plan) string { return amount(p.CoresPrice) }},
		{"**cost a month**", func(p Plan) string { return amount(p.PriceAMonth) }},
		{"the largest account's listings", func(p Plan) string { return amount(p.LargestAccount) }},
	} {
		line := "| " + row.name + " |"
		for _, p := range plans {
			line += " " + row.value(p) + " |"
		}
		lines = append(lines, line)
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// rounded gives a number to two digits: more would pretend to be known.
func rounded(x float64) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-1)
	return math.Round(x/unit) * unit
}

func amount(x float64) string {
	switch x = rounded(x); {
	case x >= 1e9:
		return digits(x/1e9) + " billion"
	case x >= 1e6:
		return digits(x/1e6) + " million"
	case x >= 1e3:
		thousands, rest := int(math.Round(x))/1000, int(math.Round(x))%1000
		return fmt.Sprintf("%d,%03d", thousands, rest)
	}
	return digits(x)
}

func size(bytes float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	x, i := rounded(bytes), 0
	for ; x >= 1000 && i < len(units)-1; i++ {
		x /= 1000
	}
	return digits(x) + " " + units[i]
}

func digits(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }

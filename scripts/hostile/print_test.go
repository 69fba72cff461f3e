package hostile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/vitrine-media/vitrine"
)

// print logs what came of each kind of files, what memory it all took, which
// files a decoder died of, and which took longest.
func print(t *testing.T, all []outcome, w *watcher, took time.Duration) {
	t.Helper()
	counts := map[string]map[string]int{}
	seen := map[string]bool{}
	for _, got := range all {
		if counts[got.file.kind] == nil {
			counts[got.file.kind] = map[string]int{}
		}
		counts[got.file.kind][got.code()]++
		seen[got.code()] = true
	}
	columns := []string{ready}
	for _, rule := range vitrine.FailureTable {
		if seen[string(rule.Code)] {
			columns = append(columns, string(rule.Code))
		}
	}
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(first string, cell func(column string) any) {
		_, _ = fmt.Fprint(table, first, "\t")
		for _, column := range columns {
			_, _ = fmt.Fprint(table, cell(column), "\t")
		}
		_, _ = fmt.Fprintln(table)
	}
	line("", func(column string) any { return column })
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		line(kind, func(column string) any { return counts[kind][column] })
	}
	_ = table.Flush() // to a Builder, which takes all
	for phase, name := range []string{"bombs", "corpus", "damaged, first half", "damaged, second half"} {
		peak := w.phases[phase]
		fmt.Fprintf(&b, "peak, %s: server %d MB, with children %d MB\n", name, peak.server>>20, peak.all>>20)
	}
	for _, got := range all {
		if got.media.Failure != nil && strings.Contains(got.media.Failure.Message, "decoder died") {
			fmt.Fprintf(&b, "%s: %s\n", got.file.name, got.media.Failure.Message)
		}
	}
	slices.SortFunc(all, func(a, b outcome) int { return int(b.slowest - a.slowest) })
	for _, got := range all[:min(len(all), 10)] {
		fmt.Fprintf(&b, "%v for %s: %s\n", got.slowest, got.file.name, got.code())
	}
	t.Logf("%d files in %v, seed %d; asked %d times whether it is ready, %d times not\n%s", len(all), took.Round(time.Second), *seed, w.readings, len(w.unwell), &b)
}

package torture

import (
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// counts are what a stand has been through.
type counts struct {
	operations, kills, pauses, restarts, databases, stores, fullDisks int
}

// print writes the table, and fails the test for each loss.
func (s *stand) print(t *testing.T, lost losses, took time.Duration) {
	t.Helper()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 4, 2, ' ', tabwriter.AlignRight)
	row := func(what string, n int) { _, _ = fmt.Fprintf(table, "%d\t  %s\n", n, what) } // to memory
	spoilt := 0
	if s.proxy != nil {
		spoilt = s.proxy.spoils()
	}
	row("operations", s.count.operations)
	row("kills", s.count.kills)
	row("pauses", s.count.pauses)
	row("restarts", s.count.restarts)
	row("ends by itself", s.server.deaths)
	row("database crashes", s.count.databases)
	row("times S3 was ill", s.count.stores)
	row("S3 requests spoilt", spoilt)
	row("answers of origins that were no photo", s.origin.told())
	row("full disks", s.count.fullDisks)
	total := 0
	for _, kind := range lossKinds {
		if n := len(lost[kind]); n > 0 {
			row("lost: "+string(kind), n)
			total += n
		}
	}
	row("losses", total)
	row("seconds", int(took.Seconds()))
	_ = table.Flush()
	t.Logf("seed %d\n%s", *seed, text.String())
	for _, kind := range lossKinds {
		for i, about := range lost[kind] {
			if i == 10 {
				t.Errorf("%s: and %d more", kind, len(lost[kind])-i)
				break
			}
			t.Errorf("%s: %s", kind, about)
		}
	}
}

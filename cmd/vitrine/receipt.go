package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// writeReceipt tells what an erasure removes, and what stays.
func writeReceipt(b *strings.Builder, e client.Erasure) {
	state := "all of it is gone"
	if e.Status != vitrine.ErasureEnded {
		state = "the bytes are being deleted"
	}
	fmt.Fprintf(b, "Receipt %s: %s.\n", clean(e.ID), state)
	section := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(b, "\n%s:\n", title)
		for _, line := range lines {
			fmt.Fprintf(b, "  %s\n", clean(line))
		}
	}
	section("Stored objects", e.Keys)
	section("Addresses, which answer 404 from now on", e.URLs)
	var rows []string
	for _, table := range slices.Sorted(maps.Keys(e.Rows)) {
		rows = append(rows, fmt.Sprintf("%s %d", table, e.Rows[table]))
	}
	section("Rows", rows)
	section("Kept, as other files have the same bytes (SHA-256)", e.Kept)
}

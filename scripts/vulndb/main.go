// Command vulndb makes a snapshot of the Go vulnerability database that holds
// what may concern this module: the records of modules that go.sum files name,
// of the standard library and of the toolchain. "make vulndb" runs it on a
// checkout of the database's repository.
//
// What it makes is a database as govulncheck -db reads it, laid out as
// https://go.dev/security/vuln/database says. The same records and go.sum files
// give the same bytes.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "vulndb:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("vulndb", flag.ContinueOnError)
	flags.SetOutput(stderr)
	from := flags.String("from", "", "folder of records, data/osv in the database's repository")
	date := flags.String("date", "", "the day of those records, as 2006-01-02; they don't tell it themselves")
	to := flags.String("to", "", "folder of the snapshot; what it holds of an older one is removed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *from == "" || *to == "" || flags.NArg() == 0 {
		return errors.New("usage: vulndb -from DIR -date DATE -to DIR GO.SUM [GO.SUM]")
	}
	day, err := time.Parse(time.DateOnly, *date)
	if err != nil {
		return fmt.Errorf("date of the records: %w", err)
	}
	wanted := modules{"stdlib": true, "toolchain": true} // as the database calls them
	for _, name := range flags.Args() {
		sums, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := wanted.add(bytes.NewReader(sums)); err != nil {
			return fmt.Errorf("modules of %s: %w", name, err)
		}
	}
	records, err := readRecords(os.DirFS(*from), wanted)
	if err != nil {
		return fmt.Errorf("records of %s: %w", *from, err)
	}
	if err := write(*to, records, wanted, day); err != nil {
		return fmt.Errorf("snapshot in %s: %w", *to, err)
	}
	_, err = fmt.Fprintf(stdout, "vulndb: %d records of %s that concern %d modules\n", len(records), *date, len(wanted))
	return err
}

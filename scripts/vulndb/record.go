package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// modules are paths of modules.
type modules map[string]bool

// add adds all modules that a go.sum file names. These are more than the ones
// that are built: also those of which only the go.mod file was read.
func (m modules) add(goSum io.Reader) error {
	lines := bufio.NewScanner(goSum)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 {
			return fmt.Errorf("%q is no line of a go.sum file", lines.Text())
		}
		m[fields[0]] = true
	}
	return lines.Err()
}

// record is one vulnerability, with what govulncheck judges by and prints. Left
// out of the database's own are the long text, references, credits, and days
// that are set only when the database is published.
type record struct {
	ID               string            `json:"id"`
	Withdrawn        string            `json:"withdrawn,omitempty"` // govulncheck passes over those
	Summary          string            `json:"summary"`
	Affected         []affected        `json:"affected"`
	DatabaseSpecific map[string]string `json:"database_specific"` // has the address to read more at
}

// affected is a module with its versions and, where they are known, functions.
// They stay as they are.
type affected struct {
	Package           module          `json:"package"`
	Ranges            json.RawMessage `json:"ranges"`
	EcosystemSpecific json.RawMessage `json:"ecosystem_specific"`
}

type module struct {
	Name      string `json:"name"`
	Ecosystem string `json:"ecosystem"`
}

// readRecords reads the records that concern one of these modules, in order of
// their ids. What they say about other modules is left out.
func readRecords(dir fs.FS, wanted modules) ([]record, error) {
	names, err := fs.Glob(dir, "*.json")
	if err != nil {
		return nil, err
	}
	var records []record
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		var r record
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if r.ID+".json" != name {
			return nil, fmt.Errorf("%s holds the record %q", name, r.ID)
		}
		r.Affected = slices.DeleteFunc(r.Affected, func(a affected) bool { return !wanted[a.Package.Name] })
		if len(r.Affected) > 0 {
			records = append(records, r)
		}
	}
	if len(records) == 0 {
		return nil, errors.New("none concerns these modules")
	}
	return records, nil
}

package main

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// moduleIndex is what the index says of a module: the ids of its records. The
// index may also have the version that mends each, to spare reading the record;
// without it govulncheck reads them all and judges by their ranges alone.
type moduleIndex struct {
	Path  string   `json:"path"`
	Vulns []vulnID `json:"vulns"`
}

type vulnID struct {
	ID string `json:"id"`
}

// write makes the database of these records, of that day. Its index also has
// the modules of which nothing is known, so that it tells what it covers.
func write(dir string, records []record, covered modules, day time.Time) error {
	ids := map[string][]vulnID{}
	for path := range covered {
		ids[path] = []vulnID{}
	}
	for _, r := range records {
		for _, a := range r.Affected {
			id := vulnID{r.ID}
			if !slices.Contains(ids[a.Package.Name], id) {
				ids[a.Package.Name] = append(ids[a.Package.Name], id)
			}
		}
	}
	var index []moduleIndex
	for _, path := range slices.Sorted(maps.Keys(ids)) {
		index = append(index, moduleIndex{path, ids[path]})
	}

	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "ID")), os.RemoveAll(filepath.Join(dir, "index"))); err != nil {
		return err
	}
	for _, r := range records {
		if err := writeJSON(filepath.Join(dir, "ID", r.ID+".json"), r); err != nil {
			return err
		}
	}
	if err := writeJSON(filepath.Join(dir, "index", "db.json"), map[string]time.Time{"modified": day}); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "index", "modules.json"), index)
}

// writeJSON writes a file of one line, and its folder.
func writeJSON(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}

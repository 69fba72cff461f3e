package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Two records as the database's repository has them: one of two modules, one of
// a module that is not wanted.
const (
	ofTwo = `{"schema_version": "1.3.1", "id": "GO-2026-0002", "modified": "0001-01-01T00:00:00Z", "aliases": ["CVE-2026-1"],
		"withdrawn": "2026-03-01T00:00:00Z", "summary": "Two", "details": "Long.",
		"affected": [
			{"package": {"name": "example.com/ours", "ecosystem": "Go"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.0"}]}],
				"ecosystem_specific": {"imports": [{"path": "example.com/ours/p", "symbols": ["F"], "goos": ["linux"]}]}},
			{"package": {"name": "example.com/ours", "ecosystem": "Go"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "2.0.0"}]}], "ecosystem_specific": {}},
			{"package": {"name": "example.com/other", "ecosystem": "Go"}, "ranges": [], "ecosystem_specific": {}}],
		"references": [{"type": "WEB", "url": "https://example.com"}], "credits": [{"name": "somebody"}],
		"database_specific": {"url": "https://pkg.go.dev/vuln/GO-2026-0002", "review_status": "REVIEWED"}}`
	ofOther = `{"id": "GO-2026-0001", "summary": "Other", "affected": [{"package": {"name": "example.com/other", "ecosystem": "Go"}, "ranges": [], "ecosystem_specific": {}}]}`
	goSum   = "example.com/ours v1.0.0 h1:AA=\nexample.com/ours v1.0.0/go.mod h1:AA=\nexample.com/calm v0.1.0/go.mod h1:AA=\n"
)

func TestSnapshot(t *testing.T) {
	t.Parallel()
	from, to, sums := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "go.sum")
	for name, text := range map[string]string{
		filepath.Join(from, "GO-2026-0001.json"):     ofOther,
		filepath.Join(from, "GO-2026-0002.json"):     ofTwo,
		filepath.Join(to, "ID", "GO-2020-0001.json"): "of an older snapshot",
		filepath.Join(to, "README.md"):               "stays",
		sums:                                         goSum,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := run([]string{"-from", from, "-date", "2026-08-21", "-to", to, sums}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"README.md":     "stays",
		"index/db.json": `{"modified":"2026-08-21T00:00:00Z"}` + "\n",
		"index/modules.json": `[{"path":"example.com/calm","vulns":[]},{"path":"example.com/ours","vulns":[{"id":"GO-2026-0002"}]},` +
			`{"path":"stdlib","vulns":[]},{"path":"toolchain","vulns":[]}]` + "\n",
		"ID/GO-2026-0002.json": `{"id":"GO-2026-0002","withdrawn":"2026-03-01T00:00:00Z","summary":"Two","affected":[` +
			`{"package":{"name":"example.com/ours","ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.0"}]}],` +
			`"ecosystem_specific":{"imports":[{"path":"example.com/ours/p","symbols":["F"],"goos":["linux"]}]}},` +
			`{"package":{"name":"example.com/ours","ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[{"introduced":"2.0.0"}]}],"ecosystem_specific":{}}],` +
			`"database_specific":{"review_status":"REVIEWED","url":"https://pkg.go.dev/vuln/GO-2026-0002"}}` + "\n",
	}
	if diff := cmp.Diff(want, files(t, to)); diff != "" {
		t.Errorf("the snapshot (-want +got):\n%s", diff)
	}
}

// files are all files of a folder by their names.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.*", "*/*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(dir, name)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.ToSlash(rel)] = string(text)
		}
	}
	return all
}

func TestRefused(t *testing.T) {
	t.Parallel()
	ours := modules{"example.com/ours": true}
	for name, row := range map[string]struct {
		file, text, want string
	}{
		"no JSON":               {"GO-2026-0002.json", "{", "GO-2026-0002.json: "},
		"under another's name":  {"GO-2026-0003.json", ofTwo, `GO-2026-0003.json holds the record "GO-2026-0002"`},
		"of other modules only": {"GO-2026-0001.json", ofOther, "none concerns these modules"},
		"no records":            {"index.txt", "", "none concerns these modules"},
	} {
		if _, err := readRecords(fstest.MapFS{row.file: {Data: []byte(row.text)}}, ours); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
	if err := (modules{}).add(strings.NewReader("<html>\n")); err == nil {
		t.Error("what is no go.sum file is taken for one")
	}
	if err := run([]string{"-from", t.TempDir(), "-to", t.TempDir(), "go.sum"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "date") {
		t.Errorf("without a date: %v", err)
	}
}

// TestCommitted sees that the snapshot in the tree covers all modules that are
// built, and has what its index names.
func TestCommitted(t *testing.T) {
	t.Parallel()
	const dir = "../../tools/vulndb"
	var database struct{ Modified time.Time }
	var index []moduleIndex
	for name, into := range map[string]any{"db": &database, "modules": &index} {
		text, err := os.ReadFile(filepath.Join(dir, "index", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if database.Modified.IsZero() {
		t.Error("the snapshot doesn't say of when it is")
	}
	wanted, missing, named := modules{"stdlib": true, "toolchain": true}, modules{}, map[string]bool{}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	if err := wanted.add(bytes.NewReader(sums)); err != nil {
		t.Fatal(err)
	}
	maps.Copy(missing, wanted)
	for _, m := range index {
		delete(missing, m.Path)
		for _, v := range m.Vulns {
			named[v.ID] = true
		}
	}
	if len(missing) > 0 {
		t.Errorf("the snapshot doesn't cover %q: tools/vulndb/README.md says how to renew it", slices.Sorted(maps.Keys(missing)))
	}
	records, err := readRecords(os.DirFS(filepath.Join(dir, "ID")), wanted)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if !named[r.ID] {
			t.Errorf("the index doesn't name %s", r.ID)
		}
		delete(named, r.ID)
	}
	if len(named) > 0 {
		t.Errorf("there are no records %q", slices.Sorted(maps.Keys(named)))
	}
}

package vitrine_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/vitrine-media/vitrine"

// mayImport says which packages of this module each package may import; root
// is ".". Data flows one way, so an arrow that is not here is a design error:
// change the design, then this table.
var mayImport = map[string][]string{
	".":                       {},
	"client":                  {"."},
	"cmd/vitrine":             {".", "client", "internal/badorigin", "internal/commandline", "internal/feedcheck", "internal/openimmo"}, // feedcheck: its rules are the server's own
	"cmd/vitrined":            {".", "docs", "internal/backup", "internal/blob", "internal/classifiedsapi", "internal/commandline", "internal/dashboard", "internal/docsite", "internal/fetch", "internal/gallery", "internal/imaging", "internal/ingest", "internal/listingsapi", "internal/move", "internal/portal", "internal/queue", "internal/resoapi", "internal/resumable", "internal/sandbox", "internal/scan", "internal/scrub", "internal/store", "internal/tracing", "internal/video", "internal/webhook"},
	"docs":                    {},
	"internal/apikey":         {"."},
	"internal/audittest":      {},
	"internal/backup":         {".", "internal/blob", "internal/gallery", "internal/move", "internal/queue", "internal/scrub", "internal/store"},
	"internal/badorigin":      {"."},
	"internal/blob":           {"."},
	"internal/blob/blobtest":  {"internal/blob"},
	"internal/browsertest":    {},
	"internal/clamtest":       {"internal/porttest"},
	"internal/classifiedsapi": {".", "internal/apikey", "internal/gallery", "internal/jsontext", "internal/ratelimit"},
	"internal/commandline":    {},
	"internal/dashboard":      {".", "internal/apikey", "internal/gallery", "internal/store"},
	"internal/docsite":        {},
	"internal/feedcheck":      {".", "internal/classifiedsapi", "internal/fetch", "internal/jsontext", "internal/listingsapi"},
	"internal/fetch":          {"."},
	"internal/gallery":        {".", "internal/blob", "internal/queue", "internal/recent", "internal/store", "internal/tracing", "internal/webhook"},
	"internal/imaging":        {".", "internal/sandbox", "internal/xmp"},
	"internal/ingest":         {".", "internal/blob", "internal/fetch", "internal/gallery", "internal/imaging", "internal/queue", "internal/scan", "internal/scrub", "internal/store", "internal/tour", "internal/tracing", "internal/video", "internal/webhook"},
	"internal/jsontext":       {},
	"internal/listingsapi":    {".", "internal/apikey", "internal/gallery", "internal/jsontext", "internal/ratelimit"},
	"internal/move":           {"internal/blob", "internal/gallery", "internal/queue", "internal/store"},
	"internal/openapitest":    {},
	"internal/openimmo":       {"."},
	"internal/pgtest":         {},
	"internal/portal":         {".", "internal/blob", "internal/gallery", "internal/recent", "internal/store", "internal/xmp"},
	"internal/porttest":       {},
	"internal/queue":          {".", "internal/store", "internal/tracing"},
	"internal/ratelimit":      {},
	"internal/recent":         {},
	"internal/resoapi":        {".", "internal/apikey", "internal/gallery", "internal/store"},
	"internal/resumable":      {".", "internal/apikey", "internal/gallery"},
	"internal/s3test":         {"internal/porttest"},
	"internal/sandbox":        {},
	"internal/scan":           {"."},
	"internal/scrub":          {".", "internal/blob", "internal/gallery", "internal/store"},
	"internal/setuptest":      {"internal/blob", "internal/pgtest", "internal/queue", "internal/s3test", "internal/store"},
	"internal/store":          {"."},
	"internal/tour":           {},
	"internal/tracing":        {},
	"internal/video":          {".", "internal/sandbox"},
	"internal/webhook":        {"."},
	"internal/xmp":            {"."},
	"scripts/bench":           {".", "client", "internal/porttest", "internal/store"},
	"scripts/demo":            {},
	"scripts/simulate":        {"."},
	"scripts/vulndb":          {},
	"tools/deploycheck":       {},
}

// onlyIn says where dangerous or heavy things may be used at all, tests aside.
var onlyIn = map[string][]string{
	"C":                        {"internal/imaging"},
	"os/exec":                  {"internal/clamtest", "internal/imaging", "internal/pgtest", "internal/s3test", "internal/video", "scripts/bench", "scripts/demo", "tools/deploycheck"},
	"github.com/jackc/pgx/v5":  {"internal/store", "internal/queue", "internal/pgtest", "internal/audittest"},
	"modernc.org/sqlite":       {"internal/store", "internal/audittest"},
	"github.com/riverqueue/":   {"internal/queue"},
	"github.com/minio/":        {"internal/blob", "internal/s3test", "internal/audittest"},
	"github.com/tus/":          {"internal/resumable"},
	"github.com/golang-jwt/":   {"internal/apikey"},
	"github.com/prometheus/":   {"cmd/vitrined", "tools/deploycheck"},
	"go.opentelemetry.io/":     {"internal/tracing"},
	"github.com/yuin/":         {"internal/docsite"},
	"github.com/landlock-lsm/": {"internal/sandbox"},
}

func TestImportDirections(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && file != "." || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		pkg := path.Dir(filepath.ToSlash(file))
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("package %s is not in mayImport", pkg)
			return nil
		}
		seen[pkg] = true
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			checkImport(t, file, pkg, name, allowed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range mayImport {
		if !seen[pkg] {
			t.Errorf("mayImport names %s, which is not there", pkg)
		}
	}
}

func checkImport(t *testing.T, file, pkg, name string, allowed []string) {
	t.Helper()
	if rest, ours := strings.CutPrefix(name, module); ours {
		imported := strings.TrimPrefix(rest, "/")
		if imported == "" {
			imported = "."
		}
		if !slices.Contains(allowed, imported) {
			t.Errorf("%s: %s may not import %s", file, pkg, imported)
		}
	}
	for prefix, places := range onlyIn {
		if (name == prefix || strings.HasPrefix(name, prefix) && prefix != "C") && !slices.Contains(places, pkg) {
			t.Errorf("%s: only %v may import %s", file, places, name)
		}
	}
}

package imaging

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

// corpus is the folder of real photos and awkward files beside the repository.
func corpus(t testing.TB) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "photos")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("the folder of real photos is not there: %v", err)
	}
	return dir
}

// exceptions are the files of the corpus that end otherwise than expected.tsv
// says, which is what another decoder with other limits made of them. Files
// that it refuses and that aren't here are unreadable.
var exceptions = map[string]struct {
	want string // size of the largest variant, or the failure code
	why  string
}{
	"awkward/bomb-12000.webp":              {"too_many_pixels", "144 megapixels, 100 allowed"},
	"awkward/bomb-50000x50000.png":         {"too_many_pixels", "refused by size"},
	"awkward/html-as.jpg":                  {"unsupported_type", "a web page"},
	"awkward/sharp-65536-uint32-limit.png": {"too_many_pixels", "refused by size"},
	"awkward/sharp-giant-image.jpg":        {"too_many_pixels", "refused by size"},
	"awkward/svg-as.png":                   {"unsupported_type", "SVG is never accepted"},
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	p := newPool(t)
	f, err := os.Open(filepath.Join(dir, "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := csv.NewReader(f)
	lines.Comma, lines.LazyQuotes = '\t', true
	rows, err := lines.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	exceptional := 0
	for _, row := range rows[1:] {
		name, want := row[0], string(vitrine.Unreadable)
		if row[1] == "ok" {
			want = row[2]
		}
		if exception, ok := exceptions[name]; ok {
			want = exception.want
			exceptional++
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := outcome(t, p, filepath.Join(dir, name))
			if code, _, _ := strings.Cut(got, ":"); code != want {
				t.Errorf("got %s, want %s", got, want)
			}
			t.Log(got)
		})
	}
	if exceptional != len(exceptions) {
		t.Errorf("%d of %d exceptions are in the corpus", exceptional, len(exceptions))
	}
}

// outcome is the size of a picture's largest variant, or its failure; the
// variants are checked on the way.
func outcome(t *testing.T, p *Pool, path string) string {
	t.Helper()
	out := t.TempDir()
	result, err := p.Optimise(context.Background(), Request{Source: path, OutDir: out})
	if failure, ok := errors.AsType[*vitrine.Failure](err); ok {
		wantEmpty(t, out)
		if strings.Contains(failure.Detail, filepath.Dir(path)) || len(failure.Detail) > 120 {
			t.Errorf("detail %q", failure.Detail)
		}
		return failure.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	checkVariants(t, result)
	// Ordinary photos, some with much XMP: none is a panorama or altered.
	if f := result.Facts; f.Panorama != nil || f.DigitalSourceType != "" || f.C2PA || f.Flat {
		t.Errorf("it says of itself: %+v", f)
	}
	last := result.Variants[len(result.Variants)-1]
	return fmt.Sprintf("%dx%d", last.Width, last.Height)
}

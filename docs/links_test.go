package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code  = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	title = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// Where the source is shown no link of a page leads to where nothing is, nor does
// an anchor. (How the links are on the site is tested with it.)
func TestLinks(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, "../README.md", "../CONTRIBUTING.md", "../SECURITY.md")
	count := 0
	for _, page := range pages {
		text := code.ReplaceAllString(read(t, page), "")
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			to, fragment, _ := strings.Cut(match[1], "#")
			if strings.HasPrefix(to, "https:") {
				continue
			}
			count++
			at := filepath.Join(filepath.Dir(page), to)
			if to == "" {
				at = page
			}
			if _, err := os.Stat(at); err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if fragment != "" && !anchors(read(t, at))[fragment] {
				t.Errorf("%s: %s has no heading for #%s", page, at, fragment)
			}
		}
	}
	if count < 40 {
		t.Errorf("only %d links were found", count)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// anchors are those that the headings of a page get.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, match := range title.FindAllStringSubmatch(regexp.MustCompile("(?s)```.*?```").ReplaceAllString(text, ""), -1) {
		kept := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(match[1]), "")
		all[strings.ReplaceAll(kept, " ", "-")] = true
	}
	return all
}

package main

import (
	"net/http"
	"strings"
	"testing"
)

// Everybody may read the documentation, whose references are of the APIs as they
// are set up, and the door leads to it.
func TestDocs(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--portals", "HERE,THERE")
	for path, want := range map[string]string{
		"/docs":                 "First listing in five minutes",
		"/docs/listings-api":    `id="op-putListing"`,
		"/docs/classifieds-api": "<code>HERE</code>, <code>THERE</code>",
		"/signin":               `<a href="/docs"`,
	} {
		got := get(t, s.base+path)
		if got.StatusCode != http.StatusOK || !strings.Contains(string(got.Body), want) {
			t.Errorf("GET %s: %d, want %q in\n%s", path, got.StatusCode, want, got.Body)
		}
	}
}

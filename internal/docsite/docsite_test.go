package docsite_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/docs"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/docsite"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// documents are those of both APIs, by the names of their pages.
func documents() map[string][]byte {
	limits, log := vitrine.DefaultLimits(), slog.New(slog.DiscardHandler)
	return map[string][]byte{
		"listings-api": listingsapi.New(listingsapi.Config{Limits: limits, Now: time.Now, Log: log}).Document(),
		"classifieds-api": classifiedsapi.New(classifiedsapi.Config{
			Limits: limits, Portals: classifiedsapi.DefaultPortals, TokenSecret: []byte("of this test"), Now: time.Now, Log: log,
		}).Document(),
	}
}

// open serves the site as a server does, and gives its address.
func open(t *testing.T) string {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	server := httptest.NewServer(docsite.New(docsite.Config{Pages: docs.Files, References: documents(), Log: log}))
	t.Cleanup(server.Close)
	return server.URL
}

// answer is what somebody gets.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask makes a request. No redirect is followed.
func ask(t *testing.T, method, address, ifNoneMatch string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("If-None-Match", ifNoneMatch)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(body)}
}

func get(t *testing.T, address string) answer {
	t.Helper()
	return ask(t, http.MethodGet, address, "")
}

var (
	reference = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	anchor    = regexp.MustCompile(` id="([^"]*)"`)
)

// visit gives all pages, by their paths, from the first one by their links, and
// each address that they refer to, as "page reference".
func visit(t *testing.T, base string) (pages map[string]string, references []string) {
	t.Helper()
	pages = map[string]string{}
	for left := []string{docsite.Base}; len(left) > 0; left = left[1:] {
		if _, seen := pages[left[0]]; seen {
			continue
		}
		got := get(t, base+left[0])
		if got.status != http.StatusOK {
			t.Errorf("%s: %d", left[0], got.status)
		}
		pages[left[0]] = got.body
		if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, match := range reference.FindAllStringSubmatch(got.body, -1) {
			references = append(references, left[0]+" "+match[1])
			if path, _, _ := strings.Cut(match[1], "#"); strings.HasPrefix(path, docsite.Base) {
				left = append(left, path)
			}
		}
	}
	return pages, references
}

// No link of a page leads to where nothing is, nor does an anchor.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages, references := visit(t, open(t))
	if len(pages) < 20 {
		t.Errorf("only %d pages were found", len(pages))
	}
	for _, reference := range references {
		page, to, _ := strings.Cut(reference, " ")
		u, err := url.Parse(to)
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		switch {
		case u.IsAbs():
			if u.Scheme != "https" {
				t.Errorf("%s leads to %s", page, to)
			}
			continue
		case u.Path == "/" || strings.HasSuffix(u.Path, "/openapi.json"): // where people sign in, and the APIs' own
			continue
		case u.Path != "":
			page = u.Path
		}
		body, ok := pages[page]
		if !ok {
			t.Errorf("%s: there is no such page", reference)
			continue
		}
		if u.Fragment != "" && u.Fragment != "content" && !strings.Contains(body, ` id="`+u.Fragment+`"`) {
			t.Errorf("%s: there is no such anchor", reference)
		}
	}
}

// A page has each anchor once, nothing that its policy forbids, no HTML that was
// left out, and one title.
func TestPages(t *testing.T) {
	t.Parallel()
	pages, _ := visit(t, open(t))
	for path, body := range pages {
		if !strings.HasPrefix(body, "<!doctype html>") {
			continue
		}
		for _, unwanted := range []string{"<style", "<script", " style=", " onclick=", "raw HTML omitted", "/root/", "/home/", "/tmp/w"} {
			if strings.Contains(body, unwanted) {
				t.Errorf("%s has %q", path, unwanted)
			}
		}
		if n := strings.Count(body, "<h1"); n != 1 {
			t.Errorf("%s has %d titles", path, n)
		}
		seen := map[string]bool{}
		for _, match := range anchor.FindAllStringSubmatch(body, -1) {
			if seen[match[1]] {
				t.Errorf("%s has %q twice", path, match[1])
			}
			seen[match[1]] = true
		}
	}
}

// What is served may be kept as long as it is the same, loads nothing from
// elsewhere, and is there for everybody who asks in a proper way.
func TestAnswers(t *testing.T) {
	t.Parallel()
	base := open(t)
	for path, status := range map[string]int{
		"/docs": 200, "/docs/cli": 200, "/docs/style.css": 200, "/docs/capacity.svg": 200,
		"/docs/": 301, "/docs/README.md": 404, "/docs/cli.md": 404, "/docs/layout.html": 404, "/docs/.missing": 404, "/docs/nothing": 404, "/docs/cli/more": 404, "/docs/%2e%2e%2fgo.mod": 404,
	} {
		got := get(t, base+path)
		if got.status != status {
			t.Errorf("GET %s: %d, want %d", path, got.status, status)
		}
		if policy := got.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'; img-src 'self'; ") {
			t.Errorf("GET %s: policy %q", path, policy)
		}
		if status != http.StatusOK {
			continue
		}
		if again := ask(t, http.MethodGet, base+path, got.header.Get("ETag")); again.status != http.StatusNotModified || len(got.body) == 0 {
			t.Errorf("GET %s again: %d after %d bytes", path, again.status, len(got.body))
		}
		if head := ask(t, http.MethodHead, base+path, ""); head.status != http.StatusOK || head.body != "" {
			t.Errorf("HEAD %s: %d with %d bytes", path, head.status, len(head.body))
		}
	}
	if got := ask(t, http.MethodPost, base+"/docs", ""); got.status != http.StatusMethodNotAllowed {
		t.Errorf("POST /docs: %d", got.status)
	}
}

// Every operation and every object of a document is on its page.
func TestReference(t *testing.T) {
	t.Parallel()
	base := open(t)
	for page, text := range documents() {
		body := get(t, base+"/docs/"+page).body
		var ids []string
		for _, match := range regexp.MustCompile(`"operationId":"([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
			ids = append(ids, `id="op-`+match[1]+`"`)
		}
		if len(ids) < 10 {
			t.Errorf("%s: only %d operations were found", page, len(ids))
		}
		for _, id := range append(ids, `id="objects"`, `id="object-Variant"`, "Example of a request", "Example of a 200", `<code>blurhash</code>`) {
			if !strings.Contains(body, id) {
				t.Errorf("%s lacks %s", page, id)
			}
		}
	}
}

// All pages are listed beside each page.
func TestContents(t *testing.T) {
	t.Parallel()
	base := open(t)
	names, err := docs.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	body := get(t, base+"/docs/cli").body
	var pages []string
	for _, entry := range names {
		if name, ok := strings.CutSuffix(entry.Name(), ".md"); ok && name != "README" {
			pages = append(pages, name)
		}
	}
	if !slices.Contains(pages, "operate") {
		t.Errorf("the pages are %q", pages)
	}
	for _, name := range pages {
		if n := strings.Count(body, fmt.Sprintf(`href="/docs/%s"`, name)); n < 2 {
			t.Errorf("%s is listed %d times, want at least 2", name, n)
		}
	}
	if !strings.Contains(body, `<a href="/docs/cli" aria-current="page">The command line</a>`) {
		t.Error("the page itself is not marked")
	}
}

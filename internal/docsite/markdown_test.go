package docsite

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// draw gives the page that a text becomes.
func draw(t *testing.T, source string) string {
	t.Helper()
	p, _, _, err := readPage(fstest.MapFS{"page.md": {Data: []byte("# Title\n\n" + source)}}, "page.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(p.Body)
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ source, want string }{
		{"[b](b.md)", `<a href="/docs/b">b</a>`},
		{"[b](b.md#an-anchor)", `<a href="/docs/b#an-anchor">b</a>`},
		{"[b](#here)", `<a href="#here">b</a>`},
		{"[all](README.md)", `<a href="/docs">all</a>`},
		{"[x](https://a.example/?b=c&d)", `<a href="https://a.example/?b=c&amp;d">x</a>`},
		{"[measured](../scripts/simulate/measured.json)", `<p>measured (<code>scripts/simulate/measured.json</code>)</p>`},
		{"[SECURITY.md](../SECURITY.md)", `<p>SECURITY.md</p>`},
		{"![a \"plot\"](plot.svg)", `<a href="/docs/plot.svg"><img src="/docs/plot.svg" alt="a &#34;plot&#34;"></a>`},
		{"## What `x` is, and *what* not", `<h2 id="what-x-is-and-what-not">`},
		{"## 1, 10 and 100 (derived)", `<h2 id="1-10-and-100-derived">`},
		{"## snake_case – Äpfel", `<h2 id="snake_case--äpfel">`},
		{"## Twice\n\n## Twice", `<h2 id="twice-1">`},
		{"```sh\na < b\n```", `<pre tabindex="0"><code>a &lt; b` + "\n</code></pre>"},
		{"|  | b |\n|---|---:|\n| 1 | 2 |", `<td></td>`},
		{"|  | b |\n|---|---:|\n| 1 | 2 |", `<td class="amount">2</td>`},
		{"|  | b |\n|---|---:|\n| 1 | 2 |", `<th class="amount">b</th>`},
	} {
		if got := draw(t, row.source); !strings.Contains(got, row.want) {
			t.Errorf("%s\nbecomes %s\nwhich lacks %s", row.source, got, row.want)
		}
	}
	if got := draw(t, "a <script>b</script>"); strings.Contains(got, "<script>") {
		t.Errorf("HTML is let through: %s", got)
	}
}

// A page that nobody would find, or that is listed and isn't there, is an error of
// all pages, which says no more to a reader.
func TestBroken(t *testing.T) {
	t.Parallel()
	for name, pages := range map[string]fstest.MapFS{
		"no first page": {"a.md": {Data: []byte("# A")}},
		"not listed":    {"README.md": {Data: []byte("# Pages")}, "a.md": {Data: []byte("# A")}},
		"not there":     {"README.md": {Data: []byte("# Pages\n\n## Part\n\n* [A](a.md)")}},
		"no title":      {"README.md": {Data: []byte("# Pages\n\n## Part\n\n* [A](a.md)")}, "a.md": {Data: []byte("A")}},
	} {
		var log strings.Builder
		site := New(Config{Pages: pages, Log: slog.New(slog.NewTextHandler(&log, nil))})
		answer := httptest.NewRecorder()
		site.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/docs", nil))
		if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), ".md") || !strings.Contains(log.String(), ".md") {
			t.Errorf("%s: %d %s, logged: %s", name, answer.Code, answer.Body, &log)
		}
	}
}

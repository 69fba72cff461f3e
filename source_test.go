package vitrine_test

import (
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// seed is the URL of the seed's own example, mangled as it is there.
const seed = "http://a.com/a.jpg×tamp=2026-02-13T09:25:57"

var (
	noRules   = vitrine.SourceRules{}
	someRules = vitrine.SourceRules{
		Versions: []string{"v", "X-Amz-Version"},
		Ignored:  []string{"Expires", "X-Amz-*"},
	}
)

func TestParseSource(t *testing.T) {
	t.Parallel()
	const seedURL = "http://a.com/a.jpg&timestamp=2026-02-13T09:25:57"
	for _, row := range []struct {
		name              string
		rules             vitrine.SourceRules
		raw               string
		url               string // "": as sent
		identity, version string
	}{
		{"plain", noRules, "http://a.com/a.jpg", "", "http://a.com/a.jpg", ""},
		{"no path", noRules, "https://a.com", "", "https://a.com", ""},
		{"no path, a timestamp", noRules, "https://a.com?timestamp=1", "", "https://a.com", "timestamp=1"},
		{"verbatim", noRules, "HTTPS://Me:S&cret@A.com:8443/ü/%C3%BC/../a.jpg?b=2&a=%20+", "", "HTTPS://Me:S&cret@A.com:8443/ü/%C3%BC/../a.jpg?b=2&a=%20+", ""},
		{"IPv6", noRules, "http://[2001:db8::1]/a.jpg?timestamp=1", "", "http://[2001:db8::1]/a.jpg", "timestamp=1"},

		// The three spellings, and what mangles the third.
		{"seed", noRules, seed, seedURL, "http://a.com/a.jpg", "timestamp=2026-02-13T09:25:57"},
		{"after &", noRules, seedURL, "", "http://a.com/a.jpg", "timestamp=2026-02-13T09:25:57"},
		{"after ?", noRules, "http://a.com/a.jpg?timestamp=2026-02-13T09:25:57", "", "http://a.com/a.jpg", "timestamp=2026-02-13T09:25:57"},
		{"mangled and escaped", noRules, "http://a.com/a.jpg%C3%97tamp=1", "http://a.com/a.jpg&timestamp=1", "http://a.com/a.jpg", "timestamp=1"},
		{"escaped in lower case", noRules, "http://a.com/a.jpg%c3%97tamp=1", "http://a.com/a.jpg&timestamp=1", "http://a.com/a.jpg", "timestamp=1"},
		{"mangled after another", noRules, "http://a.com/a.jpg?w=2×tamp=1&h=3", "http://a.com/a.jpg?w=2&timestamp=1&h=3", "http://a.com/a.jpg?w=2&h=3", "timestamp=1"},
		{"mangled after ?", noRules, "http://a.com/a.jpg?×tamp=1", "http://a.com/a.jpg?&timestamp=1", "http://a.com/a.jpg", "timestamp=1"},
		{"a times sign", noRules, "http://a.com/3×4.jpg?×=1", "", "http://a.com/3×4.jpg?×=1", ""},

		// Missing, present and empty differ.
		{"empty", noRules, "http://a.com/a.jpg?timestamp=", "", "http://a.com/a.jpg", "timestamp="},
		{"empty after &", noRules, "http://a.com/a.jpg&timestamp=", "", "http://a.com/a.jpg", "timestamp="},
		{"without =", noRules, "http://a.com/a.jpg?timestamp&w=2", "", "http://a.com/a.jpg?w=2", "timestamp="},
		{"twice", noRules, "http://a.com/a.jpg?timestamp=2&timestamp=1", "", "http://a.com/a.jpg", "timestamp=2&timestamp=1"},
		{"opaque", noRules, "http://a.com/a.jpg?timestamp=a=b?c/d+%20", "", "http://a.com/a.jpg", "timestamp=a=b?c/d+%20"},

		// Other parameters.
		{"first", noRules, "http://a.com/a.jpg?timestamp=1&w=2", "", "http://a.com/a.jpg?w=2", "timestamp=1"},
		{"last", noRules, "http://a.com/a.jpg?w=2&timestamp=1", "", "http://a.com/a.jpg?w=2", "timestamp=1"},
		{"order", noRules, "http://a.com/a.jpg?b=1&timestamp=1&a=2&b=0", "", "http://a.com/a.jpg?b=1&a=2&b=0", "timestamp=1"},
		{"case", noRules, "http://a.com/a.jpg?Timestamp=1", "", "http://a.com/a.jpg?Timestamp=1", ""},
		{"like it", noRules, "http://a.com/a.jpg?atimestamp=1&timestamps=2&time%73tamp=3", "", "http://a.com/a.jpg?atimestamp=1&timestamps=2&time%73tamp=3", ""},
		{"unescaped value", noRules, "http://a.com/a.jpg?q=%zz;1", "", "http://a.com/a.jpg?q=%zz;1", ""},

		// Nothing dangles.
		{"a ?", noRules, "http://a.com/a.jpg?", "", "http://a.com/a.jpg", ""},
		{"a ? and &", noRules, "http://a.com/a.jpg?&&", "", "http://a.com/a.jpg", ""},
		{"an & at the end", noRules, "http://a.com/a.jpg?w=2&timestamp=1&", "", "http://a.com/a.jpg?w=2", "timestamp=1"},
		{"& by &", noRules, "http://a.com/a.jpg?&w=2&&timestamp=1&&h=3", "", "http://a.com/a.jpg?w=2&h=3", "timestamp=1"},
		{"an & at the end, no ?", noRules, "http://a.com/a.jpg&timestamp=1&", "", "http://a.com/a.jpg", "timestamp=1"},
		{"a ? at the end", noRules, "http://a.com/a.jpg&timestamp=1?", "", "http://a.com/a.jpg", "timestamp=1"},

		// Fragments stay in the URL and nowhere else.
		{"fragment", noRules, "http://a.com/a.jpg?timestamp=1#x?y&timestamp=2", "", "http://a.com/a.jpg", "timestamp=1"},
		{"fragment, no ?", noRules, "http://a.com/a.jpg&timestamp=1#top", "", "http://a.com/a.jpg", "timestamp=1"},
		{"fragment alone", noRules, "http://a.com/a.jpg#", "", "http://a.com/a.jpg", ""},

		// & in a path.
		{"a name", noRules, "http://a.com/R&D/Rock&Roll&.jpg", "", "http://a.com/R&D/Rock&Roll&.jpg", ""},
		{"a name and a timestamp", noRules, "http://a.com/R&D/Rock&Roll.jpg&timestamp=1", "", "http://a.com/R&D/Rock&Roll.jpg", "timestamp=1"},
		{"a name like it", noRules, "http://a.com/a&timestamp", "", "http://a.com/a&timestamp", ""},
		{"a name in &", noRules, "http://a.com/a&&timestamp=1", "", "http://a.com/a&", "timestamp=1"},
		{"no name", noRules, "http://a.com/&timestamp=1", "", "http://a.com/", "timestamp=1"},
		{"others stay", noRules, "http://a.com/a.jpg&w=2&timestamp=1&h=3", "", "http://a.com/a.jpg&w=2&h=3", "timestamp=1"},
		{"a folder", noRules, "http://a.com/b&timestamp=1/a.jpg", "", "http://a.com/b&timestamp=1/a.jpg", ""},
		{"a folder and a host", noRules, "http://me:a&timestamp=1@a.com", "", "http://me:a&timestamp=1@a.com", ""},
		{"beside a query", noRules, "http://a.com/a.jpg&timestamp=1?w=2", "", "http://a.com/a.jpg&timestamp=1?w=2", ""},
		{"beside a query that goes", noRules, "http://a.com/a.jpg&timestamp=1?timestamp=2", "", "http://a.com/a.jpg", "timestamp=1&timestamp=2"},

		// An account's own rules.
		{"a version", someRules, "http://a.com/a.jpg?v=7&w=2", "", "http://a.com/a.jpg?w=2", "v=7"},
		{"versions in order", someRules, "http://a.com/a.jpg?v=7&timestamp=1&v=6", "", "http://a.com/a.jpg", "v=7&timestamp=1&v=6"},
		{"another's version", noRules, "http://a.com/a.jpg?v=7", "", "http://a.com/a.jpg?v=7", ""},
		{"a signature", someRules, "http://a.com/a.jpg?X-Amz-Date=1&w=2&X-Amz-=&X-Amz-Signature=ab&Expires=1", "", "http://a.com/a.jpg?w=2", ""},
		{"like a signature", someRules, "http://a.com/a.jpg?x-amz-date=1&X-Am=2&expires=3&Expires2=4", "", "http://a.com/a.jpg?x-amz-date=1&X-Am=2&expires=3&Expires2=4", ""},
		{"a version among signatures", someRules, "http://a.com/a.jpg?X-Amz-Version=1&X-Amz-Date=2", "", "http://a.com/a.jpg", "X-Amz-Version=1"},
		{"rules in a path", someRules, "http://a.com/a.jpg&v=1&Expires=2", "", "http://a.com/a.jpg", "v=1"},
		{"all ignored", vitrine.SourceRules{Ignored: []string{"*"}}, "http://a.com/a=1&b=2?c=3&timestamp=4", "", "http://a.com/a=1", "timestamp=4"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			want := vitrine.Source{URL: row.url, Identity: row.identity, Version: row.version}
			if want.URL == "" {
				want.URL = row.raw
			}
			if got, err := vitrine.ParseSource(row.raw, row.rules); err != nil || got != want {
				t.Errorf("ParseSource(%s)\n got %q, %v\nwant %q", row.raw, got, err, want)
			}
		})
	}
}

func TestParseSourceErrors(t *testing.T) {
	t.Parallel()
	const notWeb, noHost, blank = "only http and https are fetched", "the URL has no host", "the URL has spaces or control characters"
	for raw, want := range map[string]string{
		"":                      notWeb,
		"a.jpg":                 notWeb,
		"//a.com/a.jpg":         notWeb,
		"ftp://a.com/a.jpg":     notWeb,
		"data:image/png;base64": notWeb,
		"httpss://a.com/a.jpg":  notWeb,
		"http:":                 noHost,
		"http:a.jpg":            noHost,
		"http:///a.jpg":         noHost,
		"http://?timestamp=1":   noHost,
		"http://:80/a.jpg":      noHost,
		"http://me:secret@/":    noHost,
		"http://[::1/secret":    "not a URL",
		"http://a.com:x/secret": "not a URL",
		"http://a.com/%zz":      "not a URL",
		"://a.com":              "not a URL",
		"http://a.com/a b.jpg":  blank,
		" http://a.com/":        blank,
		"http://a.com/\n":       blank,
		"http://a.com/\x7f":     blank,
		"http://a.com/\u00a0":   blank,
		"http://a.com/\u0085":   blank,
		"http://a.com/\xff":     "the URL is not UTF-8",
		"http://a.com×tamp=1":   "the URL has a & in its host",
		"http://a.com&w=1/":     "the URL has a & in its host",
		"http://a.com/" + strings.Repeat("a", 2036): "the URL has 2049 bytes, 2048 are allowed",
		"http://a.com/" + strings.Repeat("é", 1018): "the URL has 2049 bytes, 2048 are allowed",
	} {
		if got, err := vitrine.ParseSource(raw, noRules); err == nil || err.Error() != want || got != (vitrine.Source{}) {
			t.Errorf("ParseSource(%q) = %q, %v; want the error %q", raw, got, err, want)
		}
	}
	if _, err := vitrine.ParseSource("http://a.com/"+strings.Repeat("a", 2035), noRules); err != nil {
		t.Errorf("2048 bytes: %v", err)
	}
}

func TestSourceRulesCheck(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		versions, ignored []string
		want              string // "": the rules are good
	}{
		"none":                     {},
		"some":                     {someRules.Versions, someRules.Ignored, ""},
		"timestamp said":           {[]string{"timestamp"}, nil, ""},
		"all ignored":              {nil, []string{"*"}, ""},
		"a version a * covers":     {[]string{"v"}, []string{"v*", "time*"}, ""},
		"empty version":            {[]string{""}, nil, "the name of a parameter is empty"},
		"empty ignored":            {nil, []string{""}, "the name of a parameter is empty"},
		"= in a version":           {[]string{"v=1"}, nil, `"v=1" is not the name of a parameter`},
		"& in an ignored":          {nil, []string{"a&b"}, `"a&b" is not the name of a parameter`},
		"# in an ignored":          {nil, []string{"a#"}, `"a#" is not the name of a parameter`},
		"a space":                  {nil, []string{" a"}, `" a" is not the name of a parameter`},
		"* in a version":           {[]string{"v*"}, nil, `the version "v*" must be one whole name, without *`},
		"* in the middle":          {nil, []string{"X-*-Date"}, `the * of "X-*-Date" may stand at the end only`},
		"* twice":                  {nil, []string{"X-**"}, `the * of "X-**" may stand at the end only`},
		"both":                     {[]string{"a", "v"}, []string{"v"}, `"v" is a version and can't be ignored`},
		"timestamp ignored":        {nil, []string{"timestamp"}, `"timestamp" is a version and can't be ignored`},
		"all problems are told of": {[]string{""}, []string{"timestamp"}, "the name of a parameter is empty\n\"timestamp\" is a version and can't be ignored"},
	} {
		err := vitrine.SourceRules{Versions: row.versions, Ignored: row.ignored}.Check()
		if got := message(err); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Whatever is accepted has an identity that is its own, and the version is cut
// from it in the same way however it is spelled.
func FuzzParseSource(f *testing.F) {
	for _, raw := range []string{
		seed, "http://a.com/a.jpg?w=2&timestamp=1&v=3#x", "HTTP://me:p&w@a.com:80?X-Amz-Date=1&&", "http://a.com/a&timestamp=1?timestamp=2",
		"http://a.com/a&&timestamp=1&", "http://a.com/R&D&v=/%C3%97tamp=?×tamp=", "http://[fe80::1%25lo]/?",
	} {
		f.Add(raw, "v", "X-Amz-*")
		f.Add(raw, "timestamp", "*")
	}
	f.Fuzz(func(t *testing.T, raw, version, ignored string) {
		rules := vitrine.SourceRules{Versions: []string{version}, Ignored: []string{ignored}}
		if rules.Check() != nil {
			rules = vitrine.SourceRules{}
		}
		source, err := vitrine.ParseSource(raw, rules)
		if err != nil {
			if source != (vitrine.Source{}) {
				t.Errorf("ParseSource(%q) gives %q beside %v", raw, source, err)
			}
			return
		}
		if source.URL != raw && !strings.Contains(raw, "×tamp=") && !strings.Contains(strings.ToUpper(raw), "%C3%97TAMP=") {
			t.Errorf("ParseSource(%q) fetches %q", raw, source.URL)
		}
		mustParse(t, source.Identity, rules, vitrine.Source{URL: source.Identity, Identity: source.Identity})
		asks := strings.Contains(source.Identity, "?")
		if !asks {
			mustCut(t, source.Identity, "?timestamp=7", rules)
		}
		if asks || strings.Count(source.Identity, "/") > 2 { // the others need a path to follow
			for _, stamp := range []string{"&timestamp=7", "×tamp=7", "%c3%97tamp=7"} {
				mustCut(t, source.Identity, stamp, rules)
			}
		}
	})
}

func mustCut(t *testing.T, identity, stamp string, rules vitrine.SourceRules) {
	t.Helper()
	if raw := identity + stamp; len(raw) <= 2048 {
		url := identity + strings.NewReplacer("×tamp", "&timestamp", "%c3%97tamp", "&timestamp").Replace(stamp)
		mustParse(t, raw, rules, vitrine.Source{URL: url, Identity: identity, Version: "timestamp=7"})
	}
}

func mustParse(t *testing.T, raw string, rules vitrine.SourceRules, want vitrine.Source) {
	t.Helper()
	if got, err := vitrine.ParseSource(raw, rules); err != nil || got != want {
		t.Errorf("ParseSource(%q)\n got %q, %v\nwant %q", raw, got, err, want)
	}
}

func BenchmarkParseSource(b *testing.B) {
	const kitchen = "https://images.example.com/estates/4711/kitchen-2.jpg"
	for name, raw := range map[string]string{
		"plain":     kitchen,
		"timestamp": kitchen + "?timestamp=2026-02-13T09:25:57",
		"mangled":   kitchen + "×tamp=2026-02-13T09:25:57",
		"signed":    kitchen + "?w=1024&X-Amz-Date=20260213T092557Z&X-Amz-Expires=3600&X-Amz-Signature=0123456789abcdef&v=7",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := vitrine.ParseSource(raw, someRules); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

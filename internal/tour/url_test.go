package tour_test

import (
	"html"
	"strings"
	"testing"
)

func TestURLs(t *testing.T) {
	t.Parallel()
	const page = "https://a.example/dir/page?x=1#top"
	for _, row := range []struct{ name, base, ref, want string }{
		{"absolute", "", "http://b.example/1.jpg?w=1&h=2#f", "http://b.example/1.jpg?w=1&h=2#f"},
		{"of the host", "", "/1.jpg", "https://a.example/1.jpg"},
		{"of the folder", "", "../1.jpg", "https://a.example/1.jpg"},
		{"a query", "", "?y", "https://a.example/dir/page?y"},
		{"a fragment", "", "#y", "https://a.example/dir/page?x=1#y"},
		{"without a scheme", "", "//b.example/1", "https://b.example/1"},
		{"blanks around", "", "\n /1.jpg\t", "https://a.example/1.jpg"},
		{"blanks inside", "", "/a b.jpg?c d", "https://a.example/a%20b.jpg?c%20d"},
		{"letters of the world", "", "/Küche.jpg?ort=Köln", "https://a.example/K%C3%BCche.jpg?ort=K%C3%B6ln"},
		{"markup", "", `/"><script>'?"><script>'#"><script>'`, "https://a.example/%22%3E%3Cscript%3E%27?%22%3E%3Cscript%3E%27#%22%3E%3Cscript%3E%27"},
		{"escapes stay", "", "/a%2fb%20c", "https://a.example/a%2fb%20c"},
		{"a name of the world", "", "https://BÜCHER.example/", "https://xn--bcher-kva.example/"},
		{"a name with an underscore", "", "https://my_shop.r3---sn.example/", "https://my_shop.r3---sn.example/"},
		{"a port", "", "https://b.example:8443/", "https://b.example:8443/"},
		{"an empty port", "", "https://b.example:/", "https://b.example/"},
		{"an address", "", "https://192.0.2.1:80/", "https://192.0.2.1:80/"},
		{"an address of version 6", "", "https://[2001:DB8:0::1]:80/", "https://[2001:db8::1]:80/"},
		{"base", "https://cdn.example/v2/", "1.jpg", "https://cdn.example/v2/1.jpg"},
		{"relative base", "../media/", "1.jpg", "https://a.example/media/1.jpg"},
		{"base in a script", "javascript:x//", "1.jpg", "https://a.example/dir/1.jpg"},
		{"base with a user", "https://u:p@cdn.example/", "1.jpg", "https://a.example/dir/1.jpg"},
		{"base for another host", "https://cdn.example/", "//b.example/1", "https://b.example/1"},

		{"script", "", "JavaScript:alert(1)", ""},
		{"script with a line in it", "", "java\nscript:alert(1)", ""},
		{"script with a host", "", "javascript://a.example/%0Aalert(1)", ""},
		{"data", "", "data:text/html,<script>", ""},
		{"blob", "", "blob:https://a.example/1", ""},
		{"file", "", "file:///etc/passwd", ""},
		{"FTP", "", "ftp://b.example/", ""},
		{"user", "", "https://user@b.example/", ""},
		{"user and password", "", "https://a.example:p@b.example/", ""},
		{"an empty user", "", "https://@b.example/", ""},
		{"no host", "", "https:///1.jpg", ""},
		{"opaque", "", "https:1.jpg", ""},
		{"only a port", "", "https://:80/", ""},
		{"a port too high", "", "https://b.example:65536/", ""},
		{"markup in the host", "", `https://b"><i>.example/`, ""},
		{"a blank in the host", "", "https://b c.example/", ""},
		{"a zone", "", "https://[fe80::1%25eth0]/", ""},
		{"a control in the path", "", "/a\x01b", ""},
		{"a bad escape", "", "/100%", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			head := `<meta property="og:image" content="` + html.EscapeString(row.ref) + `">`
			if row.base != "" {
				head += `<base target="_blank"><base href="` + row.base + `"><base href="https://late.example/">`
			}
			if got := mustRead(t, page, head); got.PreviewURL != row.want {
				t.Errorf("%q gives %q, want %q", row.ref, got.PreviewURL, row.want)
			}
		})
	}
}

func TestURLLength(t *testing.T) {
	t.Parallel()
	const host, limit = "https://b.example/", 2048
	for _, row := range []struct {
		name, ref string
		good      bool
	}{
		{"just fits", host + strings.Repeat("a", limit-len(host)), true},
		{"one more", host + strings.Repeat("a", limit-len(host)+1), false},
		{"too long when absolute", "/" + strings.Repeat("a", limit-1), false},
		{"too long when escaped", host + strings.Repeat("ü", limit/4), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := mustRead(t, "https://a.example/", property("image", row.ref)).PreviewURL
			if want := row.ref; row.good && got != want || !row.good && got != "" {
				t.Errorf("%d bytes give %d, good: %v", len(row.ref), len(got), row.good)
			}
		})
	}
}

// The page's own URL is given out by the same rules.
func TestOwnURL(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, page, embed, preview string }{
		{"https", "https://a.example/t/1", "https://a.example/t/1", "https://a.example/t/p.jpg"},
		{"http", "http://a.example/t/1", "", "http://a.example/t/p.jpg"},
		{"with a user", "https://user:secret@a.example/t/1", "", "https://a.example/t/p.jpg"},
		{"markup in the host", `https://a"<b>.example/`, "", ""},
		{"too long", "https://a.example/t/?" + strings.Repeat("a", 2048), "", "https://a.example/t/p.jpg"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := mustRead(t, row.page, property("image", "p.jpg"))
			if got.EmbedURL != row.embed || got.PreviewURL != row.preview || got.Frameable != (row.name != "http") {
				t.Errorf("%+v, want the embed %q and the preview %q", got, row.embed, row.preview)
			}
		})
	}
}

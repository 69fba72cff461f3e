package tour_test

import (
	"strings"
	"testing"
)

func TestTitle(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, head, want string }{
		{"none", `<meta property="og:image" content="x">`, ""},
		{"twitter before the element", `<title>c</title><meta name="twitter:title" content="b">`, "b"},
		{"Open Graph before twitter", `<meta name="twitter:title" content="b"><meta property="og:title" content="a">`, "a"},
		{"the first of two", `<title>a</title><title>b</title><meta name=x>`, "a"},
		{"a blank one is none", `<meta property="og:title" content=" &nbsp;&#x200B;&#xfeff;"><title>c</title>`, "c"},
		{"several names", `<meta property="x:title og:title" name="title" content="a">`, "a"},
		{"the name in capitals", `<META NAME="OG:Title" CONTENT="a">`, "a"},
		{"the first of two attributes", `<meta property="og:title" content="a" content="b">`, "a"},
		{"entities", `<title>K&uuml;che &amp; Bad &lt;neu&gt; &#39;24</title>`, "Küche & Bad <neu> '24"},
		{"no tags inside", `<title>a <b>c</b></title>`, "a <b>c</b>"},
		{"controls and lines", "<title>\r\n a\x01b\tc\u0085d&#x2028;e\u2003f \n</title>", "a b c d e f"},
		{"marks of direction", "<title>abc\u202e def\u2066\u200f</title>", "abc def"},
		{"a joined emoji stays", "<title>👩‍👧</title>", "👩‍👧"},
		{"in a comment", `<!-- <title>x</title> --><title>a</title>`, "a"},
		{"in a script", `<script>"<title>x</title>"</script><title>a</title>`, "a"},
		{"in noscript", `<noscript><title>x</title></noscript><title>a</title>`, "a"},
		{"of a drawing", `<svg><title>x</title></svg>`, ""},
		{"in the body", `<body><title>x</title>`, ""},
		{"after the head", `<head></head><title>a</title><body>`, "a"},
		{"beside what isn't of the head", `<head><div><img src=x></div><title>a</title>`, "a"},
		{"without an end", `<title>a</titl`, ""},
		{"200 runes", `<title>` + strings.Repeat("ü", 200) + `</title>`, strings.Repeat("ü", 200)},
		{"201 runes", `<title>` + strings.Repeat("ü", 201) + `</title>`, strings.Repeat("ü", 199) + "…"},
		{"cut after a space", `<title>` + strings.Repeat("ü", 198) + ` ende</title>`, strings.Repeat("ü", 198) + "…"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := mustRead(t, "https://a.example/", row.head); got.Title != row.want {
				t.Errorf("title %q, want %q", got.Title, row.want)
			}
		})
	}
}

// property is a <meta> of the Open Graph protocol.
func property(name, content string) string {
	return `<meta property="og:` + name + `" content="` + content + `">`
}

func TestPreview(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, head, want string }{
		{"none", "<title>a</title>", ""},
		{"the safer of one picture", property("image", "http://b.example/1") + property("image:secure_url", "https://b.example/1"), "https://b.example/1"},
		{"the safer one first", property("image:secure_url", "https://b.example/1") + property("image:url", "http://b.example/1"), "https://b.example/1"},
		{"the first of several", property("image", "http://b.example/1") + property("image", "http://b.example/2") + property("image:secure_url", "https://b.example/2"), "http://b.example/1"},
		{"the first good one", property("image", "data:image/png;base64,AA") + property("image", "") + property("image", "/3"), "https://a.example/3"},
		{"twitter", `<meta name="twitter:image" content="/4">`, "https://a.example/4"},
		{"twitter, the old name", `<meta name="twitter:image:src" content="/4">`, "https://a.example/4"},
		{"Open Graph before twitter", `<meta name="twitter:image" content="/4">` + property("image:url", "/1"), "https://a.example/1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := mustRead(t, "https://a.example/", row.head); got.PreviewURL != row.want {
				t.Errorf("preview %q, want %q", got.PreviewURL, row.want)
			}
		})
	}
}

func TestEmbed(t *testing.T) {
	t.Parallel()
	const own, player = "https://a.example/x?v=1", `<meta name="twitter:player" content="https://t.example/">`
	for _, row := range []struct{ name, head, options, want string }{
		{"the page itself", "<title>a</title>", "", own},
		{"nothing", "<title>a</title>", "DENY", ""},
		{"a player", property("video", "https://b.example/"), "", "https://b.example/"},
		{"a player, where the page may not", property("video:url", "https://b.example/"), "DENY", "https://b.example/"},
		{"a player that isn't safe", property("video", "http://b.example/"), "DENY", ""},
		{"the safe address of one", property("video", "http://b.example/") + property("video:secure_url", "https://b.example/s"), "DENY", "https://b.example/s"},
		{"twitter", player, "DENY", "https://t.example/"},
		{"Open Graph before twitter", player + property("video", "https://b.example/"), "", "https://b.example/"},
		{"a film", property("video", "https://b.example/1.mp4") + property("video:type", "video/mp4"), "DENY", ""},
		{"a player after a film", property("video", "https://b.example/1.mp4") + property("video:type", "video/mp4") +
			property("video", "https://b.example/p") + property("video:type", "text/html"), "", "https://b.example/p"},
		{"Flash after a player", property("video:url", "https://b.example/p") + property("video:type", "text/html; charset=utf-8") +
			property("video:url", "https://b.example/swf") + property("video:type", "application/x-shockwave-flash"), "", "https://b.example/p"},
		{"Flash with two names", `<meta property="og:video" name="og:video" content="https://b.example/swf">` +
			property("video:type", "application/x-shockwave-flash"), "DENY", ""},
		{"the page says itself", property("video", own), "", own},
		{"the page says itself, against its headers", property("video", own+"#play") + player, "SAMEORIGIN", "https://t.example/"},
		{"a script", property("video", "javascript:alert(1)"), "DENY", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := mustRead(t, own, row.head, "X-Frame-Options", row.options); got.EmbedURL != row.want {
				t.Errorf("embed %q, want %q", got.EmbedURL, row.want)
			}
		})
	}
}

func TestOEmbedLink(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, head, want string }{
		{"XML", `<link rel="alternate" type="text/xml+oembed" href="/o">`, ""},
		{"a feed", `<link rel="alternate" type="application/rss+xml" href="/o">`, ""},
		{"another relation", `<link rel="preload" type="application/json+oembed" href="/o">`, ""},
		{"without an address", `<link rel="alternate" type="application/json+oembed">`, ""},
		{"the first good one", `<link rel="alternate" type="application/json+oembed" href="ftp://b.example/"><link rel="alternate" type="application/json+oembed" href="/o">`, "https://a.example/o"},
		{"closed", `<link rel="alternate" type="application/json+oembed" href="/o"/>`, "https://a.example/o"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := mustRead(t, "https://a.example/", row.head); got.OEmbedURL != row.want {
				t.Errorf("oEmbed %q, want %q", got.OEmbedURL, row.want)
			}
		})
	}
}

package tour_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine/internal/tour"
)

// good is what every URL given out looks like, after RFC 3986 but without the
// characters that need care in HTML and without user information.
var good = regexp.MustCompile(`^https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?([/?#][A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]*)?$`)

func checkURL(t *testing.T, name, text string) {
	t.Helper()
	if text == "" {
		return
	}
	if len(text) > 2048 {
		t.Errorf("%s: %d bytes", name, len(text))
	}
	if !good.MatchString(text) {
		t.Errorf("%s: %q", name, text)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	} else if u.User != nil || u.Host == "" || u.String() != text {
		t.Errorf("%s: %q is read as %q", name, text, u)
	}
}

func checkEmbed(t *testing.T, text string) {
	t.Helper()
	checkURL(t, "embed", text)
	if text != "" && !strings.HasPrefix(text, "https://") {
		t.Errorf("embed: %q", text)
	}
}

func checkTitle(t *testing.T, title string) {
	t.Helper()
	switch {
	case !utf8.ValidString(title):
		t.Errorf("title %q is not UTF-8", title)
	case utf8.RuneCountInString(title) > 200:
		t.Errorf("title of %d runes", utf8.RuneCountInString(title))
	case strings.ContainsFunc(title, unicode.IsControl), title != strings.Join(strings.Fields(title), " "):
		t.Errorf("title %q is not one clean line", title)
	}
}

// FuzzRead checks that whatever a page says, what comes out keeps the rules.
func FuzzRead(f *testing.F) {
	for _, row := range pages {
		f.Add(row.url, "text/html; charset=utf-8", "frame-ancestors *", "DENY", []byte(testdata(f, row.file)))
	}
	for _, head := range []string{
		`<base href="https://u:p@b.example/"><meta property="og:image" content="1.jpg"><title>a`,
		`<meta charset=shift_jis><meta property=og:video:secure_url content="https://b.example:/?<'&quot;>"><meta name=og:title content="&#0;&#xD800;&#x202e;">`,
		`<link rel=alternate type=application/json+oembed href="//[::1%25]/"><meta name=twitter:player content="https://xn--/">`,
		"\xff\xfe<\x00t\x00i\x00t\x00l\x00e\x00>\x00\xfc\x00",
	} {
		f.Add("http://a.example:80/dir/?q#f", "text/html", "default-src 'self', frame-ancestors 'none'", "ALLOWALL", []byte(head))
	}
	f.Fuzz(func(t *testing.T, pageURL, contentType, policy, options string, head []byte) {
		page, err := tour.Read(pageURL, headers("Content-Type", contentType, "Content-Security-Policy", policy, "X-Frame-Options", options), head)
		if err != nil {
			if page != (tour.Page{}) {
				t.Errorf("page %+v with the error %v", page, err)
			}
			return
		}
		checkTitle(t, page.Title)
		checkURL(t, "preview", page.PreviewURL)
		checkURL(t, "oEmbed", page.OEmbedURL)
		checkEmbed(t, page.EmbedURL)
	})
}

// FuzzReadOEmbed does the same for oEmbed answers.
func FuzzReadOEmbed(f *testing.F) {
	for _, seed := range []string{
		`{"title": "a", "thumbnail_url": "https://b.example/1.jpg", "html": "<iframe src=\"//b.example/e\"></iframe>"}`,
		`{"title": "\ud800\u0000&#1;", "thumbnail_url": "https://b\"<.example/", "html": "<iframe src='https://b.example/?<>'>"}`,
		`{"title": null, "thumbnail_url": {}, "html": ["<iframe src=x>"]}`,
		`[]`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		said, err := tour.ReadOEmbed(body)
		if err != nil {
			if said != (tour.OEmbed{}) {
				t.Errorf("answer %+v with the error %v", said, err)
			}
			return
		}
		checkTitle(t, said.Title)
		checkURL(t, "preview", said.PreviewURL)
		checkEmbed(t, said.EmbedURL)
	})
}

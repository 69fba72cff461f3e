package tour_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/tour"
)

// headers makes headers of pairs.
func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// mustRead reads a page in HTML with these headers besides its Content-Type.
func mustRead(t *testing.T, pageURL, head string, pairs ...string) tour.Page {
	t.Helper()
	page, err := tour.Read(pageURL, headers(append(pairs, "Content-Type", "text/html; charset=utf-8")...), []byte(head))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	page, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// pages are such as the hosts of tours and videos answer with.
var pages = []struct {
	file, url string
	headers   []string
	want      tour.Page
}{
	{
		file: "matterport.html", url: "https://tours.example/show/?m=SxQL3iGyoDo",
		headers: []string{"Content-Security-Policy", "default-src 'self'; frame-ancestors *"},
		want: tour.Page{
			Title:      "Lindenallee 7 – Matterport 3D Showcase",
			PreviewURL: "https://tours.example/api/v1/player/models/SxQL3iGyoDo/thumb?width=1200&height=627",
			OEmbedURL:  "https://tours.example/api/v1/models/SxQL3iGyoDo/oembed?format=json",
			EmbedURL:   "https://tours.example/show/?m=SxQL3iGyoDo&play=1",
			Frameable:  true,
		},
	},
	{
		file: "youtube.html", url: "https://videos.example/watch?v=dQw4w9WgXcQ",
		headers: []string{"X-Frame-Options", "SAMEORIGIN", "Content-Security-Policy-Report-Only", "frame-ancestors *"},
		want: tour.Page{
			Title:      "Wohnung in Köln - Rundgang",
			PreviewURL: "https://i.videos.example/vi/dQw4w9WgXcQ/maxresdefault.jpg",
			OEmbedURL:  "https://videos.example/oembed?format=json&url=https%3A%2F%2Fvideos.example%2Fwatch%3Fv%3DdQw4w9WgXcQ",
			EmbedURL:   "https://videos.example/embed/dQw4w9WgXcQ",
		},
	},
	{
		file: "kuula.html", url: "https://kuula.example/post/7lXyZ#start",
		want: tour.Page{
			Title:      "Loft 360 & roof",
			PreviewURL: "https://files.example/62/cover.jpg",
			OEmbedURL:  "https://kuula.example/oembed?url=https://kuula.example/post/7lXyZ",
			EmbedURL:   "https://kuula.example/post/7lXyZ#start",
			Frameable:  true,
		},
	},
	{
		file: "plain.html", url: "http://seeblick.example",
		want: tour.Page{Title: "Ferienhaus Seeblick"}, // over http
	},
}

func TestRead(t *testing.T) {
	t.Parallel()
	for _, row := range pages {
		t.Run(row.file, func(t *testing.T) {
			t.Parallel()
			got := mustRead(t, row.url, testdata(t, row.file), row.headers...)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
		})
	}
}

// A page cut at any byte says what it says, or less: never half of anything.
func TestReadCut(t *testing.T) {
	t.Parallel()
	for _, row := range pages {
		t.Run(row.file, func(t *testing.T) {
			t.Parallel()
			whole := testdata(t, row.file)
			_, title, _ := strings.Cut(whole, "<title>")
			title, _, _ = strings.Cut(title, "</title>")
			for n := range whole {
				got := mustRead(t, row.url, whole[:n], row.headers...)
				for _, field := range []struct{ name, got, want, before string }{
					{"title", got.Title, row.want.Title, title},
					{"preview", got.PreviewURL, row.want.PreviewURL, ""},
					{"oEmbed", got.OEmbedURL, row.want.OEmbedURL, ""},
					{"embed", got.EmbedURL, row.want.EmbedURL, row.url},
				} {
					if field.got != "" && field.got != field.want && field.got != field.before {
						t.Fatalf("cut after %d bytes: %s %q, want %q", n, field.name, field.got, field.want)
					}
				}
			}
		})
	}
}

func TestReadFirst64KiB(t *testing.T) {
	t.Parallel()
	const tag, limit = "<title>T</title>", 64 << 10
	for _, row := range []struct {
		name   string
		before int
		want   string
	}{
		{"ends with the last byte", limit - len(tag), "T"},
		{"ends one byte later", limit - len(tag) + 1, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := mustRead(t, "https://a.example/", strings.Repeat(" ", row.before)+tag+strings.Repeat(" ", limit))
			if got.Title != row.want {
				t.Errorf("title %q, want %q", got.Title, row.want)
			}
		})
	}
}

func TestReadRefusesPages(t *testing.T) {
	t.Parallel()
	for _, pageURL := range []string{"", "/show", "//a.example/", "ftp://a.example/", "javascript:alert(1)", "data:text/html,secret", "https:secret", "https://", "https://a.example:x/secret"} {
		t.Run(pageURL, func(t *testing.T) {
			t.Parallel()
			page, err := tour.Read(pageURL, headers("Content-Type", "text/html"), []byte("<title>T</title>"))
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v, want one that doesn't quote the URL", err)
			}
			if page != (tour.Page{}) {
				t.Errorf("page %+v with the error", page)
			}
		})
	}
}

func TestReadMediaTypes(t *testing.T) {
	t.Parallel()
	const page = "<!doctype html><title>T</title><meta property=og:image content=/p.jpg><link rel=alternate type=application/json+oembed href=/o><meta name=twitter:player content=/e>"
	full := tour.Page{Title: "T", PreviewURL: "https://a.example/p.jpg", OEmbedURL: "https://a.example/o", EmbedURL: "https://a.example/e", Frameable: true}
	for _, row := range []struct {
		name    string
		headers http.Header
		head    string
		want    tour.Page
	}{
		{"HTML", headers("Content-Type", "text/html"), page, full},
		{"in capitals, with a broken parameter", headers("Content-Type", " TEXT/HTML ; charset"), page, full},
		{"XHTML", headers("Content-Type", "application/xhtml+xml"), page, full},
		{"no type, looks like HTML", nil, page, full},
		{"no type, looks like a picture", nil, "\x89PNG\r\n\x1a\n" + page, tour.Page{Frameable: true}},
		{"JSON", headers("Content-Type", "application/json"), page, tour.Page{Frameable: true}},
		{"a film", headers("Content-Type", "video/mp4", "X-Frame-Options", "DENY"), page, tour.Page{}},
		{"nothing", headers("Content-Type", "text/html"), "", tour.Page{EmbedURL: "https://a.example/x", Frameable: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := tour.Read("https://a.example/x", row.headers, []byte(row.head))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
		})
	}
}

// A page over http is mixed content in every frame of an https site.
func TestHTTPIsNotFrameable(t *testing.T) {
	t.Parallel()
	got, err := tour.Read("http://a.example/x", nil, []byte("<title>T</title>"))
	if err != nil || got.Frameable || got.EmbedURL != "" {
		t.Errorf("Read = %+v, %v", got, err)
	}
}

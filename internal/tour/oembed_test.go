package tour_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/tour"
)

func TestReadOEmbed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, body string
		want       tour.OEmbed
	}{
		{
			"a video",
			`{"type": "video", "version": "1.0", "title": "Rundgang – Köln", "width": 200, "thumbnail_url": "https://i.videos.example/vi/dQ/hq.jpg", "html": "<iframe width=\"200\" src=\"https://videos.example/embed/dQ?feature=oembed&amp;x=1\" allowfullscreen></iframe>"}`,
			tour.OEmbed{Title: "Rundgang – Köln", PreviewURL: "https://i.videos.example/vi/dQ/hq.jpg", EmbedURL: "https://videos.example/embed/dQ?feature=oembed&x=1"},
		},
		{
			"a tour among scripts, without schemes",
			`{"type": "rich", "thumbnail_url": "//files.example/cover.jpg", "html": "<!-- <iframe src='https://x.example/'> --><script>'<iframe src=https://x.example/>'</script><IFRAME\nSRC='//kuula.example/share/7l'></IFRAME><iframe src=https://y.example/></iframe>"}`,
			tour.OEmbed{PreviewURL: "https://files.example/cover.jpg", EmbedURL: "https://kuula.example/share/7l"},
		},
		{"nothing", `{}`, tour.OEmbed{}},
		{"with a byte order mark", "\uFEFF{\"title\": \"a\"}", tour.OEmbed{Title: "a"}},
		{"wrong types", `{"title": ["a"], "thumbnail_url": 7, "html": null}`, tour.OEmbed{}},
		{"one wrong type", `{"title": 1984, "thumbnail_url": "https://b.example/1"}`, tour.OEmbed{PreviewURL: "https://b.example/1"}},
		{"names in capitals are others", `{"TITLE": "a"}`, tour.OEmbed{}},
		{"a title in lines, with entities", `{"title": " Haus\n&#8211; \u0000Garten\ud800 "}`, tour.OEmbed{Title: "Haus – Garten\uFFFD"}},
		{"broken bytes", "{\"title\": \"K\xfcche\"}", tour.OEmbed{Title: "K\uFFFDche"}},
		{"relative URLs", `{"thumbnail_url": "/1.jpg", "html": "<iframe src='player.html'></iframe>"}`, tour.OEmbed{}},
		{"bad URLs", `{"thumbnail_url": "data:image/png,", "html": "<iframe src='javascript:x()'></iframe>"}`, tour.OEmbed{}},
		{"a frame that isn't safe", `{"html": "<iframe src='http://b.example/'></iframe>"}`, tour.OEmbed{}},
		{"the first good frame", `{"html": "<iframe></iframe><iframe src='http://b.example/'></iframe><iframe src='https://b.example/'></iframe>"}`, tour.OEmbed{EmbedURL: "https://b.example/"}},
		{"a frame that was cut", `{"html": "<iframe src='https://b.example/'"}`, tour.OEmbed{}},
		{"no frame", `{"html": "<video src='https://b.example/1.mp4'></video>"}`, tour.OEmbed{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := tour.ReadOEmbed([]byte(row.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadOEmbedRefuses(t *testing.T) {
	t.Parallel()
	const start, end, limit = `{"title": "`, `"}`, 64 << 10
	full := start + strings.Repeat("a", limit-len(start)-len(end)) + end
	if got, err := tour.ReadOEmbed([]byte(full)); err != nil || got.Title == "" {
		t.Errorf("64 KiB give %+v and %v", got, err)
	}
	for _, row := range []struct{ name, body string }{
		{"one byte more", full + " "},
		{"empty", ""},
		{"cut", `{"title": "a"`},
		{"null", "null"},
		{"an array", `[{"title": "a"}]`},
		{"a text", `"title"`},
		{"a page", "<title>a</title>"},
		{"XML", `<?xml version="1.0"?><oembed><title>a</title></oembed>`},
		{"two answers", `{} {}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := tour.ReadOEmbed([]byte(row.body))
			if err == nil || got != (tour.OEmbed{}) {
				t.Errorf("%+v and the error %v, want only an error", got, err)
			}
		})
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	page := tour.Page{Title: "page", PreviewURL: "https://p.example/1", OEmbedURL: "https://p.example/o", EmbedURL: "https://p.example/e", Frameable: true}
	said := tour.OEmbed{Title: "oEmbed", PreviewURL: "https://o.example/1", EmbedURL: "https://o.example/e"}
	for _, row := range []struct {
		name string
		page tour.Page
		said tour.OEmbed
		want tour.Page
	}{
		{"the page wins", page, said, page},
		{"nothing to add", page, tour.OEmbed{}, page},
		{"the page says nothing", tour.Page{OEmbedURL: "https://p.example/o"}, said,
			tour.Page{Title: "oEmbed", PreviewURL: "https://o.example/1", OEmbedURL: "https://p.example/o", EmbedURL: "https://o.example/e"}},
		{"one by one", tour.Page{Title: "page"}, tour.OEmbed{PreviewURL: "https://o.example/1"},
			tour.Page{Title: "page", PreviewURL: "https://o.example/1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, tour.Merge(row.page, row.said)); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
		})
	}
}

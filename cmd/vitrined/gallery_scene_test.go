package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// galleryPhotos holds the photographs of the gallery that browsers look at: by
// default those of the Debian package mate-backgrounds, which are free to use.
var galleryPhotos = flag.String("photos", "/usr/share/backgrounds/mate/nature", "a `folder` of photos for the tests of the gallery's look")

// scene is a server with a public gallery of real photos, a video and a tour,
// and the site of a portal that has the gallery on a page of its own.
type scene struct {
	page   string // the gallery's own page
	embeds map[string]string
}

// embedding is a portal's page, whose policy allows what the component needs and
// nothing inline. What it loads the component with comes first.
const embedding = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A flat</title><link rel="stylesheet" href="/style.css">%s</head>
<body><main><h1>A flat in Linden Street</h1><vitrine-gallery src="%s" label="12 Linden Street"></vitrine-gallery>
<p id="after">Three rooms and a kitchen, near the river.</p></main></body></html>`

const embeddingStyle = `:root { color-scheme: light dark } body { margin: 0; font: 17px/1.6 system-ui } main { max-width: 1000px; margin: 0 auto; padding: 16px }
.reserved vitrine-gallery { display: block; aspect-ratio: 3 / 2 } @media (min-width: 640px) { .reserved vitrine-gallery { aspect-ratio: 9 / 4 } }`

func newScene(t *testing.T) scene {
	t.Helper()
	s := start(t, t.TempDir(), freeAddress(t))
	c, o := newClient(t, s), newOrigin(t)
	var media []client.MediaSource
	photos, err := filepath.Glob(filepath.Join(*galleryPhotos, "*"))
	if err != nil || len(photos) < 5 {
		t.Fatalf("%d photos in %s, %v: install the Debian package mate-backgrounds", len(photos), *galleryPhotos, err)
	}
	for i, name := range photos {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		media = append(media, client.MediaSource{URL: o.serve(fmt.Sprintf("/photo-%d", i), content), MediaType: vitrine.Picture})
	}
	media[1].Title, media[2].Altered = "The garden", true
	media = append(media,
		client.MediaSource{URL: o.serve("/film.mp4", film(t, "2")), MediaType: vitrine.Video},
		client.MediaSource{URL: o.serve("/tour", []byte(`<!doctype html><title>A walk through the flat</title><h1>Tour</h1>`)), MediaType: vitrine.VirtualTour})
	address := postAndWait(t, c, media...).GalleryURL

	site := http.NewServeMux()
	portal := httptest.NewServer(site)
	t.Cleanup(portal.Close)
	script := s.base + "/embed/vitrine-gallery.js"
	policy := "default-src 'none'; style-src 'self'; script-src " + s.base + "; connect-src " + s.base + "; img-src 'self' blob: " + s.base + "; media-src " + s.base + "; frame-src " + o.URL
	site.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = w.Write([]byte(embeddingStyle))
	})
	site.HandleFunc("GET /favicon.ico", func(http.ResponseWriter, *http.Request) {})
	found := scene{page: strings.Replace(address, "/g/", "/l/", 1), embeds: map[string]string{}}
	for name, body := range map[string]string{
		"at once": fmt.Sprintf(embedding, `<script src="`+script+`"></script>`, address),
		"late":    strings.Replace(fmt.Sprintf(embedding, `<script src="`+script+`" async></script>`, address), "<main>", `<main class="reserved">`, 1),
	} {
		path := "/" + strings.ReplaceAll(name, " ", "-")
		site.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(body))
		})
		found.embeds[name] = portal.URL + path
	}
	return found
}

// screen is what people look at a gallery with.
type screen struct {
	name          string
	width, height int64 // CSS px
	scale         float64
	touch         bool
}

var screens = []screen{
	{"phone", 390, 844, 2, true},
	{"tablet", 820, 1180, 1, true},
	{"desktop", 1440, 900, 1, false},
}

// use has the browser be that screen.
func (s screen) use(ctx context.Context, t testing.TB) {
	t.Helper()
	options := []chromedp.EmulateViewportOption{chromedp.EmulateScale(s.scale)}
	if s.touch {
		options = append(options, chromedp.EmulateTouch, chromedp.EmulateMobile)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height, options...)); err != nil {
		t.Fatal(err)
	}
}

// prefer has the browser prefer what a media feature says.
func prefer(ctx context.Context, t testing.TB, feature, value string) {
	t.Helper()
	protocol(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: feature, Value: value}}})
}

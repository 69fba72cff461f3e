package classifiedsapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// linked plays the part of ingest: the media of that place is a link that leads
// to a page, with a poster unless that is nil.
func (s *server) linked(classified string, place int, link vitrine.Link, poster *vitrine.Content) {
	s.t.Helper()
	m := s.begin(classified, place)
	attempt := vitrine.Attempt{
		MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", StartedAt: s.clock.Now(), HTTPStatus: 200, Outcome: vitrine.OutcomeOK,
	}
	if poster == nil {
		if err := s.gallery.Linked(s.t.Context(), finish, attempt, link); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	preview := gallery.Preview{SHA256: poster.SHA256, Bytes: poster.Bytes, Type: poster.Type}
	if wanted, _, err := s.gallery.Claim(s.t.Context(), finish, attempt, poster.SHA256, &link); err != nil || !wanted {
		s.t.Fatalf("claim the poster of media %d: wanted %t, %v", m.ID, wanted, err)
	}
	if err := s.gallery.LinkedWithPreview(s.t.Context(), finish, attempt, link, preview, gallery.PrioritySingle); err != nil {
		s.t.Fatal(err)
	}
	s.optimised(attempt, *poster)
}

// pano is a photo with the rendition of a panorama.
func pano(name string, data vitrine.PanoData) vitrine.Content {
	content := photo(name)
	content.Variants = append(content.Variants, vitrine.Variant{Name: vitrine.PanoVariant, Type: "image/webp", Width: 4096, Height: 2000, Bytes: 812_345})
	content.Facts.Panorama = &data
	return content
}

var allRound = vitrine.PanoData{
	Projection: vitrine.Equirectangular, FullWidth: 4096, FullHeight: 2048, CroppedTop: 24, CroppedWidth: 4096, CroppedHeight: 2000, HeadingDegrees: 271.5,
}

// field gives that of each media.
func field(media []map[string]any, name string) (values []any) {
	for _, m := range media {
		values = append(values, m[name])
	}
	return values
}

// What a list says of its pictures is given back wherever they are shown, and
// counts as a change that downloads nothing.
func TestAltered(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const bare = "http://a.example/bare.jpg?timestamp=1"
	staged := func(more string) string {
		return `{"url": "http://a.example/staged.jpg", "mediaType": "PICTURE"` + more + `}`
	}
	path := s.post(picture(bare), staged(`, "altered": true, "alteredFrom": "`+bare+`"`), `{"url": "http://a.example/view.jpg", "mediaType": "PANORAMA", "altered": true}`)
	want := func(altered, from []any) {
		t.Helper()
		for _, media := range [][]map[string]any{s.media(path), s.short(path)} {
			equal(t, field(media, "altered"), altered)
			equal(t, field(media, "alteredFrom"), from)
		}
	}
	want([]any{false, true, true}, []any{nil, bare, nil})

	put := s.want(http.StatusAccepted, http.MethodPut, path, body(picture(bare), staged(`, "altered": true`), `{"url": "http://a.example/view.jpg", "mediaType": "PANORAMA"}`))
	equal(t, put.body["revision"], any(2.0))
	equal(t, lines(put), []string{"keep 0->0 " + bare, "keep 1->1 http://a.example/staged.jpg", "keep 2->2 http://a.example/view.jpg"})
	want([]any{false, true, false}, []any{nil, nil, nil})
}

// short gives the media of a classified as the classified has them.
func (s *server) short(path string) []map[string]any {
	s.t.Helper()
	var list []map[string]any
	for _, item := range s.want(http.StatusOK, http.MethodGet, path, "").body["media"].([]any) {
		list = append(list, item.(map[string]any))
	}
	return list
}

// A picture that only its sender says was altered is served with a label at
// another address, wherever it is said and nowhere else.
func TestLabelled(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	drawn := pano("b", allRound)
	drawn.Facts.DigitalSourceType, drawn.Facts.C2PA = vitrine.TrainedAlgorithmicMedia, true
	captured := pano("a", allRound)
	captured.Facts.DigitalSourceType = "digitalCapture"
	const altered = `", "mediaType": "PICTURE", "altered": true}`
	path := s.post(picture("http://a.example/1.jpg"), `{"url": "http://a.example/1.jpg`+altered, `{"url": "http://a.example/2.jpg`+altered)
	s.fetched(path, 0, captured)
	s.fetched(path, 2, drawn)

	media := s.media(path)
	for i, before := range []string{"a", "a", "b"} {
		root := "https://pictures.example/v/" + strings.Repeat(before, 64) + "/r1/"
		if i == 1 {
			root += "altered/"
		}
		var urls []any
		for _, v := range media[i]["variants"].([]any) {
			urls = append(urls, v.(map[string]any)["url"])
		}
		urls = append(urls, media[i]["panorama"].(map[string]any)["url"])
		equal(t, urls, []any{root + "128.webp", root + "512.webp", root + "pano.webp"})
	}
	equal(t, field(media, "digitalSourceType"), []any{"digitalCapture", "digitalCapture", "trainedAlgorithmicMedia"})
	equal(t, field(media, "c2pa"), []any{false, false, true})
}

// What only a sender calls a panorama is one where that sender does.
func TestPanorama(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	called := allRound
	called.Called, called.Guessed, called.HeadingDegrees = true, true, 0
	kind := func(url, mediaType string) string { return `{"url": "` + url + `", "mediaType": "` + mediaType + `"}` }
	path := s.post(
		kind("http://a.example/1.jpg", "PICTURE"), kind("http://a.example/1.jpg", "PANORAMA"),
		kind("http://a.example/2.jpg", "PICTURE"), kind("http://a.example/2.jpg", "PANORAMA"),
		kind("http://a.example/3.jpg", "PANORAMA"),
	)
	equal(t, field(s.media(path), "panorama"), []any{nil, nil, nil, nil, nil})
	s.fetched(path, 0, pano("a", allRound))
	s.fetched(path, 2, pano("b", called))
	s.fetched(path, 4, photo("c")) // which could not be made one

	object := func(name string, heading float64, guessed bool) any {
		return map[string]any{
			"url": "https://pictures.example/v/" + strings.Repeat(name, 64) + "/r1/pano.webp", "width": 4096.0, "height": 2000.0, "size": 812_345.0,
			"projection": "equirectangular", "fullWidth": 4096.0, "fullHeight": 2048.0, "croppedLeft": 0.0, "croppedTop": 24.0,
			"croppedWidth": 4096.0, "croppedHeight": 2000.0, "headingDegrees": heading, "guessed": guessed,
		}
	}
	media := s.media(path)
	equal(t, field(media, "panorama"), []any{object("a", 271.5, false), object("a", 271.5, false), nil, object("b", 0, true), nil})
	for _, m := range media {
		if n := len(m["variants"].([]any)); n != 2 {
			t.Errorf("%d variants: the panorama is among them", n)
		}
	}
}

// A link says what its page does, and has the poster that there is. Only the
// first of each kind is shown.
func TestLinks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	kind := func(url, mediaType string) string { return `{"url": "` + url + `", "mediaType": "` + mediaType + `"}` }
	path := s.post(
		picture("http://a.example/1.jpg"),
		kind("https://tours.example/1", "VIRTUAL_TOUR"), kind("https://tours.example/2", "VIRTUAL_TOUR"),
		kind("https://videos.example/1", "VIDEO"), kind("https://videos.example/2", "VIDEO"),
	)
	equal(t, field(s.media(path), "link"), []any{nil, nil, nil, nil, nil})

	poster, still := pano("b", allRound), photo("c")
	s.fetched(path, 0, photo("a"))
	s.linked(path, 1, vitrine.Link{Title: "Flat 77", EmbedURL: "https://tours.example/embed/1", PreviewURL: "https://tours.example/1.jpg"}, &poster)
	s.linked(path, 2, vitrine.Link{}, nil)
	s.linked(path, 3, vitrine.Link{Title: "A walk", Frameable: true, PreviewURL: "https://videos.example/1.jpg"}, &still)
	s.failed(path, 4, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))

	media := s.media(path)
	equal(t, field(media, "link"), []any{
		nil,
		map[string]any{"title": "Flat 77", "embedUrl": "https://tours.example/embed/1", "frameable": false},
		map[string]any{"title": nil, "embedUrl": nil, "frameable": false},
		map[string]any{"title": "A walk", "embedUrl": nil, "frameable": true},
		nil,
	})
	equal(t, field(media, "status"), []any{"DOWNLOADED", "DOWNLOADED", "DOWNLOADED", "DOWNLOADED", "DOWNLOADING_FAILED"})
	shown := []any{true, true, false, true, false}
	equal(t, field(media, "shown"), shown)
	equal(t, field(s.short(path), "shown"), shown)
	equal(t, field(media, "contentType"), []any{"image/jpeg", nil, nil, nil, nil})
	equal(t, field(media, "width"), []any{1200.0, 1200.0, nil, 1200.0, nil})
	equal(t, field(media, "blurhash"), []any{poster.Blurhash, poster.Blurhash, nil, still.Blurhash, nil})
	equal(t, field(media, "panorama"), []any{nil, nil, nil, nil, nil})
	for i, n := range []int{2, 2, 0, 2, 0} {
		if got := len(media[i]["variants"].([]any)); got != n {
			t.Errorf("media %d has %d variants, want %d", i, got, n)
		}
	}
}

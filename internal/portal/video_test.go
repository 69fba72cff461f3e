package portal_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// addVideo stores a ready video of 2.04 s with these two renditions, whose
// poster is the wide picture of testdata.
func (s *site) addVideo(t *testing.T, n int, small, large string) (vitrine.Media, *vitrine.Content) {
	t.Helper()
	c := picture(n, "wide")
	c.Type, c.Width, c.Height, c.Duration = "video/quicktime", 3840, 2160, 2040*time.Millisecond
	s.putPictures(t, "wide", &c)
	for _, v := range []vitrine.Variant{
		{Name: "720", Type: "video/mp4", Width: 1280, Height: 720, Bytes: int64(len(small))},
		{Name: "1080", Type: "video/mp4", Width: 1920, Height: 1080, Bytes: int64(len(large))},
	} {
		s.put(t, gallery.VariantKey(c.SHA256, c.Recipe, v), []byte(map[string]string{"720": small, "1080": large}[v.Name]))
		c.Variants = append(c.Variants, v)
	}
	s.put(t, gallery.OriginalKey(c.SHA256), original(n))
	return s.addRows(t, &c), &c
}

// film stands a video in a gallery.
func film(m vitrine.Media, title string) store.Shown {
	return store.Shown{Placement: vitrine.Placement{MediaID: m.ID, Type: vitrine.Video, Title: title}, Content: m.Content}
}

// show makes this what the public sees of a listing.
func (s *site) show(t *testing.T, listing int64, shown ...store.Shown) {
	t.Helper()
	s.write(t, func(tx *store.Tx) error { return tx.Show(t.Context(), listing, 2, shown, now) })
}

func TestVideoJSON(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	c := picture(1, "wide")
	cover := s.add(t, 1, "wide", &c)
	first, shown := s.addVideo(t, 2, "small", "larger")
	second, _ := s.addVideo(t, 3, "small", "larger")
	id := s.publish(t, "g1", flat77(1), cover)
	video := func() (raw string) {
		t.Helper()
		var got struct {
			Pictures []json.RawMessage
			Video    json.RawMessage
		}
		if err := json.Unmarshal([]byte(s.get(t, "GET", "/g/g1").body), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Pictures) != 1 || strings.Contains(string(got.Pictures[0]), "mp4") {
			t.Errorf("the pictures are %s", got.Pictures)
		}
		return string(got.Video)
	}
	if got := video(); got != "null" {
		t.Errorf("a gallery without a video has %s", got)
	}

	s.show(t, id, film(first, "A walk"), places(cover)[0], film(second, "Another"))
	base := s.url + "/v/" + shown.SHA256 + "/r1/"
	want := `{"url":null,"embedUrl":null,"title":"A walk",` +
		`"poster":{"width":3840,"height":2160,"blurhash":"` + c.Blurhash + `","thumbhash":"` + c.Thumbhash + `","dominantColor":"#c8b496",` +
		`"src":"` + base + `1024.webp","srcset":"` + base + `128.webp 128w, ` + base + `512.webp 512w, ` + base + `1024.webp 1024w"},` +
		`"sources":[{"url":"` + base + `1080.mp4","contentType":"video/mp4","width":1920,"height":1080,"size":6},` +
		`{"url":"` + base + `720.mp4","contentType":"video/mp4","width":1280,"height":720,"size":5}],` +
		`"duration":2.04,"width":3840,"height":2160}`
	if diff := cmp.Diff(want, video()); diff != "" {
		t.Error(diff)
	}
}

// What nobody could tell of a video is null, and not nought.
func TestVideoWithoutPoster(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	c := picture(1, "wide")
	c.Type = "video/mp4"
	c.Variants = []vitrine.Variant{{Name: "720", Type: "video/mp4", Width: 640, Height: 360, Bytes: 5}}
	id := s.publish(t, "g1", `{}`)
	s.show(t, id, film(s.addRows(t, &c), ""))
	body := s.get(t, "GET", "/g/g1").body
	if !strings.Contains(body, `"poster":null,`) || !strings.Contains(body, `"duration":null,`) {
		t.Errorf("got %s", body)
	}
	page := s.get(t, "GET", "/l/g1").body
	if !strings.Contains(page, "<video ") || strings.Contains(page, "poster=") || strings.Contains(page, "media=") {
		t.Errorf("got %s", page)
	}
}

func TestVideoOnPage(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	first, c := s.addVideo(t, 1, "small", "larger")
	second, _ := s.addVideo(t, 2, "small", "larger")
	id := s.publish(t, "g1", flat77(0))
	s.show(t, id, film(first, `A "walk"`), film(second, "Another"))
	page := s.get(t, "GET", "/l/g1").body
	base := s.url + "/v/" + c.SHA256 + "/r1/"
	want := `<div class="video v"><video controls playsinline preload="none" poster="` + base + `1024.webp" width="3840" height="2160" aria-label="A &#34;walk&#34;">` +
		`<source src="` + base + `1080.mp4" type="video/mp4" media="(min-width: 640px)"><source src="` + base + `720.mp4" type="video/mp4"></video></div>`
	if !strings.Contains(page, want) || strings.Count(page, "<video") != 1 {
		t.Errorf("the page lacks %s:\n%s", want, page)
	}
	if !strings.Contains(page, "\n.v{--r:1.7778;background-color:#c8b496;background-image:url(data:image/png;base64,") {
		t.Error("the frame has no shape or no placeholder")
	}
	if strings.Contains(page, `class="links"`) {
		t.Error("a video of ours stands among the links")
	}
}

func TestVideoRanges(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	small := new(strings.Builder)
	for i := range 1000 {
		_, _ = fmt.Fprintf(small, "%04d", i) // never fails
	}
	_, c := s.addVideo(t, 1, small.String(), "larger")
	address := "/v/" + c.SHA256 + "/r1/720.mp4"

	whole := s.get(t, "GET", address)
	if whole.StatusCode != http.StatusOK || whole.body != small.String() {
		t.Errorf("%d, %d bytes", whole.StatusCode, len(whole.body))
	}
	whole.wantHeaders(t, "Content-Length", "4000", "Accept-Ranges", "bytes")
	for name, row := range map[string]struct {
		asked, got string
		from, to   int
	}{
		"first byte":     {"bytes=0-0", "bytes 0-0/4000", 0, 1},
		"middle":         {"bytes=1000-1999", "bytes 1000-1999/4000", 1000, 2000},
		"open":           {"bytes=0-", "bytes 0-3999/4000", 0, 4000},
		"rest":           {"bytes=3999-", "bytes 3999-3999/4000", 3999, 4000},
		"suffix":         {"bytes=-500", "bytes 3500-3999/4000", 3500, 4000},
		"end beyond end": {"bytes=3990-9999", "bytes 3990-3999/4000", 3990, 4000},
	} {
		part := s.get(t, "GET", address, "Range", row.asked)
		if part.StatusCode != http.StatusPartialContent || part.body != small.String()[row.from:row.to] {
			t.Errorf("%s: %d, %d bytes", name, part.StatusCode, len(part.body))
		}
		part.wantHeaders(t, "Content-Range", row.got, "Content-Length", fmt.Sprint(row.to-row.from), "ETag", whole.Header.Get("ETag"))
		part.wantHeaders(t, "Content-Type", "video/mp4", "Accept-Ranges", "bytes", "Cache-Control", "public, max-age=31536000, immutable",
			"X-Content-Type-Options", "nosniff", "Access-Control-Allow-Origin", "*")
	}
	beyond := s.get(t, "GET", address, "Range", "bytes=4000-")
	if beyond.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("beyond the end: %d", beyond.StatusCode)
	}
	beyond.wantHeaders(t, "Content-Range", "bytes */4000", "Cache-Control", "", "ETag", "")

	large := s.get(t, "GET", "/v/"+c.SHA256+"/r1/1080.mp4", "Range", "bytes=0-", "If-Range", whole.Header.Get("ETag"))
	if large.StatusCode != http.StatusOK || large.body != "larger" {
		t.Errorf("a range of other bytes: %d %q", large.StatusCode, large.body)
	}
	for _, file := range []string{"720.webp", "512.mp4", "720"} {
		s.get(t, "GET", "/v/"+c.SHA256+"/r1/"+file).want404(t)
	}
	s.get(t, "GET", s.urls.Original(c)).wantHeaders(t, "Content-Type", "video/quicktime",
		"Content-Disposition", `attachment; filename="`+c.SHA256[:12]+`.mov"`)
}

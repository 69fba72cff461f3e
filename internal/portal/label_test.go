package portal_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

const senderLabel = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

// label is what the gallery says of how a picture came to be.
type label struct {
	Altered           bool
	AlteredFrom       *int
	DigitalSourceType string // "null" for none
	C2PA              bool
}

func (s *site) labels(t *testing.T, galleryID string) (labels []label, sources []string) {
	t.Helper()
	var got struct {
		Pictures []struct {
			Altered           bool
			AlteredFrom       *int
			DigitalSourceType json.RawMessage
			C2PA              bool
			Src, Srcset       string
			Variants          []struct{ URL string }
		}
	}
	if err := json.Unmarshal([]byte(s.get(t, "GET", "/g/"+galleryID).body), &got); err != nil {
		t.Fatal(err)
	}
	for _, p := range got.Pictures {
		labels = append(labels, label{p.Altered, p.AlteredFrom, strings.Trim(string(p.DigitalSourceType), `"`), p.C2PA})
		sources = append(sources, fmt.Sprint(p.Src, " ", p.Srcset, " ", p.Variants))
	}
	return labels, sources
}

// made stores a picture whose file says how it came to be.
func (s *site) made(t *testing.T, n int, facts vitrine.ContentFacts) vitrine.Media {
	t.Helper()
	c := picture(n, "wide")
	c.Facts = facts
	return s.add(t, n, "wide", &c)
}

// The sender's word and the file's.
func TestAltered(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	plain := s.made(t, 1, vitrine.ContentFacts{})
	camera := s.made(t, 2, vitrine.ContentFacts{DigitalSourceType: "digitalCapture", C2PA: true})
	generated := s.made(t, 3, vitrine.ContentFacts{DigitalSourceType: vitrine.TrainedAlgorithmicMedia})
	staged := s.made(t, 4, vitrine.ContentFacts{})
	shown := places(plain, camera, generated, staged, staged)
	shown[1].Altered = true
	shown[2].Altered = true
	shown[3].Altered, shown[3].AlteredFromMedia = true, plain.ID
	shown[1].AlteredFromMedia = 4711 // of a picture that isn't shown
	s.show(t, s.publish(t, "g1", flat77(5)), shown...)

	first := 0
	labels, sources := s.labels(t, "g1")
	want := []label{
		{DigitalSourceType: "null"},
		{Altered: true, DigitalSourceType: "compositeWithTrainedAlgorithmicMedia", C2PA: true},
		{Altered: true, DigitalSourceType: "trainedAlgorithmicMedia"},
		{Altered: true, AlteredFrom: &first, DigitalSourceType: "compositeWithTrainedAlgorithmicMedia"},
		{DigitalSourceType: "null"}, // the same picture, of which nobody says so here
	}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Error(diff)
	}
	for i, addresses := range []int{0, 7, 0, 7, 0} { // src, three in srcset, three variants
		if got := strings.Count(sources[i], "/r1/altered/"); got != addresses {
			t.Errorf("picture %d has %d addresses with a label, want %d: %s", i, got, addresses, sources[i])
		}
	}

	page := s.get(t, "GET", "/l/g1").body
	for _, part := range []string{
		`<figure class="p0 cover" id="photo-1"><a `,
		`<figcaption>Altered image</figcaption>`,
		`<figcaption>Generated image</figcaption>`,
		`<figcaption>Altered image · <a href="#photo-1">original</a></figcaption>`,
	} {
		if strings.Count(page, part) != 1 {
			t.Errorf("the page lacks %s:\n%s", part, page)
		}
	}
	if got := strings.Count(page, "<figcaption>"); got != 3 {
		t.Errorf("%d pictures are marked, want 3", got)
	}
	if !strings.Contains(page, `href="`+s.urls.Labelled(staged.Content, staged.Content.Variants[2])+`"`) {
		t.Error("the page shows an altered picture without its label")
	}
}

func TestAlteredPanorama(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	m, c := s.addPanorama(t, 1, sphere())
	shown := places(m)
	shown[0].Altered = true
	s.show(t, s.publish(t, "g1", flat77(1)), shown...)
	address := s.urls.Labelled(c, *c.Pano())
	if got := s.panoramas(t, "g1")[0]; !strings.HasPrefix(got, `{"url":"`+address+`",`) {
		t.Errorf("got %s, want %s", got, address)
	}
	if page := s.get(t, "GET", "/l/g1").body; !strings.Contains(page, `<figcaption>Altered image</figcaption>`) {
		t.Errorf("the page lacks the panorama's mark:\n%s", page)
	}
	if r := s.get(t, "GET", address); r.StatusCode != http.StatusOK || !strings.Contains(r.body, senderLabel) {
		t.Errorf("%d, without the label", r.StatusCode)
	}
}

func TestLabelled(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	m := s.made(t, 1, vitrine.ContentFacts{DigitalSourceType: "digitalCapture"})
	c, v := m.Content, m.Content.Variants[1]
	stored, err := os.ReadFile(filepath.Join("testdata", "wide-512.webp"))
	if err != nil {
		t.Fatal(err)
	}
	address := s.urls.Labelled(c, v)
	if want := s.url + "/v/" + c.SHA256 + "/r1/altered/512.webp"; address != want {
		t.Fatalf("the address is %s, want %s", address, want)
	}

	r := s.get(t, "GET", address)
	if r.StatusCode != http.StatusOK || !strings.Contains(r.body, senderLabel) {
		t.Fatalf("%d, %d bytes", r.StatusCode, len(r.body))
	}
	pixels := string(stored[12:]) // the chunk of a simple WebP
	if !strings.Contains(r.body, pixels) || len(r.body) < len(stored)+100 || len(r.body) > len(stored)+1000 {
		t.Errorf("%d bytes of %d, or other pixels", len(r.body), len(stored))
	}
	r.wantHeaders(t, "Content-Type", "image/webp", "Cache-Control", "public, max-age=31536000, immutable", "X-Content-Type-Options", "nosniff",
		"Access-Control-Allow-Origin", "*", "Accept-Ranges", "bytes", "Last-Modified", "", "Content-Length", fmt.Sprint(len(r.body)))
	etag := r.Header.Get("ETag")
	if etag == "" || etag[0] != '"' || etag == s.get(t, "GET", s.urls.Variant(c, v)).Header.Get("ETag") {
		t.Errorf("ETag is %q, want a strong one of its own", etag)
	}
	if got := s.get(t, "GET", address, "If-None-Match", etag); got.StatusCode != http.StatusNotModified || got.body != "" {
		t.Errorf("If-None-Match: %d", got.StatusCode)
	}
	if got := s.get(t, "HEAD", address); got.StatusCode != http.StatusOK || got.ContentLength != int64(len(r.body)) {
		t.Errorf("HEAD: %d, %d bytes", got.StatusCode, got.ContentLength)
	}
	part := s.get(t, "GET", address, "Range", "bytes=-20", "If-Range", etag)
	if part.StatusCode != http.StatusPartialContent || part.body != r.body[len(r.body)-20:] {
		t.Errorf("Range: %d %q", part.StatusCode, part.body)
	}

	for _, path := range []string{"/r2/altered/512.webp", "/r1/altered/513.webp", "/r1/altered/512", "/r1/altered/512.jpg"} {
		s.get(t, "GET", "/v/"+c.SHA256+path).want404(t)
	}
	s.get(t, "GET", "/v/"+strings.Repeat("0", 64)+"/r1/altered/512.webp").want404(t)
	_, film := s.addVideo(t, 2, "small", "larger")
	for _, file := range []string{"512.webp", "720.mp4"} {
		s.get(t, "GET", "/v/"+film.SHA256+"/r1/altered/"+file).want404(t)
	}

	// The rows are there, the bytes are not, or are no picture.
	key := gallery.VariantKey(c.SHA256, recipe, v)
	if err := s.blobs.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	gone := s.get(t, "GET", address)
	gone.want404(t)
	gone.wantHeaders(t, "ETag", "")
	s.put(t, key, stored[:40])
	if broken := s.get(t, "GET", address); broken.StatusCode != http.StatusInternalServerError || broken.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("of a cut file: %d", broken.StatusCode)
	}
}

// What the file says is in every rendition already.
func TestLabelledByItsFile(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	m := s.made(t, 1, vitrine.ContentFacts{DigitalSourceType: "compositeSynthetic"})
	v := m.Content.Variants[1]
	plain, labelled := s.get(t, "GET", s.urls.Variant(m.Content, v)), s.get(t, "GET", s.urls.Labelled(m.Content, v))
	if labelled.StatusCode != http.StatusOK || labelled.body != plain.body {
		t.Errorf("%d, other bytes than those stored", labelled.StatusCode)
	}
}

package main

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// withXMP is a JPEG with a description of these properties in it.
func withXMP(jpeg []byte, properties string) []byte {
	packet := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
		xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" ` +
		properties + `/></rdf:RDF></x:xmpmeta>`
	body := "http://ns.adobe.com/xap/1.0/\x00" + packet
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+len(body)))
	return bytes.Join([][]byte{jpeg[:2], segment, []byte(body), jpeg[2:]}, nil)
}

// A panorama is recognised by its file, or its sender calls it one, at once or
// when it has been a picture for long.
func testPanorama(t *testing.T, a *agency) {
	o := newOrigin(t)
	stated := o.serve("/sphere.jpg", withXMP(photo(t, 1, 600, 300), `GPano:ProjectionType="equirectangular" GPano:PoseHeadingDegrees="90"`))
	called := a.host.URL + "/called.jpg"
	media := append(pictures(stated, a.host.URL+"/flat.jpg"), client.MediaSource{URL: called, MediaType: vitrine.Panorama})
	id := a.postMedia(t, media...).ClassifiedID
	a.wait(t, id, 1, vitrine.StatusCreated)
	seen := a.see(t, id).Pictures
	if len(seen) != 3 || seen[0].Panorama == nil || seen[1].Panorama != nil || seen[2].Panorama == nil {
		t.Fatalf("the gallery shows %+v, want panoramas at 0 and 2", seen)
	}
	if p := seen[0].Panorama; p.Projection != vitrine.Equirectangular || p.HeadingDegrees != 90 || p.Width != 600 || p.FullWidth != 600 {
		t.Errorf("the sphere is %+v", p)
	}
	for _, picture := range seen {
		if len(picture.Variants) != 3 {
			t.Errorf("%d flat variants, want 3", len(picture.Variants))
		}
	}
	for _, i := range []int{0, 2} {
		pano := get(t, seen[i].Panorama.URL)
		if pano.StatusCode != http.StatusOK || pano.Header.Get("Content-Type") != "image/webp" || bytes.Contains(pano.Body, []byte("GPano")) {
			t.Errorf("%s answers %d, %s", seen[i].Panorama.URL, pano.StatusCode, pano.Header)
		}
	}
	if m := a.media(t, id)[0]; m.Panorama == nil || m.Panorama.URL != seen[0].Panorama.URL {
		t.Errorf("its sender reads %+v", m.Panorama)
	}

	before := a.gallery(t, id)
	media[1].MediaType = vitrine.Panorama
	if _, err := a.PutClassified(t.Context(), id, a.classified(media...)); err != nil {
		t.Fatal(err)
	}
	a.wait(t, id, 2, vitrine.StatusUpdated)
	wait(t, "the picture that is called a panorama now to be one", func() bool { return a.see(t, id).Pictures[1].Panorama != nil })
	if diff := cmp.Diff(before, a.gallery(t, id)); diff != "" {
		t.Errorf("its addresses (-want +got)\n%s", diff)
	}
	a.host.expect(t, map[string]int{"/called.jpg": 1, "/flat.jpg": 1})
	if n := o.count("/sphere.jpg"); n != 1 {
		t.Errorf("%d downloads of the sphere", n)
	}
}

// What was made or altered with a trained model says so wherever it goes.
func testAltered(t *testing.T, a *agency) {
	o := newOrigin(t)
	generated := o.serve("/generated.jpg", withXMP(photo(t, 2, 60, 40),
		`Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"`))
	media := pictures(a.host.URL+"/empty.jpg", a.host.URL+"/furnished.jpg", generated)
	media[1].Altered, media[1].AlteredFrom = true, media[0].URL
	id := a.postMedia(t, media...).ClassifiedID
	a.wait(t, id, 1, vitrine.StatusCreated)
	seen := a.see(t, id).Pictures
	for i, label := range []string{"", vitrine.CompositeWithTrainedAlgorithmicMedia, vitrine.TrainedAlgorithmicMedia} {
		if seen[i].DigitalSourceType != label || seen[i].Altered != (label != "") {
			t.Errorf("picture %d: altered %t, %q, want %q", i, seen[i].Altered, seen[i].DigitalSourceType, label)
		}
		for _, v := range seen[i].Variants {
			body := get(t, v.URL).Body
			if got := bytes.Contains(body, []byte("digitalsourcetype/"+label+`"`)); got != (label != "") {
				t.Errorf("%s: labelled %t", v.URL, got)
			}
		}
	}
	if from := seen[1].AlteredFrom; from == nil || *from != 0 {
		t.Errorf("the furnished one was made of picture %v, want 0", from)
	}
	mine := a.media(t, id)
	if !mine[1].Altered || mine[1].AlteredFrom != media[0].URL || mine[1].Variants[0].URL != seen[1].Variants[0].URL || !mine[1].Shown {
		t.Errorf("its sender reads %+v", mine[1])
	}
	if mine[2].Altered || mine[2].DigitalSourceType != vitrine.TrainedAlgorithmicMedia {
		t.Errorf("its sender reads %+v", mine[2])
	}

	// Another list that doesn't say so has the same bytes without the label.
	other := a.post(t, media[1].URL)
	if url := a.gallery(t, other)[0]; url == seen[1].Variants[0].URL || bytes.Contains(get(t, url).Body, []byte("digitalsourcetype")) {
		t.Errorf("in another list it is %s", url)
	}
	a.host.expect(t, map[string]int{"/empty.jpg": 1, "/furnished.jpg": 1})
}

// tourHead is the head of a tour's page with a preview; its oEmbed answer knows
// the title.
const tourHead = `<!DOCTYPE html><head><meta property="og:image" content="/preview.jpg">
	<link rel="alternate" type="application/json+oembed" href="/oembed?url=x"><meta property="og:video" content="https://player.example/embed/1"></head>`

func testTourFacts(t *testing.T, a *agency) {
	o := newOrigin(t)
	o.mux.HandleFunc("GET /tour", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		_, _ = w.Write([]byte(tourHead + strings.Repeat("<p>", 1<<20)))
	})
	o.mux.HandleFunc("GET /video", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>A film</title><meta property=og:image content=/broken.jpg>" + strings.Repeat("<p>", 4<<10)))
	})
	o.serve("/oembed", []byte(`{"version":"1.0","type":"rich","title":"Haus am See &amp; Garten"}`))
	o.serve("/preview.jpg", photo(t, 3, 1200, 800))
	o.serve("/broken.jpg", photo(t, 4, 1200, 800)[:2000])
	second := o.serve("/second", []byte("<title>Second</title>"))
	id := a.postMedia(t,
		client.MediaSource{URL: o.URL + "/tour", MediaType: vitrine.VirtualTour},
		client.MediaSource{URL: second, MediaType: vitrine.VirtualTour},
		client.MediaSource{URL: o.URL + "/video", MediaType: vitrine.Video},
	).ClassifiedID
	a.wait(t, id, 1, vitrine.StatusCreated)

	seen := a.see(t, id)
	tour := seen.VirtualTour
	if tour == nil || tour.Title != "Haus am See & Garten" || tour.EmbedURL != "https://player.example/embed/1" || tour.Frameable || tour.Poster == nil {
		t.Fatalf("the tour is %+v", tour)
	}
	if poster := get(t, tour.Poster.Src); poster.StatusCode != http.StatusOK || poster.Header.Get("Content-Type") != "image/webp" || tour.Poster.Width != 1200 {
		t.Errorf("the poster %+v answers %d", tour.Poster, poster.StatusCode)
	}
	if len(seen.Pictures) != 0 {
		t.Errorf("the gallery shows %d pictures", len(seen.Pictures))
	}
	if seen.Video == nil || seen.Video.Title != "A film" || seen.Video.URL != o.URL+"/video" || seen.Video.EmbedURL != "" || seen.Video.Poster != nil {
		t.Errorf("the hosted video is %+v", seen.Video)
	}
	media := a.media(t, id)
	var shown []bool
	for _, m := range media {
		shown = append(shown, m.Shown)
	}
	if diff := cmp.Diff([]bool{true, false, true}, shown); diff != "" {
		t.Errorf("shown are (-want +got)\n%s", diff)
	}
	if link := media[1].Link; link == nil || link.Title != "Second" || link.Frameable {
		t.Errorf("the second tour says %+v", link)
	}
	if n := o.count("/tour") + o.count("/oembed") + o.count("/preview.jpg"); n != 3 {
		t.Errorf("%d requests for the tour, want 3", n)
	}
}

package portal_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// link stands a page of others in a gallery; preview may be nil.
func link(m vitrine.Media, kind vitrine.MediaType, url, title string, page *vitrine.Link, preview *vitrine.Content) store.Shown {
	return store.Shown{Placement: vitrine.Placement{MediaID: m.ID, Type: kind, URL: url, Title: title}, Link: page, Content: preview}
}

// links are a gallery's tour and video as JSON.
func (s *site) links(t *testing.T, galleryID string) (tour, video string) {
	t.Helper()
	var got struct{ VirtualTour, Video json.RawMessage }
	if err := json.Unmarshal([]byte(s.get(t, "GET", "/g/"+galleryID).body), &got); err != nil {
		t.Fatal(err)
	}
	return string(got.VirtualTour), string(got.Video)
}

// Tours and videos of others stand apart from the pictures, the first of each.
func TestLinks(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	c := picture(1, "wide")
	m := s.addRows(t, &c)
	id := s.publish(t, "g1", `{}`, m)
	if tour, video := s.links(t, "g1"); tour != "null" || video != "null" {
		t.Errorf("a gallery without links has %s and %s", tour, video)
	}
	s.show(t, id,
		link(m, vitrine.VirtualTour, "https://tours.example/1?a=1&b=2", "Walk <in>", nil, nil), places(m)[0],
		link(m, vitrine.VirtualTour, "https://tours.example/2", "", nil, nil),
		link(m, vitrine.Video, "https://videos.example/1", "", &vitrine.Link{}, nil),
	)
	tour, video := s.links(t, "g1")
	if diff := cmp.Diff(`{"url":"https://tours.example/1?a=1\u0026b=2","title":"Walk \u003cin\u003e","embedUrl":null,"frameable":false,"poster":null}`, tour); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(`{"url":"https://videos.example/1","embedUrl":null,"title":"","poster":null,"sources":[],"duration":null,"width":null,"height":null}`, video); diff != "" {
		t.Error(diff)
	}
	page := s.get(t, "GET", "/l/g1").body
	for _, want := range []string{
		`<a href="https://tours.example/1?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"><span class="name" lang="" dir="auto">Walk &lt;in&gt;</span> <span class="host">Virtual tour · tours.example</span></a>`,
		`<a href="https://videos.example/1" target="_blank" rel="noopener noreferrer"><span class="name" lang="" dir="auto">Video</span> <span class="host">videos.example</span></a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	for _, forbidden := range []string{"tours.example/2", "<video", "<iframe"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page has %s", forbidden)
		}
	}
}

// What a tour's and a video's page say of themselves: the preview is our copy,
// and no frame of theirs is loaded.
func TestLinkFacts(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	c := picture(1, "wide")
	c.Width, c.Height = 1200, 630
	m := s.add(t, 1, "wide", &c)
	id := s.publish(t, "g1", flat77(0))
	s.show(t, id,
		link(m, vitrine.VirtualTour, "https://tours.example/1", "", &vitrine.Link{Title: "The whole house", EmbedURL: "https://tours.example/embed/1", Frameable: true}, &c),
		link(m, vitrine.Video, "https://videos.example/1", "A walk", &vitrine.Link{Title: "upload 77", EmbedURL: "https://videos.example/embed/1"}, &c),
	)
	s.show(t, s.publish(t, "plain", flat77(0)), link(m, vitrine.VirtualTour, "https://tours.example/1", "", &vitrine.Link{}, nil),
		link(m, vitrine.Video, "https://videos.example/1", "", &vitrine.Link{EmbedURL: "https://videos.example;x/embed"}, nil))
	base := s.url + "/v/" + c.SHA256 + "/r1/"
	poster := `{"width":1200,"height":630,"blurhash":"` + c.Blurhash + `","thumbhash":"` + c.Thumbhash + `","dominantColor":"#c8b496",` +
		`"src":"` + base + `1024.webp","srcset":"` + base + `128.webp 128w, ` + base + `512.webp 512w, ` + base + `1024.webp 1024w"}`
	tour, video := s.links(t, "g1")
	if diff := cmp.Diff(`{"url":"https://tours.example/1","title":"The whole house","embedUrl":"https://tours.example/embed/1","frameable":true,"poster":`+poster+`}`, tour); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(`{"url":"https://videos.example/1","embedUrl":"https://videos.example/embed/1","title":"A walk","poster":`+poster+
		`,"sources":[],"duration":null,"width":null,"height":null}`, video); diff != "" {
		t.Error(diff)
	}

	r := s.get(t, "GET", "/l/g1")
	for _, want := range []string{
		`<a href="https://tours.example/1" target="_blank" rel="noopener noreferrer" data-show="tour" data-start><span class="poster l0"><img src="` + base + `1024.webp" `,
		`<span class="name" lang="" dir="auto">The whole house</span> <span class="host">Virtual tour · tours.example</span></a>`,
		`<a href="https://videos.example/1" target="_blank" rel="noopener noreferrer" data-show="video" data-start><span class="poster l1"><img src="` + base + `1024.webp" `,
		"\n.l0{--r:1.9048;background-color:#c8b496;",
	} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the page lacks %s:\n%s", want, r.body)
		}
	}
	for _, forbidden := range []string{"/embed/1", "<iframe", "There are no photos here yet."} {
		if strings.Contains(r.body, forbidden) {
			t.Errorf("the page has %s", forbidden)
		}
	}
	if policy := r.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "; frame-src https://tours.example https://videos.example; ") {
		t.Errorf("the policy is %s", policy)
	}
	if policy := s.get(t, "GET", "/l/plain").Header.Get("Content-Security-Policy"); strings.Contains(policy, "frame-src") || strings.Contains(policy, "script-src") {
		t.Errorf("of a page whose tour can't be framed the policy is %s", policy)
	}
}

// A page with only a tour or a video is not empty.
func TestOnlyOneThing(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	video, _ := s.addVideo(t, 1, "small", "larger")
	for galleryID, shown := range map[string]store.Shown{
		"tour":   link(video, vitrine.VirtualTour, "https://tours.example/1", "", nil, nil),
		"hosted": link(video, vitrine.Video, "https://videos.example/1", "", nil, nil),
		"video":  film(video, ""),
	} {
		s.show(t, s.publish(t, galleryID, `{}`), shown)
		if body := s.get(t, "GET", "/l/"+galleryID).body; strings.Contains(body, "There are no photos here yet.") || !strings.Contains(body, "<h1") {
			t.Errorf("%s: %s", galleryID, body)
		}
	}
}

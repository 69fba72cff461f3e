package portal

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// contentPx is the width of the page's content on a wide screen: a little more
// than the largest variant's, so that the cover is sharp. page.css has it too.
const contentPx = 1080

// A cover flatter or taller than this stands whole in its frame, with its blur
// at the sides; one between is cropped to the frame, by a tenth at most.
const (
	coverMinRatio = 1.2
	coverMaxRatio = 2.9
)

//go:embed page.css
var pageCSS string

//go:embed page.html
var pageHTML string

// pageView is what the template shows.
type pageView struct {
	advert
	Style   template.CSS
	Cover   *pagePicture
	Rows    [][]pagePicture
	Count   int
	Video   *pageVideo // a file of ours
	Links   []pageLink // the tour and a video of others
	Turns   bool       // a picture is a panorama
	Gallery string     // address of the JSON
	Script  string     // address of the component
	Updated time.Time
}

// Empty reports whether there is nothing to look at.
func (v pageView) Empty() bool { return v.Cover == nil && v.Video == nil && len(v.Links) == 0 }

type pagePicture struct {
	Cover         bool
	ID            string // of its element
	Class         string // its rule in the style sheet: shape and placeholder
	Src           string
	Srcset        string
	Sizes         string
	Width, Height int // px of the original: the browser needs their ratio only
	Alt           string
	Position      int
	Turns         bool   // a panorama
	Mark          string // what has to be said of it, "" for nothing
	MadeFrom      string // the ID of the picture that it was made of, "" for none
}

// servePage answers with a gallery as a page. It holds all it needs except the
// pictures, the video and the component, which opens them in the whole window;
// its one style sheet is admitted by its hash. Nothing of others is loaded
// before somebody asks for a tour or a video.
func (p *portal) servePage(w http.ResponseWriter, r *http.Request) {
	shown, err := p.public(r)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	view := p.pageView(shown)
	var body bytes.Buffer
	if err := p.page.Execute(&body, view); err != nil {
		p.refuse(w, r, fmt.Errorf("draw gallery %s: %w", shown.Listing.Gallery, err))
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", p.policy(&view))
	h.Set("Referrer-Policy", "no-referrer") // the address is the permission to look
	h.Set("X-Robots-Tag", "noindex")
	serveFresh(w, r, "text/html; charset=utf-8", body.Bytes())
}

// policy allows the pictures and the video, the placeholders (data:), this one
// style sheet and our scripts; what the component does: it asks for the gallery,
// and for a panorama reads the picture and hands it to itself as a blob; and
// frames of those origins only that the page's tour and video come from. Framing
// of the page itself is left open: a portal may embed it.
func (p *portal) policy(view *pageView) string {
	sum := sha256.Sum256([]byte(view.Style))
	own := "'self'"
	if base, err := url.Parse(p.urls.Base); err == nil && base.Host != "" {
		own += " " + base.Scheme + "://" + base.Host
	}
	images := "img-src " + own + " data:"
	if view.Turns {
		images += " blob:"
	}
	rules := []string{
		"default-src 'none'", images, "media-src " + own,
		"style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
	if view.Script != "" {
		rules = append(rules, "script-src "+p.urls.Base+"/assets/ "+p.urls.Base+"/embed/", "connect-src "+p.urls.Base+"/g/ "+p.urls.Base+"/v/")
	}
	var frames []string
	for _, link := range view.Links {
		if link.Frame != "" && !slices.Contains(frames, link.Frame) {
			frames = append(frames, link.Frame)
		}
	}
	if len(frames) > 0 {
		rules = append(rules, "frame-src "+strings.Join(frames, " "))
	}
	return strings.Join(append(rules, "base-uri 'none'", "form-action 'none'"), "; ")
}

func (p *portal) pageView(shown gallery.Shown) pageView {
	view := pageView{
		advert: readAdvert(shown.Listing.FormData), Count: len(shown.Pictures),
		Gallery: p.urls.Gallery(shown.Listing.Gallery), Updated: shown.Listing.ShownAt.UTC(),
	}
	style := new(strings.Builder)
	style.WriteString(pageCSS)
	if shown.Tour != nil {
		p.addLink(&view, style, shown.Tour, tourLink)
	}
	p.addVideo(&view, style, shown.Video)
	var pictures []pagePicture
	var ratios []float64
	for i := range shown.Pictures {
		picture := p.pagePicture(shown.Pictures, i, view.Title)
		view.Turns = view.Turns || picture.Turns
		c := shown.Pictures[i].Content
		pictures, ratios = append(pictures, picture), append(ratios, ratio(c))
		styleFrame(style, picture.Class, c)
	}
	view.Style = template.CSS(style.String()) //nolint:gosec // our style sheets, numbers, and what background has checked
	shows := func(link pageLink) bool { return link.Show != "" }
	if len(pictures) > 0 || slices.ContainsFunc(view.Links, shows) { // a video of ours alone plays where it stands
		view.Script = p.urls.Base + p.scripts.galleryAsset()
	}
	if len(pictures) == 0 {
		return view
	}
	pictures[0].Sizes = fmt.Sprintf("(min-width: %dpx) %dpx, 100vw", contentPx, contentPx)
	pictures[0].Cover = true
	pictures[0].Class += " cover"
	if ratios[0] < coverMinRatio || ratios[0] > coverMaxRatio {
		pictures[0].Class += " whole"
	}
	view.Cover = &pictures[0]
	view.Rows = intoRows(pictures[1:], ratios[1:])
	return view
}

func (p *portal) pagePicture(all []store.Shown, i int, title string) pagePicture {
	place := &all[i]
	picture := pagePicture{
		ID: fmt.Sprintf("photo-%d", i+1), Class: fmt.Sprintf("p%d", i),
		Width: place.Content.Width, Height: place.Content.Height,
		Alt:      cmp.Or(place.Title, fmt.Sprintf("%s, photo %d of %d", title, i+1, len(all))),
		Position: i, Mark: mark(place),
	}
	v, _ := panoramaOf(place)
	picture.Turns = v != nil
	picture.Src, picture.Srcset = p.sources(place)
	if original := madeFrom(all, place); original >= 0 {
		picture.MadeFrom = fmt.Sprintf("photo-%d", original+1)
	}
	return picture
}

func (p *portal) addVideo(view *pageView, style *strings.Builder, video *store.Shown) {
	switch {
	case video == nil:
	case video.URL != "":
		p.addLink(view, style, video, videoLink)
	default:
		view.Video = p.pageVideo(video, view.Title+", video")
		styleFrame(style, view.Video.Class, video.Content)
	}
}

func (p *portal) addLink(view *pageView, style *strings.Builder, place *store.Shown, kind linkKind) {
	link := p.pageLink(place, kind, fmt.Sprintf("l%d", len(view.Links)))
	if link.Poster != nil {
		styleFrame(style, link.Poster.Class, place.Content)
	}
	view.Links = append(view.Links, link)
}

// styleFrame writes the rule of a frame: its shape, and what fills it until its
// picture comes.
func styleFrame(style *strings.Builder, class string, c *vitrine.Content) {
	fmt.Fprintf(style, "\n.%s{--r:%.4f;%s}", class, ratio(c), background(c.DominantColor, c.Thumbhash))
}

// intoRows groups the pictures and tells the browser how wide each will be.
func intoRows(pictures []pagePicture, ratios []float64) [][]pagePicture {
	var grouped [][]pagePicture
	for _, n := range rows(ratios) {
		sum := 0.0
		for _, ratio := range ratios[:n] {
			sum += ratio
		}
		for i, ratio := range ratios[:n] {
			share := ratio / sum
			pictures[i].Sizes = fmt.Sprintf("(min-width: %dpx) %.0fpx, (min-width: 640px) %.0fvw, 100vw",
				contentPx, share*contentPx, share*100)
		}
		grouped = append(grouped, pictures[:n])
		pictures, ratios = pictures[n:], ratios[n:]
	}
	return grouped
}

// ratio is the shape of a picture's or a video's frame on the page: its own, unless it is
// very flat or very tall.
func ratio(c *vitrine.Content) float64 {
	if c.Height <= 0 {
		return 1
	}
	return min(max(float64(c.Width)/float64(c.Height), minRatio), maxRatio)
}

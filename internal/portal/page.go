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
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
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
	Tour    *linkJSON
	Video   *pageVideo // a file of ours
	Hosted  *linkJSON  // a video of others
	Updated time.Time
}

type pagePicture struct {
	Class         string // its rule in the style sheet: shape and placeholder
	Src           string
	Srcset        string
	Sizes         string
	Width, Height int // px of the original: the browser needs their ratio only
	Alt           string
}

// servePage answers with a gallery as a page. It holds all it needs except the
// pictures and the video: no script, and one style sheet, which the policy admits by its hash.
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
	h.Set("Content-Security-Policy", p.policy(string(view.Style)))
	h.Set("Referrer-Policy", "no-referrer") // the address is the permission to look
	h.Set("X-Robots-Tag", "noindex")
	serveFresh(w, r, "text/html; charset=utf-8", body.Bytes())
}

// policy allows the pictures and the video, the placeholders (data:) and this
// one style sheet. Framing is left open: a portal may embed the page.
func (p *portal) policy(style string) string {
	sum := sha256.Sum256([]byte(style))
	own := "'self'"
	if base, err := url.Parse(p.urls.Base); err == nil && base.Host != "" {
		own += " " + base.Scheme + "://" + base.Host
	}
	return fmt.Sprintf("default-src 'none'; img-src %s data:; media-src %s; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
		own, own, base64.StdEncoding.EncodeToString(sum[:]))
}

func (p *portal) pageView(shown gallery.Shown) pageView {
	view := pageView{
		advert: readAdvert(shown.Listing.FormData), Count: len(shown.Pictures),
		Tour: linkTo(shown.Tour), Updated: shown.Listing.ShownAt.UTC(),
	}
	style := new(strings.Builder)
	style.WriteString(pageCSS)
	if video := shown.Video; video != nil && video.Content == nil {
		view.Hosted = linkTo(video)
	} else if video != nil {
		view.Video = p.pageVideo(video, view.Title+", video")
		styleFrame(style, view.Video.Class, video.Content)
	}
	var pictures []pagePicture
	var ratios []float64
	for i := range shown.Pictures {
		c := shown.Pictures[i].Content
		picture := pagePicture{
			Class: fmt.Sprintf("p%d", i),
			Width: c.Width, Height: c.Height,
			Alt: cmp.Or(shown.Pictures[i].Title, fmt.Sprintf("%s, photo %d of %d", view.Title, i+1, view.Count)),
		}
		picture.Src, picture.Srcset = p.sources(c)
		pictures, ratios = append(pictures, picture), append(ratios, ratio(c))
		styleFrame(style, picture.Class, c)
	}
	view.Style = template.CSS(style.String()) //nolint:gosec // page.css, numbers, and what background has checked
	if len(pictures) == 0 {
		return view
	}
	pictures[0].Sizes = fmt.Sprintf("(min-width: %dpx) %dpx, 100vw", contentPx, contentPx)
	view.Cover = &pictures[0]
	if ratios[0] < coverMinRatio || ratios[0] > coverMaxRatio {
		view.Cover.Class += " whole"
	}
	view.Rows = intoRows(pictures[1:], ratios[1:])
	return view
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

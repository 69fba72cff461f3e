package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// galleryJSON is what a front end needs to draw a gallery without asking
// anything else and without a jump in its layout.
type galleryJSON struct {
	ID        string        `json:"id"`
	UpdatedAt string        `json:"updatedAt"` // when it was published: RFC 3339, UTC, milliseconds
	Pictures  []pictureJSON `json:"pictures"`  // in order; the first is the cover
	Tour      *linkJSON     `json:"virtualTour"`
	Video     *videoJSON    `json:"video"`
}

// linkJSON is a page of others to which the gallery leads.
type linkJSON struct {
	URL   string `json:"url"`
	Title string `json:"title"`
}

func linkTo(place *store.Shown) *linkJSON {
	if place == nil {
		return nil
	}
	return &linkJSON{URL: place.URL, Title: place.Title}
}

type pictureJSON struct {
	Position  int      `json:"position"`  // 0 is the cover
	MediaType string   `json:"mediaType"` // PICTURE or PANORAMA
	Category  string   `json:"category"`  // "" for none
	Tags      []string `json:"tags"`
	Title     string   `json:"title"` // "" for none
	imageJSON
	Variants []variantJSON `json:"variants"`
}

// imageJSON is what an img element and its placeholder need: of a picture, or
// of a video's poster.
type imageJSON struct {
	Width         int    `json:"width"` // px of the original, upright: the aspect ratio
	Height        int    `json:"height"`
	Blurhash      string `json:"blurhash"`
	Thumbhash     string `json:"thumbhash"` // base64
	DominantColor string `json:"dominantColor"`
	Src           string `json:"src"`    // the largest rendition
	Srcset        string `json:"srcset"` // ready for an img element
}

type variantJSON struct {
	URL         string `json:"url"`
	VariantSize string `json:"variantSize"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	Size        int64  `json:"size"` // bytes
	ContentType string `json:"contentType"`
}

func (p *portal) serveGallery(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	shown, err := p.public(r)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	body, err := json.Marshal(p.galleryJSON(shown))
	if err != nil {
		p.refuse(w, r, fmt.Errorf("encode gallery %s: %w", shown.Listing.Gallery, err))
		return
	}
	serveFresh(w, r, "application/json", append(body, '\n'))
}

func (p *portal) galleryJSON(shown gallery.Shown) galleryJSON {
	g := galleryJSON{
		ID:        shown.Listing.Gallery,
		UpdatedAt: shown.Listing.ShownAt.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		Pictures:  []pictureJSON{},
		Tour:      linkTo(shown.Tour),
		Video:     p.videoJSON(shown.Video),
	}
	for i := range shown.Pictures {
		place := shown.Pictures[i]
		c := place.Content
		picture := pictureJSON{
			Position:  i,
			MediaType: string(place.Type),
			Category:  string(place.Category),
			Tags:      []string{},
			Title:     place.Title,
			imageJSON: p.imageJSON(c),
		}
		for _, tag := range place.Tags {
			picture.Tags = append(picture.Tags, string(tag))
		}
		for _, v := range c.Pictures() {
			picture.Variants = append(picture.Variants, variantJSON{
				URL: p.urls.Variant(c, v), VariantSize: v.Name,
				Width: v.Width, Height: v.Height, Size: v.Bytes, ContentType: v.Type,
			})
		}
		g.Pictures = append(g.Pictures, picture)
	}
	return g
}

func (p *portal) imageJSON(c *vitrine.Content) imageJSON {
	src, srcset := p.sources(c)
	return imageJSON{
		Width: c.Width, Height: c.Height,
		Blurhash: c.Blurhash, Thumbhash: c.Thumbhash, DominantColor: c.DominantColor,
		Src: src, Srcset: srcset,
	}
}

// sources are the src and the srcset of a content's pictures, "" without. A small
// picture has several variants of one width; srcset names each width once, by
// the first, and src is the last of those.
func (p *portal) sources(c *vitrine.Content) (src, srcset string) {
	var set []string
	width := 0
	for _, v := range c.Pictures() {
		if v.Width == width {
			continue
		}
		width, src = v.Width, p.urls.Variant(c, v)
		set = append(set, fmt.Sprintf("%s %dw", src, v.Width))
	}
	return src, strings.Join(set, ", ")
}

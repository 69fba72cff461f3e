package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// galleryJSON is what a front end needs to draw a gallery without asking
// anything else and without a jump in its layout.
type galleryJSON struct {
	ID        string        `json:"id"`
	UpdatedAt string        `json:"updatedAt"` // when it was published: RFC 3339, UTC, milliseconds
	Pictures  []pictureJSON `json:"pictures"`  // in order; the first is the cover
	Tour      *tourJSON     `json:"virtualTour"`
	Video     *videoJSON    `json:"video"`
}

type pictureJSON struct {
	Position  int      `json:"position"`  // 0 is the cover
	MediaType string   `json:"mediaType"` // PICTURE or PANORAMA
	Category  string   `json:"category"`  // "" for none
	Tags      []string `json:"tags"`
	Title     string   `json:"title"` // "" for none
	imageJSON
	Variants []variantJSON `json:"variants"`
	Panorama *panoramaJSON `json:"panorama"` // null for a flat picture
	labelJSON
}

// labelJSON is what is known of how a picture came to be.
type labelJSON struct {
	Altered           bool    `json:"altered"`           // made or altered with a trained model: has to be said
	AlteredFrom       *int    `json:"alteredFrom"`       // position of the picture that it was made of; null when that isn't shown
	DigitalSourceType *string `json:"digitalSourceType"` // IPTC's name; null when nobody says
	C2PA              bool    `json:"c2pa"`              // the file has a manifest, which nobody has verified
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
		Tour:      p.tourJSON(shown.Tour),
		Video:     p.videoJSON(shown.Video),
	}
	for i := range shown.Pictures {
		g.Pictures = append(g.Pictures, p.pictureJSON(shown, i))
	}
	return g
}

func (p *portal) pictureJSON(shown gallery.Shown, position int) pictureJSON {
	place := &shown.Pictures[position]
	picture := pictureJSON{
		Position:  position,
		MediaType: string(place.Type),
		Category:  string(place.Category),
		Tags:      []string{},
		Title:     place.Title,
		imageJSON: p.imageJSON(place),
		Panorama:  p.panoramaJSON(place),
		labelJSON: labelJSON{
			Altered:           place.IsAltered(place.Content),
			DigitalSourceType: orNull(sourceType(place)),
			C2PA:              place.Content.Facts.C2PA,
		},
	}
	if original := madeFrom(shown.Pictures, place); original >= 0 {
		picture.AlteredFrom = &original
	}
	for _, tag := range place.Tags {
		picture.Tags = append(picture.Tags, string(tag))
	}
	for _, v := range place.Content.Pictures() {
		picture.Variants = append(picture.Variants, variantJSON{
			URL: p.address(place, v), VariantSize: v.Name,
			Width: v.Width, Height: v.Height, Size: v.Bytes, ContentType: v.Type,
		})
	}
	return picture
}

func (p *portal) imageJSON(place *store.Shown) imageJSON {
	c := place.Content
	src, srcset := p.sources(place)
	return imageJSON{
		Width: c.Width, Height: c.Height,
		Blurhash: c.Blurhash, Thumbhash: c.Thumbhash, DominantColor: c.DominantColor,
		Src: src, Srcset: srcset,
	}
}

// poster is the picture of a video or a link, nil for none.
func (p *portal) poster(place *store.Shown) *imageJSON {
	if place.Content == nil || len(place.Content.Pictures()) == 0 {
		return nil
	}
	poster := p.imageJSON(place)
	return &poster
}

// sources are the src and the srcset of a content's pictures, "" without. A small
// picture has several variants of one width; srcset names each width once, by
// the first, and src is the last of those.
func (p *portal) sources(place *store.Shown) (src, srcset string) {
	var set []string
	width := 0
	for _, v := range place.Content.Pictures() {
		if v.Width == width {
			continue
		}
		width, src = v.Width, p.address(place, v)
		set = append(set, fmt.Sprintf("%s %dw", src, v.Width))
	}
	return src, strings.Join(set, ", ")
}

package portal

import (
	"cmp"
	"net/url"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// tourJSON is a virtual tour, which is a page of others.
type tourJSON struct {
	URL       string     `json:"url"`
	Title     string     `json:"title"`     // the sender's, else the page's; "" for none
	EmbedURL  *string    `json:"embedUrl"`  // may be the source of a frame; null for none
	Frameable bool       `json:"frameable"` // url itself may be shown in a frame
	Poster    *imageJSON `json:"poster"`
}

func (p *portal) tourJSON(place *store.Shown) *tourJSON {
	if place == nil {
		return nil
	}
	link := linkOf(place)
	return &tourJSON{
		URL: place.URL, Title: cmp.Or(place.Title, link.Title),
		EmbedURL: orNull(link.EmbedURL), Frameable: link.Frameable, Poster: p.poster(place),
	}
}

// linkOf is what the page of a link says.
func linkOf(place *store.Shown) vitrine.Link {
	if place.Link == nil {
		return vitrine.Link{}
	}
	return *place.Link
}

// orNull is a string of the JSON that is null for none.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// pageLink is a page of others to which ours leads. Nothing of theirs is loaded
// before somebody goes there: the poster is our copy.
type pageLink struct {
	URL    string
	Title  string
	Kind   string // "Virtual tour"
	Host   string // where it leads
	Poster *pagePicture
}

// posterSizes is how wide a link's poster is on the page.
const posterSizes = "(min-width: 640px) 536px, 100vw"

func (p *portal) pageLink(place *store.Shown, kind, class string) pageLink {
	link := pageLink{URL: place.URL, Kind: kind, Title: cmp.Or(place.Title, linkOf(place).Title, kind)}
	if target, err := url.Parse(place.URL); err == nil {
		link.Host = target.Hostname()
	}
	if c := place.Content; c != nil && len(c.Pictures()) > 0 {
		link.Poster = &pagePicture{Class: class, Sizes: posterSizes, Width: c.Width, Height: c.Height}
		link.Poster.Src, link.Poster.Srcset = p.sources(place)
	}
	return link
}

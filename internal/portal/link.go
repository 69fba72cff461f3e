package portal

import (
	"cmp"
	"net/url"
	"strings"

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
	Show   string // what the component calls it, "" when it can only be gone to
	Frame  string // the origin of what may be shown in a frame, "" for none
	Poster *pagePicture
}

// linkKind is a kind of pages of others: its name for people and the one by which
// the component knows it.
type linkKind struct{ name, show string }

var (
	tourLink  = linkKind{"Virtual tour", "tour"}
	videoLink = linkKind{"Video", "video"}
)

// origin is the scheme and the host of a page's address as a policy names them,
// "" when it can't name them: an address is a stranger's word.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(strings.ToLower(u.Host), "abcdefghijklmnopqrstuvwxyz0123456789.-:") != "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// posterSizes is how wide a link's poster is on the page.
const posterSizes = "(min-width: 640px) 536px, 100vw"

func (p *portal) pageLink(place *store.Shown, kind linkKind, class string) pageLink {
	facts := linkOf(place)
	link := pageLink{URL: place.URL, Kind: kind.name, Title: cmp.Or(place.Title, facts.Title, kind.name)}
	framed := facts.EmbedURL
	if framed == "" && facts.Frameable && kind == tourLink {
		framed = place.URL
	}
	if link.Frame = origin(framed); link.Frame != "" {
		link.Show = kind.show
	}
	if target, err := url.Parse(place.URL); err == nil {
		link.Host = target.Hostname()
	}
	if c := place.Content; c != nil && len(c.Pictures()) > 0 {
		link.Poster = &pagePicture{Class: class, Sizes: posterSizes, Width: c.Width, Height: c.Height}
		link.Poster.Src, link.Poster.Srcset = p.sources(place)
	}
	return link
}

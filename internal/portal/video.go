package portal

import (
	"cmp"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// videoJSON is a video file of ours, with its sources, or a link to one that
// others host, with its URL.
type videoJSON struct {
	URL      *string      `json:"url"`      // null for a file
	EmbedURL *string      `json:"embedUrl"` // of a link: may be the source of a frame; null for none
	Title    string       `json:"title"`    // the sender's, else the page's; "" for none
	Poster   *imageJSON   `json:"poster"`
	Sources  []sourceJSON `json:"sources"`  // largest first; none of a link
	Duration *float64     `json:"duration"` // seconds, null when unknown
	Width    *int         `json:"width"`    // px of the original, upright: the aspect ratio; null when unknown
	Height   *int         `json:"height"`
}

// sourceJSON is a rendition of a video.
type sourceJSON struct {
	URL         string `json:"url"`
	ContentType string `json:"contentType"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	Size        int64  `json:"size"` // bytes
}

func (p *portal) videoJSON(place *store.Shown) *videoJSON {
	if place == nil {
		return nil
	}
	link := linkOf(place)
	video := &videoJSON{
		URL: orNull(place.URL), EmbedURL: orNull(link.EmbedURL), Title: cmp.Or(place.Title, link.Title),
		Poster: p.poster(place), Sources: []sourceJSON{},
	}
	if place.URL != "" {
		return video
	}
	c := place.Content
	video.Width, video.Height = &c.Width, &c.Height
	if c.Duration > 0 {
		seconds := c.Duration.Seconds()
		video.Duration = &seconds
	}
	for _, v := range largestFirst(c.Videos()) {
		video.Sources = append(video.Sources, sourceJSON{
			URL: p.urls.Variant(c, v), ContentType: v.Type, Width: v.Width, Height: v.Height, Size: v.Bytes,
		})
	}
	return video
}

func largestFirst(variants []vitrine.Variant) []vitrine.Variant {
	return slices.SortedStableFunc(slices.Values(variants), func(a, b vitrine.Variant) int {
		return cmp.Compare(b.Width*b.Height, a.Width*a.Height)
	})
}

// pageVideo is a video file of ours on the page.
type pageVideo struct {
	Class         string // its rule in the style sheet: shape and placeholder
	Poster        string // "" for none
	Width, Height int    // px of the original
	Label         string
	Sources       []pageSource // largest first
}

type pageSource struct {
	Src   string
	Type  string
	Media string // "" for any screen
}

// largeScreen is where more than the smallest source of a video is worth its
// bytes. A browser takes the first source that it can play and whose screen it
// has.
const largeScreen = "(min-width: 640px)"

func (p *portal) pageVideo(place *store.Shown, label string) *pageVideo {
	c := place.Content
	video := &pageVideo{Class: "v", Width: c.Width, Height: c.Height, Label: cmp.Or(place.Title, label)}
	video.Poster, _ = p.sources(place)
	for _, v := range largestFirst(c.Videos()) {
		video.Sources = append(video.Sources, pageSource{Src: p.urls.Variant(c, v), Type: v.Type, Media: largeScreen})
	}
	if n := len(video.Sources); n > 0 {
		video.Sources[n-1].Media = ""
	}
	return video
}

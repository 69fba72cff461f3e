package tour

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// OEmbed is what an oEmbed answer says. Its texts are "" for what it doesn't
// say, and else keep to the rules of those in Page.
type OEmbed struct {
	Title      string // title
	PreviewURL string // thumbnail_url
	EmbedURL   string // the source of the first frame in html that has a good one; https only
}

// ReadOEmbed reads an oEmbed answer in JSON (oembed.com, section 2.3.4). What
// has another type than it should is as if it were not there. URLs without a
// scheme are https, as they would be in the pages that html is meant for.
//
// The error is for a body that is longer than 64 KiB or isn't a JSON object.
func ReadOEmbed(body []byte) (OEmbed, error) {
	if len(body) > maxBytes {
		return OEmbed{}, fmt.Errorf("read an oEmbed answer: it has %d bytes, %d are allowed", len(body), maxBytes)
	}
	// Not into a struct: there one value of a wrong type would spoil the rest.
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\uFEFF")), &fields); err != nil {
		return OEmbed{}, fmt.Errorf("read an oEmbed answer: %w", err)
	}
	if fields == nil {
		return OEmbed{}, errors.New("read an oEmbed answer: it is null")
	}
	base := &url.URL{Scheme: "https"}
	return OEmbed{
		// Many blogs write entities, as if JSON were HTML.
		Title:      oneLine(html.UnescapeString(jsonString(fields["title"]))),
		PreviewURL: resolve(base, jsonString(fields["thumbnail_url"])),
		EmbedURL: first(frames(jsonString(fields["html"])), func(src string) string {
			return secure(resolve(base, src))
		}),
	}, nil
}

// jsonString gives a JSON string; "" for any other value.
func jsonString(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// frames gives the sources of the frames in a piece of HTML.
func frames(markup string) []string {
	var sources []string
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return sources
		case html.StartTagToken, html.SelfClosingTagToken:
			if tag := z.Token(); tag.Data == "iframe" {
				sources = append(sources, attribute(tag, "src"))
			}
		}
	}
}

// Merge lays what an oEmbed answer said beneath what the page said: it gives
// the page with what it lacks from there.
func Merge(page Page, said OEmbed) Page {
	page.Title = orElse(page.Title, said.Title)
	page.PreviewURL = orElse(page.PreviewURL, said.PreviewURL)
	page.EmbedURL = orElse(page.EmbedURL, said.EmbedURL)
	return page
}

package tour

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// facts are what the head of a page says, in its own words: neither the texts
// nor the URLs are checked.
type facts struct {
	title, ogTitle, twitterTitle string
	images, videos               []object
	twitterImages                []string
	twitterPlayers               []string
	oEmbeds                      []string
	base                         string // the href of the first <base> that has one
}

// readHead reads a page up to its body, in which anybody may have written.
//
// It doesn't mind what else stands in the head. A parser would end the head at
// the first <div>, as browsers do, but pages are written for the readers of
// links, which go on.
func readHead(page []byte) facts {
	var f facts
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end; a tag that was cut gives no token
			return f
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			switch tag.Data {
			case "body", "svg": // the titles in an <svg> are those of shapes
				return f
			case "title":
				if text := readTitle(z); f.title == "" {
					f.title = text
				}
			case "base":
				if f.base == "" {
					f.base = attribute(tag, "href")
				}
			case "link":
				f.addLink(tag)
			case "meta":
				f.addMeta(tag)
			}
		}
	}
}

// readTitle gives the text up to </title>; "" when that was cut off, since then
// the text was too.
func readTitle(z *html.Tokenizer) string {
	var text strings.Builder
	for {
		switch z.Next() {
		case html.TextToken:
			text.Write(z.Text())
		case html.EndTagToken:
			return text.String()
		default:
			return ""
		}
	}
}

func (f *facts) addLink(tag html.Token) {
	mediaType, _, _ := strings.Cut(strings.ToLower(attribute(tag, "type")), ";")
	rels := strings.Fields(strings.ToLower(attribute(tag, "rel")))
	if strings.TrimSpace(mediaType) == "application/json+oembed" && slices.Contains(rels, "alternate") {
		f.oEmbeds = append(f.oEmbeds, attribute(tag, "href"))
	}
}

// addMeta reads a <meta>. The names of Open Graph belong into property and those
// of Twitter into name, but pages take either, or give one text several names.
func (f *facts) addMeta(tag html.Token) {
	content := attribute(tag, "content")
	if strings.TrimSpace(content) == "" {
		return
	}
	names := attribute(tag, "property") + " " + attribute(tag, "name")
	for _, name := range strings.Fields(strings.ToLower(names)) {
		f.addProperty(name, content)
	}
}

func (f *facts) addProperty(name, content string) {
	switch name {
	case "og:title":
		f.ogTitle = orElse(f.ogTitle, content)
	case "twitter:title":
		f.twitterTitle = orElse(f.twitterTitle, content)
	case "og:image", "og:image:url", "og:image:secure_url", "og:image:type":
		f.images = addTo(f.images, strings.TrimPrefix(name, "og:image"), content)
	case "og:video", "og:video:url", "og:video:secure_url", "og:video:type":
		f.videos = addTo(f.videos, strings.TrimPrefix(name, "og:video"), content)
	case "twitter:image", "twitter:image:src":
		f.twitterImages = append(f.twitterImages, content)
	case "twitter:player":
		f.twitterPlayers = append(f.twitterPlayers, content)
	}
}

// attribute gives the value of a tag's first attribute of that name, the one
// that counts; "" for none.
func attribute(tag html.Token, name string) string {
	for _, attr := range tag.Attr {
		if attr.Key == name {
			return attr.Val
		}
	}
	return ""
}

func orElse(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

// titles, previews and players are what the head offers, the best first.
func (f *facts) titles() []string { return []string{f.ogTitle, f.twitterTitle, f.title} }

func (f *facts) previews() []string {
	var refs []string
	for _, image := range f.images {
		refs = append(refs, image.secureURL, image.url)
	}
	return append(refs, f.twitterImages...)
}

func (f *facts) players() []string {
	var refs []string
	for _, video := range f.videos {
		// Others are films for a <video>, or for a Flash player.
		if video.mediaType == "" || namesHTML(video.mediaType) {
			refs = append(refs, video.secureURL, video.url)
		}
	}
	return append(refs, f.twitterPlayers...)
}

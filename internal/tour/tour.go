// Package tour reads what a web page says about the virtual tour or the hosted
// video it shows: its title, its preview picture, and what of it may stand in a
// frame of another site.
//
// It is given headers and bytes and never dials. All of them are foreign:
// nothing of the markup comes out but plain text and checked URLs. Every URL
// given out is absolute, http or https, in ASCII, without user information, and
// at most 2048 bytes long.
package tour

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// maxBytes is how much of an answer is looked at.
const maxBytes = 64 << 10

// errNotWeb doesn't quote the URL, which may hold secrets.
var errNotWeb = errors.New("the page's URL is not an http or https address")

// Page is what a link leads to. Its texts are "" for what the page doesn't say.
type Page struct {
	// Title is og:title, twitter:title or else <title>: one line of plain text
	// with its entities decoded, at most 200 runes.
	Title string
	// PreviewURL is og:image (:secure_url, :url) or twitter:image.
	PreviewURL string
	// OEmbedURL is where the page has its oEmbed answer in JSON, for ReadOEmbed.
	OEmbedURL string
	// EmbedURL is what may be the source of a frame, https only: the player of
	// og:video (:secure_url, :url) or twitter:player, or else the page itself
	// where it is Frameable.
	EmbedURL string
	// Frameable says that the page itself may be shown in a frame of any https
	// site: it is https itself, where browsers show nothing less, and its
	// Content-Security-Policy and X-Frame-Options allow it.
	Frameable bool
}

// Read reads the answer for pageURL, the URL that was asked last when there were
// redirects: its headers, and the first bytes of its body with any content
// coding undone. The bytes may be cut anywhere, what was cut is as if it were
// not there; those after the first 64 KiB are not looked at.
//
// Of an answer that isn't HTML only Frameable is set. Answers without a
// Content-Type are judged by their first bytes, as browsers do.
//
// The error is for a pageURL that isn't http or https; it doesn't quote it.
func Read(pageURL string, header http.Header, head []byte) (Page, error) {
	base, err := url.Parse(pageURL)
	if err != nil || !isWeb(base) {
		return Page{}, errNotWeb
	}
	page := Page{Frameable: base.Scheme == "https" && frameable(header)}
	head = head[:min(len(head), maxBytes)]
	contentType := header.Get("Content-Type")
	if !isHTML(contentType, head) {
		return page, nil
	}
	own := resolve(base, pageURL)
	base.User = nil // else what is relative to a page behind a password would be refused
	said := readHead(decode(head, contentType))
	if said.base != "" {
		base = rebase(base, said.base)
	}
	page.Title = first(said.titles(), oneLine)
	at := func(ref string) string { return resolve(base, ref) }
	page.PreviewURL = first(said.previews(), at)
	page.OEmbedURL = first(said.oEmbeds, at)
	page.EmbedURL = first(said.players(), func(ref string) string {
		player := secure(at(ref))
		if !page.Frameable && samePage(player, own) {
			return "" // the headers are what a browser goes by
		}
		return player
	})
	if page.EmbedURL == "" && page.Frameable {
		page.EmbedURL = secure(own)
	}
	return page, nil
}

// first gives what clean makes of the first text of which it makes something.
func first(texts []string, clean func(string) string) string {
	for _, text := range texts {
		if good := clean(text); good != "" {
			return good
		}
	}
	return ""
}

// isHTML says whether an answer that begins with head is a page with a head.
func isHTML(contentType string, head []byte) bool {
	if contentType == "" {
		contentType = http.DetectContentType(head)
	}
	return namesHTML(contentType)
}

// namesHTML says whether a media type, with or without parameters, is HTML.
func namesHTML(mediaType string) bool {
	// By hand, because mime.ParseMediaType refuses a type for its parameters.
	name, _, _ := strings.Cut(mediaType, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	return name == "text/html" || name == "application/xhtml+xml"
}

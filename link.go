package vitrine

// Link is what a page of others says about the virtual tour or the hosted video
// that it shows. All of it is foreign: plain text and checked URLs.
type Link struct {
	Title string `json:"title,omitempty"`
	// EmbedURL may be the source of a frame; https only, "" for none.
	EmbedURL string `json:"embedUrl,omitempty"`
	// Frameable says that the page itself may be shown in a frame of any https
	// site.
	Frameable bool `json:"frameable,omitempty"`
	// PreviewURL is where the page has its preview picture, "" for none. What
	// the gallery shows is our copy.
	PreviewURL string `json:"previewUrl,omitempty"`
}

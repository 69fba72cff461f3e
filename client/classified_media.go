package client

import (
	"context"
	"net/http"

	"github.com/vitrine-media/vitrine"
)

// ClassifiedMedia is one entry of a classified's list as it stands. What isn't
// known yet is the zero value.
type ClassifiedMedia struct {
	MediaID string `json:"mediaId"`
	MediaSource
	Position    int                 `json:"position"` // 0 is the cover
	Status      vitrine.MediaStatus `json:"status"`
	Stale       bool                `json:"stale"`       // its last good version is shown, as the newest could not be had
	Failure     *Failure            `json:"failure"`     // why not
	Shown       bool                `json:"shown"`       // it stands in the gallery now
	ContentType string              `json:"contentType"` // "" of a link
	Width       int                 `json:"width"`       // px, upright; of a link its poster's
	Height      int                 `json:"height"`
	Duration    float64             `json:"duration"` // seconds, of a video
	Progress    int                 `json:"progress"` // percent of a video that is being processed
	Blurhash    string              `json:"blurhash"`
	Variants    []Variant           `json:"variants"` // pictures, smallest first; of a video or a link those of its poster; then the videos
	Panorama    *Panorama           `json:"panorama"` // nil for what is none
	Link        *Link               `json:"link"`     // of a virtual tour or a hosted video that led somewhere, nil otherwise

	// What the file says about where it comes from.
	DigitalSourceType string `json:"digitalSourceType"` // IPTC's, "" for nothing; vitrine.IsAISourceType knows those of trained models
	C2PA              bool   `json:"c2pa"`              // it has Content Credentials, which nobody has verified
}

// Link is what a page of others says about the virtual tour or the hosted video
// that it shows.
type Link struct {
	Title     string `json:"title"`
	EmbedURL  string `json:"embedUrl"`  // may be the source of a frame; https, "" for none
	Frameable bool   `json:"frameable"` // the page itself may be shown in a frame
}

// ClassifiedMedia gives the media of a classified, in order.
func (c *Client) ClassifiedMedia(ctx context.Context, id string) ([]ClassifiedMedia, error) {
	var list struct {
		Items []ClassifiedMedia `json:"items"`
	}
	err := c.ask(ctx, classifiedPath(id)+"/media", &list)
	return list.Items, err
}

// ClassifiedMediaTimeline gives what was tried for one media of a classified,
// oldest first.
func (c *Client) ClassifiedMediaTimeline(ctx context.Context, id, media string) ([]Attempt, error) {
	var timeline struct {
		Items []Attempt `json:"items"`
	}
	err := c.ask(ctx, classifiedMediaPath(id, media)+"/timeline", &timeline)
	return timeline.Items, err
}

// RetryClassifiedMedia has one media of a classified fetched again now. What it
// shows stays until the new bytes are ready.
func (c *Client) RetryClassifiedMedia(ctx context.Context, id, media string) error {
	req := request{method: http.MethodPost, path: classifiedMediaPath(id, media) + "/retry", classifieds: true}
	var accepted struct{}
	return c.send(ctx, req, &accepted)
}

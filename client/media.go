package client

import (
	"context"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Optimization says how far a file has come (Listings API 3.3).
type Optimization string

// The states of a file.
const (
	Pending    Optimization = "pending"
	Processing Optimization = "processing"
	Success    Optimization = "success"
	Failed     Optimization = "failed"
)

// Ended reports whether nothing more happens by itself.
func (o Optimization) Ended() bool { return o == Success || o == Failed }

// Media is one file. What isn't known yet is the zero value.
type Media struct {
	ID            int64        `json:"id"`
	ExternalID    string       `json:"externalId"`
	Size          int64        `json:"size"` // bytes of the original
	ContentType   string       `json:"contentType"`
	Optimization  Optimization `json:"optimization"`
	Progress      int          `json:"progress"` // percent of a video that is being processed
	Width         int          `json:"width"`    // px, upright
	Height        int          `json:"height"`
	Duration      float64      `json:"duration"` // seconds, of a video
	Blurhash      string       `json:"blurhash"`
	Thumbhash     string       `json:"thumbhash"` // base64
	DominantColor string       `json:"dominantColor"`
	OriginalURL   string       `json:"originalUrl"` // private: the bytes as sent, with whatever they tell of place and person
	Variants      []Variant    `json:"variants"`    // pictures, smallest first; of a video those of its poster, and then the videos
	Panorama      *Panorama    `json:"panorama"`    // nil for what is none
	Failure       *Failure     `json:"failure"`

	// What the file says about where it comes from.
	DigitalSourceType string `json:"digitalSourceType"` // IPTC's, "" for nothing; vitrine.IsAISourceType knows those of trained models
	C2PA              bool   `json:"c2pa"`              // it has Content Credentials, which nobody has verified
}

// Variant is one rendition of a file, at a public address that never changes.
type Variant struct {
	URL         string `json:"url"`
	VariantSize string `json:"variantSize"` // "128": the longest side asked for; of a video "720" (1280 px at most) and "1080" (1920 px)
	Width       int    `json:"width"`       // px
	Height      int    `json:"height"`
	Size        int64  `json:"size"`        // bytes
	ContentType string `json:"contentType"` // "image/webp" or "video/mp4"
}

// Video reports whether the variant is one that plays.
func (v Variant) Video() bool { return vitrine.IsVideo(v.ContentType) }

// Failure is why a file could not be had, whose turn it is, and what to do.
type Failure struct {
	Code      vitrine.FailureCode `json:"code"`
	Message   string              `json:"message"`
	Owner     vitrine.Owner       `json:"owner"`
	Remedy    string              `json:"remedy"`
	Retryable bool                `json:"retryable"`
}

// Media gives a file by its id.
func (c *Client) Media(ctx context.Context, id int64) (Media, error) {
	return c.media(ctx, mediaPath(id))
}

// MediaByExternalID gives a file by its sender's own id.
func (c *Client) MediaByExternalID(ctx context.Context, externalID string) (Media, error) {
	return c.media(ctx, mediaExternalPath(externalID))
}

func (c *Client) media(ctx context.Context, path string) (Media, error) {
	var m Media
	err := c.call(ctx, http.MethodGet, path, nil, &m)
	return m, err
}

// Import is a file that the server has begun to work on, or has already.
type Import struct {
	MediaID    int64        `json:"mediaId"`
	Status     Optimization `json:"status"`
	ExternalID string       `json:"externalId"`
	JobID      int64        `json:"jobId"` // the work under way, 0 for none: the file was there
}

// UploadFromURL has the server fetch one file. externalID is the sender's own,
// "" for none; a known one gives the file that has it, without a download.
func (c *Client) UploadFromURL(ctx context.Context, url, externalID string) (Import, error) {
	body := struct {
		URL        string `json:"url"`
		ExternalID string `json:"externalId,omitempty"`
	}{url, externalID}
	var result Import
	err := c.call(ctx, http.MethodPost, "/media/upload-from-url", body, &result)
	return result, err
}

// Attempt is one thing that was tried for a file.
type Attempt struct {
	Stage       string    `json:"stage"`  // "fetch", "scan", "optimise", "encode", "repair"
	Number      int       `json:"number"` // 1 for the first try of this stage
	JobID       int64     `json:"jobId"`
	StartedAt   time.Time `json:"startedAt"`
	DurationMs  int64     `json:"durationMs"`
	HTTPStatus  int       `json:"httpStatus"` // 0 when there was no answer
	Bytes       int64     `json:"bytes"`
	ContentType string    `json:"contentType"`
	Failure     *Failure  `json:"failure"` // nil when it went well
}

// Timeline gives what was tried for a file, oldest first.
func (c *Client) Timeline(ctx context.Context, id int64) ([]Attempt, error) {
	var timeline struct {
		Items []Attempt `json:"items"`
	}
	err := c.call(ctx, http.MethodGet, mediaPath(id)+"/timeline", nil, &timeline)
	return timeline.Items, err
}

// RetryMedia has a file fetched again from its URL. What it shows stays until
// the new bytes are ready.
func (c *Client) RetryMedia(ctx context.Context, id int64) (Import, error) {
	var i Import
	err := c.call(ctx, http.MethodPost, mediaPath(id)+"/retry", nil, &i)
	return i, err
}

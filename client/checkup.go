package client

import (
	"context"
	"net/http"

	"github.com/vitrine-media/vitrine"
)

// Checked is what there is to say of the picture of a file of a list.
type Checked struct {
	ID         int64     `json:"id"`         // of a listing's file
	ExternalID string    `json:"externalId"` // of a listing's file
	MediaID    string    `json:"mediaId"`    // of a classified's media
	URL        string    `json:"url"`        // of a classified's media, as sent
	Position   int       `json:"position"`   // 0 is the cover
	Measured   bool      `json:"measured"`   // false of a video, and of what isn't ready or was made by an older version of the server
	Warnings   []Warning `json:"warnings"`
}

// Warning is what a check found. It keeps no picture from being shown.
type Warning struct {
	Code     vitrine.CheckCode `json:"code"`
	Message  string            `json:"message"`
	Remedy   string            `json:"remedy"`
	Evidence []Evidence        `json:"evidence"`
	Like     *Like             `json:"like"` // the picture that looks the same; nil for other warnings
}

// Evidence is a figure of a picture, and the limit that it is beyond.
type Evidence struct {
	Figure vitrine.Figure `json:"figure"`
	Value  float64        `json:"value"`
	Limit  string         `json:"limit"` // "below" or "atLeast"
	Of     float64        `json:"of"`
}

// Like is a picture that looks like another one.
type Like struct {
	ID           int64  `json:"id"`           // of a listing's file
	MediaID      string `json:"mediaId"`      // of a classified's media
	ListingID    int64  `json:"listingId"`    // 0 for the same listing
	ClassifiedID string `json:"classifiedId"` // "" for the same classified
}

// CheckUp judges the pictures of a listing, in its order.
func (c *Client) CheckUp(ctx context.Context, id int64) ([]Checked, error) {
	return c.checkUp(ctx, listingPath(id))
}

// CheckUpByExternalID is CheckUp by the sender's own id.
func (c *Client) CheckUpByExternalID(ctx context.Context, externalID string) ([]Checked, error) {
	return c.checkUp(ctx, listingExternalPath(externalID))
}

func (c *Client) checkUp(ctx context.Context, listing string) ([]Checked, error) {
	var list struct {
		Items []Checked `json:"items"`
	}
	err := c.call(ctx, http.MethodGet, listing+"/checkup", nil, &list)
	return list.Items, err
}

// CheckUpClassified judges the pictures of a classified, in the order of its
// list.
func (c *Client) CheckUpClassified(ctx context.Context, id string) ([]Checked, error) {
	var list struct {
		Items []Checked `json:"items"`
	}
	err := c.ask(ctx, classifiedPath(id)+"/checkup", &list)
	return list.Items, err
}

package client

import (
	"context"
	"net/http"
)

// Agency is the account that the key belongs to.
type Agency struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Limits  Limits `json:"limits"`
	Version string `json:"version"` // of the server's program, "" from one that doesn't tell
}

// Limits are the server's limits (Listings API 3.1). One that it doesn't tell
// is 0.
type Limits struct {
	MinPhotos       int     `json:"minPhotos"`       // photos a listing needs to be published
	MaxPhotos       int     `json:"maxPhotos"`       // photos a listing may hold
	MaxVideos       int     `json:"maxVideos"`       // videos a listing may hold, beside its photos
	MaxFiles        int     `json:"maxFiles"`        // entries of one request's list
	MaxPhotoBytes   int64   `json:"maxPhotoBytes"`   // of one photo
	MaxVideoBytes   int64   `json:"maxVideoBytes"`   // of one video
	MaxVideoSeconds float64 `json:"maxVideoSeconds"` // length of one video
	MaxPixels       int64   `json:"maxPixels"`       // width times height
	MaxSidePx       int     `json:"maxSidePx"`       // the longest side
	MaxBodyBytes    int64   `json:"maxBodyBytes"`    // of a JSON request
	RatePerMinute   int     `json:"ratePerMinute"`   // requests a minute for each key
	BulkPerMinute   int     `json:"bulkPerMinute"`   // of these, on the bulk endpoints
}

// Agency gives the key's account: the check whether server and key are right.
func (c *Client) Agency(ctx context.Context) (Agency, error) {
	var a Agency
	err := c.call(ctx, http.MethodGet, "/agency", nil, &a)
	return a, err
}

package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
)

// File is one entry of a wanted list (Listings API 4.1): a URL, perhaps with
// the sender's own id; or the ID of a file that is there; or its own id alone.
type File struct {
	URL        string `json:"url,omitempty"`
	ID         int64  `json:"id,omitempty"`
	ExternalID string `json:"externalFileId,omitempty"`
}

// ListingInput is what PutListing usually sends. Exactly one of ID and
// ExternalID is set.
type ListingInput struct {
	ID         int64
	ExternalID string
	Status     vitrine.ListingStatus // "" keeps the status
	Files      []File                // nil: untouched; else the listing's set, in that order, the cover first
	Fields     map[string]any        // the advert's own fields, kept as they come
}

// MarshalJSON writes the fields beside the rest, as the contract has them.
func (in ListingInput) MarshalJSON() ([]byte, error) {
	object := make(map[string]any, len(in.Fields)+4)
	for name, value := range in.Fields {
		object[name] = value
	}
	if in.ID != 0 {
		object["id"] = in.ID
	}
	if in.ExternalID != "" {
		object["externalId"] = in.ExternalID
	}
	if in.Status != "" {
		object["announcementStatus"] = in.Status
	}
	if in.Files != nil {
		object["files"] = in.Files
	}
	return json.Marshal(object)
}

// PutResult is the answer to PutListing.
type PutResult struct {
	ID         int64                 `json:"id"`
	ExternalID string                `json:"externalId"`
	Status     vitrine.ListingStatus `json:"status"`
	PublicURL  string                `json:"publicUrl"`  // the page for people
	GalleryURL string                `json:"galleryUrl"` // the JSON for front ends
	Created    bool                  `json:"created"`
	Updated    bool                  `json:"updated"`
	JobID      int64                 `json:"jobId"` // the publication under way, 0 for none
}

// PutListing creates or updates a listing. It returns when the wish is safely
// written, not when its photos are ready: WaitJob waits for that. The listing
// is anything that encodes to the contract's JSON: a ListingInput, or a
// json.RawMessage that goes out as it is.
func (c *Client) PutListing(ctx context.Context, listing any) (PutResult, error) {
	var result PutResult
	err := c.call(ctx, http.MethodPut, "/listings", listing, &result)
	return result, err
}

// Listing is a listing as the server has it (Listings API 4.3).
type Listing struct {
	ID           int64                      `json:"id"`
	ExternalID   string                     `json:"externalId"`
	PublicURL    string                     `json:"publicUrl"`
	CreatedAt    time.Time                  `json:"createdAt"`
	UpdatedAt    time.Time                  `json:"updatedAt"`
	LastSyncedAt time.Time                  `json:"lastSyncedAt"`
	FormData     map[string]json.RawMessage `json:"formData"` // the advert's own fields
	Files        []ListingFile              `json:"files"`    // in order
}

// Status is the listing's publication state.
func (l *Listing) Status() vitrine.ListingStatus {
	var status vitrine.ListingStatus
	if json.Unmarshal(l.FormData["announcementStatus"], &status) != nil {
		return ""
	}
	return status
}

// ListingFile is a file of a listing, in short; Media has it in full.
type ListingFile struct {
	ID           int64        `json:"id"`
	ExternalID   string       `json:"externalId"`
	ContentType  string       `json:"contentType"`
	Size         int64        `json:"size,string"` // bytes, 0 until known
	Optimization Optimization `json:"optimization"`
}

// Listing gives a listing by its id.
func (c *Client) Listing(ctx context.Context, id int64) (Listing, error) {
	var l Listing
	err := c.call(ctx, http.MethodGet, fmt.Sprintf("/listings/%d", id), nil, &l)
	return l, err
}

// Agency is the account that the key belongs to.
type Agency struct {
	ID     int64                      `json:"id"`
	Name   string                     `json:"name"`
	Status string                     `json:"status"`
	Limits map[string]json.RawMessage `json:"limits"`
}

// Agency gives the key's account: the check whether server and key are right.
func (c *Client) Agency(ctx context.Context) (Agency, error) {
	var a Agency
	err := c.call(ctx, http.MethodGet, "/agency", nil, &a)
	return a, err
}

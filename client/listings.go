package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
)

// File is one entry of a wanted list (Listings API 4.1): a URL, perhaps with
// the sender's own id; or the ID of a file that is there; or its own id alone.
type File struct {
	URL         string `json:"url,omitempty"`
	ID          int64  `json:"id,omitempty"`
	ExternalID  string `json:"externalFileId,omitempty"`
	Altered     bool   `json:"altered,omitempty"`     // a trained model made or altered the picture; it is shown with a label
	AlteredFrom string `json:"alteredFrom,omitempty"` // the external id of the picture that it was made of; needs Altered
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
	Progress     int          `json:"progress"` // percent of a video that is being processed
	Duration     float64      `json:"duration"` // seconds, of a video
	Altered      bool         `json:"altered"`  // as sent
	AlteredFrom  string       `json:"alteredFrom"`
	Shown        bool         `json:"shown"` // it stands in the gallery now
}

// Listing gives a listing by its id.
func (c *Client) Listing(ctx context.Context, id int64) (Listing, error) {
	return c.listing(ctx, listingPath(id))
}

// ListingByExternalID gives a listing by its sender's own id.
func (c *Client) ListingByExternalID(ctx context.Context, externalID string) (Listing, error) {
	return c.listing(ctx, listingExternalPath(externalID))
}

func (c *Client) listing(ctx context.Context, path string) (Listing, error) {
	var l Listing
	err := c.call(ctx, http.MethodGet, path, nil, &l)
	return l, err
}

// ListingPage is some of the account's listings.
type ListingPage struct {
	Items []Listing `json:"items"`
	Total int       `json:"total"` // on all pages
	Page  int       `json:"page"`  // counted from 1
	Limit int       `json:"limit"` // the most a page has
}

// MaxPage is the most listings that one page has.
const MaxPage = 100

// Listings gives one page, counted from 1, of limit listings, from 1 to
// MaxPage. Their order doesn't change from page to page.
func (c *Client) Listings(ctx context.Context, page, limit int) (ListingPage, error) {
	var p ListingPage
	err := c.call(ctx, http.MethodGet, fmt.Sprintf("/listings?limit=%d&page=%d", limit, page), nil, &p)
	return p, err
}

// AllListings gives the account's listings one after another, and asks for
// each page when it comes to it. After an error, which comes with a zero
// Listing, there is no more. A listing that is deleted meanwhile may hide the
// one that takes its place.
func (c *Client) AllListings(ctx context.Context) iter.Seq2[Listing, error] {
	return func(yield func(Listing, error) bool) {
		for page := 1; ; page++ {
			p, err := c.Listings(ctx, page, MaxPage)
			if err != nil {
				yield(Listing{}, err)
				return
			}
			for _, l := range p.Items {
				if !yield(l, nil) {
					return
				}
			}
			if len(p.Items) == 0 || page*MaxPage >= p.Total {
				return
			}
		}
	}
}

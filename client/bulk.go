package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/vitrine-media/vitrine"
)

// Op is what one operation of a bulk request does.
type Op string

// The operations: on media, on listings, and on both.
const (
	OpUploadFromURL    Op = "upload-from-url"    // URL, perhaps ExternalID
	OpRequestUploadURL Op = "request-upload-url" // ContentType, perhaps Filename, Size, ExternalID
	OpConfirmUpload    Op = "confirm-upload"     // ID or ExternalID

	OpUpsert   Op = "upsert"   // Listing
	OpValidate Op = "validate" // Listing: checked, nothing is saved

	OpLink   Op = "link"   // ID and ExternalID
	OpUnlink Op = "unlink" // ID
	OpDelete Op = "delete" // ID or ExternalID
)

// MaxOps is the most operations that one request has.
const MaxOps = 100

// MediaOp is one operation on media (Listings API 3.5).
type MediaOp struct {
	Op          Op     `json:"op"`
	ID          int64  `json:"id,omitempty"`
	ExternalID  string `json:"externalId,omitempty"`
	URL         string `json:"url,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	Filename    string `json:"filename,omitempty"`
	Size        int64  `json:"size,omitempty"` // bytes
}

// ListingOp is one operation on listings (Listings API 4).
type ListingOp struct {
	Op         Op
	ID         int64  // of link, unlink and delete
	ExternalID string // of link and delete
	Listing    any    // of upsert and validate: as for PutListing
}

// MarshalJSON writes the listing's fields beside the operation's name.
func (op ListingOp) MarshalJSON() ([]byte, error) {
	object := map[string]any{}
	if op.Listing != nil {
		listing, err := json.Marshal(op.Listing)
		if err != nil {
			return nil, err
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(listing, &fields); err != nil {
			return nil, fmt.Errorf("a listing must be an object: %w", err)
		}
		for name, value := range fields {
			object[name] = value
		}
	}
	if op.ID != 0 {
		object["id"] = op.ID
	}
	if op.ExternalID != "" {
		object["externalId"] = op.ExternalID
	}
	object["op"] = op.Op
	return json.Marshal(object)
}

// Outcome is what every operation's result tells.
type Outcome struct {
	Index   int               `json:"index"` // the operation's place in the request
	Op      Op                `json:"op"`
	Success bool              `json:"success"`
	Error   string            `json:"error"` // why not, for the person
	Code    vitrine.ErrorCode `json:"code"`  // the same for the program
}

// MediaResult is what became of a MediaOp.
type MediaResult struct {
	Outcome
	Import            // what of it the operation has; ExternalID of an unlink is the one that was removed
	Upload *UploadURL // of OpRequestUploadURL
}

// UnmarshalJSON reads a result, whose fields stand side by side whatever
// operation they belong to.
func (r *MediaResult) UnmarshalJSON(data []byte) error {
	*r = MediaResult{}
	if err := json.Unmarshal(data, &r.Outcome); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &r.Import); err != nil {
		return err
	}
	if !r.Success || r.Op != OpRequestUploadURL {
		return nil
	}
	r.Upload = &UploadURL{}
	return json.Unmarshal(data, r.Upload)
}

// ListingResult is what became of a ListingOp. PutResult has what an upsert
// gives, and of the others their ID and ExternalID; that of an unlink is the
// one that was removed.
type ListingResult struct {
	Outcome
	PutResult
	Valid bool `json:"valid"` // of OpValidate
}

// Bulk is the answer to a bulk request.
type Bulk[R any] struct {
	Results []R     `json:"results"` // one for each operation, in their order
	Summary Summary `json:"summary"`
}

// Summary counts the operations of a bulk request.
type Summary struct {
	Total     int `json:"total"`
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
}

// BulkMedia does up to MaxOps operations on media, in their order. One that
// fails undoes none of the others and is no error here, even when all of them
// fail: look at the results.
func (c *Client) BulkMedia(ctx context.Context, ops []MediaOp) (Bulk[MediaResult], error) {
	return bulk[MediaResult](ctx, c, "/media/bulk", ops)
}

// BulkListings is BulkMedia for listings.
func (c *Client) BulkListings(ctx context.Context, ops []ListingOp) (Bulk[ListingResult], error) {
	return bulk[ListingResult](ctx, c, "/listings/bulk", ops)
}

func bulk[R, O any](ctx context.Context, c *Client, path string, ops []O) (Bulk[R], error) {
	body := struct {
		Operations []O `json:"operations"`
	}{ops}
	var b Bulk[R]
	err := c.call(ctx, http.MethodPost, path, body, &b)
	refusal, refused := errors.AsType[*Error](err)
	if !refused || refusal.StatusCode != http.StatusUnprocessableEntity {
		return b, err
	}
	// Every operation failed, or the request itself was refused: then there
	// are no results.
	if json.Unmarshal(refusal.body, &b) != nil || len(b.Results) == 0 {
		return Bulk[R]{}, err
	}
	return b, nil
}

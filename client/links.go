package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// The paths of what has ids.
func mediaPath(id int64) string            { return fmt.Sprintf("/media/%d", id) }
func mediaExternalPath(id string) string   { return "/media/external/" + segment(id) }
func listingPath(id int64) string          { return fmt.Sprintf("/listings/%d", id) }
func listingExternalPath(id string) string { return "/listings/external/" + segment(id) }

// segment is an external id as one segment of a path. Dots are escaped as well:
// "." and ".." would be taken for steps.
func segment(id string) string { return strings.ReplaceAll(url.PathEscape(id), ".", "%2E") }

// DeleteMedia deletes a file by its id: it is taken out of every listing, and
// its variants are no longer there.
func (c *Client) DeleteMedia(ctx context.Context, id int64) error {
	return c.remove(ctx, mediaPath(id))
}

// DeleteMediaByExternalID is DeleteMedia by the file's sender's own id.
func (c *Client) DeleteMediaByExternalID(ctx context.Context, externalID string) error {
	return c.remove(ctx, mediaExternalPath(externalID))
}

// DeleteListing deletes a listing by its id. Its files stay.
func (c *Client) DeleteListing(ctx context.Context, id int64) error {
	return c.remove(ctx, listingPath(id))
}

// DeleteListingByExternalID is DeleteListing by the listing's sender's own id.
func (c *Client) DeleteListingByExternalID(ctx context.Context, externalID string) error {
	return c.remove(ctx, listingExternalPath(externalID))
}

// LinkMedia gives a file an external id, in the place of any it had. One that
// another file has is an *Error with vitrine.CodeConflict.
func (c *Client) LinkMedia(ctx context.Context, id int64, externalID string) error {
	return c.link(ctx, mediaPath(id), externalID)
}

// UnlinkMedia takes the external id from a file and gives it, "" when there
// was none.
func (c *Client) UnlinkMedia(ctx context.Context, id int64) (removed string, err error) {
	return c.unlink(ctx, mediaPath(id))
}

// LinkListing is LinkMedia for a listing.
func (c *Client) LinkListing(ctx context.Context, id int64, externalID string) error {
	return c.link(ctx, listingPath(id), externalID)
}

// UnlinkListing is UnlinkMedia for a listing.
func (c *Client) UnlinkListing(ctx context.Context, id int64) (removed string, err error) {
	return c.unlink(ctx, listingPath(id))
}

func (c *Client) link(ctx context.Context, path, externalID string) error {
	body := struct {
		ExternalID string `json:"externalId"`
	}{externalID}
	var linked struct{}
	return c.call(ctx, http.MethodPost, path+"/link", body, &linked)
}

func (c *Client) unlink(ctx context.Context, path string) (removed string, err error) {
	var unlinked struct {
		ExternalID string `json:"externalId"`
	}
	err = c.call(ctx, http.MethodDelete, path+"/link", nil, &unlinked)
	return unlinked.ExternalID, err
}

package client

import (
	"context"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Erasure is the receipt of what is deleted for good.
type Erasure struct {
	ID        string                `json:"id"`
	Status    vitrine.ErasureStatus `json:"status"` // vitrine.ErasureEnded when the last byte is gone
	CreatedAt time.Time             `json:"createdAt"`
	EndedAt   time.Time             `json:"endedAt,omitzero"` // zero until then
	vitrine.Receipt
}

// EraseMedia is DeleteMedia for bytes that nobody may have any more: those that
// nobody else has sent go at once, the original too, and the receipt says which.
// They are gone when Erasure says so, which takes seconds.
//
// When an answer got lost on its way, the repeat finds nothing there and is an
// *Error with vitrine.CodeNotFound: then the file is erased, and nobody has the
// receipt.
func (c *Client) EraseMedia(ctx context.Context, id int64) (Erasure, error) {
	return c.erase(ctx, mediaPath(id))
}

// EraseMediaByExternalID is EraseMedia by the file's sender's own id.
func (c *Client) EraseMediaByExternalID(ctx context.Context, externalID string) (Erasure, error) {
	return c.erase(ctx, mediaExternalPath(externalID))
}

// EraseListing deletes a listing, and erases its files as EraseMedia does, but
// for those that stand in another listing too.
func (c *Client) EraseListing(ctx context.Context, id int64) (Erasure, error) {
	return c.erase(ctx, listingPath(id))
}

// EraseListingByExternalID is EraseListing by the listing's sender's own id.
func (c *Client) EraseListingByExternalID(ctx context.Context, externalID string) (Erasure, error) {
	return c.erase(ctx, listingExternalPath(externalID))
}

func (c *Client) erase(ctx context.Context, path string) (Erasure, error) {
	var e Erasure
	err := c.call(ctx, http.MethodDelete, path+eraseQuery, nil, &e)
	return e, err
}

const eraseQuery = "?erase=true"

func erasurePath(id string) string { return "/erasures/" + segment(id) }

// Erasure gives a receipt again, and whether all of it is gone by now.
func (c *Client) Erasure(ctx context.Context, id string) (Erasure, error) {
	var e Erasure
	err := c.call(ctx, http.MethodGet, erasurePath(id), nil, &e)
	return e, err
}

// EraseClassified is DeleteClassified that erases, as EraseMedia does, the media
// which no other classified of the account has. Done again, it gives a receipt
// of nothing.
func (c *Client) EraseClassified(ctx context.Context, id string, opts ...WriteOption) (Erasure, error) {
	req := request{method: http.MethodDelete, path: classifiedPath(id) + eraseQuery, classifieds: true}
	for _, opt := range opts {
		opt(&req)
	}
	var written struct {
		Erasure Erasure `json:"erasure"`
	}
	err := c.send(ctx, req, &written)
	return written.Erasure, err
}

// ClassifiedErasure is Erasure for a key that may use the Classifieds API alone.
func (c *Client) ClassifiedErasure(ctx context.Context, id string) (Erasure, error) {
	var e Erasure
	err := c.ask(ctx, erasurePath(id), &e)
	return e, err
}

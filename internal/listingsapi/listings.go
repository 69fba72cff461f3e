package listingsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

type listingsInput struct {
	Limit pageSizeParam   `query:"limit" doc:"Listings on a page."`
	Page  pageNumberParam `query:"page" doc:"Counted from 1."`
}

type listingsOutput struct {
	Body listingPage
}

// listings lists the account's listings (section 4).
func (a *api) listings(ctx context.Context, in *listingsInput) (*listingsOutput, error) {
	page, limit, err := parsePage(string(in.Page), string(in.Limit))
	if err != nil {
		return nil, err
	}
	views, total, err := a.gallery.Listings(ctx, accountOf(ctx).ID, page, limit)
	if err != nil {
		return nil, err
	}
	out := listingPage{Items: make([]listing, len(views)), Total: total, Page: page, Limit: limit}
	for i, view := range views {
		if out.Items[i], err = a.listingOf(view); err != nil {
			return nil, err
		}
	}
	return &listingsOutput{out}, nil
}

type listingOutput struct {
	Body listing
}

// listing gives one listing by our id (section 4.3).
func (a *api) listing(ctx context.Context, in *idInput) (*listingOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	return a.findListing(ctx, gallery.Ref{ID: id})
}

// listingByExternalID gives one listing by the sender's own id.
func (a *api) listingByExternalID(ctx context.Context, in *externalIDInput) (*listingOutput, error) {
	ref, err := parseRef(in.ExternalID)
	if err != nil {
		return nil, err
	}
	return a.findListing(ctx, ref)
}

func (a *api) findListing(ctx context.Context, ref gallery.Ref) (*listingOutput, error) {
	view, err := a.gallery.Listing(ctx, accountOf(ctx).ID, ref)
	if err != nil {
		return nil, err
	}
	body, err := a.listingOf(view)
	if err != nil {
		return nil, err
	}
	return &listingOutput{body}, nil
}

// listingOf is a listing as the contract shows it.
func (a *api) listingOf(view gallery.ListingView) (listing, error) {
	l := view.Listing
	form := formData{}
	if len(l.FormData) > 0 {
		if err := json.Unmarshal(l.FormData, &form); err != nil {
			return listing{}, fmt.Errorf("read the form data of listing %d: %w", l.ID, err)
		}
	}
	status, err := json.Marshal(l.Status)
	if err != nil {
		return listing{}, err
	}
	form[statusField] = status

	out := listing{
		ID:           l.ID,
		ExternalID:   orNull(l.ExternalID),
		PublicURL:    a.urls.Page(l.Gallery),
		CreatedAt:    timestamp(l.CreatedAt),
		UpdatedAt:    timestamp(l.UpdatedAt),
		LastSyncedAt: timestamp(l.SyncedAt),
		FormData:     form,
		Files:        make([]listingFile, len(view.Media)),
	}
	for i := range view.Media {
		out.Files[i] = listingFileOf(view.Media[i])
	}
	return out, nil
}

// listingFileOf is a media as a line of a listing. Its size is a string here
// and a number in the media object: so the contract has it.
func listingFileOf(placed gallery.PlacedMedia) listingFile {
	m := &placed.Media
	file := listingFile{
		ID: m.ID, ExternalID: orNull(m.ExternalID), Optimization: optimizationOf(m.State), Progress: progressOf(m),
		Altered: placed.Placement.Altered, AlteredFrom: orNull(placed.Placement.AlteredFrom), Shown: placed.Shown,
	}
	if c := m.Content; c != nil {
		file.ContentType = orNull(c.Type)
		file.Size = orNull(strconv.FormatInt(c.Bytes, 10))
		file.Duration = orNull(c.Duration.Seconds())
	}
	return file
}

// listingWritten is the answer to a write.
func (a *api) listingWritten(result gallery.PutResult) ListingWritten {
	l := result.Listing
	return ListingWritten{
		ID:         l.ID,
		ExternalID: orNull(l.ExternalID),
		Status:     l.Status,
		PublicURL:  a.urls.Page(l.Gallery),
		GalleryURL: a.urls.Gallery(l.Gallery),
		Created:    result.Created,
		Updated:    result.Updated,
		JobID:      orNull(result.JobID),
	}
}

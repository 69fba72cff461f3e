package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// firstPhotos let a listing be published.
const firstPhotos = 3

// agent sends listings to a vitrined, one after the other, and follows its feed.
type agent struct {
	*client.Client
	origin *origin
	photos int   // of a listing
	after  int64 // the last event that it has seen
	sent   int
	last   int64 // the listing that was published last
}

func newAgent(ctx context.Context, server *running, o *origin, photos int) (*agent, error) {
	c, err := server.client(ctx, "agent")
	if err != nil {
		return nil, err
	}
	return &agent{Client: c, origin: o, photos: photos}, nil
}

// publish sends a listing of photos that nobody has seen and waits until it is
// published and all of them are ready. It gives how long it took until the
// first could be shown, and until the listing was published.
func (a *agent) publish(ctx context.Context) (photos, published time.Duration, err error) {
	a.sent++
	listing := newListing(fmt.Sprintf("agent-%d", a.sent), a.origin.take(a.photos))
	began := time.Now()
	put, err := a.PutListing(ctx, listing)
	if err != nil {
		return 0, 0, err
	}
	a.last = put.ID
	ready := 0
	for {
		page, err := a.Events(ctx, a.after, client.MaxEvents, client.MaxEventWait)
		if err != nil {
			return 0, 0, err
		}
		took := time.Since(began)
		for _, event := range page.Items {
			a.after = event.ID
			switch {
			case event.Type == vitrine.EventMediaReady:
				if ready++; ready == firstPhotos {
					photos = took
				}
			case event.Type == vitrine.EventListingPublished && event.Data.ListingID == put.ID:
				published = took
			case event.Type == vitrine.EventMediaFailed || event.Type == vitrine.EventListingFailed:
				return 0, 0, fmt.Errorf("listing %d: %s: %+v", put.ID, event.Type, event.Data)
			}
		}
		if published > 0 && ready == a.photos {
			return photos, published, nil
		}
		if took > 10*time.Minute {
			return 0, 0, fmt.Errorf("listing %d is not published after %v", put.ID, took)
		}
	}
}

// collect downloads the variants of the last listing.
func (a *agent) collect(ctx context.Context, to string) error {
	listing, err := a.Listing(ctx, a.last)
	if err != nil {
		return err
	}
	if len(listing.Files) != a.photos {
		return fmt.Errorf("the listing has %d photos of %d", len(listing.Files), a.photos)
	}
	for i, file := range listing.Files {
		media, err := a.Media(ctx, file.ID)
		if err != nil {
			return err
		}
		for _, v := range media.Variants {
			side, err := strconv.Atoi(v.VariantSize)
			if err != nil {
				return err
			}
			if err := download(ctx, v.URL, filepath.Join(to, variantName(i, side))); err != nil {
				return err
			}
		}
	}
	return nil
}

package gallery

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// settle publishes a listing when every media of its list has ended
// (Listings API 4.2); until then it does nothing. The gallery changes over in
// one step, and only to a list that is good enough.
func (g *Gallery) settle(ctx context.Context, tx *store.Tx, listing vitrine.Listing) error {
	media, err := tx.ListingMedia(ctx, listing.ID)
	if err != nil {
		return err
	}
	var good, failed []vitrine.Media
	for _, m := range media {
		switch {
		case !m.State.Ended():
			return nil
		case m.Content != nil:
			good = append(good, m)
		}
		if m.Failure != nil {
			failed = append(failed, m)
		}
	}
	if len(failed) > 0 {
		listing.Digest = "" // the same list sent again shall be looked at, and what failed tried again
	}
	switch {
	case listing.Status == vitrine.StatusPendingActive:
		err = g.publish(ctx, tx, &listing, good, failed)
	case listing.Status.Public() && len(good) >= g.limits.MinPhotos:
		err = g.show(ctx, tx, listing, good)
	}
	if err != nil {
		return err
	}
	return tx.UpdateListing(ctx, listing)
}

// publish ends the job of a listing that asked to be active. Where too few are
// good, what the public saw before stays.
func (g *Gallery) publish(ctx context.Context, tx *store.Tx, listing *vitrine.Listing, good, failed []vitrine.Media) error {
	if len(good) < g.limits.MinPhotos {
		listing.Status = vitrine.StatusPublishFailed
		return tx.EndJob(ctx, listing.JobID, vitrine.JobFailed, "", g.tooFew(good, failed), g.now())
	}
	listing.Status = vitrine.StatusActive
	result, err := json.Marshal(finalized{ID: listing.ID, Status: listing.Status, Failed: failures(failed)})
	if err != nil {
		return err
	}
	if err := g.show(ctx, tx, *listing, good); err != nil {
		return err
	}
	return tx.EndJob(ctx, listing.JobID, vitrine.JobCompleted, string(result), "", g.now())
}

// show makes these media what the public sees, and frees what it no longer
// sees.
func (g *Gallery) show(ctx context.Context, tx *store.Tx, listing vitrine.Listing, good []vitrine.Media) error {
	before, err := tx.ShownDigests(ctx, listing.ID)
	if err != nil {
		return err
	}
	var now []string
	for _, m := range good {
		now = append(now, m.Content.SHA256)
	}
	if listing.ShownRevision != 0 && slices.Equal(before, now) {
		return nil // nothing changes for the public, its ETag included
	}
	if err := tx.Show(ctx, listing.ID, listing.Revision, good, g.now()); err != nil {
		return err
	}
	return g.release(ctx, tx, without(before, now)...)
}

// hide takes a listing out of the public's sight.
func (g *Gallery) hide(ctx context.Context, tx *store.Tx, listing vitrine.Listing) error {
	before, err := tx.ShownDigests(ctx, listing.ID)
	if err != nil {
		return err
	}
	if err := tx.Hide(ctx, listing.ID); err != nil {
		return err
	}
	return g.release(ctx, tx, before...)
}

// without gives the items that are not among the others.
func without[T comparable](items, others []T) []T {
	return slices.DeleteFunc(items, func(item T) bool { return slices.Contains(others, item) })
}

// finalized is the resultData of a publication (Listings API 3.8, 4.2).
type finalized struct {
	ID     int64                 `json:"id"`
	Status vitrine.ListingStatus `json:"status"`
	Failed []failedFile          `json:"failed,omitempty"`
}

type failedFile struct {
	MediaID    int64               `json:"mediaId"`
	ExternalID string              `json:"externalId,omitempty"`
	Code       vitrine.FailureCode `json:"code"`
	Message    string              `json:"message"`
}

func failures(failed []vitrine.Media) []failedFile {
	var files []failedFile
	for _, m := range failed {
		files = append(files, failedFile{MediaID: m.ID, ExternalID: m.ExternalID, Code: m.Failure.Code, Message: m.Failure.Message()})
	}
	return files
}

func (g *Gallery) tooFew(good, failed []vitrine.Media) string {
	why := make([]string, len(failed))
	for i, m := range failed {
		why[i] = fmt.Sprintf("media %d: %s", m.ID, m.Failure.Code)
	}
	text := fmt.Sprintf("At least %d photos are required to publish, %d are good", g.limits.MinPhotos, len(good))
	if len(why) > 0 {
		text += " (" + strings.Join(why, ", ") + ")"
	}
	return text
}

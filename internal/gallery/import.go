package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// ImportResult is what became of an import.
type ImportResult struct {
	Media   vitrine.Media
	JobID   int64 // the import under way, 0 for none
	Created bool  // false: the file with that external id was there and is used
}

// Import takes in one file by URL (Listings API 3.4). It returns as soon as
// the wish is written. A known external id gives the file that has it, without
// a download even if the URL differs; unless that file had failed: then it is
// tried again from the new URL. One that still waits for an upload is fetched
// from the URL instead.
func (g *Gallery) Import(ctx context.Context, account int64, url, externalID string) (ImportResult, error) {
	var result ImportResult
	err := g.write(ctx, account, func(tx *store.Tx) (err error) {
		result, err = g.importMedia(ctx, tx, account, url, externalID)
		return err
	})
	return result, err
}

func (g *Gallery) importMedia(ctx context.Context, tx *store.Tx, account int64, url, externalID string) (ImportResult, error) {
	m, created, err := g.findOrInsert(ctx, tx, g.newMedia(account, sourceOf(url), externalID))
	if err != nil {
		return ImportResult{}, err
	}
	own := 0
	if created {
		own = 1
	}
	if created || m.State == vitrine.MediaFailed || m.State == vitrine.MediaAwaiting {
		if err := g.checkBacklog(ctx, tx, account, own); err != nil {
			return ImportResult{}, err
		}
	}
	switch {
	case created:
		err = g.startFetch(ctx, tx, new(turn), &m, PrioritySingle)
	case m.State == vitrine.MediaFailed, m.State == vitrine.MediaAwaiting:
		err = g.refetch(ctx, tx, new(turn), &m, sourceOf(url), PrioritySingle)
	}
	return ImportResult{Media: m, JobID: m.JobID, Created: created}, err
}

// newMedia is a media that nobody has sent before and that waits for its
// download.
func (g *Gallery) newMedia(account int64, source vitrine.Source, externalID string) vitrine.Media {
	return vitrine.Media{
		UUID: newUUID(), AccountID: account, ExternalID: externalID, Kind: vitrine.KindFile, Source: source,
		State: vitrine.MediaPending, Seq: 1, CreatedAt: g.now(), UpdatedAt: g.now(),
	}
}

// findOrInsert gives the media with the external id of fresh, or writes fresh
// when there is none.
func (g *Gallery) findOrInsert(ctx context.Context, tx *store.Tx, fresh vitrine.Media) (m vitrine.Media, created bool, err error) {
	if fresh.ExternalID != "" {
		m, err = tx.MediaByExternalID(ctx, fresh.AccountID, fresh.ExternalID)
		if !errors.Is(err, store.ErrNoRows) {
			return m, false, err
		}
	}
	fresh.ID, err = tx.InsertMedia(ctx, fresh)
	return fresh, true, err
}

// sourceOf is the Source of a URL of the Listings API, which knows no versions:
// every parameter belongs to the identity.
func sourceOf(url string) vitrine.Source {
	return vitrine.Source{URL: url, Identity: url}
}

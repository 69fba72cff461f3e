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
// tried again from the new URL.
func (g *Gallery) Import(ctx context.Context, account int64, url, externalID string) (ImportResult, error) {
	var result ImportResult
	err := g.db.Write(ctx, func(tx *store.Tx) error {
		m, created, err := g.findOrInsert(ctx, tx, account, sourceOf(url), externalID)
		if err != nil {
			return err
		}
		switch {
		case created:
			err = g.startFetch(ctx, tx, &m, PrioritySingle)
		case m.State == vitrine.MediaFailed:
			err = g.refetch(ctx, tx, &m, sourceOf(url), PrioritySingle)
		}
		result = ImportResult{Media: m, JobID: m.JobID, Created: created}
		return err
	})
	return result, err
}

func (g *Gallery) findOrInsert(ctx context.Context, tx *store.Tx, account int64, source vitrine.Source, externalID string) (m vitrine.Media, created bool, err error) {
	if externalID != "" {
		m, err = tx.MediaByExternalID(ctx, account, externalID)
		if !errors.Is(err, store.ErrNoRows) {
			return m, false, err
		}
	}
	return g.insertMedia(ctx, tx, account, source, externalID)
}

// sourceOf is the Source of a URL of the Listings API, which knows no versions:
// every parameter belongs to the identity.
func sourceOf(url string) vitrine.Source {
	return vitrine.Source{URL: url, Identity: url}
}

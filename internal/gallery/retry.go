package gallery

import (
	"context"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Timeline gives the attempts at a media, oldest first.
func (g *Gallery) Timeline(ctx context.Context, account, id int64) (attempts []vitrine.Attempt, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		m, err := findMedia(ctx, tx, account, Ref{ID: id})
		if err != nil {
			return err
		}
		attempts, err = tx.Attempts(ctx, m.ID)
		return err
	})
	return attempts, err
}

// Retry fetches a media again from its source, whether it has failed or not.
// What it shows stays until the new bytes are ready. One that is on its way
// already goes on; one that was uploaded has no source: CodeConflict.
func (g *Gallery) Retry(ctx context.Context, account, id int64) (ImportResult, error) {
	var result ImportResult
	err := g.write(ctx, account, func(tx *store.Tx) error {
		m, err := findMedia(ctx, tx, account, Ref{ID: id})
		if err != nil {
			return err
		}
		if m.Source.URL == "" {
			return vitrine.Errorf(vitrine.CodeConflict, "Media %d was uploaded and has no URL to fetch from again", id)
		}
		if m.State.Ended() {
			if err := g.checkBacklog(ctx, tx, account, 0); err != nil {
				return err
			}
			err = g.refetch(ctx, tx, new(turn), &m, m.Source, PrioritySingle)
		}
		result = ImportResult{Media: m, JobID: m.JobID}
		return err
	})
	return result, err
}

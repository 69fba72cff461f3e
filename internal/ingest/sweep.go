package ingest

import (
	"context"

	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
)

// prune deletes the bytes of a content that nobody uses: its variants now, its
// original when it has been unused for long enough.
func (in *Ingest) prune(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.PruneTask](run)
	if err != nil {
		return err
	}
	keys, found, err := in.Gallery.BeginPrune(ctx, run.Finish, task)
	if err != nil || !found {
		return err
	}
	// A worker that died may have put variants of which no row tells.
	for info, err := range in.Blobs.List(ctx, gallery.VariantsPrefix(task.SHA256)) {
		if err != nil {
			return err
		}
		keys = append(keys, info.Key)
	}
	for _, key := range keys {
		if err := in.Blobs.Delete(ctx, key); err != nil {
			return err
		}
	}
	return in.Gallery.EndPrune(ctx, run.Finish, task)
}

// discard deletes an uploaded object.
func (in *Ingest) discard(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.DiscardTask](run)
	if err != nil {
		return err
	}
	if err := in.Blobs.Delete(ctx, task.Key); err != nil {
		return err
	}
	return in.Gallery.EndDiscard(ctx, run.Finish, task)
}

package resumable

import (
	"context"
	"errors"
	"fmt"

	"github.com/vitrine-media/vitrine"
)

// Sweep puts the folder in order: it confirms uploads whose bytes have all come
// and whose confirmation failed or was cut off, and removes those that have
// expired with their bytes. Call it when the server starts, before anything
// purges unconfirmed media, and then from time to time. What can't be done is
// left for the next time and is part of the error.
func (h *Handler) Sweep(ctx context.Context) error {
	ids, err := h.shelf.ids()
	if err != nil {
		return err
	}
	var failures []error
	for _, id := range ids {
		if ctx.Err() != nil {
			break // the rest is for the next time
		}
		if err := h.sweep(ctx, id); err != nil {
			failures = append(failures, fmt.Errorf("sweep upload %s: %w", id, err))
		}
	}
	return errors.Join(failures...)
}

// sweep takes the lock only where something is to be done: taking it ends the
// request that holds it.
func (h *Handler) sweep(ctx context.Context, id string) error {
	if task, err := h.taskFor(id); err != nil || task == leave {
		return err
	}
	return h.locked(ctx, id, func(ctx context.Context) error {
		task, err := h.taskFor(id) // as the one that held the lock has left it
		switch {
		case err != nil:
			return err
		case task == discard:
			h.log.InfoContext(ctx, "upload removed", "upload", id)
			return h.shelf.remove(id)
		case task == complete:
			return h.finishLate(ctx, id)
		default:
			return nil
		}
	})
}

// task is what Sweep does about an upload.
type task int

const (
	leave    task = iota // its sender may come back
	complete             // its bytes have come and are not confirmed
	discard              // it has expired, or is the rest of one that was removed
)

func (h *Handler) taskFor(id string) (task, error) {
	rec, err := h.shelf.record(id)
	if errors.Is(err, errGone) {
		return discard, nil
	}
	if err != nil {
		return leave, err
	}
	all, err := h.hasAll(rec)
	switch {
	case err != nil:
		return leave, err
	case all:
		return complete, nil
	case h.now().Before(h.expires(rec)):
		return leave, nil
	default:
		return discard, nil
	}
}

// finishLate finishes an upload of which no client is waiting for the outcome.
func (h *Handler) finishLate(ctx context.Context, id string) error {
	rec, err := h.finish(ctx, id)
	if err != nil && vitrine.CodeOf(err) == vitrine.CodeInternal {
		return err
	}
	h.log.InfoContext(ctx, "upload finished late", "upload", id, "account", rec.Account, "media", rec.Media, "job", rec.Job, "err", err)
	return nil
}

package resumable

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// finishTime is how long a request may take to finish an upload of that many
// bytes once they are here, whether its client is still there or not: 45 s, and
// what a bucket needs that takes 2 MB a second.
func finishTime(size int64) time.Duration {
	return 45*time.Second + time.Duration(size/2_000_000)*time.Second
}

// finished is called by tusd when the last byte has come. It holds the lock.
func (h *Handler) finished(event handler.HookEvent) (handler.HTTPResponse, error) {
	t := turnOf(event.Context)
	rec, err := h.finishInTime(event.Context, event.Upload.ID, event.Upload.Size)
	if err != nil {
		return handler.HTTPResponse{}, t.failed(err)
	}
	response := handler.HTTPResponse{Header: handler.HTTPHeader{}}
	h.announce(rec, func(name, value string) { response.Header[name] = value })
	return response, nil
}

// healed finishes an upload whose bytes have all come and whose confirmation
// failed or was cut off by a crash, before a client learns from its offset that
// all is well. It gives the record as it then is.
func (h *Handler) healed(r *http.Request, rec record) (record, error) {
	if r.Method != http.MethodHead && r.Method != http.MethodPatch {
		return rec, nil
	}
	if all, err := h.hasAll(rec); err != nil || !all {
		return rec, err
	}
	err := h.locked(r.Context(), rec.ID, func(ctx context.Context) (err error) {
		rec, err = h.finishInTime(ctx, rec.ID, rec.Size)
		return err
	})
	return rec, err
}

// hasAll reports whether all bytes of an upload have come and are yet to be
// confirmed.
func (h *Handler) hasAll(rec record) (bool, error) {
	offset, err := h.shelf.offset(rec)
	return !rec.Confirmed && offset == rec.Size, err
}

// locked calls do with the lock of an upload.
func (h *Handler) locked(ctx context.Context, id string, do func(context.Context) error) error {
	lock, err := h.locks.NewLock(id)
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	if err := lock.Lock(waiting, nil); err != nil {
		return err
	}
	return errors.Join(do(ctx), lock.Unlock())
}

// finishInTime is finish for a request. Its answer may be written for longer
// than tusd, or the server, allows for one.
func (h *Handler) finishInTime(ctx context.Context, id string, size int64) (record, error) {
	allowed := finishTime(size)
	if err := turnOf(ctx).body.control.SetWriteDeadline(time.Now().Add(allowed + stallTime)); err != nil {
		return record{}, fmt.Errorf("allow time for the answer: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), allowed)
	defer cancel()
	return h.finish(ctx, id)
}

// finish brings an upload whose bytes have all come into the bucket and
// confirms it. Each step can be done again after a crash; an upload that is
// confirmed stays as it is. After a refusal the upload is gone, since trying
// again would be refused again; after an outage it waits for the next try. The
// caller holds the lock.
func (h *Handler) finish(ctx context.Context, id string) (record, error) {
	rec, err := h.shelf.record(id)
	if err != nil || rec.Confirmed {
		return rec, err
	}
	if err := h.confirm(ctx, &rec); err != nil {
		if vitrine.CodeOf(err) != vitrine.CodeInternal {
			err = errors.Join(err, h.shelf.remove(id))
		}
		return rec, fmt.Errorf("finish the upload of media %d: %w", rec.Media, err)
	}
	return rec, h.shelf.removeBytes(id)
}

func (h *Handler) confirm(ctx context.Context, rec *record) error {
	if !rec.Stored {
		if err := h.moveBytes(ctx, *rec); err != nil {
			return err
		}
		rec.Stored = true
		if err := h.shelf.save(*rec); err != nil {
			return err
		}
	}
	confirmed, err := h.gallery.ConfirmUpload(ctx, rec.Account, gallery.Ref{ID: rec.Media})
	if err != nil {
		return err
	}
	rec.Confirmed, rec.Job = true, confirmed.JobID
	return h.shelf.save(*rec)
}

func (h *Handler) moveBytes(ctx context.Context, rec record) error {
	f, err := h.shelf.open(rec.ID)
	if err != nil {
		return err
	}
	return errors.Join(h.gallery.StoreUpload(ctx, rec.Account, rec.Media, f, rec.Size), f.Close())
}

package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// The operations of a bulk request (Listings API 3.5).
const (
	OpImport        = "upload-from-url"
	OpRequestUpload = "request-upload-url"
	OpConfirmUpload = "confirm-upload"
	OpLink          = "link"
	OpUnlink        = "unlink"
	OpDelete        = "delete"
)

// MediaOp is one operation of a bulk request. Its fields have been checked.
type MediaOp struct {
	Op         string
	Ref        Ref         // of confirm-upload, link, unlink and delete
	URL        string      // of upload-from-url
	ExternalID string      // of upload-from-url; the new one of link
	Upload     UploadInput // of request-upload-url
}

// OpResult is what became of one operation.
type OpResult struct {
	Err     error // a *vitrine.Error: why this operation, and none else, came to nothing
	Media   vitrine.Media
	JobID   int64
	Removed string  // of unlink: the external id that was taken away
	Upload  *Upload // of request-upload-url
}

// BulkMedia does the operations in order. One that breaks a rule fails alone and
// undoes nothing. What stands between two confirmations, which have to ask the
// bucket, is written in one transaction. The error is a fault of ours: what
// came before it was done.
func (g *Gallery) BulkMedia(ctx context.Context, account int64, ops []MediaOp) ([]OpResult, error) {
	results := make([]OpResult, len(ops))
	for begin := 0; begin < len(ops); {
		end := begin + 1
		if ops[begin].Op == OpConfirmUpload {
			confirmed, err := g.ConfirmUpload(ctx, account, ops[begin].Ref)
			if err := results[begin].refuse(err); err != nil {
				return nil, err
			}
			results[begin].Media, results[begin].JobID = confirmed.Media, confirmed.JobID
		} else {
			for end < len(ops) && ops[end].Op != OpConfirmUpload {
				end++
			}
			if err := g.bulkOps(ctx, account, ops[begin:end], results[begin:end]); err != nil {
				return nil, err
			}
		}
		begin = end
	}
	return results, nil
}

// refuse keeps err if it is about this operation alone, and gives it back if it
// is a fault of ours.
func (r *OpResult) refuse(err error) error {
	if refused, ok := errors.AsType[*vitrine.Error](err); ok {
		r.Err = refused
		return nil
	}
	return err
}

// bulkOps does operations in one transaction.
func (g *Gallery) bulkOps(ctx context.Context, account int64, ops []MediaOp, results []OpResult) error {
	err := g.write(ctx, account, func(tx *store.Tx) error {
		for i, op := range ops {
			results[i] = OpResult{}
			if err := results[i].refuse(g.bulkOp(ctx, tx, account, op, &results[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, op := range ops {
		if op.Op == OpRequestUpload && results[i].Err == nil {
			upload, err := g.signUpload(ctx, results[i].Media, op.Upload)
			if err != nil {
				return err
			}
			results[i].Upload = &upload
		}
	}
	return nil
}

// bulkOp does one operation. It looks before it writes, so that one that is
// refused has written nothing.
func (g *Gallery) bulkOp(ctx context.Context, tx *store.Tx, account int64, op MediaOp, result *OpResult) (err error) {
	switch op.Op {
	case OpImport:
		var imported ImportResult
		imported, err = g.importMedia(ctx, tx, account, op.URL, op.ExternalID)
		result.Media, result.JobID = imported.Media, imported.JobID
		return err
	case OpRequestUpload:
		result.Media, err = g.awaitUpload(ctx, tx, account, op.Upload)
		return err
	}
	if result.Media, err = findMedia(ctx, tx, account, op.Ref); err != nil {
		return err
	}
	switch op.Op {
	case OpLink:
		err = g.linkMedia(ctx, tx, account, result.Media.ID, op.ExternalID)
		if err == nil {
			result.Media.ExternalID = op.ExternalID
		}
	case OpUnlink:
		result.Removed, err = g.unlinkMedia(ctx, tx, account, result.Media.ID)
		result.Media.ExternalID = ""
	case OpDelete:
		err = g.deleteMedia(ctx, tx, account, op.Ref)
	default:
		err = vitrine.Errorf(vitrine.CodeInvalid, "op %q is unknown", op.Op)
	}
	return err
}

// ValidateListing checks what PutListing would, and saves nothing.
func (g *Gallery) ValidateListing(ctx context.Context, account int64, in ListingInput) error {
	undone := errors.New("validated only")
	err := g.write(ctx, account, func(tx *store.Tx) error {
		w := writer{g: g, tx: tx, in: in, now: g.now()}
		if err := w.open(ctx, account); err != nil {
			return err
		}
		if err := w.resolve(ctx); err != nil {
			return err
		}
		if err := w.checkCount(); err != nil {
			return err
		}
		return undone
	})
	if errors.Is(err, undone) {
		return nil
	}
	return err
}

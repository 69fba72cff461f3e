package listingsapi

import (
	"context"
	"encoding/json"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

// mediaOps are the operations of POST /media/bulk and how each is read.
var mediaOps = []struct {
	name string
	read func(object, *gallery.MediaOp)
}{
	{gallery.OpImport, func(o object, op *gallery.MediaOp) { op.URL, op.ExternalID = readImport(o) }},
	{gallery.OpRequestUpload, func(o object, op *gallery.MediaOp) { op.Upload = readUpload(o) }},
	{gallery.OpConfirmUpload, func(o object, op *gallery.MediaOp) { op.Ref = readOne(o, "mediaId", "id") }},
	{gallery.OpLink, func(o object, op *gallery.MediaOp) { op.Ref.ID, op.ExternalID = readID(o), readLink(o) }},
	{gallery.OpUnlink, func(o object, op *gallery.MediaOp) { op.Ref.ID = readID(o) }},
	{gallery.OpDelete, func(o object, op *gallery.MediaOp) { op.Ref = readOne(o, "id") }},
}

type mediaBulkInput struct {
	Body body[mediaBulk]
}

type mediaBulkOutput struct {
	Body *bulkAnswer[mediaResult]
}

// mediaBulk runs operations on media in their order, in one transaction; one
// that fails undoes nothing (section 3.5).
func (a *api) mediaBulk(ctx context.Context, in *mediaBulkInput) (*mediaBulkOutput, error) {
	list, err := parseOperations(in.Body.raw, a.limits.MaxFiles)
	if err != nil {
		return nil, err
	}
	results := make([]mediaResult, len(list))
	var ops []gallery.MediaOp
	var places []int // of ops in the list
	for i, raw := range list {
		op, err := parseMediaOp(raw)
		if err != nil {
			results[i] = a.mediaRefused(ctx, Outcome{Index: i, Op: op.Op}, op.Ref.ID, err)
			continue
		}
		ops, places = append(ops, op), append(places, i)
	}
	if len(ops) > 0 {
		done, err := a.gallery.BulkMedia(ctx, accountOf(ctx).ID, ops)
		if err != nil {
			return nil, err
		}
		for i, op := range ops {
			results[places[i]] = a.mediaResult(ctx, places[i], op, done[i])
		}
	}
	answer, err := answerBulk(results)
	return &mediaBulkOutput{answer}, err
}

// parseMediaOp reads one operation. Of a broken one it gives what could be read.
func parseMediaOp(raw json.RawMessage) (gallery.MediaOp, error) {
	var r rules
	var op gallery.MediaOp
	o, name := parseOp(raw, &r)
	op.Op = name
	if len(r.broken) > 0 {
		return op, r.err()
	}
	var names []string
	for _, known := range mediaOps {
		if known.name == name {
			known.read(o, &op)
			return op, r.err()
		}
		names = append(names, known.name)
	}
	r.oneOf("op", name, names)
	return op, r.err()
}

// mediaResult is what became of an operation.
func (a *api) mediaResult(ctx context.Context, index int, op gallery.MediaOp, done gallery.OpResult) mediaResult {
	outcome := Outcome{Index: index, Op: op.Op, Success: done.Err == nil}
	id := done.Media.ID
	if done.Err != nil {
		return a.mediaRefused(ctx, outcome, max(id, op.Ref.ID), done.Err)
	}
	switch of := (OfMedia{id}); op.Op {
	case gallery.OpRequestUpload:
		return mediaResult{mediaUploadRequested{outcome, a.uploadRequested(*done.Upload)}}
	case gallery.OpLink:
		return mediaResult{mediaLinked{outcome, of, linked(id, op.ExternalID)}}
	case gallery.OpUnlink:
		return mediaResult{mediaUnlinked{outcome, of, unlinked(id, done.Removed)}}
	case gallery.OpDelete:
		return mediaResult{mediaDeleted{outcome, of, Deleted{true}}}
	}
	return mediaResult{mediaImported{outcome, importedOf(&done.Media, done.JobID)}}
}

func (a *api) mediaRefused(ctx context.Context, outcome Outcome, id int64, err error) mediaResult {
	return mediaResult{mediaRefused{Outcome: outcome, Refused: a.refused(ctx, err), MediaID: orNull(id)}}
}

package gallery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// ClassifiedMedia is one entry of the list that a classified shall have.
type ClassifiedMedia struct {
	URL      string
	Type     vitrine.MediaType
	Category vitrine.Category
	Tags     []vitrine.Category
	Title    string

	Altered     bool   // vitrine.Placement's
	AlteredFrom string // the same
}

// ClassifiedInput is what a sender wants a classified to be (Classifieds API,
// section 2).
type ClassifiedInput struct {
	Portals  []string
	Data     json.RawMessage // one JSON object
	Specific json.RawMessage // one JSON object, nil for none
	EstateID string          // data.metaData.source.offererEstateId, "" for none
	Digest   string          // of the request's body; the same again is known by it (ResendClassified)
	Media    []ClassifiedMedia
}

// WriteOptions say under what conditions a classified is written.
type WriteOptions struct {
	Match  func(revision int64) bool // nil takes any revision; false is CodePrecondition
	DryRun bool                      // plan, and change nothing
}

// ClassifiedResult is what became of a write.
type ClassifiedResult struct {
	Classified vitrine.Listing
	Changed    bool // false: it was just so
	Deleted    bool // it was deleted before: only its history was written
	Plan       []PlanLine
}

// PlanLine is a step of the plan with what its sender knows the media by.
type PlanLine struct {
	vitrine.Step
	MediaUUID string // "" for one that a dry run would add
	URL       string // as sent; of a removal as it was sent before
}

// DuplicateError refuses an estate that another classified of the account has.
type DuplicateError struct{ ClassifiedID string }

func (e *DuplicateError) Error() string { return "Duplicated Classified" }

// Unwrap makes it a broken rule to whoever doesn't know it.
func (e *DuplicateError) Unwrap() error {
	return vitrine.Errorf(vitrine.CodeInvalid, "Duplicated Classified: classifiedId: %s", e.ClassifiedID)
}

// maxID is above the id of every row.
const maxID = math.MaxInt64

// PostClassified makes a classified. Its estate must be new to the account, or
// that of a deleted classified: *DuplicateError.
func (g *Gallery) PostClassified(ctx context.Context, account int64, in ClassifiedInput, opts WriteOptions) (ClassifiedResult, error) {
	fresh := vitrine.Listing{
		UUID: newUUID(), Gallery: newGalleryID(), AccountID: account, Kind: vitrine.KindClassified,
		Status: vitrine.StatusCreating, CreatedAt: g.now(),
	}
	w := classifiedWriter{g: g, in: in, listing: fresh, isNew: true}
	if opts.DryRun {
		return w.dryRun(ctx)
	}
	err := g.write(ctx, account, func(tx *store.Tx) error {
		w = classifiedWriter{g: g, tx: tx, in: in, listing: fresh, isNew: true}
		return w.write(ctx)
	})
	return w.result, err
}

// PutClassified makes a classified what its sender wants: it plans the
// difference and writes list, media, revision, statuses and tasks in one
// transaction, or nothing at all. An unknown one is CodeNotFound.
//
// One that is just so gets no revision and no download, but a final status, so
// that pollers end. A deleted one stays deleted: its history says that the
// update failed.
func (g *Gallery) PutClassified(ctx context.Context, account int64, uuid string, in ClassifiedInput, opts WriteOptions) (ClassifiedResult, error) {
	w := classifiedWriter{g: g, in: in}
	if opts.DryRun {
		err := g.db.View(ctx, func(tx *store.Tx) (err error) {
			w.listing, err = g.findClassified(ctx, tx, account, uuid, opts)
			return err
		})
		if err != nil || w.listing.Status == vitrine.StatusDeleted {
			return ClassifiedResult{Classified: w.listing, Deleted: err == nil, Plan: []PlanLine{}}, err
		}
		return w.dryRun(ctx)
	}
	err := g.write(ctx, account, func(tx *store.Tx) (err error) {
		w = classifiedWriter{g: g, tx: tx, in: in}
		if w.listing, err = g.findClassified(ctx, tx, account, uuid, opts); err != nil {
			return err
		}
		if w.listing.Status == vitrine.StatusDeleted {
			return w.refuse(ctx)
		}
		return w.write(ctx)
	})
	return w.result, err
}

// ResendClassified is PutClassified for a body that is known by its digest to be
// the one that the classified was written with last: most nights, that is all
// there is to say. known is false when it isn't, and nothing is done.
func (g *Gallery) ResendClassified(ctx context.Context, account int64, uuid, digest string, opts WriteOptions) (result ClassifiedResult, known bool, err error) {
	if opts.Match == nil {
		again, err := g.db.RepeatUpdated(ctx, account, uuid, digest, newUUID(), g.now())
		if err == nil {
			return ClassifiedResult{Classified: again.Classified, Plan: allKept(again.Names)}, true, nil
		}
		if !errors.Is(err, store.ErrNoRows) {
			return result, false, spaceError(err)
		}
	}
	err = g.write(ctx, account, func(tx *store.Tx) error {
		w := classifiedWriter{g: g, tx: tx}
		if w.listing, err = g.findClassified(ctx, tx, account, uuid, opts); err != nil {
			return err
		}
		if known = digest != "" && w.listing.Digest == digest; !known {
			return nil
		}
		err = w.unchanged(ctx)
		result = w.result
		return err
	})
	return result, known, err
}

// findClassified gives an account's classified in a revision that the caller
// wants, or CodeNotFound, or CodePrecondition. A deleted one is given in any.
func (g *Gallery) findClassified(ctx context.Context, tx *store.Tx, account int64, uuid string, opts WriteOptions) (vitrine.Listing, error) {
	listing, err := tx.Classified(ctx, account, uuid)
	switch {
	case errors.Is(err, store.ErrNoRows):
		return listing, vitrine.Errorf(vitrine.CodeNotFound, "Classified %s not found", uuid)
	case err == nil && listing.Status != vitrine.StatusDeleted && opts.Match != nil && !opts.Match(listing.Revision):
		return listing, vitrine.Errorf(vitrine.CodePrecondition, "Classified %s is at revision %d", uuid, listing.Revision)
	}
	return listing, err
}

// kept is what is kept of a classified beside its list, as one JSON text.
type kept struct {
	Portals  []string        `json:"portals"`
	Data     json.RawMessage `json:"data,omitempty"`
	Specific json.RawMessage `json:"specific,omitempty"`
}

// text writes it with its characters as they were sent.
func (k kept) text() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(k)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}

func keptOf(listing vitrine.Listing) (k kept, err error) {
	if len(listing.FormData) > 0 {
		err = json.Unmarshal(listing.FormData, &k)
	}
	return k, err
}

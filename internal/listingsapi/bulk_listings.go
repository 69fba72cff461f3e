package listingsapi

import (
	"context"
	"encoding/json"
)

// listingOps are the operations of POST /listings/bulk.
var listingOps = []struct {
	name string
	run  func(*api, context.Context, object, Outcome) (listingResult, error)
}{
	{"upsert", (*api).bulkUpsert},
	{"link", (*api).bulkLink},
	{"unlink", (*api).bulkUnlink},
	{"delete", (*api).bulkDelete},
	{"validate", (*api).bulkValidate},
}

type listingBulkInput struct {
	Body body[listingBulk]
}

type listingBulkOutput struct {
	Body *bulkAnswer[listingResult]
}

// listingBulk runs operations on listings in their order; one that fails undoes
// nothing (sections 4 and 3.5).
func (a *api) listingBulk(ctx context.Context, in *listingBulkInput) (*listingBulkOutput, error) {
	list, err := parseOperations(in.Body.raw, a.limits.MaxFiles)
	if err != nil {
		return nil, err
	}
	results := make([]listingResult, len(list))
	for i, raw := range list {
		if err := ctx.Err(); err != nil {
			return nil, err // nobody waits for the rest
		}
		results[i] = a.runListingOp(ctx, i, raw)
	}
	answer, err := answerBulk(results)
	return &listingBulkOutput{answer}, err
}

func (a *api) runListingOp(ctx context.Context, index int, raw json.RawMessage) listingResult {
	var r rules
	o, name := parseOp(raw, &r)
	result, err := listingResult{}, r.err()
	if err == nil {
		result, err = a.listingOp(ctx, o, Outcome{Index: index, Op: name, Success: true})
	}
	if err == nil {
		return result
	}
	return listingResult{listingRefused{
		Outcome: Outcome{Index: index, Op: name}, AsNamed: namedBy(o), Refused: a.refused(ctx, err),
	}}
}

func (a *api) listingOp(ctx context.Context, o object, outcome Outcome) (listingResult, error) {
	var names []string
	for _, known := range listingOps {
		if known.name == outcome.Op {
			return known.run(a, ctx, o, outcome)
		}
		names = append(names, known.name)
	}
	o.rules.oneOf("op", outcome.Op, names)
	return listingResult{}, o.rules.err()
}

func (a *api) bulkUpsert(ctx context.Context, o object, outcome Outcome) (listingResult, error) {
	want := readListing(o, a.limits.MaxFiles)
	if err := o.rules.err(); err != nil {
		return listingResult{}, err
	}
	result, err := a.gallery.PutListing(ctx, accountOf(ctx).ID, want)
	return listingResult{listingUpserted{outcome, a.listingWritten(result)}}, err
}

func (a *api) bulkValidate(ctx context.Context, o object, outcome Outcome) (listingResult, error) {
	want := readListing(o, a.limits.MaxFiles)
	if err := o.rules.err(); err != nil {
		return listingResult{}, err
	}
	err := a.gallery.ValidateListing(ctx, accountOf(ctx).ID, want)
	return listingResult{listingValidated{outcome, namedBy(o), Validated{true}}}, err
}

func (a *api) bulkLink(ctx context.Context, o object, outcome Outcome) (listingResult, error) {
	id, externalID := readID(o), readLink(o)
	if err := o.rules.err(); err != nil {
		return listingResult{}, err
	}
	err := a.gallery.LinkListing(ctx, accountOf(ctx).ID, id, externalID)
	return listingResult{listingLinked{outcome, linked(id, externalID)}}, err
}

func (a *api) bulkUnlink(ctx context.Context, o object, outcome Outcome) (listingResult, error) {
	id := readID(o)
	if err := o.rules.err(); err != nil {
		return listingResult{}, err
	}
	removed, err := a.gallery.UnlinkListing(ctx, accountOf(ctx).ID, id)
	return listingResult{listingUnlinked{outcome, unlinked(id, removed)}}, err
}

func (a *api) bulkDelete(ctx context.Context, o object, outcome Outcome) (listingResult, error) {
	ref := readOne(o, "id")
	if err := o.rules.err(); err != nil {
		return listingResult{}, err
	}
	err := a.gallery.DeleteListing(ctx, accountOf(ctx).ID, ref)
	return listingResult{listingDeleted{outcome, namedBy(o), Deleted{true}}}, err
}

// namedBy is how an operation named its listing, as far as it can be read.
func namedBy(o object) AsNamed {
	o.rules = &rules{} // what is broken has been noted
	var named AsNamed
	if id, ok := o.id("id"); ok {
		named.ID = &id
	}
	if externalID, ok := o.text(externalIDField); ok {
		named.ExternalID = &externalID
	}
	return named
}

package listingsapi

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

// Link and unlink are the same for media and listings (sections 3.7 and 4); what
// differs is the method of gallery that each calls.

type linkInput struct {
	ID   numberParam `path:"id"`
	Body body[linkRequest]
}

type linkOutput struct {
	Body Linked
}

type unlinkOutput struct {
	Body Unlinked
}

// linkOf is the operation that gives an external id.
func linkOf(link func(ctx context.Context, account, id int64, externalID string) error) func(context.Context, *linkInput) (*linkOutput, error) {
	return func(ctx context.Context, in *linkInput) (*linkOutput, error) {
		id, err := parseID(string(in.ID))
		if err != nil {
			return nil, err
		}
		externalID, err := parseLink(in.Body.raw)
		if err != nil {
			return nil, err
		}
		return &linkOutput{linked(id, externalID)}, link(ctx, accountOf(ctx).ID, id, externalID)
	}
}

// unlinkOf is the operation that takes an external id away.
func unlinkOf(unlink func(ctx context.Context, account, id int64) (removed string, err error)) func(context.Context, *idInput) (*unlinkOutput, error) {
	return func(ctx context.Context, in *idInput) (*unlinkOutput, error) {
		id, err := parseID(string(in.ID))
		if err != nil {
			return nil, err
		}
		removed, err := unlink(ctx, accountOf(ctx).ID, id)
		return &unlinkOutput{unlinked(id, removed)}, err
	}
}

func parseLink(raw json.RawMessage) (externalID string, err error) {
	var r rules
	o, ok := openObject(raw, &r)
	if r.hold(ok, "the request body must be an object") {
		externalID = readLink(o)
	}
	return externalID, r.err()
}

// readLink reads the external id to give.
func readLink(o object) string {
	o.rules.hold(o.has(externalIDField), "externalId is required")
	return readExternalID(o)
}

// readExternalID reads a sender's own id, "" for none.
func readExternalID(o object) string {
	value, ok := o.text(externalIDField)
	if ok {
		o.rules.externalID(externalIDField, value)
	}
	return value
}

// readID reads the id of what an operation is about.
func readID(o object) int64 {
	o.rules.hold(o.has("id"), "id is required")
	id, _ := o.id("id")
	return id
}

// readOne reads what an operation is about: an id, which may stand in any of
// these fields, or an external id, but not two of them.
func readOne(o object, ids ...string) gallery.Ref {
	var sent int
	for _, name := range append(ids, externalIDField) {
		if o.has(name) {
			sent++
		}
	}
	choices := strings.Join(ids, ", ") + " or " + externalIDField
	o.rules.hold(sent > 0, "%s is required", choices)
	o.rules.hold(sent < 2, "only one of %s may be sent", choices)

	var ref gallery.Ref
	for _, name := range ids {
		if id, ok := o.id(name); ok {
			ref.ID = id
		}
	}
	ref.ExternalID = readExternalID(o)
	return ref
}

func linked(id int64, externalID string) Linked {
	return Linked{ID: id, ExternalID: externalID, Linked: true}
}

func unlinked(id int64, removed string) Unlinked {
	return Unlinked{ID: id, ExternalID: orNull(removed), Unlinked: true}
}

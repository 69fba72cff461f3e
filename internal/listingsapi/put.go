package listingsapi

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// sendableStatuses are what a client may ask for (section 4.2).
var sendableStatuses = []string{
	string(vitrine.StatusDraft), string(vitrine.StatusActive), string(vitrine.StatusHidden), string(vitrine.StatusCompleted),
}

type putListingInput struct {
	Body body[ListingWrite]
}

type putListingOutput struct {
	Body ListingWritten
}

// putListing creates or updates a listing (section 4.1).
func (a *api) putListing(ctx context.Context, in *putListingInput) (*putListingOutput, error) {
	want, err := parseListing(in.Body.raw, a.limits.MaxFiles)
	if err != nil {
		return nil, err
	}
	result, err := a.gallery.PutListing(ctx, accountOf(ctx).ID, want)
	if err != nil {
		return nil, err
	}
	return &putListingOutput{a.listingWritten(result)}, nil
}

// parseListing reads the body of a PUT.
func parseListing(raw json.RawMessage, maxFiles int) (gallery.ListingInput, error) {
	var r rules
	o, ok := openObject(raw, &r)
	if !r.hold(ok, "the request body must be an object") {
		return gallery.ListingInput{}, r.err()
	}
	return readListing(o, maxFiles), r.err()
}

// readListing reads what a listing shall be and checks every rule that needs no
// look at what is stored.
func readListing(o object, maxFiles int) gallery.ListingInput {
	var in gallery.ListingInput
	in.Ref = parseListingRef(o)
	if status, ok := o.text(statusField); ok {
		o.rules.oneOf(statusField, status, sendableStatuses)
		in.Status = vitrine.ListingStatus(status)
	}
	in.Files = parseFiles(o, maxFiles)
	o.rules.advert(o)
	in.Fields = advertFields(o)
	return in
}

// parseListingRef reads which listing is meant.
func parseListingRef(o object) gallery.Ref {
	var ref gallery.Ref
	o.rules.hold(o.has("id") || o.has(externalIDField), "id or externalId is required")
	o.rules.hold(!o.has("id") || !o.has(externalIDField), "id and externalId must not be sent together")
	ref.ID, _ = o.id("id")
	if value, ok := o.text(externalIDField); ok {
		o.rules.externalID(externalIDField, value)
		ref.ExternalID = value
	}
	return ref
}

// parseFiles reads the wanted list: nil when the list is to stay as it is.
func parseFiles(o object, maxFiles int) []gallery.File {
	entries, ok := o.list("files")
	if !ok || !o.rules.hold(len(entries) <= maxFiles, "files must contain no more than %d elements", maxFiles) {
		return nil
	}
	files := make([]gallery.File, len(entries))
	for i, entry := range entries {
		files[i] = parseFile(entry, i, o.rules)
	}
	return files
}

// parseFile reads one entry of the list, which is a url with or without an
// externalFileId, or an id, or an externalFileId; and what it says of it.
func parseFile(entry json.RawMessage, index int, r *rules) gallery.File {
	o, ok := openObject(entry, r)
	o.prefix = "files[" + strconv.Itoa(index) + "]."
	if !r.hold(ok, "files[%d] must be an object", index) {
		return gallery.File{}
	}
	r.hold(o.has("url") || o.has("id") || o.has(externalFileField), "files[%d] must have url, id or externalFileId", index)
	r.hold(!o.has("id") || !o.has(externalFileField), "files[%d] must not have both id and externalFileId", index)
	r.hold(!o.has("id") || !o.has("url"), "files[%d] must not have both id and url", index)

	var f gallery.File
	f.ID, _ = o.id("id")
	if value, ok := o.text("url"); ok {
		r.url(o.prefix+"url", value)
		f.URL = value
	}
	if value, ok := o.text(externalFileField); ok {
		r.externalID(o.prefix+externalFileField, value)
		f.ExternalID = value
	}
	f.Altered, f.AlteredFrom = parseAltered(o)
	return f
}

// parseAltered reads whether a picture is said to be altered, and from which.
func parseAltered(o object) (altered bool, from string) {
	altered, _ = o.flag(alteredField)
	from, ok := o.text(alteredFromField)
	if ok {
		o.rules.externalID(o.prefix+alteredFromField, from)
		o.rules.hold(altered, "%s%s must not be sent unless %s is true", o.prefix, alteredFromField, alteredField)
	}
	return altered, from
}

// advertFields are the fields that are the advert's own. A null among them is
// kept as sent: that is how a sender empties one.
func advertFields(o object) map[string]json.RawMessage {
	fields := make(map[string]json.RawMessage, len(o.fields))
	for _, f := range o.fields {
		fields[f.name] = json.RawMessage(f.value)
	}
	for _, ours := range []string{"id", externalIDField, statusField, "files"} {
		delete(fields, ours)
	}
	return fields
}

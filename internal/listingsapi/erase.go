package listingsapi

import (
	"context"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// eraseName is the parameter of a DELETE that wants the bytes gone, too.
const eraseName = "erase"

// deleter deletes what a path names (sections 3.7 and 4), or erases it. Media
// and listings have one each.
type deleter struct {
	remove func(ctx context.Context, account int64, ref gallery.Ref) error
	erase  func(ctx context.Context, account int64, ref gallery.Ref) (vitrine.Erasure, error)
}

type deletionOutput struct {
	Body deletion
}

func (d deleter) byID(ctx context.Context, in *idInput) (*deletionOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	return d.delete(ctx, gallery.Ref{ID: id})
}

func (d deleter) byExternalID(ctx context.Context, in *externalIDInput) (*deletionOutput, error) {
	ref, err := parseRef(in.ExternalID)
	if err != nil {
		return nil, err
	}
	return d.delete(ctx, ref)
}

func (d deleter) delete(ctx context.Context, ref gallery.Ref) (*deletionOutput, error) {
	erase, err := parseErase(exchangeIn(ctx).query)
	if err != nil {
		return nil, err
	}
	account := accountOf(ctx).ID
	if !erase {
		return &deletionOutput{}, d.remove(ctx, account, ref)
	}
	e, err := d.erase(ctx, account, ref)
	if err != nil {
		return nil, err
	}
	receipt := erasureOf(e)
	return &deletionOutput{deletion{erased: &receipt}}, nil
}

// parseErase reads whether a DELETE is to erase. What can't be read as yes or no
// is refused: what is once deleted can't be erased any more.
func parseErase(query string) (bool, error) {
	values, err := url.ParseQuery(query)
	sent := values[eraseName]
	switch {
	case err == nil && len(sent) == 0, err != nil && !strings.Contains(query, eraseName):
		return false, nil
	case len(sent) == 1 && (sent[0] == "true" || sent[0] == "false"):
		return sent[0] == "true", nil
	}
	return false, vitrine.Invalid([]string{eraseName + " must be true or false"})
}

// deletion is the answer to a DELETE.
type deletion struct {
	erased *erasure // nil: it was deleted and no more
}

func (d deletion) MarshalJSON() ([]byte, error) {
	if d.erased == nil {
		return json.Marshal(Deleted{true})
	}
	return json.Marshal(d.erased)
}

// Schema is that of either answer.
func (deletion) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[Deleted](), true, ""), r.Schema(reflect.TypeFor[erasure](), true, ""),
	}}
}

type erasureInput struct {
	ID string `path:"id" format:"uuid"`
}

type erasureOutput struct {
	Body erasure
}

// erasure gives a receipt again, and whether all of it is gone by now. An id
// that can't be one is as unknown as any other.
func (a *api) erasure(ctx context.Context, in *erasureInput) (*erasureOutput, error) {
	if uuid.Validate(in.ID) != nil {
		return nil, vitrine.Errorf(vitrine.CodeNotFound, "Erasure %s not found", in.ID)
	}
	e, err := a.gallery.Erasure(ctx, accountOf(ctx).ID, in.ID)
	if err != nil {
		return nil, err
	}
	return &erasureOutput{erasureOf(e)}, nil
}

func erasureOf(e vitrine.Erasure) erasure {
	return erasure{
		ID: e.UUID, Status: e.Status(), CreatedAt: timestamp(e.CreatedAt), EndedAt: timestampOrNull(e.EndedAt),
		Keys: e.Receipt.Keys, URLs: e.Receipt.URLs, Rows: e.Receipt.Rows, Kept: e.Receipt.Kept,
	}
}

// eraseParam describes the parameter.
func eraseParam() *huma.Param {
	return &huma.Param{
		Name: eraseName, In: "query",
		Description: "Have the bytes deleted for good and at once, the originals too, but for what others have sent as well. The answer is a receipt.",
		Schema:      &huma.Schema{Type: huma.TypeBoolean, Default: false},
	}
}

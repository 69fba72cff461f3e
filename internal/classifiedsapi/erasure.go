package classifiedsapi

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vitrine-media/vitrine"
)

// erasure gives a receipt again, and whether all of it is gone by now.
func (a *api) erasure(c *call) (*answer, error) {
	id, err := c.uuid("erasureId", "Erasure")
	if err != nil {
		return nil, err
	}
	e, err := a.gallery.Erasure(c.Context(), c.account, id)
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, body: erasureOf(e)}, nil
}

func erasureOf(e vitrine.Erasure) *erasure {
	out := &erasure{
		ID: e.UUID, Status: e.Status(), CreatedAt: timestamp(e.CreatedAt),
		Keys: e.Receipt.Keys, URLs: e.Receipt.URLs, Rows: e.Receipt.Rows, Kept: e.Receipt.Kept,
	}
	if !e.EndedAt.IsZero() {
		ended := timestamp(e.EndedAt)
		out.EndedAt = nullable[instant]{&ended}
	}
	return out
}

// eraseParam describes the parameter of a DELETE that wants the bytes gone, too.
func eraseParam() *huma.Param {
	return &huma.Param{
		Name: "erase", In: "query",
		Description: "Have the bytes deleted for good and at once, the originals too, but for what others have sent as well. The answer has a receipt.",
		Schema:      &huma.Schema{Type: huma.TypeBoolean, Default: false},
	}
}

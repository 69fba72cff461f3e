package listingsapi

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vitrine-media/vitrine"
)

// The values that bodies and parameters are made of, where Go's own do not say
// enough to the document.

// optimization is the contract's state of a media.
type optimization string

// Schema lists the states.
func (optimization) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{"pending", "processing", "success", "failed"}}
}

// fileType is a media type that is taken in (section 3.1).
type fileType string

// fileTypes are all of them.
func fileTypes() []string { return slices.Concat(vitrine.ImageTypes, vitrine.VideoTypes) }

// Schema lists the types.
func (fileType) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: "Of the file; the PUT has to declare the same."}
	for _, t := range fileTypes() {
		s.Enum = append(s.Enum, t)
	}
	return s
}

// instant is a time as RFC 3339 in UTC with milliseconds (Listings API, base).
type instant string

func timestamp(t time.Time) instant {
	return instant(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// Schema is a date-time.
func (instant) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Examples: []any{"2026-03-14T09:26:53.589Z"}}
}

// orNull is null for the zero value, which in the dictionary means none.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// nullable is an object or null.
type nullable[T any] struct{ value *T }

func (n nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

// Schema is that of a T, or null.
func (nullable[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, ""), {Type: "null"}}}
}

func (r jobResult) MarshalJSON() ([]byte, error) {
	if len(r.raw) == 0 {
		return []byte("null"), nil
	}
	return r.raw, nil
}

// Schema names what the kinds of jobs give.
func (jobResult) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "Of a completed import its mediaId; of a completed publication the listing's id and status.",
		AnyOf: []*huma.Schema{
			{
				Type: huma.TypeObject,
				Properties: map[string]*huma.Schema{
					"mediaId": {Type: huma.TypeInteger, Format: "int64"},
					"id":      {Type: huma.TypeInteger, Format: "int64"},
					"status":  {Type: huma.TypeString},
				},
				AdditionalProperties: true,
			},
			{Type: "null"},
		},
	}
}

// formData are the advert's own fields as they were sent, with the listing's
// status among them.
type formData map[string]json.RawMessage

// Schema is an object of anything.
func (formData) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject,
		Properties: map[string]*huma.Schema{
			statusField: {Type: huma.TypeString, Enum: []any{
				string(vitrine.StatusDraft), string(vitrine.StatusPendingActive), string(vitrine.StatusActive), string(vitrine.StatusHidden),
				string(vitrine.StatusExpired), string(vitrine.StatusCompleted), string(vitrine.StatusPublishFailed), string(vitrine.StatusBlocked),
			}},
		},
		Required:             []string{statusField},
		AdditionalProperties: true,
	}
}

// numberParam is a number of a path or a query. It arrives as it was sent, so
// that the refusal of another thing is worded here.
type numberParam string

// Schema is a positive number.
func (numberParam) Schema(huma.Registry) *huma.Schema {
	lowest := 1.0
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: &lowest}
}

// pageNumberParam and pageSizeParam choose a part of a list.
type (
	pageNumberParam string
	pageSizeParam   string
)

// Schema is the number of a page.
func (pageNumberParam) Schema(huma.Registry) *huma.Schema {
	lowest, highest := 1.0, float64(maxPage)
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &lowest, Maximum: &highest, Default: 1}
}

// Schema is the size of a page.
func (pageSizeParam) Schema(huma.Registry) *huma.Schema {
	lowest, highest := 1.0, float64(maxPageSize)
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &lowest, Maximum: &highest, Default: defaultPageSize}
}

type idInput struct {
	ID numberParam `path:"id"`
}

type externalIDInput struct {
	ExternalID string `path:"externalId" minLength:"1" maxLength:"255" doc:"Your own id, percent-encoded once; any characters."`
}

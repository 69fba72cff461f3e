package classifiedsapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vitrine-media/vitrine"
)

// The values that bodies are made of, where Go's own do not say enough to the
// document.

// instant is a time as RFC 3339 in UTC with milliseconds.
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

// nullable is a T or null, where a pointer to a T would not say so in the
// document.
type nullable[T any] struct{ value *T }

func (n nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

// Schema is that of a T, or null.
func (nullable[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, ""), {Type: "null"}}}
}

// freeObject is a JSON object that is the sender's business.
type freeObject json.RawMessage

func (f freeObject) MarshalJSON() ([]byte, error) { return f, nil }

// Schema is an object of anything.
func (freeObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// The types below list the words of the dictionary.
type (
	mediaType   string
	category    string
	mediaStatus string
	status      string
	action      string
	owner       string
)

// Schema lists the media types.
func (mediaType) Schema(huma.Registry) *huma.Schema { return words(vitrine.MediaTypes) }

// Schema lists the categories.
func (category) Schema(huma.Registry) *huma.Schema { return words(vitrine.Categories) }

// Schema lists the statuses of a media.
func (mediaStatus) Schema(huma.Registry) *huma.Schema {
	return words([]vitrine.MediaStatus{
		vitrine.MediaReceived, vitrine.MediaDownloading, vitrine.MediaDownloaded, vitrine.MediaDownloadingFailed,
		vitrine.MediaAVScanning, vitrine.MediaAVScanned, vitrine.MediaAVCleaned, vitrine.MediaDeleted,
	})
}

// Schema lists the statuses of a classified.
func (status) Schema(huma.Registry) *huma.Schema { return words(vitrine.ClassifiedStatuses) }

// Schema lists the actions of a plan.
func (action) Schema(huma.Registry) *huma.Schema {
	return words([]vitrine.Action{vitrine.Keep, vitrine.Move, vitrine.Refetch, vitrine.Add, vitrine.Remove})
}

// Schema lists whose turn it can be.
func (owner) Schema(huma.Registry) *huma.Schema {
	return words([]vitrine.Owner{vitrine.OwnerSender, vitrine.OwnerOrigin, vitrine.OwnerUs})
}

func words[T ~string](values []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, value := range values {
		s.Enum = append(s.Enum, string(value))
	}
	return s
}

// wordsOf gives the words of the dictionary as those of the document. It is
// never nil, which would be null.
func wordsOf[W, T ~string](values []T) []W {
	list := make([]W, len(values))
	for i, value := range values {
		list[i] = W(value)
	}
	return list
}

func failureOf(f *vitrine.Failure) nullable[failure] {
	if f == nil {
		return nullable[failure]{}
	}
	rule := vitrine.RuleOf(f.Code)
	return nullable[failure]{&failure{
		Code: rule.Code, Message: f.Message(), Owner: owner(rule.Owner), Remedy: rule.Remedy, Retryable: rule.Retryable,
	}}
}

// explanation is what a status says of a failure beside its message: the facts
// and what to do.
func explanation(f *vitrine.Failure) string {
	remedy := vitrine.RuleOf(f.Code).Remedy
	if f.Detail == "" {
		return remedy
	}
	return strings.TrimSuffix(f.Detail, ".") + ". " + remedy
}

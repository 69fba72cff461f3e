package listingsapi

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vitrine-media/vitrine"
)

// The bodies of the bulk endpoints (sections 3.5 and 4). A result has the
// fields of the answer to its operation alone, beside those of Outcome.

// mediaBulk is the body of POST /media/bulk.
type mediaBulk struct {
	_          struct{}         `additionalProperties:"true"`
	Operations []mediaOperation `json:"operations" nullable:"false" minItems:"1" doc:"Run in this order. At most maxFiles; when there are more, none is run."`
}

// mediaOperation is one of them, with the fields that its op has.
type mediaOperation struct {
	_           struct{} `additionalProperties:"true"`
	Op          string   `json:"op" enum:"upload-from-url,request-upload-url,confirm-upload,link,unlink,delete"`
	URL         *string  `json:"url,omitempty" maxLength:"2048" doc:"Of upload-from-url."`
	ContentType fileType `json:"contentType,omitempty" doc:"Of request-upload-url."`
	Filename    *string  `json:"filename,omitempty" maxLength:"255" doc:"Of request-upload-url; may be left out."`
	Size        *int64   `json:"size,omitempty" minimum:"1" doc:"Of request-upload-url; may be left out. Bytes."`
	MediaID     *int64   `json:"mediaId,omitempty" minimum:"1" doc:"Of confirm-upload; the same as id."`
	ID          *int64   `json:"id,omitempty" minimum:"1" doc:"Of link and unlink; of confirm-upload and delete, unless externalId is sent."`
	ExternalID  *string  `json:"externalId,omitempty" minLength:"1" maxLength:"255" doc:"Your own id of the file: the one to give it, or that it has."`
}

// listingBulk is the body of POST /listings/bulk.
type listingBulk struct {
	_          struct{}           `additionalProperties:"true"`
	Operations []listingOperation `json:"operations" nullable:"false" minItems:"1" doc:"Run in this order. At most maxFiles; when there are more, none is run."`
}

// listingOperation is one of them: an upsert or a validate has the fields of a
// PUT, the others id and externalId.
type listingOperation struct {
	_  struct{} `additionalProperties:"true"`
	Op string   `json:"op" enum:"upsert,link,unlink,delete,validate"`
	ListingWrite
}

// bulkAnswer is the answer when at least one operation succeeded.
type bulkAnswer[R any] struct {
	Results []R     `json:"results" nullable:"false" doc:"One for each operation, in their order."`
	Summary summary `json:"summary"`
}

type summary struct {
	Total     int `json:"total"`
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
}

// bulkRefusal is the answer when every operation failed: the same, with what an
// error has.
type bulkRefusal[R any] struct {
	StatusCode int               `json:"statusCode" doc:"The HTTP status." example:"422"`
	Message    string            `json:"message"`
	Text       string            `json:"error" doc:"The name of the HTTP status."`
	Code       vitrine.ErrorCode `json:"code" doc:"Stable, for programs." enum:"unprocessable"`
	Results    []R               `json:"results" nullable:"false"`
	Summary    summary           `json:"summary"`
}

// Outcome begins the result of every operation.
type Outcome struct {
	Index   int    `json:"index" minimum:"0" doc:"The place of the operation."`
	Op      string `json:"op" doc:"As sent."`
	Success bool   `json:"success"`
}

func (o Outcome) succeeded() bool { return o.Success }

func (Outcome) passing() vitrine.ErrorCode { return "" }

func (r mediaRefused) passing() vitrine.ErrorCode   { return r.Refused.passing() }
func (r listingRefused) passing() vitrine.ErrorCode { return r.Refused.passing() }

// passing is why an operation came to nothing that goes well when it is sent
// again later, "" for any other reason.
func (r Refused) passing() vitrine.ErrorCode {
	switch r.Code {
	case vitrine.CodeBacklog, vitrine.CodeNoSpace, vitrine.CodeInternal:
		return r.Code
	}
	return ""
}

// Refused is why an operation failed.
type Refused struct {
	Error string            `json:"error" doc:"What is wrong, for a person."`
	Code  vitrine.ErrorCode `json:"code" doc:"Stable, for programs."`
}

// OfMedia names the file of an operation.
type OfMedia struct {
	MediaID int64 `json:"mediaId"`
}

// The results of the operations on media.
type (
	mediaImported struct {
		Outcome
		Imported
	}
	mediaUploadRequested struct {
		Outcome
		UploadRequested
	}
	mediaLinked struct {
		Outcome
		OfMedia
		Linked
	}
	mediaUnlinked struct {
		Outcome
		OfMedia
		Unlinked
	}
	mediaDeleted struct {
		Outcome
		OfMedia
		Deleted
	}
	mediaRefused struct {
		Outcome
		Refused
		MediaID *int64 `json:"mediaId,omitempty" doc:"Where it is known."`
	}
)

// AsNamed is how an operation named its listing.
type AsNamed struct {
	ID         *int64  `json:"id,omitempty"`
	ExternalID *string `json:"externalId,omitempty"`
}

// Validated says that an upsert of the same fields would be accepted.
type Validated struct {
	Valid bool `json:"valid" enum:"true"`
}

// The results of the operations on listings.
type (
	listingUpserted struct {
		Outcome
		ListingWritten
	}
	listingLinked struct {
		Outcome
		Linked
	}
	listingUnlinked struct {
		Outcome
		Unlinked
	}
	listingDeleted struct {
		Outcome
		AsNamed
		Deleted
	}
	listingValidated struct {
		Outcome
		AsNamed
		Validated
	}
	listingRefused struct {
		Outcome
		AsNamed
		Refused
	}
)

// result is one of the above.
type result interface {
	succeeded() bool
	passing() vitrine.ErrorCode
}

// mediaResult and listingResult are what the document calls them.
type (
	mediaResult   struct{ result }
	listingResult struct{ result }
)

func (r mediaResult) MarshalJSON() ([]byte, error)   { return json.Marshal(r.result) }
func (r listingResult) MarshalJSON() ([]byte, error) { return json.Marshal(r.result) }

// Schema lists the results of the operations on media.
func (mediaResult) Schema(r huma.Registry) *huma.Schema {
	return anyOf(r, reflect.TypeFor[mediaImported](), reflect.TypeFor[mediaUploadRequested](), reflect.TypeFor[mediaLinked](),
		reflect.TypeFor[mediaUnlinked](), reflect.TypeFor[mediaDeleted](), reflect.TypeFor[mediaRefused]())
}

// Schema lists the results of the operations on listings.
func (listingResult) Schema(r huma.Registry) *huma.Schema {
	return anyOf(r, reflect.TypeFor[listingUpserted](), reflect.TypeFor[listingLinked](), reflect.TypeFor[listingUnlinked](),
		reflect.TypeFor[listingDeleted](), reflect.TypeFor[listingValidated](), reflect.TypeFor[listingRefused]())
}

func anyOf(r huma.Registry, types ...reflect.Type) *huma.Schema {
	s := &huma.Schema{}
	for _, t := range types {
		s.AnyOf = append(s.AnyOf, r.Schema(t, true, ""))
	}
	return s
}

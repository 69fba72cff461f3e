package listingsapi

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// apiVersion is the version of the contract, not of the program.
const apiVersion = "1.0.0"

const apiDescription = `Send a listing with the URLs of its photos; get a published gallery.

Every request needs a key. All errors have one shape: statusCode, message (for a validation the list of all broken rules), error, and a stable code for programs.`

// newDocument begins the OpenAPI document. huma's own pages, links to schemas
// and outside scripts stay off.
func newDocument(ad huma.Adapter) huma.API {
	return huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "vitrine Listings API", Version: apiVersion, Description: apiDescription},
			Servers: []*huma.Server{{URL: Base}},
			Components: &huma.Components{
				Schemas:   huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				Responses: map[string]*huma.Response{},
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"apiKeyHeader":  {Type: "apiKey", In: "header", Name: "X-API-Key"},
					"authorization": {Type: "apiKey", In: "header", Name: "Authorization", Description: "`ApiKey <key>`"},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}},
		DefaultFormat: "application/json",
	}, ad)
}

// describe is the operation for huma, with every error it can answer.
func (op operation) describe(doc *huma.OpenAPI) huma.Operation {
	responses := map[string]*huma.Response{}
	for _, status := range op.successes() {
		responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Headers: rateHeaders()}
	}
	for _, row := range errorStatuses {
		if op.answers(row.status) {
			response := errorResponse(doc, row)
			response.Headers = op.errorHeaders(row.status)
			responses[strconv.Itoa(row.status)] = response
		}
	}
	var parameters []*huma.Param
	if op.method == http.MethodPost {
		parameters = append(parameters, idempotencyParam())
	}
	if op.erases {
		parameters = append(parameters, eraseParam())
	}
	return huma.Operation{
		Method:        op.method,
		Path:          op.path,
		OperationID:   op.id,
		Tags:          []string{op.tag},
		Summary:       op.summary,
		Parameters:    parameters,
		DefaultStatus: op.successes()[0],
		Responses:     responses,
		Security:      []map[string][]string{{"apiKeyHeader": {}}, {"authorization": {}}},
		Metadata:      map[string]any{bulkMark: op.bulk},

		SkipValidateParams: true,
		SkipValidateBody:   true,
		MaxBodyBytes:       -1, // the guard has read the body and measured it
		BodyReadTimeout:    -1,
	}
}

func (op operation) successes() []int {
	if op.statuses == nil {
		return []int{http.StatusOK}
	}
	return op.statuses
}

// answers reports whether the operation may refuse with that status. A POST may
// always clash with another one of its Idempotency-Key.
func (op operation) answers(status int) bool {
	switch status {
	case http.StatusNotFound:
		return op.mayMiss
	case http.StatusConflict, http.StatusUnprocessableEntity:
		return op.method == http.MethodPost
	case http.StatusMethodNotAllowed:
		return false
	}
	return true
}

// errorHeaders are on every refusal of that status.
func (op operation) errorHeaders(status int) map[string]*huma.Param {
	switch status {
	case http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return rateHeaders()
	case http.StatusTooManyRequests:
		headers := rateHeaders()
		headers["Retry-After"] = countHeader("Seconds.")
		return headers
	}
	if status == http.StatusInsufficientStorage {
		return map[string]*huma.Param{"Retry-After": countHeader("Seconds.")}
	}
	return nil // they may come before the key is known
}

// idempotencyParam describes the header that makes a POST safe to send again.
func idempotencyParam() *huma.Param {
	shortest, longest := 1, maxIdempotencyKey
	return &huma.Param{
		Name: idempotencyHeader, In: "header",
		Description: "Your own name of this request. Sent again within 24 hours, it gives the saved answer, with " + replayedHeader + ": true.",
		Schema:      &huma.Schema{Type: huma.TypeString, MinLength: &shortest, MaxLength: &longest, Pattern: "^[!-~]+$"},
	}
}

// errorResponse describes an answer in the shape of errorBody.
func errorResponse(doc *huma.OpenAPI, row errorStatus) *huma.Response {
	return &huma.Response{
		Description: row.text,
		Content: map[string]*huma.MediaType{"application/json": {
			Schema: doc.Components.Schemas.Schema(reflect.TypeFor[errorBody](), true, ""),
		}},
	}
}

// rateHeaders are on every answer to a known key (section 1).
func rateHeaders() map[string]*huma.Param {
	return map[string]*huma.Param{
		"X-RateLimit-Limit":     countHeader("Requests a minute."),
		"X-RateLimit-Remaining": countHeader("Requests left in this minute."),
		"X-RateLimit-Reset":     countHeader("When the next minute begins, in seconds of the Unix epoch."),
	}
}

func countHeader(description string) *huma.Header {
	return &huma.Header{Description: description, Required: true, Schema: &huma.Schema{Type: huma.TypeInteger}}
}

// finish completes the document and gives it as JSON. It is made of constants
// alone, so that an error of it is a defect of this package.
func finish(api huma.API) []byte {
	doc := api.OpenAPI()
	unrouted := errorResponse(doc, errorStatus{})
	unrouted.Description = "The answer where no operation is: 404 for an unknown path, 405 with Allow for a method that the path does not have."
	doc.Components.Responses["Unrouted"] = unrouted
	// huma registers its own error model, which no answer has.
	schemas := doc.Components.Schemas.Map()
	maps.DeleteFunc(schemas, func(name string, _ *huma.Schema) bool {
		return slices.Contains([]string{"ErrorModel", "ErrorDetail"}, name)
	})
	text, err := doc.MarshalJSON()
	if err != nil {
		panic("listingsapi: the OpenAPI document: " + err.Error())
	}
	return text
}

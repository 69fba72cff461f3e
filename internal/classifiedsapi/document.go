package classifiedsapi

import (
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// apiVersion is the version of the contract, not of the program.
const apiVersion = "4.0.0"

const apiDescription = `Send a classified with the URLs of all its media; the list is the truth.

Every request needs a bearer: an access token of POST /oauth/token, or a key. All errors are problems (RFC 7807) that name every broken rule with a JSON pointer.`

// bearerScheme names the way in, in the document.
const bearerScheme = "bearer"

// newDocument begins the OpenAPI document.
func newDocument() *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "vitrine Classifieds API", Version: apiVersion, Description: apiDescription},
		Servers: []*huma.Server{{URL: Base}},
		Components: &huma.Components{
			Schemas:   huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			Responses: map[string]*huma.Response{},
			SecuritySchemes: map[string]*huma.SecurityScheme{
				bearerScheme: {Type: "http", Scheme: "bearer", Description: "An access token, or a key."},
			},
		},
	}
}

// describe is the operation for the document, with every answer it can give.
func (op *operation) describe(doc *huma.OpenAPI) *huma.Operation {
	described := &huma.Operation{
		Method: op.method, Path: op.path, OperationID: op.id, Tags: []string{op.tag}, Summary: op.summary,
		Parameters: op.pathParams(), Responses: map[string]*huma.Response{},
	}
	described.Parameters = append(described.Parameters, op.params...)
	if op.scope != "" {
		described.Security = []map[string][]string{{bearerScheme: {op.scope}}}
	}
	if op.body != nil {
		described.RequestBody = &huma.RequestBody{Required: true, Content: contentOf(doc, "application/json", op.body)}
	}
	for status, body := range op.success {
		response := &huma.Response{Description: http.StatusText(status), Headers: op.headers(status)}
		if body != nil {
			response.Content = contentOf(doc, "application/json", body)
		}
		described.Responses[strconv.Itoa(status)] = response
	}
	for _, row := range errorStatuses {
		if op.refuses(row.status) {
			described.Responses[strconv.Itoa(row.status)] = problemResponse(doc, row.status)
		}
	}
	return described
}

// refuses reports whether the operation may refuse with that status.
func (op *operation) refuses(status int) bool {
	switch status {
	case http.StatusNotFound:
		return op.mayMiss
	case http.StatusPreconditionFailed:
		return op.conditional
	case http.StatusMethodNotAllowed:
		return false
	}
	return true // a request without a body may have one all the same
}

// headers are on every success of that status.
func (op *operation) headers(status int) map[string]*huma.Header {
	headers := traceHeader()
	maps.Copy(headers, rateHeaders())
	if op.tagged || op.located && status == http.StatusAccepted {
		headers["ETag"] = etagHeader("Of the revision, for If-Match.")
	}
	if op.located && status == http.StatusAccepted {
		headers["Location"] = header("Of the classified.", &huma.Schema{Type: huma.TypeString, Format: "uri"})
	}
	return headers
}

func etagHeader(description string) *huma.Header {
	return header(description, &huma.Schema{Type: huma.TypeString, Examples: []any{etagOf(7)}})
}

// rateHeaders are on every answer to a known key.
func rateHeaders() map[string]*huma.Header {
	return map[string]*huma.Header{
		"X-RateLimit-Limit":     countHeader("Requests a minute."),
		"X-RateLimit-Remaining": countHeader("Requests left in this minute."),
		"X-RateLimit-Reset":     countHeader("When the next minute begins, in seconds of the Unix epoch."),
	}
}

func countHeader(description string) *huma.Header {
	return header(description, &huma.Schema{Type: huma.TypeInteger})
}

func traceHeader() map[string]*huma.Header {
	return map[string]*huma.Header{
		"traceparent": header("The trace of the request, continued (W3C Trace Context).", &huma.Schema{
			Type: huma.TypeString, Pattern: "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
		}),
	}
}

func header(description string, schema *huma.Schema) *huma.Header {
	return &huma.Header{Description: description, Required: true, Schema: schema}
}

func contentOf(doc *huma.OpenAPI, contentType string, body reflect.Type) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{contentType: {Schema: doc.Components.Schemas.Schema(body, true, "")}}
}

// problemResponse describes a refusal with that status, 0 for several.
func problemResponse(doc *huma.OpenAPI, status int) *huma.Response {
	headers := traceHeader()
	switch status {
	case http.StatusPreconditionFailed:
		headers["ETag"] = etagHeader("Of the revision that is there.")
	case http.StatusInsufficientStorage:
		headers["Retry-After"] = countHeader("Seconds.")
	case http.StatusTooManyRequests:
		maps.Copy(headers, rateHeaders())
		headers["Retry-After"] = countHeader("Seconds.")
	}
	return &huma.Response{
		Description: http.StatusText(status),
		Headers:     headers,
		Content:     contentOf(doc, problemType, typeOf[problem]()),
	}
}

// finish completes the document and gives it as JSON. It is made of constants
// and settings alone, so that an error of it is a defect of this package.
func (a *api) finish(doc *huma.OpenAPI) []byte {
	unrouted := problemResponse(doc, 0)
	unrouted.Description = "The answer where no operation is: 404 for an unknown path, 405 with Allow for a method that the path does not have."
	doc.Components.Responses["Unrouted"] = unrouted
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: "/openapi.json", OperationID: "openapi", Tags: []string{"Document"},
		Summary: "Get this document; no bearer is needed",
		Responses: map[string]*huma.Response{"200": {
			Description: "An OpenAPI 3.1 document",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}},
		}},
	})
	classified := doc.Components.Schemas.Map()["ClassifiedRequest"].Properties
	portals := len(a.rules.portals)
	classified["portals"].Items = words(a.rules.portals)
	classified["portals"].MaxItems = &portals
	classified["media"].MaxItems = &a.rules.maxMedia
	text, err := doc.MarshalJSON()
	if err != nil {
		panic("classifiedsapi: the OpenAPI document: " + err.Error())
	}
	return text
}

// static serves the document.
func (a *api) static(content []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		if _, err := w.Write(content); err != nil {
			a.log.InfoContext(r.Context(), "answer not delivered", "err", err)
		}
	})
}

type parameters []*huma.Param

func params(list ...*huma.Param) parameters { return list }

// queryNames are the names of the operation's parameters in the query.
func (op *operation) queryNames() (names []string) {
	for _, p := range op.params {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	return names
}

func (op *operation) pathParams() []*huma.Param {
	var list []*huma.Param
	for segment := range strings.SplitSeq(op.path, "/") {
		if strings.HasPrefix(segment, "{") {
			list = append(list, &huma.Param{
				Name: strings.Trim(segment, "{}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString, Format: "uuid"},
			})
		}
	}
	return list
}

func dryRun() *huma.Param {
	return &huma.Param{
		Name: "dryRun", In: "query", Description: "Answer 200 with the plan, and change nothing.",
		Schema: &huma.Schema{Type: huma.TypeBoolean, Default: false},
	}
}

func ifMatch() *huma.Param {
	return &huma.Param{
		Name: "If-Match", In: "header", Description: "Entity tags of the revisions that may be changed, or *. A weak tag counts like a strong one.",
		Schema: &huma.Schema{Type: huma.TypeString}, Example: etagOf(7),
	}
}

func limit(otherwise, highest int) *huma.Param {
	least, most := 1.0, float64(highest)
	return &huma.Param{
		Name: "limit", In: "query", Description: "Items on a page.",
		Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &least, Maximum: &most, Default: otherwise},
	}
}

func nextToken() *huma.Param {
	return &huma.Param{
		Name: "nextToken", In: "query", Description: "That of the page before.", Schema: &huma.Schema{Type: huma.TypeString},
	}
}

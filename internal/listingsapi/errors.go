package listingsapi

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
)

// errorStatus is how a code looks over HTTP (section 1).
type errorStatus struct {
	code   vitrine.ErrorCode
	status int
	text   string // the answer's "error"
}

// errorStatuses is the one table from code to status.
var errorStatuses = []errorStatus{
	{vitrine.CodeInvalid, http.StatusBadRequest, "Bad Request"},
	{vitrine.CodeUnauthorized, http.StatusUnauthorized, "Unauthorized"},
	{vitrine.CodeSuspended, http.StatusForbidden, "Forbidden"},
	{vitrine.CodeForbidden, http.StatusForbidden, "Forbidden"},
	{vitrine.CodeNotFound, http.StatusNotFound, "Not Found"},
	{vitrine.CodeMethodNotAllowed, http.StatusMethodNotAllowed, "Method Not Allowed"},
	{vitrine.CodeConflict, http.StatusConflict, "Conflict"},
	{vitrine.CodeTooLarge, http.StatusRequestEntityTooLarge, "Payload Too Large"},
	{vitrine.CodeMediaType, http.StatusUnsupportedMediaType, "Unsupported Media Type"},
	{vitrine.CodeUnprocessable, http.StatusUnprocessableEntity, "Unprocessable Entity"},
	{vitrine.CodeRateLimited, http.StatusTooManyRequests, "Too Many Requests"},
	{vitrine.CodeBacklog, http.StatusTooManyRequests, "Too Many Requests"},
	{vitrine.CodeNoSpace, http.StatusInsufficientStorage, "Insufficient Storage"},
	{vitrine.CodeInternal, http.StatusInternalServerError, "Internal Server Error"},
}

// errorBody is the answer to a refused request (section 1, "Errors").
type errorBody struct {
	StatusCode int               `json:"statusCode" doc:"The HTTP status." example:"404"`
	Message    message           `json:"message"`
	Text       string            `json:"error" doc:"The name of the HTTP status." example:"Not Found"`
	Code       vitrine.ErrorCode `json:"code" doc:"Stable, for programs." enum:"invalid,unauthorized,suspended,forbidden,not_found,method_not_allowed,conflict,too_large,unsupported_media_type,unprocessable,rate_limited,backlog_full,insufficient_storage,internal"`
}

// Error and GetStatus make errorBody what huma writes as it stands.
func (e *errorBody) Error() string  { return e.Text }
func (e *errorBody) GetStatus() int { return e.StatusCode }

// comeBack is when to try again what can't be accepted for now.
const comeBack = "60" // seconds

// GetHeaders are the headers of a refusal that passes.
func (e *errorBody) GetHeaders() http.Header {
	if e.Code == vitrine.CodeBacklog || e.Code == vitrine.CodeNoSpace {
		return http.Header{"Retry-After": {comeBack}}
	}
	return nil
}

// refusal is the answer with that code and one message; a code outside the
// table is internal.
func refusal(code vitrine.ErrorCode, text string) *errorBody {
	return newErrorBody(code, message{text: text})
}

func newErrorBody(code vitrine.ErrorCode, m message) *errorBody {
	for _, row := range errorStatuses {
		if row.code == code {
			return &errorBody{StatusCode: row.status, Message: m, Text: row.text, Code: code}
		}
	}
	return refusal(vitrine.CodeInternal, "Internal server error")
}

// routeUnknown and methodUnknown are the answers to requests that no route
// takes.
func routeUnknown(r *http.Request) *errorBody {
	return refusal(vitrine.CodeNotFound, "Cannot "+r.Method+" "+r.URL.EscapedPath())
}

func methodUnknown(r *http.Request) *errorBody {
	return refusal(vitrine.CodeMethodNotAllowed, "Cannot "+r.Method+" "+r.URL.EscapedPath())
}

// errorBodyOf is the answer to err. Broken rules are a list, everything else is
// one sentence; of an error that is no refusal the text stays inside.
func errorBodyOf(err error) *errorBody {
	if body, ok := errors.AsType[*errorBody](err); ok {
		return body
	}
	refused, ok := errors.AsType[*vitrine.Error](err)
	switch {
	case !ok || refused.Code == vitrine.CodeInternal || len(refused.Messages) == 0:
		return refusal(vitrine.CodeInternal, "Internal server error")
	case refused.Code == vitrine.CodeInvalid:
		return newErrorBody(refused.Code, message{rules: refused.Messages})
	default:
		return refusal(refused.Code, refused.Messages[0])
	}
}

// message is a sentence, or for a validation the list of the broken rules.
type message struct {
	text  string
	rules []string
}

func (m message) MarshalJSON() ([]byte, error) {
	if m.rules != nil {
		return json.Marshal(m.rules)
	}
	return json.Marshal(m.text)
}

// Schema describes both forms.
func (message) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "A sentence, or for a validation all broken rules.",
		OneOf: []*huma.Schema{
			{Type: huma.TypeString},
			{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}},
		},
	}
}

// writeError answers outside of an operation, in the shape of all others.
func (a *api) writeError(w http.ResponseWriter, r *http.Request, body *errorBody) {
	w.Header().Set("Content-Type", "application/json")
	maps.Copy(w.Header(), body.GetHeaders())
	if body.StatusCode == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", apikey.Scheme)
	}
	w.WriteHeader(body.StatusCode)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		a.log.InfoContext(r.Context(), "answer not delivered", "err", err)
	}
}

// answerTo turns an error into the answer to its request. What is our fault is
// logged here, as its cause goes no further; an error that comes of the client
// having left is nobody's fault.
func (a *api) answerTo(ctx context.Context, err error) *errorBody {
	body := errorBodyOf(err)
	if body.Code == vitrine.CodeInternal && ctx.Err() == nil {
		x := exchangeIn(ctx)
		a.log.ErrorContext(ctx, "request failed", "method", x.method, "route", x.route, "account", x.caller.Account.ID, "err", err)
	}
	return body
}

package classifiedsapi

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

const problemType = "application/problem+json"

// problemPrefix begins the type of a problem; its code follows.
const problemPrefix = "urn:vitrine:problem:"

// errorStatus is how a code looks over HTTP (section 1).
type errorStatus struct {
	code   vitrine.ErrorCode
	status int
}

// errorStatuses is the one table from code to status.
var errorStatuses = []errorStatus{
	{vitrine.CodeInvalid, http.StatusBadRequest},
	{vitrine.CodeUnauthorized, http.StatusUnauthorized},
	{vitrine.CodeSuspended, http.StatusForbidden},
	{vitrine.CodeForbidden, http.StatusForbidden},
	{vitrine.CodeNotFound, http.StatusNotFound},
	{vitrine.CodeMethodNotAllowed, http.StatusMethodNotAllowed},
	{vitrine.CodePrecondition, http.StatusPreconditionFailed},
	{vitrine.CodeTooLarge, http.StatusRequestEntityTooLarge},
	{vitrine.CodeMediaType, http.StatusUnsupportedMediaType},
	{vitrine.CodeRateLimited, http.StatusTooManyRequests},
	{vitrine.CodeBacklog, http.StatusTooManyRequests},
	{vitrine.CodeNoSpace, http.StatusInsufficientStorage},
	{vitrine.CodeInternal, http.StatusInternalServerError},
}

// errorSource is the part of a request that was refused.
type errorSource string

const (
	inBody        errorSource = "body"
	inParameter   errorSource = "requestParameter"
	inHeader      errorSource = "header"
	inContentType errorSource = "contentType"
)

// problem is the answer to a refused request: RFC 7807 with the members of
// section 1.
type problem struct {
	Type     string       `json:"type" format:"uri" doc:"Stable, for programs." example:"urn:vitrine:problem:invalid"`
	Title    string       `json:"title" doc:"The same for every problem of this type."`
	Detail   string       `json:"detail" doc:"What happened here."`
	Instance string       `json:"instance" doc:"The traceparent of the answer." example:"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"`
	Status   int          `json:"status" doc:"The HTTP status."`
	Errors   []fieldError `json:"errors,omitempty" doc:"Every broken rule, the first 100."`
	Source   errorSource  `json:"errorSource,omitempty" enum:"body,requestParameter,header,contentType" doc:"The part of the request."`

	etag string // header: the revision that is there, "" for none
}

// fieldError is one broken rule.
type fieldError struct {
	Name   string `json:"name" doc:"JSON pointer into the body, or the name of a parameter or a header." example:"/media/0/title"`
	Reason string `json:"reason" doc:"The rule."`
}

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// refusal is the problem of a code; one outside the table is internal. Of an
// internal one the detail stays inside.
func refusal(code vitrine.ErrorCode, source errorSource, detail string) *problem {
	for _, row := range errorStatuses {
		if row.code == code && code != vitrine.CodeInternal {
			return &problem{
				Type: problemPrefix + string(code), Title: http.StatusText(row.status), Detail: detail, Status: row.status, Source: source,
			}
		}
	}
	return &problem{
		Type: problemPrefix + string(vitrine.CodeInternal), Title: http.StatusText(http.StatusInternalServerError),
		Detail: "Something went wrong on our side", Status: http.StatusInternalServerError,
	}
}

// invalid is the refusal for broken rules.
func invalid(source errorSource, broken ...fieldError) *problem {
	detail := "The request breaks a rule"
	if len(broken) > 1 {
		detail = "The request breaks several rules"
	}
	p := refusal(vitrine.CodeInvalid, source, detail)
	p.Errors = broken
	return p
}

// duplicated is the refusal of an estate that another classified has (section
// 2).
func duplicated(of *gallery.DuplicateError) *problem {
	return &problem{
		Type: problemPrefix + "duplicated_classified", Title: "Duplicated Classified",
		Detail: "The offererEstateId is that of classifiedId: " + of.ClassifiedID,
		Status: http.StatusBadRequest, Source: inBody,
		Errors: []fieldError{{estatePointer, "is that of another classified"}},
	}
}

// problemOf is the answer to err. Of an error that is no refusal the text stays
// inside.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if of, ok := errors.AsType[*gallery.DuplicateError](err); ok {
		return duplicated(of)
	}
	refused, ok := errors.AsType[*vitrine.Error](err)
	switch {
	case !ok || len(refused.Messages) == 0:
		return refusal(vitrine.CodeInternal, "", "")
	case refused.Code == vitrine.CodeInvalid:
		broken := make([]fieldError, len(refused.Messages))
		for i, message := range refused.Messages {
			broken[i].Reason = message
		}
		return invalid(inBody, broken...)
	case refused.Code == vitrine.CodePrecondition:
		return refusal(refused.Code, inHeader, refused.Messages[0])
	}
	return refusal(refused.Code, "", refused.Messages[0])
}

// comeBack is when to try again what can't be accepted for now.
const comeBack = "60" // seconds

// refuse writes the answer to err. What is our fault is logged here, as its
// cause goes no further; an error that comes of the client having left is
// nobody's fault.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeOf(r)
	p := *problemOf(err)
	p.Instance = x.trace.String()
	if p.Status == http.StatusInternalServerError && r.Context().Err() == nil && !errors.As(err, new(*problem)) {
		a.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "route", x.route,
			"account", x.caller.Account.ID, "trace", x.trace.id, "err", err)
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", apikey.BearerScheme)
	}
	if refused, ok := errors.AsType[*vitrine.Error](err); ok && (refused.Code == vitrine.CodeBacklog || refused.Code == vitrine.CodeNoSpace) {
		w.Header().Set("Retry-After", comeBack)
	}
	if p.etag != "" {
		w.Header().Set("ETag", p.etag)
	}
	a.write(w, r, p.Status, problemType, &p)
}

// write writes a body as JSON. Its URLs are to be read by people, so that & is
// left as it is.
func (a *api) write(w http.ResponseWriter, r *http.Request, status int, contentType string, body any) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		a.log.InfoContext(r.Context(), "answer not delivered", "err", err)
	}
}

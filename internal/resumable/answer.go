package resumable

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tus/tusd/v2/pkg/handler"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
)

// refusal is the answer to a refused request, in the shape of the Listings API
// (section 1, "Errors"). It is an error.
type refusal struct {
	Status  int               `json:"statusCode"`
	Message any               `json:"message"` // a sentence, or for a validation the list of the broken rules
	Text    string            `json:"error"`
	Code    vitrine.ErrorCode `json:"code"`
}

func (r *refusal) Error() string { return r.Text }

func refuse(status int, code vitrine.ErrorCode, message any) *refusal {
	text := http.StatusText(status)
	if status == http.StatusRequestEntityTooLarge {
		text = "Payload Too Large" // the contract's word
	}
	return &refusal{Status: status, Message: message, Text: text, Code: code}
}

var internalError = refuse(http.StatusInternalServerError, vitrine.CodeInternal, "Internal server error")

// statuses is the one table from the codes that can come of a request here to
// the HTTP status.
var statuses = map[vitrine.ErrorCode]int{
	vitrine.CodeInvalid:          http.StatusBadRequest,
	vitrine.CodeUnauthorized:     http.StatusUnauthorized,
	vitrine.CodeSuspended:        http.StatusForbidden,
	vitrine.CodeForbidden:        http.StatusForbidden,
	vitrine.CodeNotFound:         http.StatusNotFound,
	vitrine.CodeMethodNotAllowed: http.StatusMethodNotAllowed,
	vitrine.CodeConflict:         http.StatusConflict,
	vitrine.CodeTooLarge:         http.StatusRequestEntityTooLarge,
	vitrine.CodeBacklog:          http.StatusTooManyRequests,
	vitrine.CodeNoSpace:          http.StatusInsufficientStorage,
}

// errNoSpace is a disk that is full.
var errNoSpace = handler.NewError("ERR_NO_SPACE", "no space left", http.StatusInsufficientStorage)

// goOn ends the message of an upload that was cut and can be resumed.
const goOn = "; go on from the offset that HEAD tells"

// tusRefusals says how the refusals of tusd look here, by its error. Where
// clients go by the status to know whether to try again, that decides: they do
// after 409, 423 and 5xx. What is not in the table is a defect or an outage.
var tusRefusals = []struct {
	err     handler.Error
	status  int
	code    vitrine.ErrorCode
	message string
}{
	{handler.ErrUnsupportedVersion, http.StatusPreconditionFailed, vitrine.CodeInvalid, "Tus-Resumable must be " + tusVersion},
	{handler.ErrInvalidContentType, http.StatusUnsupportedMediaType, vitrine.CodeMediaType, "Content-Type must be application/offset+octet-stream"},
	{handler.ErrInvalidUploadLength, http.StatusBadRequest, vitrine.CodeInvalid, "Upload-Length must be the number of bytes of the file"},
	{handler.ErrInvalidUploadDeferLength, http.StatusBadRequest, vitrine.CodeInvalid, "Upload-Defer-Length is not supported"},
	{handler.ErrUploadLengthAndUploadDeferLength, http.StatusBadRequest, vitrine.CodeInvalid, "Upload-Defer-Length is not supported"},
	{handler.ErrNotImplemented, http.StatusBadRequest, vitrine.CodeInvalid, "Upload-Length must be set when the upload is created"},
	{handler.ErrInvalidOffset, http.StatusBadRequest, vitrine.CodeInvalid, "Upload-Offset must be a number of bytes"},
	{handler.ErrMismatchOffset, http.StatusConflict, vitrine.CodeConflict, "Upload-Offset is not where the upload ends" + goOn},
	{handler.ErrMaxSizeExceeded, http.StatusRequestEntityTooLarge, vitrine.CodeTooLarge, "Upload-Length is more than Tus-Max-Size"},
	{handler.ErrSizeExceeded, http.StatusRequestEntityTooLarge, vitrine.CodeTooLarge, "The body goes on after the end of the file"},
	{handler.ErrLockTimeout, http.StatusLocked, vitrine.CodeConflict, "Another request is at work on this upload"},
	{handler.ErrUploadInterrupted, http.StatusConflict, vitrine.CodeConflict, "Another request has taken over this upload" + goOn},
	{handler.ErrUnexpectedEOF, http.StatusBadRequest, vitrine.CodeInvalid, "The body ended early" + goOn},
	{handler.ErrReadTimeout, http.StatusServiceUnavailable, vitrine.CodeInternal, "The body came to a halt" + goOn},
	{handler.ErrConnectionReset, http.StatusServiceUnavailable, vitrine.CodeInternal, "The connection was reset" + goOn},
	{errNoSpace, http.StatusInsufficientStorage, vitrine.CodeNoSpace, "There is no space left to keep this" + goOn},
	{handler.ErrServerShutdown, http.StatusServiceUnavailable, vitrine.CodeInternal, "The server is restarting" + goOn},
}

// refusalOf is the answer to err. Broken rules are a list, everything else is
// one sentence; of an error that is no refusal the text stays inside.
func refusalOf(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if e, ok := errors.AsType[handler.Error](err); ok {
		return refusalOfTus(e.ErrorCode)
	}
	e, ok := errors.AsType[*vitrine.Error](err)
	if !ok || len(e.Messages) == 0 {
		return internalError
	}
	status, known := statuses[e.Code]
	switch {
	case !known:
		return internalError
	case e.Code == vitrine.CodeInvalid:
		return refuse(status, e.Code, e.Messages)
	default:
		return refuse(status, e.Code, e.Messages[0])
	}
}

func refusalOfTus(code string) *refusal {
	for _, row := range tusRefusals {
		if row.err.ErrorCode == code {
			return refuse(row.status, row.code, row.message)
		}
	}
	return internalError
}

// answer is a response that keeps back what tusd says of a refused request, so
// that it can be said in the contract's shape.
type answer struct {
	http.ResponseWriter
	body   *body
	status int    // 0 before it began
	text   []byte // of a refusal: "ERR_CODE: message"
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	if status >= http.StatusBadRequest {
		return
	}
	a.closeAfter()
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status >= http.StatusBadRequest {
		a.text = append(a.text, p...)
		return len(p), nil
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap lets tusd reach the connection, whose deadlines it renews.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// closeAfter makes this the last answer of a connection whose body was stopped:
// its read deadline has passed.
func (a *answer) closeAfter() {
	if a.body.stopped() {
		a.Header().Set("Connection", "close")
	}
}

// refused is why tusd has refused the request, nil when it has not.
func (a *answer) refused() error {
	if a.status < http.StatusBadRequest {
		return nil
	}
	code, _, _ := strings.Cut(string(a.text), ":")
	if r := refusalOfTus(code); r != internalError {
		return r
	}
	return fmt.Errorf("tusd answered %d: %s", a.status, a.text)
}

// refuse writes the answer to a refused request.
func (a *answer) refuse(r *refusal) error {
	h := a.Header()
	h.Del("Content-Length")
	h.Set("Content-Type", "application/json")
	switch r.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", apikey.Scheme)
	case http.StatusPreconditionFailed:
		h.Set("Tus-Version", tusVersion)
	}
	a.closeAfter()
	a.status = r.Status
	a.ResponseWriter.WriteHeader(r.Status)
	return json.NewEncoder(a.ResponseWriter).Encode(r)
}

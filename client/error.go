package client

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Error is a refusal by the server (section 1 of both APIs). Any other error of
// a Client means that the server was not reached or not understood.
type Error struct {
	StatusCode int               // HTTP status
	Code       vitrine.ErrorCode // stable, for the program; "" when the answer wasn't the server's own
	Messages   []string          // for the person: one, or one for each broken rule

	retryAfter time.Duration // what the server asked for, 0 for nothing
	body       []byte        // as it came
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s (HTTP %d)", strings.Join(e.Messages, "; "), e.StatusCode)
}

// messages is a string or an array of strings.
type messages []string

func (m *messages) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*m = messages{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(m))
}

// readError makes an Error of a refusal. A body that isn't ours, as from a
// proxy before the server, leaves the status's own words.
func readError(res *http.Response, body []byte) *Error {
	var shape struct {
		Message messages          `json:"message"`
		Code    vitrine.ErrorCode `json:"code"`
	}
	e := &Error{StatusCode: res.StatusCode, retryAfter: retryAfter(res), body: body}
	if mediaType, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err == nil && mediaType == problemType {
		e.Code, e.Messages = readProblem(body)
	} else if json.Unmarshal(body, &shape) == nil {
		e.Code, e.Messages = shape.Code, shape.Message
	}
	if len(e.Messages) == 0 {
		e.Messages = []string{http.StatusText(res.StatusCode)}
	}
	return e
}

// retryAfter reads Retry-After, in either of its forms.
func retryAfter(res *http.Response) time.Duration {
	value := res.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return max(time.Duration(seconds)*time.Second, 0)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// decodeError is an answer that isn't what the contract says. Asking again
// gives the same.
type decodeError struct{ err error }

func (e *decodeError) Error() string { return "decode answer: " + e.err.Error() }
func (e *decodeError) Unwrap() error { return e.err }

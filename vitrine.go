// Package vitrine is the dictionary of the media service: its types, states,
// limits, failure codes and the Plan function. It imports the standard library
// only, and every other package speaks in its words.
package vitrine

import (
	"errors"
	"fmt"
	"strings"
)

// ErrorCode is the stable, machine-readable name of a refused request.
type ErrorCode string

// The codes of refused requests. Each face has one table from code to status.
const (
	CodeInvalid          ErrorCode = "invalid"                // the request breaks a rule
	CodeUnauthorized     ErrorCode = "unauthorized"           // no key, or an unknown one
	CodeSuspended        ErrorCode = "suspended"              // the account is suspended
	CodeForbidden        ErrorCode = "forbidden"              // the signature of a URL is wrong or its time is up
	CodeNotFound         ErrorCode = "not_found"              // no such thing, or another account's
	CodeConflict         ErrorCode = "conflict"               // it would clash with what is there
	CodePrecondition     ErrorCode = "precondition_failed"    // it has changed since the caller looked
	CodeTooLarge         ErrorCode = "too_large"              // the body is over its limit
	CodeMediaType        ErrorCode = "unsupported_media_type" // the body is not JSON
	CodeMethodNotAllowed ErrorCode = "method_not_allowed"     // the route knows other methods only
	CodeUnprocessable    ErrorCode = "unprocessable"          // every operation failed, or an idempotency key with another body
	CodeRateLimited      ErrorCode = "rate_limited"           // too many requests
	CodeBacklog          ErrorCode = "backlog_full"           // the account waits for too many files already
	CodeNoSpace          ErrorCode = "insufficient_storage"   // what was sent can't be kept for now
	CodeInternal         ErrorCode = "internal"               // a defect or an outage of ours
)

// Error is a refused request: a code for the program, messages for the person,
// a cause for the log. The cause never reaches a client.
type Error struct {
	Code     ErrorCode
	Messages []string // one, or for a validation one for each broken rule
	Err      error    // cause, may be nil
}

func (e *Error) Error() string {
	text := strings.Join(e.Messages, "; ")
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, text, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, text)
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf is an Error of that code with one message.
func Errorf(code ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Messages: []string{fmt.Sprintf(format, args...)}}
}

// Invalid is the Error of a request that breaks these rules, or nil when none
// is broken.
func Invalid(messages []string) error {
	if len(messages) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalid, Messages: messages}
}

// CodeOf gives the code of err; an error that is not an Error is internal.
func CodeOf(err error) ErrorCode {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// The exit codes. The help tells them too.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitRefused     = 4
	exitInterrupted = 130 // as a shell has it for Ctrl-C
)

// usageError is a mistake on the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// errFailed ends a command that has already said what is wrong.
var errFailed = errors.New("failed")

// failedError ends a command that came to nothing though nobody refused it.
type failedError struct{ text string }

func (e *failedError) Error() string { return e.text }

// hinted is an error for which a command knows what to do next.
type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }

// complain tells what went wrong, with a hint where one helps, and gives the
// exit code.
func complain(ctx context.Context, stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	code, hint := classify(ctx, err)
	if !errors.Is(err, errFailed) {
		_, _ = fmt.Fprintln(stderr, "vitrine:", clean(err.Error()))
	}
	if hint != "" {
		_, _ = fmt.Fprintln(stderr, "hint:", hint)
	}
	return code
}

func classify(ctx context.Context, err error) (code int, hint string) {
	if known, ok := errors.AsType[*hinted](err); ok {
		hint = known.hint
	}
	if ctx.Err() != nil {
		return exitInterrupted, "what was accepted goes on; send the same again to see how it stands"
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage, hint
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return exitUsage, hint
	}
	if _, ok := errors.AsType[*failedError](err); ok || errors.Is(err, errFailed) {
		return exitFailed, hint
	}
	if gap, ok := errors.AsType[*client.GapError](err); ok {
		return exitFailed, fmt.Sprintf("go on with --after %d", gap.Resume())
	}
	refusal, refused := errors.AsType[*client.Error](err)
	if !refused {
		return exitUnreachable, "is the server running, and is --server (VITRINE_SERVER) right?"
	}
	switch {
	case ofKey(refusal) && refusal.Code == vitrine.CodeSuspended:
		return exitRefused, "the server's operator may resume the account"
	case ofKey(refusal) && refusal.Code == vitrine.CodeForbidden:
		return exitRefused, "the key is limited to some scopes; the server's operator makes one that isn't with: vitrined keys create --account NAME"
	case ofKey(refusal):
		return exitRefused, "the server's operator makes keys with: vitrined keys create --account NAME"
	case ofServer(refusal):
		return exitUnreachable, "the server is there but can't answer now; try again later"
	}
	return exitFailed, hint
}

// ofKey reports whether it is the key that was refused.
func ofKey(refusal *client.Error) bool {
	switch refusal.Code {
	case vitrine.CodeSuspended:
		return true
	case vitrine.CodeForbidden:
		// Of a signed URL it is the URL that was refused, which is of one file.
		return !strings.Contains(reason(refusal), "upload URL")
	}
	return refusal.StatusCode == http.StatusUnauthorized
}

// ofServer reports whether it is the server that can't answer.
func ofServer(refusal *client.Error) bool {
	return refusal.StatusCode == http.StatusTooManyRequests || refusal.StatusCode >= 500
}

// errOther says that an external id is that of another file.
var errOther = errors.New("the server has another file under this external id")

// ofFile reports whether err is about one file only, so that others may still
// go well.
func ofFile(err error) bool {
	refusal, ok := errors.AsType[*client.Error](err)
	return errors.Is(err, errOther) || ok && !ofKey(refusal) && !ofServer(refusal)
}

// reason is err for a person who knows what was tried.
func reason(err error) string {
	if refusal, ok := errors.AsType[*client.Error](err); ok {
		return strings.Join(refusal.Messages, "; ")
	}
	return err.Error()
}

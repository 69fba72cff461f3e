package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Error is a download that came to nothing. errors.AsType finds the
// *vitrine.Failure in it, which is safe to show: it names no host but the one
// asked for, no resolved address, no user info and no query string. The text of
// the Error itself is for the log.
type Error struct {
	Failure    *vitrine.Failure
	Temporary  bool          // a later try may go well (contract section 6)
	Paused     bool          // the origin was not asked; need not be counted as a try
	RetryAfter time.Duration // not to be tried again before; 0: nothing was asked for, see Backoff
	Status     int           // HTTP status, 0 when there was no answer
	Bytes      int64         // of the body, received before the end
	Cause      error         // what the network or the origin said; nil when Failure says it all
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Failure.Error()
	}
	return e.Failure.Error() + ": " + e.Cause.Error()
}

// Unwrap gives the failure, and the cause where there is one.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Failure}
	}
	return []error{e.Failure, e.Cause}
}

// timeoutError is the cause a download is cancelled with when its time is up.
type timeoutError struct{ detail string }

func (e *timeoutError) Error() string { return e.detail }

// timedOut is the timeout that ended the attempt, if one did.
func timedOut(attempt context.Context) (*timeoutError, bool) {
	return errors.AsType[*timeoutError](context.Cause(attempt))
}

// explainTransport says why there was no answer. A caller that stopped gets its
// own cause back: stopping is nobody's failure.
func explainTransport(ctx, attempt context.Context, host string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err // the outer one quotes the URL with its query
	}
	failure, temporary := transportFailure(attempt, host, err)
	return &Error{Failure: failure, Temporary: temporary, Cause: err}
}

func transportFailure(attempt context.Context, host string, err error) (failure *vitrine.Failure, temporary bool) {
	if errors.Is(err, ErrForbidden) {
		return vitrine.Failf(vitrine.AddressForbidden, "%s leads to a private or reserved address", host), false
	}
	if errors.Is(err, errBadRedirect) {
		return vitrine.Failf(vitrine.AddressForbidden, "%s redirects to what is not a web address", host), false
	}
	if errors.Is(err, errTooManyRedirects) {
		// Mostly a login that sends whoever has no cookie round in circles, so
		// the remedy is that of a refusal; the next try would go the same way.
		return vitrine.Failf(vitrine.SourceRefused, "%s redirects too often", host), false
	}
	if timeout, ok := timedOut(attempt); ok {
		return vitrine.Failf(vitrine.SourceTimeout, "%s: %s", host, timeout.detail), true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return vitrine.Failf(vitrine.SourceUnreachable, "%s: the name does not resolve", host), true
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return vitrine.Failf(vitrine.SourceTimeout, "%s: no answer", host), true
	}
	return vitrine.Failf(vitrine.SourceUnreachable, "%s: %s", host, whyUnreachable(err)), true
}

// whyUnreachable is in our words: those of the network name resolved addresses.
func whyUnreachable(err error) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return whyUntrusted(err)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed without an answer"
	}
	return "no valid answer"
}

func whyUntrusted(err error) string {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "its certificate is for another name"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its certificate is signed by an unknown authority"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "its certificate has expired"
	}
	return "its certificate is not valid"
}

// explainStatus is nil for an answer whose body is the file, and of a page for
// any 2xx.
func (f *Fetcher) explainStatus(resp *http.Response, u *url.URL, page bool) error {
	status := resp.StatusCode
	if page && status/100 == 2 {
		return nil
	}
	failed := func(code vitrine.FailureCode, temporary bool) *Error {
		e := &Error{Failure: vitrine.Failf(code, "HTTP %d", status), Temporary: temporary, Status: status}
		if temporary {
			e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), f.now())
		}
		return e
	}
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
		return nil
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusGone:
		// What S3, Google, Azure and CloudFront say to an expired signature.
		// The origin's clock decides, and may be ahead of ours.
		if at, signed := expiry(u); signed && f.now().After(at.Add(-clockLeeway)) {
			return &Error{Failure: expiredAt(at), Status: status}
		}
	case http.StatusRequestTimeout:
		return failed(vitrine.SourceTimeout, true)
	case http.StatusTooEarly, http.StatusTooManyRequests:
		return failed(vitrine.SourceRefused, true)
	}
	switch {
	case status == http.StatusNotFound, status == http.StatusGone:
		return failed(vitrine.SourceNotFound, false)
	case status >= 400 && status < 500:
		return failed(vitrine.SourceRefused, false)
	case status >= 500:
		return failed(vitrine.SourceError, true)
	}
	// 204, 206, a redirect to nowhere: an answer, but to another question.
	return failed(vitrine.SourceError, false)
}

func expiredAt(at time.Time) *vitrine.Failure {
	return vitrine.Failf(vitrine.SourceURLExpired, "expired at %s", at.UTC().Format(time.RFC3339))
}

func announcedTooLarge(resp *http.Response, maxBytes int64) error {
	failure := vitrine.Failf(vitrine.TooLarge, "%d bytes, %d allowed", resp.ContentLength, maxBytes)
	return &Error{Failure: failure, Status: resp.StatusCode}
}

// explainBody says why a body ended before its time, n bytes in.
func explainBody(ctx, attempt context.Context, resp *http.Response, n, maxBytes int64, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, ok := errors.AsType[*writeError](err); ok {
		return err
	}
	e := &Error{Status: resp.StatusCode, Bytes: n}
	if errors.Is(err, errTooLarge) {
		e.Failure = vitrine.Failf(vitrine.TooLarge, "more than %d bytes", maxBytes)
		return e
	}
	e.Temporary, e.Cause = true, err
	timeout, ok := timedOut(attempt)
	switch {
	case ok:
		e.Failure = vitrine.Failf(vitrine.SourceTimeout, "%s, %d bytes received", timeout.detail, n)
	case resp.ContentLength >= 0:
		e.Failure = vitrine.Failf(vitrine.SourceTruncated, "%d of %d bytes", n, resp.ContentLength)
	default:
		e.Failure = vitrine.Failf(vitrine.SourceTruncated, "cut off after %d bytes", n)
	}
	return e
}

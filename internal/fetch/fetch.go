// Package fetch makes one guarded download: it dials only permitted addresses,
// bounds time and size, hashes what it streams, and says in the words of the
// failure table why a download came to nothing (Classifieds API contract,
// sections 6 and 7).
//
// A download is one GET and nothing before it, because signed URLs answer a
// HEAD with 403 and single-use URLs are spent by it. The package tries once;
// [Error] says whether and when to try again, [Backoff] how long to wait where
// the origin didn't say.
package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/vitrine-media/vitrine"
)

// defaultUserAgent tells an origin's operator whose software this is.
const defaultUserAgent = "vitrine (+https://github.com/vitrine-media/vitrine)"

// Config is what a Fetcher needs to know.
type Config struct {
	// Allow are networks that may be fetched from in spite of being loopback,
	// private or reserved. Public addresses need no mention.
	Allow []netip.Prefix
	// AllowHosts are host names (ASCII, no port, any case) that may be fetched
	// from wherever they lead. They are compared with the whole name.
	AllowHosts []string
	// UserAgent is sent with each request; it should hold an address that the
	// operator of an origin can write to. One line of printable ASCII; "": one
	// that names this software.
	UserAgent string
	// Limits bound each download; all that concern fetching must be set, so
	// start from vitrine.DefaultLimits.
	Limits vitrine.Limits
	// Now is the clock for the expiry of signed URLs, for Retry-After dates and
	// for the pauses of failing origins. nil: time.Now.
	Now func() time.Time
}

// Fetcher downloads files. It is safe for concurrent use.
type Fetcher struct {
	limits    vitrine.Limits
	userAgent string
	now       func() time.Time
	guard     *guard
	transport *http.Transport
	client    *http.Client
	strictly  *guard          // without the operator's exceptions
	strict    *http.Transport // guarded so
	strangers *http.Client    // by it
	origins   *origins
}

// New makes a Fetcher; Close it at the end.
func New(cfg Config) *Fetcher {
	f := &Fetcher{
		limits:    cfg.Limits,
		userAgent: cfg.UserAgent,
		now:       cfg.Now,
		guard:     newGuard(cfg.Allow, cfg.AllowHosts, cfg.Limits.ConnectTimeout),
	}
	if f.userAgent == "" {
		f.userAgent = defaultUserAgent
	}
	if f.now == nil {
		f.now = time.Now
	}
	f.origins = newOrigins(cfg.Limits.FetchPerOrigin, f.now)
	f.transport = newTransport(f.guard, cfg.Limits)
	f.client = &http.Client{Transport: f.transport, CheckRedirect: f.checkRedirect}
	f.strictly = newGuard(nil, nil, cfg.Limits.ConnectTimeout)
	f.strict = newTransport(f.strictly, cfg.Limits)
	f.strangers = &http.Client{Transport: f.strict, CheckRedirect: f.checkRedirect}
	return f
}

// Close drops the idle connections. Downloads under way go on.
func (f *Fetcher) Close() {
	f.transport.CloseIdleConnections()
	f.strict.CloseIdleConnections()
}

// Request is one download.
type Request struct {
	URL          string        // fetched as it is, user info included
	MaxBytes     int64         // of the body; 0: Limits.MaxPhotoBytes
	Timeout      time.Duration // from dial to last byte, redirects included; 0: Limits.FetchTimeout
	ETag         string        // of the version at hand, for a conditional GET; "": none
	LastModified string        // the same as a date, as the origin sent it; "": none
	UserAgent    string        // one line of printable ASCII; "": the Fetcher's
	// Page asks whether the address answers with a 2xx, as the page of a virtual
	// tour does, and for how it begins: the first 64 KiB of the body are read and
	// written, whatever MaxBytes says. A body that is cut off is good enough then;
	// one that stalls or isn't there in time is not.
	Page bool
	// Foreign is a URL that a stranger has named: the networks and hosts that the
	// operator has allowed beyond the public ones are not for it.
	Foreign bool
	// Bounds, unless nil, is told how the body begins (3 KiB, or less of a shorter
	// one) and gives the bounds for the rest, in place of MaxBytes and within
	// Timeout. No bytes at all say that it is a page: see Page.
	Bounds func(head []byte) (maxBytes int64, timeout time.Duration)
	// Room, unless nil, is told, before anything is written, how many bytes there
	// will be at most: what the origin announces, or else the bound. Its error ends
	// the download as it is. It should not wait: the origin does.
	Room func(bytes int64) error
	// Begin, unless nil, is called when it is the download's turn, before anything
	// is dialled and the time counts. Its error ends the download as it is.
	Begin func(context.Context) error
}

// conditional reports whether the origin may answer that nothing has changed.
func (r Request) conditional() bool { return r.ETag != "" || r.LastModified != "" }

// Result is a download that went well.
type Result struct {
	Status       int    // HTTP status of the last hop
	Bytes        int64  // written
	SHA256       string // of what was written, lower-case hex; "" when nothing was, and of a page
	Page         bool   // it was taken for a page, of which the beginning was written
	URL          string // that was asked last, after the redirects
	Header       http.Header
	ContentType  string // as sent; "" when the origin doesn't say
	ETag         string // as sent, for the next conditional GET
	LastModified string // as sent
	NotModified  bool   // the version at hand is still the current one; nothing was written
}

// Fetch downloads the file at req.URL into w, hashing it on the way. It waits its turn where
// Limits.FetchPerOrigin downloads from that origin are under way already; the
// wait doesn't count against req.Timeout.
//
// The error is an *Error when the failure table has a reason for it, the cause
// of ctx as it is when the caller stopped, and any other error when w failed. In
// each case w may have been given a part of the file.
func (f *Fetcher) Fetch(ctx context.Context, req Request, w io.Writer) (result Result, err error) {
	req = f.withDefaults(req)
	u, err := parseURL(req.URL)
	if err != nil {
		return Result{}, err
	}
	if at, signed := expiry(u); signed && f.now().After(at.Add(clockLeeway)) {
		return Result{}, &Error{Failure: expiredAt(at)}
	}
	visit, err := f.origins.enter(ctx, originOf(u))
	if err != nil {
		return Result{}, err
	}
	defer func() { visit.leave(err) }()
	if req.Begin != nil {
		if err := req.Begin(ctx); err != nil {
			return Result{}, err
		}
	}
	return f.download(ctx, u, req, w)
}

func (f *Fetcher) withDefaults(req Request) Request {
	if req.MaxBytes == 0 {
		req.MaxBytes = f.limits.MaxPhotoBytes
	}
	if req.Timeout == 0 {
		req.Timeout = f.limits.FetchTimeout
	}
	if req.UserAgent == "" {
		req.UserAgent = f.userAgent
	}
	return req
}

// download is Fetch once it is our turn.
func (f *Fetcher) download(ctx context.Context, u *url.URL, req Request, w io.Writer) (Result, error) {
	begun := time.Now()
	overdue := &timeoutError{fmt.Sprintf("not complete after %v", req.Timeout)}
	attempt, stop := context.WithTimeoutCause(ctx, req.Timeout, overdue)
	defer stop()
	attempt, cancel := context.WithCancelCause(attempt)
	defer cancel(nil)

	client := f.client
	if req.Foreign {
		client = f.strangers
	}
	resp, err := client.Do(newGet(attempt, u, req))
	if err != nil {
		return Result{}, explainTransport(ctx, attempt, u.Host, err)
	}
	defer func() { _ = resp.Body.Close() }() // only read from: nothing to lose
	if resp.StatusCode == http.StatusNotModified && req.conditional() {
		return resultOf(resp), nil
	}
	if err := f.explainStatus(resp, u, req.Page); err != nil {
		return Result{}, err
	}
	if resp.ContentLength > req.MaxBytes && !req.Page {
		return Result{}, announcedTooLarge(resp, req.MaxBytes)
	}

	stalled := &timeoutError{fmt.Sprintf("nothing received for %v", f.limits.IdleTimeout)}
	var body io.Reader = newIdleReader(resp.Body, f.limits.IdleTimeout, func() { cancel(stalled) })
	result := resultOf(resp)
	if req.Bounds != nil {
		peeking := bufio.NewReaderSize(body, headBytes)
		head, err := peeking.Peek(headBytes)
		if err != nil && !errors.Is(err, io.EOF) {
			return Result{}, explainBody(ctx, attempt, resp, int64(len(head)), req.MaxBytes, err)
		}
		most, timeout := req.Bounds(head)
		if most == 0 {
			req.Page = true
		} else if resp.ContentLength > most {
			return Result{}, announcedTooLarge(resp, most)
		}
		late := &timeoutError{fmt.Sprintf("not complete after %v", timeout)}
		timer := time.AfterFunc(timeout-time.Since(begun), func() { cancel(late) })
		defer timer.Stop()
		body, req.MaxBytes = peeking, most
	}
	if result.Page = req.Page; req.Page {
		req.MaxBytes = pageBytes
	}
	if req.Room != nil {
		if err := req.Room(mostBytes(resp, req.MaxBytes)); err != nil {
			return Result{}, err
		}
	}
	if req.Page {
		result.Bytes, err = copyPage(attempt, w, body)
	} else {
		result.Bytes, result.SHA256, err = copyBody(w, body, req.MaxBytes)
	}
	if err != nil {
		return Result{}, explainBody(ctx, attempt, resp, result.Bytes, req.MaxBytes, err)
	}
	return result, nil
}

// mostBytes is how many bytes of a body are written at most.
func mostBytes(resp *http.Response, maxBytes int64) int64 {
	if resp.ContentLength >= 0 {
		return min(resp.ContentLength, maxBytes)
	}
	return maxBytes
}

// headBytes is how much of a body Bounds is told.
const headBytes = 3 << 10

// newGet asks for the file's own bytes: no coding, no preference of type, which
// some servers would answer with a converted picture.
func newGet(ctx context.Context, u *url.URL, req Request) *http.Request {
	header := http.Header{
		"User-Agent":      {req.UserAgent},
		"Accept":          {"*/*"},
		"Accept-Encoding": {"identity"},
	}
	if req.ETag != "" {
		header.Set("If-None-Match", req.ETag)
	}
	if req.LastModified != "" {
		header.Set("If-Modified-Since", req.LastModified)
	}
	get := http.Request{Method: http.MethodGet, URL: u, Header: header}
	return get.WithContext(ctx)
}

func resultOf(resp *http.Response) Result {
	return Result{
		Status:       resp.StatusCode,
		ContentType:  resp.Header.Get("Content-Type"),
		ETag:         resp.Header.Get("ETag"),
		LastModified: resp.Header.Get("Last-Modified"),
		NotModified:  resp.StatusCode == http.StatusNotModified,
		URL:          resp.Request.URL.String(),
		Header:       resp.Header,
	}
}

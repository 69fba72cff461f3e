// Package webhook signs, verifies and delivers webhooks after the Standard
// Webhooks specification 1.0, and delivers the unsigned status callback of the
// Classifieds API (contract section 2).
//
// The package makes one attempt at a time. [Pause] says when to make the next
// one, and whether to; keeping count is the caller's.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The headers of a webhook.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const (
	defaultTimeout     = 20 * time.Second // the specification advises 15-30 s
	defaultUserAgent   = "vitrine (+https://github.com/vitrine-media/vitrine)"
	defaultContentType = "application/json"

	// maxAnswerBytes is what is read of an answer's body, only so that the
	// connection can be used again.
	maxAnswerBytes = 64 << 10
)

var (
	// errTimedOut is the cause an attempt is cancelled with when its time is up.
	errTimedOut = errors.New("timed out")
	// errNotWeb doesn't quote the URL, which may hold secrets.
	errNotWeb = errors.New("the URL is not an http or https address")
)

// Config is what a Sender needs to know.
type Config struct {
	// Transport makes the calls; it must be set. It has to refuse addresses that
	// must not be reached when it dials them, with an error in which errors.AsType
	// finds a *vitrine.Failure of the code AddressForbidden, and must not use a
	// proxy, which would dial in its stead.
	Transport http.RoundTripper
	// Timeout bounds a whole attempt, from the look-up of the name to the end of
	// the answer; 0: 20 s.
	Timeout time.Duration
	// UserAgent is sent with each request. One line of printable ASCII; "": one
	// that names this software.
	UserAgent string
	// Now is the clock for timestamps, Retry-After dates and durations. nil:
	// time.Now.
	Now func() time.Time
}

// Sender delivers messages. It is safe for concurrent use when its transport is.
type Sender struct {
	transport http.RoundTripper
	timeout   time.Duration
	userAgent string
	now       func() time.Time
}

// New makes a Sender.
func New(cfg Config) *Sender {
	s := &Sender{transport: cfg.Transport, timeout: cfg.Timeout, userAgent: cfg.UserAgent, now: cfg.Now}
	if s.timeout == 0 {
		s.timeout = defaultTimeout
	}
	if s.userAgent == "" {
		s.userAgent = defaultUserAgent
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Message is what is delivered.
type Message struct {
	ID          string   // the same for each attempt and each replay; printable ASCII without space and full stop
	URL         string   // http or https; user info in it is sent as Basic authentication
	Secrets     []string // sign with each of them; empty: unsigned, as the Classifieds callback is
	ContentType string   // "": application/json
	Body        []byte   // sent as it is
}

// Outcome is what became of one attempt.
type Outcome struct {
	HTTPStatus int           // 0 when there was no answer
	Duration   time.Duration // to the answer's header, or to the failure
	Delivered  bool          // the answer was a 2xx
	Gone       bool          // the answer was 410: the endpoint wants no further message
	RetryAfter time.Duration // what the answer asked for, at most 24 h; 0: nothing
	// Detail is a short reason for the endpoint's owner ("HTTP 500", "timed out
	// after 20s", "address is not allowed"). It holds nothing of the URL, no
	// resolved address and no secret.
	Detail string
}

// Send makes one attempt to deliver m. It follows no redirect: a 3xx is a
// failure. An answer counts as soon as its header is there, whatever becomes of
// its body, which is thrown away.
//
// The error is the cause of ctx, when the caller stopped before there was an
// answer; the message may have arrived nevertheless. Whatever else goes wrong
// is an Outcome that is not Delivered.
func (s *Sender) Send(ctx context.Context, m Message) (Outcome, error) {
	attempt, stop := context.WithTimeoutCause(ctx, s.timeout, errTimedOut)
	defer stop()
	start := s.now()
	req, err := s.newPost(attempt, m, start)
	if err != nil {
		return Outcome{Detail: err.Error()}, nil
	}

	// Not through a Client, which follows redirects, and makes an error of those
	// that lead nowhere.
	resp, err := s.transport.RoundTrip(req)
	duration := s.now().Sub(start)
	if err != nil {
		if ctx.Err() != nil {
			return Outcome{}, context.Cause(ctx)
		}
		return Outcome{Duration: duration, Detail: s.explain(attempt, err)}, nil
	}
	defer func() { _ = resp.Body.Close() }() // only read from: nothing to lose
	// The body of a 101 is the bare connection: no deadline ends a read from it.
	if resp.StatusCode != http.StatusSwitchingProtocols {
		_, _ = io.CopyN(io.Discard, resp.Body, maxAnswerBytes)
	}
	return Outcome{
		HTTPStatus: resp.StatusCode,
		Duration:   duration,
		Delivered:  resp.StatusCode >= 200 && resp.StatusCode <= 299,
		Gone:       resp.StatusCode == http.StatusGone,
		RetryAfter: retryAfter(resp.Header.Get("Retry-After"), s.now()),
		Detail:     explainStatus(resp.StatusCode),
	}, nil
}

// newPost is the request for m. Its errors are safe to show.
func (s *Sender) newPost(ctx context.Context, m Message, at time.Time) (*http.Request, error) {
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil || !isWeb(post.URL) {
		return nil, errNotWeb
	}
	if err := checkID(m.ID); err != nil {
		return nil, err
	}
	post.Header = http.Header{
		"User-Agent":      {s.userAgent},
		"Content-Type":    {m.ContentType},
		"Accept-Encoding": {"identity"}, // so that what is read is what was sent
		headerID:          {m.ID},
		headerTimestamp:   {strconv.FormatInt(at.Unix(), 10)},
	}
	if m.ContentType == "" {
		post.Header.Set("Content-Type", defaultContentType)
	}
	if user := post.URL.User; user != nil {
		password, _ := user.Password()
		post.SetBasicAuth(user.Username(), password)
	}
	if len(m.Secrets) > 0 {
		signature, err := Sign(m.Secrets, m.ID, at, m.Body)
		if err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
		post.Header.Set(headerSignature, signature)
	}
	return post, nil
}

func isWeb(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

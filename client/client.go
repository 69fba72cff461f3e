// Package client is the Go client of vitrine's Listings API.
//
// A Client sends, waits and tries again: after a lost connection or an answer
// that says "later" it backs off and repeats, as long as the context lasts.
// Sending a listing twice is harmless, as the list is the truth: what is
// already there is kept.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	basePath = "/api/v1"

	// firstPause is waited before the second try; each later one waits twice
	// as long. Retry-After overrules it.
	firstPause = 250 * time.Millisecond
	// maxPause is the longest Retry-After that is obeyed. A server that asks
	// for more is not waited for: its refusal is given back.
	maxPause = 2 * time.Minute
	// maxAnswerBytes bounds an answer; the largest, a page of 100 listings
	// with 20 photos each, is a tenth of it.
	maxAnswerBytes = 16 << 20
)

// Client talks to one server with one key. It is safe for concurrent use.
type Client struct {
	base  string
	key   string
	http  *http.Client
	tries int
}

// Option changes a Client that is being made.
type Option func(*Client)

// WithHTTPClient sets what carries the requests; if not given, a client that
// waits 30 s for an answer. A time-out counts as a lost connection.
func WithHTTPClient(c *http.Client) Option { return func(cl *Client) { cl.http = c } }

// WithTries sets how often a request is tried in all, at least once; 4 if not
// given.
func WithTries(n int) Option { return func(cl *Client) { cl.tries = max(n, 1) } }

// New makes a client of the server at baseURL ("https://photos.example.com",
// with or without /api/v1 at its end).
func New(baseURL, key string, opts ...Option) *Client {
	base := strings.TrimSuffix(strings.TrimRight(baseURL, "/"), basePath)
	c := &Client{base: base + basePath, key: key, http: &http.Client{Timeout: 30 * time.Second}, tries: 4}
	for _, opt := range opts {
		opt(c)
	}
	return c
}

// call sends one request, again where that is safe, and decodes its answer
// into out. body is nil for a request without one.
func (c *Client) call(ctx context.Context, method, path string, body, out any) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return fmt.Errorf("%s %s: encode request: %w", method, path, err)
		}
	}
	pause := firstPause
	for try := 1; ; try++ {
		err := c.once(ctx, method, path, payload, out)
		if err == nil {
			return nil
		}
		wait, again := retry(method, err, pause)
		if !again || try == c.tries || ctx.Err() != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		if err := sleep(ctx, wait); err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		pause *= 2
	}
}

// once sends one request. A refusal is an *Error.
func (c *Client) once(ctx context.Context, method, path string, payload []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "ApiKey "+c.key)
	req.Header.Set("Accept", "application/json")
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if lost, ok := errors.AsType[*url.Error](err); ok {
		return lost.Err // the rest of it is told by call
	}
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes))
	if closeErr := res.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return readError(res, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &decodeError{err}
	}
	return nil
}

// sleep waits, or gives the reason why the context ended first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

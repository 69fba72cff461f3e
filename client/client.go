// Package client is the Go client of vitrine's Listings API and of its
// Classifieds API.
//
// A Client sends, waits and tries again: after a lost connection or an answer
// that says "later" it backs off and repeats, as long as the context lasts.
// That is safe. A list that is sent twice is the same list, and each POST of
// the Listings API carries an Idempotency-Key of its own, by which the server
// knows a repeat and gives the first one's answer. The one request for which
// nothing makes it so is not repeated: PostClassified.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"
)

const (
	basePath        = "/api/v1"
	classifiedsPath = "/caas/v4"

	// userAgent has the form that the Classifieds API may insist on: three
	// products with their versions.
	userAgent = "vitrine-client/1 go/1 " + runtime.GOOS + "/" + runtime.GOARCH

	// maxAnswerBytes bounds an answer; the largest is a page of 100 listings
	// with 512 KiB of fields each.
	maxAnswerBytes = 64 << 20
)

// Client talks to one server with one key. It is safe for concurrent use.
type Client struct {
	base   string // of the server, without the path of an API
	key    string
	http   *http.Client
	tries  int
	random func() float64 // from 0 to below 1, for the pauses
}

// Option changes a Client that is being made.
type Option func(*Client)

// WithHTTPClient sets what carries the requests; if not given, a client that
// waits 30 s for an answer. A time-out counts as a lost connection. While a
// file is being uploaded it counts from the last bytes that went out.
func WithHTTPClient(c *http.Client) Option { return func(cl *Client) { cl.http = c } }

// WithTries sets how often a request is tried in all, at least once; 4 if not
// given.
func WithTries(n int) Option { return func(cl *Client) { cl.tries = max(n, 1) } }

// New makes a client of the server at baseURL ("https://photos.example.com",
// with or without /api/v1 at its end). Both APIs take the same key.
func New(baseURL, key string, opts ...Option) *Client {
	base := strings.TrimSuffix(strings.TrimRight(baseURL, "/"), basePath)
	c := &Client{
		base: base, key: key, http: &http.Client{Timeout: 30 * time.Second}, tries: 4, random: mathrand.Float64,
	}
	for _, opt := range opts {
		opt(c)
	}
	return c
}

// request is one call of the API, the same in each of its tries.
type request struct {
	method, path string
	payload      []byte  // nil: no body
	key          string  // Idempotency-Key, "" for none
	deletes      bool    // a repeat that finds nothing means that it is done
	classifieds  bool    // of the Classifieds API
	unrepeatable bool    // two of it are not the same as one
	ifMatch      string  // If-Match, "" for none
	etag         *string // gets the answer's ETag, unless it is nil
}

// call sends one request, again where that helps, and decodes its answer into
// out. body is nil for a request without one.
func (c *Client) call(ctx context.Context, method, path string, body, out any) error {
	req := request{method: method, path: path}
	if method == http.MethodPost {
		req.key = rand.Text()
	}
	return c.sendJSON(ctx, req, body, out)
}

// sendJSON sends a request with that body, nil for none.
func (c *Client) sendJSON(ctx context.Context, req request, body, out any) error {
	if body != nil {
		var err error
		if req.payload, err = json.Marshal(body); err != nil {
			return fmt.Errorf("%s %s: encode request: %w", req.method, req.path, err)
		}
	}
	return c.send(ctx, req, out)
}

// remove deletes what is at path. It is deleted too when a repeat finds
// nothing there, because then it was an earlier try whose answer got lost.
func (c *Client) remove(ctx context.Context, path string) error {
	var deleted struct{}
	return c.send(ctx, request{method: http.MethodDelete, path: path, deletes: true}, &deleted)
}

func (c *Client) send(ctx context.Context, req request, out any) error {
	err := c.repeat(ctx, req.judge, func() error { return c.once(ctx, req, out) })
	if err != nil {
		return fmt.Errorf("%s %s: %w", req.method, req.path, err)
	}
	return nil
}

// once sends one request. A refusal is an *Error.
func (c *Client) once(ctx context.Context, req request, out any) error {
	base, scheme := c.base+basePath, "ApiKey "
	if req.classifieds {
		base, scheme = c.base+classifiedsPath, "Bearer "
	}
	r, err := http.NewRequestWithContext(ctx, req.method, base+req.path, bytes.NewReader(req.payload))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", scheme+c.key)
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Accept", "application/json")
	if req.payload != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if req.key != "" {
		r.Header.Set("Idempotency-Key", req.key)
	}
	if req.ifMatch != "" {
		r.Header.Set("If-Match", req.ifMatch)
	}
	answer, header, err := exchange(c.http, r)
	if err != nil {
		return err
	}
	if req.etag != nil {
		*req.etag = header.Get("ETag")
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &decodeError{err}
	}
	return nil
}

// exchange sends a request and reads the whole answer. A refusal is an *Error.
func exchange(c *http.Client, r *http.Request) ([]byte, http.Header, error) {
	res, err := c.Do(r)
	if lost, ok := errors.AsType[*url.Error](err); ok {
		return nil, nil, lost.Err // without the URL, which may be a signed one
	}
	if err != nil {
		return nil, nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes))
	if closeErr := res.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read answer: %w", err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, nil, readError(res, answer)
	}
	return answer, res.Header, nil
}

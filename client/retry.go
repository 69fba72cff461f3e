package client

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	// firstPause is the most that is waited before the second try; before each
	// later one it is twice as long, up to longestPause.
	firstPause   = 250 * time.Millisecond
	longestPause = 8 * time.Second
	// maxRetryAfter is the longest Retry-After that is obeyed. A server that
	// asks for more is not waited for: its refusal is given back.
	maxRetryAfter = 2 * time.Minute
)

// verdict is what to do after a try that went wrong.
type verdict int

const (
	giveUp verdict = iota
	tryAgain
	settled // an earlier try had done it
)

// repeat calls once until it goes well, until judge says that it won't, or
// until it was tried often enough. judge gets to know whether an earlier try
// may have reached the server without our learning what came of it.
func (c *Client) repeat(ctx context.Context, judge func(err error, unsure bool) verdict, once func() error) error {
	pause, unsure := firstPause, false
	for try := 1; ; try++ {
		err := once()
		if err == nil {
			return nil
		}
		switch judge(err, unsure) {
		case settled:
			return nil
		case giveUp:
			return err
		}
		wait := c.jitter(pause)
		refusal, refused := errors.AsType[*Error](err)
		if refused {
			wait += refusal.retryAfter
		}
		if try == c.tries || ctx.Err() != nil || refused && refusal.retryAfter > maxRetryAfter {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		unsure = unsure || !refused || refusal.StatusCode != http.StatusTooManyRequests
		pause = min(pause*2, longestPause)
	}
}

// jitter is between a half and the whole of d, so that clients which were put
// off together don't come back together.
func (c *Client) jitter(d time.Duration) time.Duration {
	return d/2 + time.Duration(c.random()*float64(d/2))
}

// judge judges a try of an API request.
func (r request) judge(err error, unsure bool) verdict {
	refusal, refused := errors.AsType[*Error](err)
	switch {
	case r.unrepeatable && !untouched(err):
		return giveUp
	case refused && unsure && r.deletes && refusal.StatusCode == http.StatusNotFound:
		return settled
	case refused && unsure && r.key != "" && refusal.StatusCode == http.StatusConflict:
		return tryAgain // the server may still be at the first try
	}
	return later(err)
}

// untouched reports whether a request has surely done nothing: it came too
// soon, or nobody was there to take it.
func untouched(err error) bool {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.StatusCode == http.StatusTooManyRequests
	}
	lost, ok := errors.AsType[*net.OpError](err)
	return ok && lost.Op == "dial"
}

// later tries again what got lost or was put off. An answer that isn't what
// the contract says, and a body that can't be read, stay as they are.
func later(err error) verdict {
	if _, ok := errors.AsType[*decodeError](err); ok {
		return giveUp
	}
	if _, ok := errors.AsType[*bodyError](err); ok {
		return giveUp
	}
	refusal, refused := errors.AsType[*Error](err)
	if !refused || refusal.StatusCode == http.StatusTooManyRequests || refusal.StatusCode >= 500 {
		return tryAgain
	}
	return giveUp
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

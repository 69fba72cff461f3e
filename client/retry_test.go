package client_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/client"
)

// pauses are the times at which a call sent its requests.
func pauses(requests []seen) []time.Duration {
	var at []time.Duration
	for _, r := range requests {
		at = append(at, r.At)
	}
	return at
}

func TestRetries(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	get := func(ctx context.Context, c *client.Client) error { _, err := c.Agency(ctx); return err }
	put := func(ctx context.Context, c *client.Client) error {
		_, err := c.PutListing(ctx, client.ListingInput{ID: 1})
		return err
	}
	post := func(ctx context.Context, c *client.Client) error {
		_, err := c.UploadFromURL(ctx, "https://x/1.jpg", "")
		return err
	}
	remove := func(ctx context.Context, c *client.Client) error { return c.DeleteMedia(ctx, 501) }
	unlink := func(ctx context.Context, c *client.Client) error { _, err := c.UnlinkMedia(ctx, 501); return err }
	erase := func(ctx context.Context, c *client.Client) error { _, err := c.EraseMedia(ctx, 501); return err }
	lost, busy, broken := answer{lost: true}, answer{status: 503}, answer{status: 500}
	conflict, missing := answer{status: 409}, answer{status: 404}
	limited := func(after string) answer {
		return answer{status: 429, headers: map[string]string{"Retry-After": after}}
	}
	for name, row := range map[string]struct {
		call    func(context.Context, *client.Client) error
		answers []answer
		want    []time.Duration // when requests are sent
		ok      bool
	}{
		"lost, then well":           {get, []answer{lost, ok(`{}`)}, []time.Duration{0, 125 * ms}, true},
		"broken, then well":         {put, []answer{broken, broken, ok(`{}`)}, []time.Duration{0, 125 * ms, 375 * ms}, true},
		"never well":                {get, []answer{broken}, []time.Duration{0, 125 * ms, 375 * ms, 875 * ms}, false},
		"limited":                   {put, []answer{limited("7"), ok(`{}`)}, []time.Duration{0, 7125 * ms}, true},
		"limited for too long":      {put, []answer{limited("3600"), ok(`{}`)}, []time.Duration{0}, false},
		"a POST that got lost":      {post, []answer{lost, ok(`{}`)}, []time.Duration{0, 125 * ms}, true},
		"a POST that broke":         {post, []answer{broken, ok(`{}`)}, []time.Duration{0, 125 * ms}, true},
		"a POST that was put off":   {post, []answer{busy, limited("1"), ok(`{}`)}, []time.Duration{0, 125 * ms, 1375 * ms}, true},
		"an answer that isn't JSON": {get, []answer{ok(`<html>`), ok(`{}`)}, []time.Duration{0}, false},
		// The server may still be at the POST whose answer got lost.
		"a POST that still runs":       {post, []answer{lost, conflict, ok(`{}`)}, []time.Duration{0, 125 * ms, 375 * ms}, true},
		"a POST in conflict":           {post, []answer{conflict, ok(`{}`)}, []time.Duration{0}, false},
		"a POST put off, then refused": {post, []answer{limited("1"), conflict, ok(`{}`)}, []time.Duration{0, 1125 * ms}, false},
		// What a lost DELETE has deleted is not there for the next.
		"a DELETE that got lost":         {remove, []answer{lost, missing}, []time.Duration{0, 125 * ms}, true},
		"a DELETE of nothing":            {remove, []answer{missing}, []time.Duration{0}, false},
		"a DELETE put off, then refused": {remove, []answer{limited("1"), missing}, []time.Duration{0, 1125 * ms}, false},
		"an erasure that got lost":       {erase, []answer{lost, missing}, []time.Duration{0, 125 * ms}, false}, // with its receipt
		"an unlink that got lost":        {unlink, []answer{lost, missing}, []time.Duration{0, 125 * ms}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, server := dial(row.answers...)
				if err := row.call(t.Context(), c); (err == nil) != row.ok {
					t.Errorf("err is %v", err)
				}
				if diff := cmp.Diff(row.want, pauses(server.requests)); diff != "" {
					t.Errorf("requests were sent at other times (-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestRetryAfterDate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat)
		c, server := dial(answer{status: 503, headers: map[string]string{"Retry-After": at}}, ok(`{}`))
		if _, err := c.Agency(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]time.Duration{0, 9125 * time.Millisecond}, pauses(server.requests)); diff != "" {
			t.Error(diff)
		}
	})
}

// All tries of a POST carry one key, and each POST has its own: that is how the
// server knows a repeat. Other methods need none.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, server := dial(answer{lost: true}, answer{status: 500}, ok(`{}`))
		for range 2 {
			if _, err := c.UploadFromURL(t.Context(), "https://x/1.jpg", ""); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.DeleteMedia(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		k := server.keys
		if len(k) != 5 || k[0] == "" || k[0] != k[1] || k[1] != k[2] || k[3] == "" || k[3] == k[2] || k[4] != "" {
			t.Errorf("keys are %q", k)
		}
	})
}

// The pauses differ from client to client, and never leave their bounds.
func TestJitter(t *testing.T) {
	t.Parallel()
	for random, want := range map[float64]time.Duration{0: 125 * time.Millisecond, 0.5: 187500 * time.Microsecond} {
		synctest.Test(t, func(t *testing.T) {
			server := &script{answers: []answer{{status: 503}, ok(`{}`)}}
			c := client.New("http://vitrine.test", "k", client.WithHTTPClient(&http.Client{Transport: server}),
				client.WithRandom(func() float64 { return random }))
			if _, err := c.Agency(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]time.Duration{0, want}, pauses(server.requests)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The end of the context ends the waiting, and its cause is told.
func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("the user has had enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, reason)
		defer cancel()
		c, server := dial(answer{status: 503})
		if _, err := c.Agency(ctx); !errors.Is(err, reason) {
			t.Errorf("err is %v", err)
		}
		if len(server.requests) != 1 {
			t.Errorf("%d requests, want 1", len(server.requests))
		}
	})
}

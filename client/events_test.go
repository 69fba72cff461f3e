package client_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

const twoEvents = `{"items":[
	{"id":7,"type":"media.ready","timestamp":"2026-11-22T10:00:00.123Z","data":{"accountId":1,"mediaId":501,"mediaUuid":"m-1","revision":2}},
	{"id":8,"type":"listing.settled","timestamp":"2026-11-22T10:00:01.000Z","data":{"accountId":1,"classifiedId":"c-1","revision":3,"status":"UPDATED"}}],
	"first":2,"last":8}`

const noEvents = `{"items":[],"first":2,"last":8}`

func TestEvents(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(twoEvents))
	page, err := c.Events(t.Context(), 6, 50, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	want := client.EventPage{First: 2, Last: 8, Items: []client.Event{
		{ID: 7, Type: vitrine.EventMediaReady, Timestamp: time.Date(2026, 11, 22, 10, 0, 0, 123e6, time.UTC),
			Data: vitrine.EventData{AccountID: 1, MediaID: 501, MediaUUID: "m-1", Revision: 2}},
		{ID: 8, Type: vitrine.EventListingSettled, Timestamp: time.Date(2026, 11, 22, 10, 0, 1, 0, time.UTC),
			Data: vitrine.EventData{AccountID: 1, ClassifiedID: "c-1", Revision: 3, Status: vitrine.StatusUpdated}},
	}}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Error(diff)
	}
	if got := server.requests[0].Path; got != "/api/v1/events?after=6&limit=50&wait=20" {
		t.Errorf("asked %s", got)
	}
}

// slow is a server that takes its time for an answer.
type slow struct {
	wait time.Duration
	next http.RoundTripper
}

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(s.wait):
		return s.next.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// The client's time-out is for an answer that can be given at once; what the
// server is asked to wait comes on top.
func TestEventsOutlastTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &script{answers: []answer{ok(noEvents)}}
		c := client.New("http://vitrine.test", "k", client.WithTries(1),
			client.WithHTTPClient(&http.Client{Transport: slow{34 * time.Second, server}, Timeout: 5 * time.Second}))
		if _, err := c.Events(t.Context(), 0, 1, 30*time.Second); err != nil {
			t.Error(err)
		}
		if _, err := c.Events(t.Context(), 0, 1, 0); err == nil {
			t.Error("without a wait the time-out is as it was")
		}
	})
}

// tail reads the feed until it has seen so many events, or an error.
func tail(ctx context.Context, c *client.Client, after int64, n int) (seen []int64, err error) {
	for e, err := range c.Tail(ctx, after) {
		if err != nil {
			return seen, err
		}
		if seen = append(seen, e.ID); len(seen) == n {
			return seen, nil
		}
	}
	return seen, errors.New("the feed has ended")
}

// Tail asks from where it is, and again after whatever a server in trouble
// answers.
func TestTail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lost, busy := answer{lost: true}, answer{status: 503, headers: map[string]string{"Retry-After": "300"}}
		c, server := dial(ok(twoEvents), ok(noEvents), lost, lost, lost, lost, busy,
			ok(`{"items":[{"id":9,"type":"media.failed","timestamp":"2026-11-22T10:00:00.123Z","data":{"accountId":1,"failure":"unreadable"}}],"first":2,"last":9}`))
		seen, err := tail(t.Context(), c, 6, 3)
		if diff := cmp.Diff([]int64{7, 8, 9}, seen); err != nil || diff != "" {
			t.Error(err, diff)
		}
		var asked []string
		for _, r := range server.requests {
			asked = append(asked, r.Path)
		}
		first, then := "/api/v1/events?after=6&limit=1000&wait=25", "/api/v1/events?after=8&limit=1000&wait=25"
		if diff := cmp.Diff([]string{first, then, then, then, then, then, then, then}, asked); diff != "" {
			t.Error(diff)
		}
		last := server.requests[len(server.requests)-1].At
		if last < 5*time.Minute {
			t.Errorf("the server wanted to be left alone for 5 minutes, it was asked after %v in all", last)
		}
	})
}

// Where events are missing, the feed ends: nothing is taken for whole that isn't.
func TestTailGap(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer string
		want   client.GapError
		text   string
	}{
		"forgotten":  {`{"items":[{"id":241}],"first":241,"last":241,"reset":true}`, client.GapError{After: 117, First: 241, Last: 241}, "events 118-240 are no longer kept"},
		"begun anew": {`{"items":[],"first":1,"last":40,"reset":true}`, client.GapError{After: 117, First: 1, Last: 40}, "the feed ends with event 40: it was begun anew since event 117"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := dial(ok(row.answer))
			seen, err := tail(t.Context(), c, 117, 1)
			gap, isGap := errors.AsType[*client.GapError](err)
			if !isGap || *gap != row.want || err.Error() != row.text || len(seen) != 0 {
				t.Errorf("saw %v, err is %v", seen, err)
			}
			if isGap && gap.Resume() != row.want.First-1 {
				t.Errorf("to go on after %d", gap.Resume())
			}
		})
	}
}

// A feed in which something happens all the time leaves the rate limit for
// other work.
func TestTailIsGentle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c, server := dial(ok(twoEvents))
		if _, err := tail(ctx, c, 0, 1_000_000); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err is %v", err)
		}
		if n := len(server.requests); n < 2 || n > 61 {
			t.Errorf("%d requests in a minute", n)
		}
	})
}

func TestTailRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, server := dial(ok(twoEvents), answer{status: 401, body: `{"message":"Invalid API key","code":"unauthorized"}`})
		seen, err := tail(t.Context(), c, 0, 3)
		if refusal, ok := errors.AsType[*client.Error](err); !ok || refusal.Code != vitrine.CodeUnauthorized || len(seen) != 2 {
			t.Errorf("saw %v, err is %v", seen, err)
		}
		if len(server.requests) != 2 {
			t.Errorf("%d requests", len(server.requests))
		}
	})
}

// The end of the context ends the feed, and its cause is told.
func TestTailCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("the user has had enough")
		for name, server := range map[string]http.RoundTripper{
			"while it waits for an event": slow{time.Hour, &script{answers: []answer{ok(noEvents)}}},
			"between two questions":       &script{answers: []answer{ok(noEvents)}},
			"while the server is down":    &script{answers: []answer{{lost: true}}},
		} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, reason)
			c := client.New("http://vitrine.test", "k", client.WithHTTPClient(&http.Client{Transport: server}))
			if _, err := tail(ctx, c, 0, 1); !errors.Is(err, reason) {
				t.Errorf("%s: err is %v", name, err)
			}
			cancel()
		}
	})
}

// Who has seen enough asks for no more.
func TestTailStopped(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(twoEvents))
	if seen, err := tail(t.Context(), c, 0, 1); err != nil || len(seen) != 1 || len(server.requests) != 1 {
		t.Errorf("saw %v after %d requests, %v", seen, len(server.requests), err)
	}
}

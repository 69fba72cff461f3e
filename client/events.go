package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Event is one line of the account's feed. The feed has no gaps: ids count up
// by one.
type Event struct {
	ID        int64             `json:"id"`
	Type      vitrine.EventType `json:"type"`
	Timestamp time.Time         `json:"timestamp"`
	Data      vitrine.EventData `json:"data"`
}

// EventPage is a part of the feed, oldest first.
type EventPage struct {
	Items []Event `json:"items"`
	First int64   `json:"first"` // the oldest event that is kept, 0 for none
	Last  int64   `json:"last"`  // the newest event, 0 for none
}

// The most that Events may be asked for.
const (
	MaxEvents    = 1000
	MaxEventWait = 30 * time.Second
)

// Events gives at most limit events, from 1 to MaxEvents, that come after that
// one; 0 is before the oldest. When there is none, the server waits for one, for
// at most wait, in whole seconds and up to MaxEventWait. It may answer earlier,
// with none.
func (c *Client) Events(ctx context.Context, after int64, limit int, wait time.Duration) (EventPage, error) {
	patient := *c
	if wait > 0 && c.http.Timeout > 0 {
		longer := *c.http
		longer.Timeout += wait
		patient.http = &longer
	}
	var p EventPage
	path := fmt.Sprintf("/events?after=%d&limit=%d&wait=%d", after, limit, int(wait/time.Second))
	err := patient.call(ctx, http.MethodGet, path, nil, &p)
	return p, err
}

const (
	// tailWait is how long Tail has the server wait: less than what proxies let
	// a connection rest.
	tailWait = 25 * time.Second
	// tailPause keeps a feed in which something happens all the time from using
	// up the rate limit.
	tailPause = time.Second
)

// Tail gives the events after that one, and then each that comes, for ever. A
// server that can't be reached or answers that it can't is asked again until it
// can. A refusal and the end of the context are errors, which come with a zero
// Event; after one there is no more.
//
// Whoever keeps the id of the last event that it has dealt with can go on from
// there, and misses none that is still kept.
func (c *Client) Tail(ctx context.Context, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for pause := firstPause; ; {
			page, err := c.Events(ctx, after, MaxEvents, tailWait)
			wait := tailPause
			switch {
			case err == nil:
				pause = firstPause
			case ctx.Err() != nil:
				yield(Event{}, context.Cause(ctx))
				return
			case later(err) == giveUp:
				yield(Event{}, err)
				return
			default:
				wait, pause = c.jitter(pause), min(pause*2, longestPause)
				if refusal, ok := errors.AsType[*Error](err); ok {
					wait += refusal.retryAfter
				}
			}
			for _, e := range page.Items {
				if !yield(e, nil) {
					return
				}
				after = e.ID
			}
			if len(page.Items) == MaxEvents {
				continue
			}
			if err := sleep(ctx, wait); err != nil {
				yield(Event{}, err)
				return
			}
		}
	}
}

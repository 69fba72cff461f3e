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
	Reset bool    `json:"reset"` // events are missing after the one that was asked for
}

// GapError ends Tail where events are missing after the one that its caller
// has: those before First were forgotten, or, where Last is below After, the
// feed is younger than that, as after a restore.
type GapError struct {
	After       int64 // what was asked for
	First, Last int64 // the oldest and the newest event that are kept
}

func (e *GapError) Error() string {
	switch {
	case e.Last < e.After:
		return fmt.Sprintf("the feed ends with event %d: it was begun anew since event %d", e.Last, e.After)
	case e.After+2 == e.First:
		return fmt.Sprintf("event %d is no longer kept", e.After+1)
	}
	return fmt.Sprintf("events %d-%d are no longer kept", e.After+1, e.First-1)
}

// Resume is the event after which to go on: before the oldest that is kept.
func (e *GapError) Resume() int64 { return e.First - 1 }

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
// there, and misses none: where some are no longer kept, Tail ends with a
// *GapError.
func (c *Client) Tail(ctx context.Context, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for pause := firstPause; ; {
			page, err := c.Events(ctx, after, MaxEvents, tailWait)
			wait := tailPause
			switch {
			case err == nil && page.Reset:
				yield(Event{}, &GapError{After: after, First: page.First, Last: page.Last})
				return
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

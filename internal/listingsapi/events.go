package listingsapi

import (
	"context"
	"math"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// The bounds of a reading of the feed.
const (
	maxEvents      = 1000
	defaultEvents  = 100
	maxWaitSeconds = 30 // below what proxies let a connection rest
)

type eventsInput struct {
	After eventAfterParam `query:"after" doc:"The last event that you have; 0 reads from the oldest."`
	Limit eventLimitParam `query:"limit" doc:"Events in the answer."`
	Wait  waitParam       `query:"wait" doc:"Seconds to wait for an event when there is none. The answer may come earlier, and empty."`
}

type eventsOutput struct {
	Body eventPage
}

// Stop ends the waits of GET /events, those to come too, with the answer that
// there is then: a server that shuts down waits for its requests.
func (a *API) Stop() { a.api.stop() }

// events reads the account's feed, or waits for its next event.
func (a *api) events(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	after, limit, wait, err := parseEvents(in)
	if err != nil {
		return nil, err
	}
	page, err := a.awaitEvents(ctx, after, limit, wait)
	if err != nil {
		return nil, err
	}
	body := eventPage{Items: make([]event, len(page.Events)), First: page.First, Last: page.Last, Reset: isGap(page, after)}
	for i, e := range page.Events {
		body.Items[i] = eventOf(e)
	}
	return &eventsOutput{body}, nil
}

// isGap reports whether events are missing between a reader's cursor and the
// page: they were forgotten, or the feed is younger than the cursor. A feed of
// which nothing is kept tells neither until its next event; and 0 is no cursor,
// but the wish to begin with the oldest.
func isGap(page gallery.EventPage, after int64) bool {
	return after > 0 && page.Last > 0 && (after > page.Last || after+1 < page.First)
}

func eventOf(e vitrine.Event) event {
	return event{ID: e.Seq, Type: eventType(e.Type), Timestamp: timestamp(e.At), Data: e.Data}
}

// EventBody is what a webhook is sent: an event as GET /events gives it.
func EventBody(e vitrine.Event) any { return eventOf(e) }

// awaitEvents waits until there is an event, or the time is up, or the client
// has left, or the server stops. A stop is no error: it has what there is read
// without waiting. Behind a cursor that the feed does not reach nothing is
// waited for: its reader has to hear of it now.
func (a *api) awaitEvents(ctx context.Context, after int64, limit int, wait time.Duration) (gallery.EventPage, error) {
	account := accountOf(ctx).ID
	if a.stopping.Err() != nil {
		wait = 0
	}
	page, err := a.gallery.Events(ctx, account, after, limit, 0)
	if err != nil || wait == 0 || len(page.Events) > 0 || isGap(page, after) {
		return page, err
	}
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.stopping, cancel)()
	page, err = a.gallery.Events(waiting, account, after, limit, wait)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return a.gallery.Events(ctx, account, after, limit, 0)
	}
	return page, err
}

func parseEvents(in *eventsInput) (after int64, limit int, wait time.Duration, err error) {
	var r rules
	after = r.between("after", string(in.After), 0, 0, math.MaxInt64)
	limit = r.within("limit", string(in.Limit), defaultEvents, maxEvents)
	seconds := r.between("wait", string(in.Wait), 0, 0, maxWaitSeconds)
	return after, limit, time.Duration(seconds) * time.Second, r.err()
}

// eventTypesOf are the types on the wire.
func eventTypesOf(types []vitrine.EventType) []eventType {
	out := make([]eventType, len(types))
	for i, t := range types {
		out[i] = eventType(t)
	}
	return out
}

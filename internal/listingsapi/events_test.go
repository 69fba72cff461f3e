package listingsapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// happen makes so many events: each is a file that can't be had.
func (s *server) happen(n int) {
	s.t.Helper()
	for i := range n {
		media, _ := s.importURL(fmt.Sprintf("https://a.example/gone/%d.jpg", i))
		s.failed(media, &vitrine.Failure{Code: vitrine.SourceNotFound})
	}
}

// ids are the ids of an answer's items, in their order.
func ids(body map[string]any) []string {
	out := []string{}
	for _, item := range body["items"].([]any) {
		out = append(out, fmt.Sprint(item.(map[string]any)["id"]))
	}
	return out
}

func TestEvents(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	empty := s.get("/events")
	equal(t, empty, map[string]any{"items": []any{}, "first": json.Number("0"), "last": json.Number("0"), "reset": false})

	media, _ := s.importURL("https://a.example/gone.jpg")
	s.failed(media, &vitrine.Failure{Code: vitrine.SourceNotFound})
	page := s.get("/events")
	item := page["items"].([]any)[0].(map[string]any)
	data := item["data"].(map[string]any)
	equal(t, []any{item["id"], item["type"], item["timestamp"]}, []any{json.Number("1"), "media.failed", "2026-03-14T09:26:53.589Z"})
	equal(t, []any{data["accountId"], data["mediaId"], data["failure"]}, []any{json.Number(fmt.Sprint(s.account)), json.Number(media), "source_not_found"})

	s.happen(3)
	for query, want := range map[string][]string{
		"":                 {"1", "2", "3", "4"},
		"?after=0&limit=2": {"1", "2"},
		"?after=2":         {"3", "4"},
		"?after=3&wait=30": {"4"},
		"?after=4":         {},
		"?after=99":        {},
	} {
		page := s.get("/events" + query)
		equal(t, ids(page), want)
		equal(t, []any{page["first"], page["last"]}, []any{json.Number("1"), json.Number("4")})
	}
}

// A cursor behind which events are missing is told of, and at once.
func TestEventsReset(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	reset := func(query string) any { return s.get("/events" + query)["reset"] }
	equal(t, []any{reset(""), reset("?after=7")}, []any{false, false}) // nothing is kept: nobody knows
	s.happen(4)
	equal(t, []any{reset("?after=4"), reset("?after=5&wait=30"), reset("?after=0")}, []any{false, true, false})
	s.exec(`delete from event where seq < 3`)
	for query, want := range map[string]bool{"?after=1": true, "?after=1&wait=30": true, "?after=2": false, "?after=3": false, "?after=0": false} {
		page := s.get("/events" + query)
		equal(t, []any{query, page["reset"], page["first"]}, []any{query, want, json.Number("3")})
	}
	equal(t, ids(s.get("/events?after=1")), []string{"3", "4"})
	s.exec(`delete from event`)
	equal(t, reset("?after=4"), any(false))
}

func TestEventsOfOneAccount(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.happen(2)
	stranger := s.in(t)
	stranger.key = s.newKey("Hillside Homes")
	equal(t, ids(stranger.get("/events")), []string{})
}

func TestEventsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for query, broken := range map[string][]string{
		"after=-1&limit=0&wait=31": {"after must not be less than 0", "limit must not be less than 1", "wait must not be greater than 30"},
		"limit=1001":               {"limit must not be greater than 1000"},
		"after=a&limit=b&wait=1.5": {"after must be an integer number", "limit must be an integer number", "wait must be an integer number"},
		"wait=-1":                  {"wait must not be less than 0"},
	} {
		s.in(t).wantError(s.send("GET", "/events?"+query, ""), 400, "invalid", broken)
	}
}

// patience is less than the longest wait, so that a wait that lasts to its end
// is a failure.
const patience = 25 * time.Second

// waitForEvents asks for events and waits for 30 seconds when there is none.
// It returns once the request has been written.
func (s *server) waitForEvents(ctx context.Context) <-chan answer {
	s.t.Helper()
	written := make(chan struct{})
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(written) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+listingsapi.Base+"/events?wait=30", http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", s.key)
	answers := make(chan answer, 1)
	go func() {
		defer close(answers)
		resp, err := s.client.Do(req)
		if err != nil {
			return
		}
		a := answer{status: resp.StatusCode}
		if err := json.NewDecoder(resp.Body).Decode(&a.body); err == nil && resp.Body.Close() == nil {
			answers <- a
		}
	}()
	<-written
	return answers
}

func TestEventsWait(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	first, second := s.waitForEvents(ctx), s.waitForEvents(ctx)
	s.happen(1)
	for _, answers := range []<-chan answer{first, second} {
		if a, ok := <-answers; !ok || a.status != http.StatusOK || len(ids(a.body)) != 1 {
			t.Errorf("the wait ended with %v: %d %v", ok, a.status, a.body)
		}
	}
}

// A server that shuts down isn't held up by those who wait.
func TestEventsStop(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	before := s.waitForEvents(ctx)
	s.handler.(*listingsapi.API).Stop()
	for _, answers := range []<-chan answer{before, s.waitForEvents(ctx)} {
		if a, ok := <-answers; !ok || a.status != http.StatusOK || len(ids(a.body)) != 0 {
			t.Errorf("the wait ended with %v: %d %v", ok, a.status, a.body)
		}
	}
	s.happen(1)
	equal(t, ids(s.get("/events?wait=30")), []string{"1"})
}

// A client that leaves ends its wait, which is nobody's fault.
func TestEventsClientLeaves(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	answers := s.waitForEvents(ctx)
	cancel()
	if a, ok := <-answers; ok {
		t.Errorf("there was an answer: %v", a.body)
	}
	ended := func() bool {
		for _, line := range s.log.lines(t, "request") {
			if strings.HasSuffix(line["route"].(string), "/events") {
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(patience); !ended(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server still waits")
		}
	}
	if failed := s.log.lines(t, "request failed"); len(failed) > 0 {
		t.Errorf("logged as a fault: %v", failed)
	}
}

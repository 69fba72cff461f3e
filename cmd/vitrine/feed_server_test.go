package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// fakeFeed are the events and webhooks of a fakeServer. It never lets a reader
// wait. A webhook's test is attempted at the second look at it; it fails for
// ever where the URL says "gone", and for now where it says "down".
type fakeFeed struct {
	events     []client.Event
	after      int64 // of the last reading
	webhooks   []client.Webhook
	deliveries []client.Delivery
	looks      int // at the newest delivery
}

func (s *fakeServer) serveFeed(api *http.ServeMux) {
	const one = "/api/v1/webhooks/{id}"
	s.feed.after = -1
	api.HandleFunc("GET /api/v1/events", s.events)
	api.HandleFunc("GET /api/v1/webhooks", s.listWebhooks)
	api.HandleFunc("POST /api/v1/webhooks", s.addWebhook)
	api.HandleFunc("DELETE "+one, s.removeWebhook)
	api.HandleFunc("POST "+one+"/test", s.testWebhook)
	api.HandleFunc("POST "+one+"/replay", s.replayWebhook)
	api.HandleFunc("GET "+one+"/deliveries", s.webhookDeliveries)
}

// happens adds an event about a media.
func (s *fakeServer) happens(t vitrine.EventType, media int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := client.Event{ID: int64(len(s.feed.events) + 1), Type: t, Timestamp: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	e.Data = vitrine.EventData{AccountID: 1, MediaID: media, ExternalID: "hall", Revision: 2}
	if t == vitrine.EventMediaFailed {
		e.Data.Failure = vitrine.Unreadable
	}
	s.feed.events = append(s.feed.events, e)
}

// readUpTo is the event after which the last reader of the feed has asked.
func (s *fakeServer) readUpTo() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.feed.after
}

func (s *fakeServer) events(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	after, err := strconv.ParseInt(query.Get("after"), 10, 64)
	if err != nil {
		panic(err)
	}
	if query.Get("wait") != "0" {
		s.feed.after = after
	}
	last := int64(len(s.feed.events))
	page := client.EventPage{Items: s.feed.events[min(after, last):], First: min(last, 1), Last: last, Reset: after > last}
	if strings.HasSuffix(r.Header.Get("Authorization"), "late") { // for whom the first two are forgotten
		page.First, page.Reset = 3, after == 1
	}
	answer(w, page)
}

func (s *fakeServer) listWebhooks(w http.ResponseWriter, _ *http.Request) {
	items := []client.Webhook{}
	for _, webhook := range s.feed.webhooks {
		webhook.Secret = ""
		if webhook.ID != 0 {
			items = append(items, webhook)
		}
	}
	answer(w, map[string]any{"items": items})
}

func (s *fakeServer) addWebhook(w http.ResponseWriter, r *http.Request) {
	var in client.Webhook
	decode(r, &in)
	s.note("webhook %s %v", in.URL, in.Types)
	in.ID, in.Enabled, in.Secret = int64(len(s.feed.webhooks)+1), true, "whsec_s3cret"
	if strings.Contains(in.URL, "gone") {
		in.Enabled, in.DisabledAt, in.DisabledReason = false, time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), "HTTP 410"
	}
	s.feed.webhooks = append(s.feed.webhooks, in)
	w.WriteHeader(http.StatusCreated)
	answer(w, in)
}

// webhook is the one of the path, whose absence is answered.
func (s *fakeServer) webhook(w http.ResponseWriter, r *http.Request) *client.Webhook {
	i := slices.IndexFunc(s.feed.webhooks, func(webhook client.Webhook) bool { return fmt.Sprint(webhook.ID) == r.PathValue("id") })
	if i < 0 {
		refuse(w, http.StatusNotFound, "not_found", "Webhook "+r.PathValue("id")+" not found")
		return nil
	}
	return &s.feed.webhooks[i]
}

func (s *fakeServer) removeWebhook(w http.ResponseWriter, r *http.Request) {
	if webhook := s.webhook(w, r); webhook != nil {
		*webhook = client.Webhook{}
		answer(w, map[string]bool{"deleted": true})
	}
}

func (s *fakeServer) replayWebhook(w http.ResponseWriter, r *http.Request) {
	var in struct {
		IDs          []int64
		After, Until int64
	}
	decode(r, &in)
	if s.webhook(w, r) == nil {
		return
	}
	switch {
	case slices.Contains(in.IDs, 999999):
		refuse(w, http.StatusNotFound, "not_found", "Event 999999 not found")
	case in.After == 5 || len(in.IDs) > 1000:
		refuse(w, http.StatusBadRequest, "invalid", "At most 1000 events can be replayed at a time")
	default:
		s.note("replay of %v, after %d until %d", in.IDs, in.After, in.Until)
		w.WriteHeader(http.StatusAccepted)
		answer(w, map[string]int{"replayed": max(1, len(in.IDs))})
	}
}

func (s *fakeServer) testWebhook(w http.ResponseWriter, r *http.Request) {
	if s.webhook(w, r) == nil {
		return
	}
	s.feed.looks = 0
	d := client.Delivery{ID: int64(len(s.feed.deliveries) + 1), Type: string(vitrine.EventWebhookTest), State: vitrine.DeliveryPending}
	s.feed.deliveries = append(s.feed.deliveries, d)
	w.WriteHeader(http.StatusAccepted)
	answer(w, d)
}

func (s *fakeServer) webhookDeliveries(w http.ResponseWriter, r *http.Request) {
	webhook := s.webhook(w, r)
	if webhook == nil {
		return
	}
	s.feed.looks++
	items := []client.Delivery{}
	for _, d := range slices.Backward(s.feed.deliveries) {
		if fmt.Sprint(d.ID+1) != r.URL.Query().Get("before") {
			continue
		}
		if s.feed.looks > 1 {
			attempted(&d, webhook.URL)
		}
		items = append(items, d)
	}
	answer(w, map[string]any{"items": items})
}

// attempted is what the first attempt makes of a delivery to that URL.
func attempted(d *client.Delivery, url string) {
	at := client.DeliveryAttempt{At: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), DurationMs: 12, HTTPStatus: 204}
	switch {
	case strings.Contains(url, "gone"):
		at.HTTPStatus, at.Detail = 410, "HTTP 410"
		d.State, d.EndedAt = vitrine.DeliveryFailed, at.At
	case strings.Contains(url, "down"):
		at.HTTPStatus, at.Detail = 0, "connection refused"
		d.NextAttemptAt = at.At.Add(5 * time.Second)
	default:
		d.State, d.EndedAt = vitrine.DeliveryDelivered, at.At
	}
	d.Attempts = []client.DeliveryAttempt{at}
}

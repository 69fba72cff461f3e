package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// feed reads the whole of an account's feed in small pages, and wants it
// without a gap.
func feed(t *testing.T, c *client.Client) (events []client.Event) {
	t.Helper()
	for {
		page, err := c.Events(t.Context(), int64(len(events)), 7, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			events = append(events, e)
			if e.ID != int64(len(events)) {
				t.Fatalf("event %d is the %dth", e.ID, len(events))
			}
		}
		if len(page.Items) == 0 {
			return events
		}
	}
}

// TestEvents tells of a listing and of a classified, from the first photo to
// their end, in the feed and to a webhook.
func TestEvents(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testEvents(t, setUp(t))
		})
	}
}

func testEvents(t *testing.T, s *server) {
	c := newClient(t, s)
	o := newOrigin(t)
	r := newReceiver(t, nil)
	hook, err := c.AddWebhook(t.Context(), r.URL+"/hook", nil)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	// next wants these events: those of media in any order, then the others.
	next := func(want ...string) (events []client.Event) {
		t.Helper()
		wait(t, "the events", func() bool { return len(feed(t, c)) >= read+len(want) })
		events = feed(t, c)[read:]
		read += len(events)
		var got []string
		for _, e := range events {
			got = append(got, strings.TrimSpace(fmt.Sprint(e.Type, " ", e.Data.Status, " ", e.Data.Failure)))
		}
		media := slices.IndexFunc(got, func(line string) bool { return !strings.HasPrefix(line, "media.") })
		slices.Sort(got[:max(media, 0)])
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("events (-want +got)\n%s", diff)
		}
		return events
	}

	urls := append(o.photos(t, 3), o.URL+"/missing")
	put, err := c.PutListing(t.Context(), listing("house-1", urls...))
	if err != nil {
		t.Fatal(err)
	}
	events := next("media.failed  source_not_found", "media.ready", "media.ready", "media.ready", "listing.settled active", "listing.published active")
	settled := events[4].Data
	if settled.ListingID != put.ID || settled.ExternalID != "house-1" || settled.Revision != 1 || settled.AccountID == 0 || settled.ClassifiedID != "" || settled.MediaID != 0 {
		t.Errorf("listing.settled is about %+v", settled)
	}
	if media := events[0].Data; media.MediaID == 0 || media.MediaUUID == "" || len(media.Listings) != 1 || media.Listings[0].ListingID != put.ID || media.Listings[0].Revision != 1 || media.ListingID != 0 {
		t.Errorf("%s is about %+v", events[0].Type, media)
	}

	version := func(v string) client.ClassifiedInput {
		return client.ClassifiedInput{Data: struct{}{}, Media: []client.MediaSource{{URL: o.URL + "/cover.jpg?timestamp=" + v, MediaType: vitrine.Picture}}}
	}
	cover := photo(t, 100, 640, 480)
	o.mux.HandleFunc("GET /cover.jpg", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("timestamp") != "1" {
			w.WriteHeader(http.StatusGone)
			return
		}
		_, _ = w.Write(cover)
	})
	written, err := c.PostClassified(t.Context(), version("1"))
	if err != nil {
		t.Fatal(err)
	}
	events = next("media.ready", "listing.settled CREATED", "listing.published CREATED")
	if data := events[1].Data; data.ClassifiedID != written.ClassifiedID || data.ListingID != 0 || data.Revision != 1 {
		t.Errorf("listing.settled is about %+v", data)
	}
	if _, err := c.PutClassified(t.Context(), written.ClassifiedID, version("2")); err != nil {
		t.Fatal(err)
	}
	if events = next("media.stale  source_not_found", "listing.settled CREATED_WITH_MEDIA_ERROR"); events[1].Data.Revision != 2 {
		t.Errorf("listing.settled is about %+v", events[1].Data)
	}
	if err := c.DeleteClassified(t.Context(), written.ClassifiedID); err != nil {
		t.Fatal(err)
	}
	next("urls.purged", "listing.deleted DELETED")
	if err := c.DeleteListing(t.Context(), put.ID); err != nil {
		t.Fatal(err)
	}
	next("listing.deleted active")

	checkTold(t, c, r, hook, o.URL)
}

// checkTold wants the webhook to have got each event of the feed once, signed,
// as the feed has it, and without where the photos come from.
func checkTold(t *testing.T, c *client.Client, r *receiver, hook client.Webhook, secret string) {
	t.Helper()
	events := feed(t, c)
	told := map[int64]client.Event{}
	for _, m := range r.wait(t, len(events)) {
		var e client.Event
		if err := json.Unmarshal([]byte(m.Body), &e); err != nil {
			t.Fatal(err)
		}
		told[e.ID] = e
		if !signed(t, m, hook.Secret) || m.Path != "POST /hook" || m.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s came unsigned or wrong: %v", m.Path, m.header)
		}
		ours := e.Type == vitrine.EventURLsPurged // whose URLs are public ones
		if strings.Contains(m.Body, secret) || strings.Contains(m.Body, "://") && !ours {
			t.Errorf("an event holds a URL: %s", m.Body)
		}
	}
	for _, e := range events {
		if diff := gocmp.Diff(e, told[e.ID]); diff != "" {
			t.Errorf("event %d in the feed and told (-feed +told)\n%s", e.ID, diff)
		}
	}
	for _, d := range deliveries(t, c, hook.ID) {
		if d.State != vitrine.DeliveryDelivered || len(d.Attempts) != 1 || d.Attempts[0].HTTPStatus != http.StatusCreated ||
			d.Attempts[0].Detail != "" || d.Attempts[0].At.IsZero() || d.Type != string(told[d.EventID].Type) {
			t.Errorf("the log has %+v", d)
		}
	}
}

// draft is a listing without photos: it settles at once.
func draft(externalID string) client.ListingInput {
	return client.ListingInput{ExternalID: externalID, Status: "draft", Files: []client.File{}}
}

// TestLongPoll is answered by the event that it waits for.
func TestLongPoll(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUp(t)
			c := client.New(s.base, s.key(t), client.WithTries(1))
			asked := make(chan struct{})
			trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(asked) }}
			answer := make(chan client.EventPage, 1)
			go func() {
				page, err := c.Events(httptrace.WithClientTrace(t.Context(), trace), 0, 10, client.MaxEventWait)
				if err != nil {
					t.Error(err)
				}
				answer <- page
			}()
			<-asked
			if _, err := c.PutListing(t.Context(), draft("house-1")); err != nil {
				t.Fatal(err)
			}
			// Were it not woken, it would come back empty.
			if page := <-answer; len(page.Items) != 1 || page.Items[0].Type != vitrine.EventListingSettled {
				t.Errorf("the answer is %+v", page)
			}
		})
	}
}

// TestFeedUnderLoad has eight writers and a reader, who sees every number once
// and in order.
func TestFeedUnderLoad(t *testing.T) {
	t.Parallel()
	const writers, listings = 8, 12
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUp(t)
			var writing sync.WaitGroup
			for w := range writers {
				c := client.New(s.base, s.key(t))
				writing.Go(func() {
					for i := range listings {
						put, err := c.PutListing(t.Context(), draft(fmt.Sprintf("house-%d-%d", w, i)))
						if err == nil && i%2 == 0 {
							err = c.DeleteListing(t.Context(), put.ID)
						}
						if err != nil {
							t.Errorf("writer %d: %v", w, err)
							return
						}
					}
				})
			}
			defer writing.Wait()
			reader := client.New(s.base, s.key(t))
			var last int64
			kinds := map[vitrine.EventType]int{}
			for last < writers*listings*3/2 {
				page, err := reader.Events(t.Context(), last, client.MaxEvents, client.MaxEventWait)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page.Items {
					if last++; e.ID != last {
						t.Fatalf("event %d was read after %d", e.ID, last-1)
					}
					kinds[e.Type]++
				}
				if len(page.Items) == 0 {
					t.Fatalf("no more events after %d", last)
				}
			}
			want := map[vitrine.EventType]int{vitrine.EventListingSettled: writers * listings, vitrine.EventListingDeleted: writers * listings / 2}
			if diff := gocmp.Diff(want, kinds); diff != "" {
				t.Errorf("the reader has seen (-want +got)\n%s", diff)
			}
		})
	}
}

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/store"
)

// message is what a receiver has got.
type message struct {
	Path, ID string
	Body     string
	header   http.Header
	accepted bool
}

// receiver is the other end of a webhook: it keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	got []message
	// accept decides on what comes, nil: yes. What it refuses gets a 500 or no
	// answer, but no message is refused twice: its third try is minutes away.
	accept  func() bool
	refused map[string]bool
}

func newReceiver(t *testing.T, accept func() bool) *receiver {
	t.Helper()
	r := &receiver{accept: accept, refused: map[string]bool{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // its sender was killed
	}
	r.mu.Lock()
	m := message{Path: req.Method + " " + req.URL.Path, ID: req.Header.Get("Webhook-Id"), Body: string(body), header: req.Header}
	m.accepted = r.refused[m.ID] || r.accept == nil || r.accept()
	r.refused[m.ID] = r.refused[m.ID] || !m.accepted
	r.got = append(r.got, m)
	hangUp := len(r.got)%2 == 0
	r.mu.Unlock()
	switch {
	case m.accepted:
		w.WriteHeader(http.StatusCreated)
	case hangUp:
		panic(http.ErrAbortHandler)
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// messages gives what has come so far, of one type of event or "" for all.
func (r *receiver) messages(kind vitrine.EventType) (some []message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.got {
		if kind == "" || strings.Contains(m.Body, `"type":"`+string(kind)+`"`) {
			some = append(some, m)
		}
	}
	return some
}

// wait waits for that many messages and gives them.
func (r *receiver) wait(t *testing.T, n int) []message {
	t.Helper()
	wait(t, fmt.Sprintf("%d messages", n), func() bool { return len(r.messages("")) >= n })
	got := r.messages("")
	if len(got) != n {
		t.Errorf("%d messages came, want %d", len(got), n)
	}
	return got
}

// signed reports whether a message is signed with that secret.
func signed(t *testing.T, m message, secret string) bool {
	t.Helper()
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return wh.Verify([]byte(m.Body), m.header) == nil
}

// deliveries gives the newest of the log of a webhook, when none is pending.
func deliveries(t *testing.T, c *client.Client, webhook int64) (log []client.Delivery) {
	t.Helper()
	wait(t, "the deliveries", func() bool {
		var err error
		if log, err = c.Deliveries(t.Context(), webhook, 0, client.MaxDeliveries); err != nil {
			t.Fatal(err)
		}
		return !slices.ContainsFunc(log, func(d client.Delivery) bool { return d.State == vitrine.DeliveryPending })
	})
	return log
}

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
	next("listing.deleted DELETED")
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
		if strings.Contains(m.Body, secret) || strings.Contains(m.Body, "://") {
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

// TestWebhooks manages two webhooks: their types, secrets, replays and end.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testWebhooks(t, setUp(t))
		})
	}
}

func testWebhooks(t *testing.T, s *server) {
	c := newClient(t, s)
	all, some := newReceiver(t, nil), newReceiver(t, nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	add := func(r *receiver, types ...vitrine.EventType) client.Webhook {
		t.Helper()
		hook, err := c.AddWebhook(t.Context(), r.URL, types)
		must(err)
		return hook
	}
	first, deleted := add(all), add(some, vitrine.EventListingDeleted)
	delivery, err := c.TestWebhook(t.Context(), first.ID)
	must(err)
	if m := all.wait(t, 1)[0]; m.ID != delivery.MessageID || !strings.Contains(m.Body, `"type":"webhook.test"`) {
		t.Errorf("the test came as %+v, want %s", m, delivery.MessageID)
	}
	put, err := c.PutListing(t.Context(), draft("house-1"))
	must(err)
	all.wait(t, 2)

	rotated, err := c.RotateWebhookSecret(t.Context(), first.ID)
	must(err)
	must(c.DeleteListing(t.Context(), put.ID))
	got := all.wait(t, 3)
	for i, want := range [][2]bool{{true, false}, {true, false}, {true, true}} {
		if have := [2]bool{signed(t, got[i], first.Secret), signed(t, got[i], rotated.Secret)}; have != want {
			t.Errorf("message %d is signed by the old and the new secret: %v, want %v", i, have, want)
		}
	}
	if m := some.wait(t, 1)[0]; m.ID != got[2].ID || m.Body != got[2].Body || !strings.Contains(m.Body, string(vitrine.EventListingDeleted)) {
		t.Errorf("the other webhook got %+v, want %+v", m, got[2])
	}

	n, err := c.ReplayEvents(t.Context(), first.ID, []int64{3})
	if must(err); n != 1 {
		t.Errorf("%d events are replayed, want 1", n)
	}
	again := all.wait(t, 4)[3]
	n, err = c.ReplayEventsAfter(t.Context(), first.ID, 1, 2)
	if must(err); n != 1 {
		t.Errorf("%d events are replayed, want 1", n)
	}
	ranged := all.wait(t, 5)[4]
	for i, m := range map[int]message{2: again, 1: ranged} {
		if m.ID != got[i].ID || m.Body != got[i].Body || !signed(t, m, rotated.Secret) {
			t.Errorf("replayed as %+v, was %+v", m, got[i])
		}
	}
	if log := deliveries(t, c, first.ID); len(log) != 5 || log[0].MessageID != ranged.ID || log[0].EventID != 2 {
		t.Errorf("the log has %+v", log)
	}

	disabled := false
	_, err = c.ChangeWebhook(t.Context(), first.ID, client.WebhookChange{Enabled: &disabled})
	must(err)
	must(c.DeleteWebhook(t.Context(), deleted.ID))
	_, err = c.PutListing(t.Context(), draft("house-2"))
	must(err)
	third := newReceiver(t, nil)
	_, err = c.TestWebhook(t.Context(), add(third).ID)
	must(err)
	third.wait(t, 1)
	all.wait(t, 5)
	some.wait(t, 1)
}

// subscribe sends PUT or DELETE /webhooks of the Classifieds API.
func subscribe(t *testing.T, s *server, key, method, body string, want int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.base+"/caas/v4/webhooks", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if response.StatusCode != want {
		t.Fatalf("%s /webhooks %s answered %d %s, want %d", method, body, response.StatusCode, text, want)
	}
}

// TestCallback tells a subscriber of the Classifieds API each status, in order.
func TestCallback(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testCallback(t, setUp(t))
		})
	}
}

func testCallback(t *testing.T, s *server) {
	key := s.key(t)
	c := client.New(s.base, key)
	o := newOrigin(t)
	r := newReceiver(t, nil)
	classified := client.ClassifiedInput{Data: struct{}{}}
	for _, url := range o.photos(t, 2) {
		classified.Media = append(classified.Media, client.MediaSource{URL: url, MediaType: vitrine.Picture})
	}
	live := func() string {
		t.Helper()
		written, err := c.PostClassified(t.Context(), classified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.WaitClassified(t.Context(), written.ClassifiedID, 1, nil); err != nil {
			t.Fatal(err)
		}
		if err := c.DeleteClassified(t.Context(), written.ClassifiedID); err != nil {
			t.Fatal(err)
		}
		return written.ClassifiedID
	}
	// history is all that a classified has been through, oldest first.
	history := func(id string, only ...vitrine.ListingStatus) (statuses []client.ClassifiedStatus) {
		t.Helper()
		page, err := c.ClassifiedStatuses(t.Context(), id, 50, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, status := range slices.Backward(page.Items) {
			if len(only) == 0 || slices.Contains(only, status.Status) {
				statuses = append(statuses, status)
			}
		}
		return statuses
	}
	told := func(id string, messages []message) (statuses []client.ClassifiedStatus) {
		t.Helper()
		for _, m := range messages {
			var status client.ClassifiedStatus
			if err := json.Unmarshal([]byte(m.Body), &status); err != nil {
				t.Fatal(err)
			}
			if m.Path != "POST "+path.Join("/crm/sync", "classifieds", id, "statuses") || m.header.Get("Webhook-Signature") != "" || m.ID != status.StatusID {
				t.Errorf("a status came to %s with %v", m.Path, m.header)
			}
			statuses = append(statuses, status)
		}
		return statuses
	}

	subscribe(t, s, key, http.MethodPut, `{"url": "`+r.URL+`/crm/sync/"}`, http.StatusOK)
	id := live()
	want := history(id)
	if diff := gocmp.Diff(want, told(id, r.wait(t, len(want)))); diff != "" || len(want) != 8 {
		t.Errorf("%d statuses of a life, told (-want +got)\n%s", len(want), diff)
	}
	subscribe(t, s, key, http.MethodPut, `{"url": "`+r.URL+`/crm/sync", "statuses": ["DELETED", "CREATED"]}`, http.StatusOK)
	id = live()
	some := history(id, vitrine.StatusCreated, vitrine.StatusDeleted)
	if diff := gocmp.Diff(some, told(id, r.wait(t, len(want)+2)[len(want):])); diff != "" || len(some) != 2 {
		t.Errorf("of some statuses, told (-want +got)\n%s", diff)
	}
	subscribe(t, s, key, http.MethodDelete, "", http.StatusNoContent)
	subscribe(t, s, key, http.MethodDelete, "", http.StatusNotFound)
	live()
	// A later message to the same server comes after what would have come.
	hook, err := c.AddWebhook(t.Context(), r.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.TestWebhook(t.Context(), hook.ID); err != nil {
		t.Fatal(err)
	}
	r.wait(t, len(want)+3)
}

// TestKilledDeliveries kills the server at any moment while listings and
// classifieds change and their receiver is not well. In the end it has been
// told of every settled revision, and what it was told twice is the same.
func TestKilledDeliveries(t *testing.T) {
	t.Parallel()
	const kills = 6
	data, address := t.TempDir(), freeAddress(t)
	o := newOrigin(t)
	urls := o.photos(t, 3)
	random := rand.New(rand.NewPCG(4, 9)) // under the receiver's lock, then by the test alone
	r := newReceiver(t, func() bool { return random.IntN(4) > 0 })
	s := start(t, data, address, "--rate-limit", "100000")
	key := s.key(t)
	c := client.New(s.base, key)
	hook, err := c.AddWebhook(t.Context(), r.URL, nil)
	if err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	defer writing.Wait()
	defer stop()
	var listings, classifieds int
	writing.Go(func() { listings = changeListings(ctx, c, urls) })
	writing.Go(func() { classifieds = changeClassified(ctx, c, urls) })
	for i := range kills {
		told := len(r.messages(""))
		wait(t, "more messages", func() bool { return len(r.messages("")) >= told+2+5*i%7 })
		s.kill()
		s = start(t, data, address, "--rate-limit", "100000")
	}
	stop()
	writing.Wait()
	if listings < kills || classifieds < kills {
		t.Errorf("%d changes of listings and %d of a classified were accepted", listings, classifieds)
	}

	r.mu.Lock()
	r.accept = nil // it gets well
	r.mu.Unlock()
	revisions := revisions(t, data)
	settled := map[string]int64{}
	wait(t, "every newest revision to settle", func() bool {
		for _, e := range feed(t, c) {
			if e.Type == vitrine.EventListingSettled {
				settled[cmp.Or(e.Data.ClassifiedID, e.Data.ExternalID)] = e.Data.Revision
			}
		}
		return gocmp.Equal(revisions, settled)
	})
	accepted := map[string]string{} // webhook-id → body
	wait(t, "every event to be told", func() bool {
		for _, m := range r.messages("") {
			if m.accepted {
				accepted[m.ID] = m.Body
			}
		}
		return len(accepted) >= len(feed(t, c))
	})
	for _, e := range feed(t, c) {
		body, ok := accepted[fmt.Sprintf("evt_%d_%d", e.Data.AccountID, e.ID)]
		var told client.Event
		if err := json.Unmarshal([]byte(body), &told); !ok || err != nil || !gocmp.Equal(told, e) {
			t.Errorf("event %+v was told as %q, %v", e, body, err)
		}
	}
	repeats := 0
	for _, m := range r.messages("") {
		if m.Body != accepted[m.ID] {
			t.Errorf("%s came as %s and as %s", m.ID, m.Body, accepted[m.ID])
		}
		if !signed(t, m, hook.Secret) {
			t.Errorf("%s is not signed", m.ID)
		}
		repeats++
	}
	if repeats -= len(accepted); repeats == 0 {
		t.Error("nothing was told twice: the receiver was never ill")
	}
}

// revisions gives the newest revision of every listing and classified.
func revisions(t *testing.T, data string) map[string]int64 {
	t.Helper()
	newest := map[string]int64{}
	err := openData(t, data).View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select case when kind = 'classified' then uuid else external_id end, revision from listing`)
		if err != nil {
			return err
		}
		for rows.Next() {
			var name string
			var revision int64
			if err := rows.Scan(&name, &revision); err != nil {
				return err
			}
			newest[name] = revision
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return newest
}

// changeListings changes a few listings, over and over, until ctx is done, and
// gives how many changes were answered for. A server that is down is asked
// again.
func changeListings(ctx context.Context, c *client.Client, urls []string) (accepted int) {
	for i := 0; ctx.Err() == nil; i++ {
		in := listing(fmt.Sprintf("house-%d", i%5), urls...)
		in.Status = "draft"
		in.Files = append(in.Files[i%3:], in.Files[:i%3]...)
		if _, err := c.PutListing(ctx, in); err == nil {
			accepted++
		}
		pause(ctx)
	}
	return accepted
}

// changeClassified does the same with one classified, whose photos have a new
// version now and then.
func changeClassified(ctx context.Context, c *client.Client, urls []string) (accepted int) {
	var id string
	for i := 0; ctx.Err() == nil; i++ {
		in := client.ClassifiedInput{Data: map[string]int{"price": i}}
		for _, url := range urls {
			in.Media = append(in.Media, client.MediaSource{URL: fmt.Sprintf("%s?timestamp=%d", url, i/4), MediaType: vitrine.Picture})
		}
		var written client.ClassifiedWritten
		var err error
		if id == "" {
			written, err = c.PostClassified(ctx, in)
		} else {
			written, err = c.PutClassified(ctx, id, in)
		}
		if err == nil {
			id = written.ClassifiedID
			accepted++
		}
		pause(ctx)
	}
	return accepted
}

// pause keeps the writers from being all that the machine does.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(50 * time.Millisecond):
	}
}

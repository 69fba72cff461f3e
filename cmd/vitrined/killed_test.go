package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/store"
)

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
	settings := []string{"--rate-limit", "100000", "--deliver-timeout", "2s"} // what a killed server was delivering is due after 12 s
	s := start(t, data, address, settings...)
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
		s = start(t, data, address, settings...)
	}
	stop()
	writing.Wait()
	if listings < kills || classifieds < kills {
		t.Errorf("%d changes of listings and %d of a classified were accepted", listings, classifieds)
	}

	r.mu.Lock()
	r.accept = nil // it gets well
	r.mu.Unlock()
	waitSettled(t, c, openData(t, data))
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

// waitSettled waits until the feed of the only account has told that the newest
// revision of each of its listings and classifieds has settled.
func waitSettled(t *testing.T, c *client.Client, db *store.DB) {
	t.Helper()
	revisions := revisions(t, db)
	settled := map[string]int64{}
	wait(t, "every newest revision to settle", func() bool {
		for _, e := range feed(t, c) {
			if e.Type == vitrine.EventListingSettled {
				settled[cmp.Or(e.Data.ClassifiedID, e.Data.ExternalID)] = e.Data.Revision
			}
		}
		return gocmp.Equal(revisions, settled)
	})
}

// revisions gives the newest revision of every listing and classified.
func revisions(t *testing.T, db *store.DB) map[string]int64 {
	t.Helper()
	newest := map[string]int64{}
	err := db.View(t.Context(), func(tx *store.Tx) error {
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

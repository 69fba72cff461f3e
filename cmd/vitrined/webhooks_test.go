package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

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

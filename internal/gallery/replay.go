package gallery

import (
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// maxReplay bounds one call of Replay.
const maxReplay = 1000

// TestEndpoint delivers a webhook.test event to this endpoint alone.
func (g *Gallery) TestEndpoint(ctx context.Context, account, id int64) (delivery vitrine.Delivery, err error) {
	err = g.write(ctx, account, func(tx *store.Tx) error {
		endpoint, err := enabledEndpoint(ctx, tx, account, id)
		if err != nil {
			return err
		}
		// Whoever tests wants to know how it is now.
		enable(&endpoint)
		if err := tx.UpdateEndpoint(ctx, endpoint); err != nil {
			return err
		}
		event := vitrine.Event{Type: vitrine.EventWebhookTest, At: g.now(), Data: vitrine.EventData{AccountID: account}}
		if event.Seq, err = tx.InsertEvent(ctx, event); err != nil {
			return err
		}
		tx.OnCommit(func() { g.news.tell(account) })
		delivery, err = g.deliver(ctx, tx, endpoint, event)
		return err
	})
	return delivery, err
}

func enabledEndpoint(ctx context.Context, tx *store.Tx, account, id int64) (vitrine.Endpoint, error) {
	endpoint, err := findEndpoint(ctx, tx, account, id)
	if err == nil && !endpoint.DisabledAt.IsZero() {
		err = vitrine.Errorf(vitrine.CodeConflict, "Webhook %d is disabled: %s", id, endpoint.DisabledWhy)
	}
	return endpoint, err
}

// Replay delivers events to an endpoint again, under their own message ids:
// those of these numbers, or those after one and until another, 0 for the
// newest. It gives how many. One that is not kept is CodeNotFound, more than
// 1,000 are CodeInvalid.
func (g *Gallery) Replay(ctx context.Context, account, id int64, seqs []int64, after, until int64) (n int, err error) {
	err = g.write(ctx, account, func(tx *store.Tx) error {
		endpoint, err := enabledEndpoint(ctx, tx, account, id)
		if err != nil {
			return err
		}
		events, err := chosenEvents(ctx, tx, account, seqs, after, until)
		if err != nil {
			return err
		}
		if len(events) > maxReplay {
			return vitrine.Errorf(vitrine.CodeInvalid, "At most %d events can be replayed at a time", maxReplay)
		}
		for _, event := range events {
			if _, err := g.deliver(ctx, tx, endpoint, event); err != nil {
				return err
			}
		}
		n = len(events)
		return nil
	})
	return n, err
}

// chosenEvents gives the events to replay, or one more than may be.
func chosenEvents(ctx context.Context, tx *store.Tx, account int64, seqs []int64, after, until int64) (events []vitrine.Event, err error) {
	if len(seqs) == 0 {
		if events, err = tx.Events(ctx, account, after, maxReplay+1); err != nil {
			return nil, err
		}
		for i, event := range events {
			if until != 0 && event.Seq > until {
				return events[:i], nil
			}
		}
		return events, nil
	}
	if len(seqs) > maxReplay {
		return make([]vitrine.Event, len(seqs)), nil
	}
	for _, seq := range seqs {
		event, err := tx.Event(ctx, account, seq)
		if errors.Is(err, store.ErrNoRows) {
			return nil, vitrine.Errorf(vitrine.CodeNotFound, "Event %d not found", seq)
		}
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

// Deliveries gives a part of an endpoint's delivery log, newest first: those
// with an id below before, 0 for the newest.
func (g *Gallery) Deliveries(ctx context.Context, account, id, before int64, limit int) (deliveries []vitrine.Delivery, err error) {
	if before == 0 {
		before = maxID
	}
	err = g.db.View(ctx, func(tx *store.Tx) error {
		if _, err := findEndpoint(ctx, tx, account, id); err != nil {
			return err
		}
		deliveries, err = tx.Deliveries(ctx, id, before, limit)
		return err
	})
	return deliveries, err
}

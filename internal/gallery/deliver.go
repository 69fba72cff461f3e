package gallery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// deliverEvent has an event delivered to every endpoint that wants it.
func (g *Gallery) deliverEvent(ctx context.Context, tx *store.Tx, event vitrine.Event) error {
	endpoints, err := tx.Endpoints(ctx, event.Data.AccountID)
	if err != nil {
		return err
	}
	for _, e := range endpoints {
		if e.Callback || !takes(e, e.Types, event.Type) || event.Type == vitrine.EventWebhookTest {
			continue
		}
		if _, err := g.deliver(ctx, tx, e, event); err != nil {
			return err
		}
	}
	return nil
}

// takes reports whether an endpoint is delivered to and wants a thing; a list of
// none means all.
func takes[T comparable](e vitrine.Endpoint, list []T, thing T) bool {
	return e.DisabledAt.IsZero() && (len(list) == 0 || slices.Contains(list, thing))
}

func (g *Gallery) deliver(ctx context.Context, tx *store.Tx, e vitrine.Endpoint, event vitrine.Event) (vitrine.Delivery, error) {
	return g.enqueueDelivery(ctx, tx, 0, vitrine.Delivery{
		EndpointID: e.ID, EventSeq: event.Seq, Type: string(event.Type),
		// The same for every delivery of this event, so that a receiver knows a repeat.
		MessageID: fmt.Sprintf("evt_%d_%d", event.Data.AccountID, event.Seq),
	})
}

// deliverStatus has a status change delivered to the account's callback.
func (g *Gallery) deliverStatus(ctx context.Context, tx *store.Tx, account int64, change vitrine.StatusChange) error {
	callback, err := findCallback(ctx, tx, account)
	if vitrine.CodeOf(err) == vitrine.CodeNotFound || err == nil && !takes(callback, callback.Statuses, change.Status) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = g.enqueueDelivery(ctx, tx, change.ListingID, vitrine.Delivery{
		EndpointID: callback.ID, StatusID: change.ID, Type: string(change.Status), MessageID: change.UUID,
	})
	return err
}

func (g *Gallery) enqueueDelivery(ctx context.Context, tx *store.Tx, listing int64, d vitrine.Delivery) (vitrine.Delivery, error) {
	d.State, d.CreatedAt, d.NextAt = vitrine.DeliveryPending, g.now(), g.now()
	var err error
	if d.ID, err = tx.InsertDelivery(ctx, d, listing); err != nil {
		return d, err
	}
	return d, g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskDeliver, Args: DeliverTask{DeliveryID: d.ID}, Lane: LaneDeliver, Priority: PrioritySingle,
	})
}

// Outgoing is a delivery that is to be made now.
type Outgoing struct {
	Delivery vitrine.Delivery
	Endpoint vitrine.Endpoint // its Secrets are those that sign now
	Event    vitrine.Event    // of an event
	// Of a status change:
	Status       vitrine.StatusChange
	ClassifiedID string
}

// BeginDelivery gives what to deliver. wanted is false when that has ended. wait
// asks to come back a little later: an earlier status of the same classified
// goes first.
func (g *Gallery) BeginDelivery(ctx context.Context, task DeliverTask) (out Outgoing, wanted, wait bool, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		out, wanted, wait = Outgoing{}, false, false
		var err error
		if out.Delivery, err = tx.PendingDelivery(ctx, task.DeliveryID); errors.Is(err, store.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if wait, err = tx.Overtakes(ctx, task.DeliveryID); err != nil || wait {
			return err
		}
		if out.Endpoint, err = tx.AnyEndpoint(ctx, out.Delivery.EndpointID); err != nil {
			return err
		}
		out.Endpoint.Secrets = signing(out.Endpoint, g.now())
		wanted = true
		if out.Delivery.EventSeq != 0 {
			out.Event, err = tx.Event(ctx, out.Endpoint.AccountID, out.Delivery.EventSeq)
		} else {
			err = g.readStatus(ctx, tx, &out)
		}
		if errors.Is(err, store.ErrNoRows) {
			wanted, err = false, nil // forgotten since
		}
		return err
	})
	return out, wanted, wait, err
}

func (g *Gallery) readStatus(ctx context.Context, tx *store.Tx, out *Outgoing) (err error) {
	if out.Status, err = tx.Status(ctx, out.Delivery.StatusID); err != nil {
		return err
	}
	listing, err := tx.AnyListing(ctx, out.Status.ListingID)
	out.ClassifiedID = listing.UUID
	return err
}

// signing gives the secrets that sign at that time.
func signing(e vitrine.Endpoint, now time.Time) []string {
	if len(e.Secrets) > 1 && now.Sub(e.RotatedAt) > secretOverlap {
		return e.Secrets[:1]
	}
	return e.Secrets
}

// Delivered notes an attempt that the receiver has accepted.
func (g *Gallery) Delivered(ctx context.Context, finish Finish, out Outgoing, attempt vitrine.DeliveryAttempt) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		_, err := tx.InsertDeliveryAttempt(ctx, out.Delivery.ID, attempt, vitrine.DeliveryDelivered, never, g.now())
		if err != nil {
			return err
		}
		return tx.NoteSuccess(ctx, out.Endpoint.ID, g.now())
	})
}

// DeliveryPostponed notes an attempt that the receiver has not accepted; another
// one follows at next.
func (g *Gallery) DeliveryPostponed(ctx context.Context, held Held, out Outgoing, attempt vitrine.DeliveryAttempt, next time.Time) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := held(ctx, tx); err != nil {
			return err
		}
		_, err := tx.InsertDeliveryAttempt(ctx, out.Delivery.ID, attempt, vitrine.DeliveryPending, next, g.now())
		return err
	})
}

// DeliveryFailed notes the last attempt of a delivery. An endpoint that is gone,
// or has accepted nothing since this delivery was first tried, is disabled.
func (g *Gallery) DeliveryFailed(ctx context.Context, finish Finish, out Outgoing, attempt vitrine.DeliveryAttempt, gone bool) error {
	return g.write(ctx, out.Endpoint.AccountID, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.InsertDeliveryAttempt(ctx, out.Delivery.ID, attempt, vitrine.DeliveryFailed, never, g.now()); err != nil {
			return err
		}
		why := "it answered that it is gone (HTTP 410)"
		if !gone {
			alive, err := tx.SucceededSince(ctx, out.Endpoint.ID, out.Delivery.CreatedAt)
			if err != nil || alive {
				return err
			}
			why = strings.TrimSuffix("every attempt has failed since "+out.Delivery.CreatedAt.Format(time.RFC3339)+": "+attempt.Detail, ": ")
		}
		endpoint, err := tx.AnyEndpoint(ctx, out.Endpoint.ID)
		if err != nil {
			return ignoreNoRows(err)
		}
		if err := g.disable(ctx, tx, &endpoint, why); err != nil {
			return err
		}
		return tx.UpdateEndpoint(ctx, endpoint)
	})
}

// ignoreNoRows is for what another transaction may have deleted by now.
func ignoreNoRows(err error) error {
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	return err
}

package gallery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/tracing"
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
	d.State, d.CreatedAt, d.NextAt, d.Trace = vitrine.DeliveryPending, g.now(), g.now(), tracing.Text(ctx)
	var err error
	if d.ID, err = tx.InsertDelivery(ctx, d, listing); err != nil {
		return d, err
	}
	return d, g.wake(ctx, tx, d.EndpointID, never)
}

// wakeGrain is how many seconds share one task that wakes an endpoint later.
const wakeGrain = 2

// wake has what is due to an endpoint delivered: at once, or from then on. One
// task is enough for all that is due at about the same time.
func (g *Gallery) wake(ctx context.Context, tx *store.Tx, endpoint int64, at time.Time) error {
	key := fmt.Sprint(endpoint)
	if !at.IsZero() {
		grain := at.Unix()/wakeGrain + 1
		at = time.Unix(grain*wakeGrain, 0)
		key = fmt.Sprintf("%d at %d", endpoint, grain)
	}
	return g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskDeliver, Args: DeliverTask{EndpointID: endpoint}, Lane: LaneDeliver, Priority: PrioritySingle, Key: key, RunAt: at,
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

const (
	// perRound is how many deliveries to one endpoint are made at one time.
	perRound = 8
	// roundSlack is how much longer than an attempt a round may take before its
	// deliveries are taken for lost and made again.
	roundSlack = 10 * time.Second
)

// BeginDeliveries gives what is to be delivered to an endpoint now. It is due
// again, should this node die, when the round should long have ended. Nothing
// comes while the endpoint is left alone.
func (g *Gallery) BeginDeliveries(ctx context.Context, task DeliverTask) (round []Outgoing, err error) {
	err = g.db.Write(ctx, func(tx *store.Tx) error {
		round = nil
		endpoint, err := tx.AnyEndpoint(ctx, task.EndpointID)
		if err != nil {
			return ignoreNoRows(err)
		}
		if g.now().Before(endpoint.PausedUntil) {
			return g.wake(ctx, tx, endpoint.ID, endpoint.PausedUntil)
		}
		due, err := tx.DueDeliveries(ctx, endpoint.ID, g.now(), perRound)
		if err != nil || len(due) == 0 {
			return err
		}
		lost := g.now().Add(g.limits.DeliverTimeout + roundSlack)
		endpoint.Secrets = signing(endpoint, g.now())
		for _, d := range due {
			ours, err := tx.ClaimDelivery(ctx, d, lost)
			if err != nil {
				return err
			}
			if !ours {
				continue
			}
			out := Outgoing{Delivery: d, Endpoint: endpoint}
			err = g.readOutgoing(ctx, tx, &out)
			if errors.Is(err, store.ErrNoRows) {
				gone := vitrine.DeliveryAttempt{At: g.now(), Detail: "what was to be delivered is no longer kept"}
				_, err = tx.InsertDeliveryAttempt(ctx, d, gone, vitrine.DeliveryFailed, never, g.now())
			} else {
				round = append(round, out)
			}
			if err != nil {
				return err
			}
		}
		return g.wake(ctx, tx, endpoint.ID, lost)
	})
	return round, err
}

func (g *Gallery) readOutgoing(ctx context.Context, tx *store.Tx, out *Outgoing) (err error) {
	if out.Delivery.EventSeq != 0 {
		out.Event, err = tx.Event(ctx, out.Endpoint.AccountID, out.Delivery.EventSeq)
		return err
	}
	return g.readStatus(ctx, tx, out)
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

// ReturnDeliveries has what could not be attempted, because this node stops, be
// due again at once.
func (g *Gallery) ReturnDeliveries(ctx context.Context, round []Outgoing) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		for _, out := range round {
			if err := tx.ReturnDelivery(ctx, out.Delivery, g.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Delivered notes an attempt that the receiver has accepted.
func (g *Gallery) Delivered(ctx context.Context, out Outgoing, attempt vitrine.DeliveryAttempt) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.InsertDeliveryAttempt(ctx, out.Delivery, attempt, vitrine.DeliveryDelivered, never, g.now())
		return err
	})
}

// DeliveryPostponed notes an attempt that the receiver has not accepted; another
// one follows at next.
func (g *Gallery) DeliveryPostponed(ctx context.Context, out Outgoing, attempt vitrine.DeliveryAttempt, next time.Time) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		noted, err := tx.InsertDeliveryAttempt(ctx, out.Delivery, attempt, vitrine.DeliveryPending, next, g.now())
		if err != nil || !noted {
			return err
		}
		return g.wake(ctx, tx, out.Endpoint.ID, next)
	})
}

// DeliveryFailed notes the last attempt of a delivery. An endpoint that is gone,
// or has accepted nothing since this delivery was first tried, is disabled,
// unless its owner has changed it meanwhile.
func (g *Gallery) DeliveryFailed(ctx context.Context, out Outgoing, attempt vitrine.DeliveryAttempt, gone bool) error {
	return g.write(ctx, out.Endpoint.AccountID, func(tx *store.Tx) error {
		noted, err := tx.InsertDeliveryAttempt(ctx, out.Delivery, attempt, vitrine.DeliveryFailed, never, g.now())
		if err != nil || !noted {
			return err
		}
		endpoint, err := tx.AnyEndpoint(ctx, out.Endpoint.ID)
		if err != nil {
			return ignoreNoRows(err)
		}
		why := "it answered that it is gone (HTTP 410)"
		if !gone {
			alive, err := tx.SucceededSince(ctx, endpoint.ID, out.Delivery.CreatedAt)
			if err != nil || alive {
				return err
			}
			why = "no attempt has succeeded since " + out.Delivery.CreatedAt.Format(time.RFC3339) + ", the last: " + attempt.Detail
		}
		if endpoint.URL != out.Endpoint.URL || !endpoint.DisabledAt.IsZero() {
			return nil
		}
		if err := g.disable(ctx, tx, &endpoint, why); err != nil {
			return err
		}
		return tx.UpdateEndpoint(ctx, endpoint)
	})
}

// The pauses of an endpoint that doesn't answer: doubled with each round.
const (
	firstPause = 2 * time.Second
	mostPause  = time.Minute
)

// EndRound notes how a round of deliveries went: whether any was accepted, and
// whether the endpoint answered at all. One that doesn't is left alone for a
// while, so that it holds up nobody else's.
func (g *Gallery) EndRound(ctx context.Context, endpoint vitrine.Endpoint, accepted, answered bool) error {
	fails, until := 0, never
	if !answered {
		fails = endpoint.Fails + 1
		until = g.now().Add(min(mostPause, firstPause<<min(endpoint.Fails, 10)))
	}
	return g.db.Write(ctx, func(tx *store.Tx) error {
		return tx.NoteRound(ctx, endpoint.ID, accepted, fails, until, g.now())
	})
}

// EndDeliveries ends a task that has found nothing due. What came meanwhile gets
// another.
func (g *Gallery) EndDeliveries(ctx context.Context, finish Finish, task DeliverTask) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		endpoint, err := tx.AnyEndpoint(ctx, task.EndpointID)
		if err != nil {
			return ignoreNoRows(err)
		}
		due, err := tx.DueDeliveries(ctx, endpoint.ID, g.now(), 1)
		if err != nil || len(due) == 0 {
			return err
		}
		return g.wake(ctx, tx, endpoint.ID, endpoint.PausedUntil)
	})
}

// ignoreNoRows is for what another transaction may have deleted by now.
func ignoreNoRows(err error) error {
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	return err
}

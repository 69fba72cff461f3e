package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

// roundsInARow is how many rounds of deliveries an endpoint gets before others
// have their turn.
const roundsInARow = 10

// returnTime is how long handing back what was not delivered may take at a stop.
const returnTime = 5 * time.Second

// Bodies give what is sent to receivers, in the words of the two APIs.
type Bodies struct {
	Event  func(vitrine.Event) any
	Status func(classifiedID string, change vitrine.StatusChange) any
}

// deliver makes the deliveries that are due to an endpoint, a round at a time.
// The attempts of a delivery are counted in its row; they follow each other as
// the Standard Webhooks specification has it.
func (in *Ingest) deliver(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.DeliverTask](run)
	if err != nil {
		return err
	}
	for range roundsInARow {
		round, err := in.Gallery.BeginDeliveries(ctx, task)
		if err != nil {
			return err
		}
		if len(round) == 0 {
			return in.Gallery.EndDeliveries(ctx, run.Finish, task)
		}
		if err := in.makeRound(ctx, round); err != nil {
			return err
		}
	}
	return queue.Later(0)
}

// makeRound makes these deliveries at one time.
func (in *Ingest) makeRound(ctx context.Context, round []gallery.Outgoing) error {
	var accepted, answered atomic.Bool
	var group errgroup.Group // one that can't be noted doesn't stop the others
	for _, out := range round {
		group.Go(func() error {
			outcome, err := in.attempt(ctx, out)
			accepted.CompareAndSwap(false, outcome.Delivered)
			answered.CompareAndSwap(false, outcome.HTTPStatus != 0)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), returnTime)
		defer cancel()
		return errors.Join(err, in.Gallery.ReturnDeliveries(last, round))
	}
	return in.Gallery.EndRound(ctx, round[0].Endpoint, accepted.Load(), answered.Load())
}

// attempt makes one attempt at a delivery and notes it.
func (in *Ingest) attempt(ctx context.Context, out gallery.Outgoing) (webhook.Outcome, error) {
	message, err := in.message(out)
	if err != nil {
		return webhook.Outcome{}, err
	}
	attempt := vitrine.DeliveryAttempt{At: in.Now()}
	ctx, span := in.Tracer.BeginFor(ctx, out.Delivery.Trace, "webhook",
		slog.Int64("endpoint", out.Endpoint.ID), slog.String("message", message.ID), slog.Int("attempt", out.Delivery.Tries+1))
	outcome, err := in.Sender.Send(ctx, message)
	if err != nil {
		span.End(true)
		return outcome, err
	}
	span.Note(slog.Int("status", outcome.HTTPStatus), slog.String("result", outcome.Detail))
	span.End(!outcome.Delivered)
	if in.Observer.Delivered != nil {
		in.Observer.Delivered(outcome)
	}
	attempt.Duration, attempt.HTTPStatus, attempt.Detail = outcome.Duration, outcome.HTTPStatus, outcome.Detail
	in.Log.InfoContext(ctx, "delivery attempted", "account", out.Endpoint.AccountID, "endpoint", out.Endpoint.ID, "message", message.ID,
		"attempt", out.Delivery.Tries+1, "status", attempt.HTTPStatus, "duration", attempt.Duration, "outcome", attempt.Detail)
	if outcome.Delivered {
		attempt.Detail = ""
		return outcome, in.Gallery.Delivered(ctx, out, attempt)
	}
	if pause, again := webhook.Pause(out.Delivery.Tries+1, outcome, random()); again {
		return outcome, in.Gallery.DeliveryPostponed(ctx, out, attempt, in.Now().Add(pause))
	}
	return outcome, in.Gallery.DeliveryFailed(ctx, out, attempt, outcome.Gone)
}

// deliverDead begins anew what has gone wrong on our side too often: the
// deliveries are in their rows, and none is given up for a fault of ours.
func (in *Ingest) deliverDead(ctx context.Context, run *queue.Run) error {
	in.Log.ErrorContext(ctx, "deliveries go wrong", "task", run.ID, "attempts", run.Attempt, "err", run.LastError)
	return in.deliver(ctx, run)
}

// message is what a delivery sends: an event after the Standard Webhooks
// specification, or a status where the Classifieds API's subscriber takes it.
func (in *Ingest) message(out gallery.Outgoing) (webhook.Message, error) {
	message := webhook.Message{ID: out.Delivery.MessageID, URL: out.Endpoint.URL, Secrets: out.Endpoint.Secrets}
	var body any
	if out.Endpoint.Callback {
		body = in.Bodies.Status(out.ClassifiedID, out.Status)
		target, err := url.Parse(out.Endpoint.URL)
		if err != nil {
			return message, fmt.Errorf("read the URL of endpoint %d: %w", out.Endpoint.ID, err)
		}
		message.URL = target.JoinPath("classifieds", out.ClassifiedID, "statuses").String()
	} else {
		body = in.Bodies.Event(out.Event)
	}
	var err error
	message.Body, err = json.Marshal(body)
	return message, err
}

package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

const (
	// perEndpoint is how many deliveries to one endpoint this node makes at one
	// time, so that a slow receiver can't hold all the workers.
	perEndpoint = 4
	// turnPause is how long a delivery waits for others to the same endpoint, or
	// for an earlier one of the same classified.
	turnPause = 200 * time.Millisecond
)

// Bodies give what is sent to receivers, in the words of the two APIs.
type Bodies struct {
	Event  func(vitrine.Event) any
	Status func(classifiedID string, change vitrine.StatusChange) any
}

// deliver makes one attempt at a delivery. The attempts of a delivery are
// counted in its row; they follow each other as the Standard Webhooks
// specification has it.
func (in *Ingest) deliver(ctx context.Context, run *queue.Run) error {
	out, wanted, err := in.beginDelivery(ctx, run)
	if err != nil || !wanted {
		return err
	}
	if !in.turns.take(out.Endpoint.ID) {
		return queue.Later(turnPause)
	}
	defer in.turns.giveBack(out.Endpoint.ID)
	message, err := in.message(out)
	if err != nil {
		return err
	}
	attempt := vitrine.DeliveryAttempt{At: in.Now()}
	outcome, err := in.Sender.Send(ctx, message)
	if err != nil {
		return err
	}
	attempt.Duration, attempt.HTTPStatus, attempt.Detail = outcome.Duration, outcome.HTTPStatus, outcome.Detail
	in.Log.InfoContext(ctx, "delivery attempted", "account", out.Endpoint.AccountID, "endpoint", out.Endpoint.ID, "message", message.ID,
		"attempt", len(out.Delivery.Attempts)+1, "status", attempt.HTTPStatus, "duration", attempt.Duration, "outcome", attempt.Detail)
	if outcome.Delivered {
		attempt.Detail = "" // it says why an attempt was no success
		return in.Gallery.Delivered(ctx, run.Finish, out, attempt)
	}
	pause, again := webhook.Pause(len(out.Delivery.Attempts)+1, outcome, random())
	if !again {
		return in.Gallery.DeliveryFailed(ctx, run.Finish, out, attempt, outcome.Gone)
	}
	if err := in.Gallery.DeliveryPostponed(ctx, run.Held, out, attempt, in.Now().Add(pause)); err != nil {
		return err
	}
	return queue.Later(pause)
}

// deliverDead ends a delivery that went wrong on our side too often.
func (in *Ingest) deliverDead(ctx context.Context, run *queue.Run) error {
	out, wanted, err := in.beginDelivery(ctx, run)
	if err != nil || !wanted {
		return err
	}
	attempt := vitrine.DeliveryAttempt{At: in.Now(), Detail: fmt.Sprintf("given up on our side after %d attempts", run.Attempt)}
	in.Log.ErrorContext(ctx, "delivery given up", "endpoint", out.Endpoint.ID, "delivery", out.Delivery.ID, "err", run.LastError)
	return in.Gallery.DeliveryFailed(ctx, run.Finish, out, attempt, false)
}

func (in *Ingest) beginDelivery(ctx context.Context, run *queue.Run) (out gallery.Outgoing, wanted bool, err error) {
	task, err := args[gallery.DeliverTask](run)
	if err != nil {
		return out, false, err
	}
	out, wanted, wait, err := in.Gallery.BeginDelivery(ctx, task)
	if err == nil && wait {
		err = queue.Later(turnPause)
	}
	return out, wanted, err
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

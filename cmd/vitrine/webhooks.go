package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// unknownWebhook is what to do about the number of a webhook that isn't there.
const unknownWebhook = "vitrine webhooks list shows the webhooks with their numbers"

type webhookListCommand struct{}

// Run shows the webhooks.
func (*webhookListCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	webhooks, err := c.Webhooks(ctx)
	if err != nil {
		return err
	}
	if cli.JSON {
		return printJSON(out.stdout, map[string]any{"items": webhooks})
	}
	var b strings.Builder
	if len(webhooks) == 0 {
		b.WriteString("There are no webhooks.\n")
	}
	for _, w := range webhooks {
		fmt.Fprintf(&b, "%d  %s  %s\n", w.ID, clean(w.URL), clean(wanted(w.Types)))
		if !w.Enabled {
			fmt.Fprintf(&b, "   Switched off at %s: %s\n", w.DisabledAt.UTC().Format(time.DateTime), clean(w.DisabledReason))
		}
	}
	_, err = io.WriteString(out.stdout, b.String())
	return err
}

// wanted are the events that a webhook gets.
func wanted(types []vitrine.EventType) string {
	if len(types) == 0 {
		return "all events"
	}
	return strings.Join(wordsOf(types), ", ")
}

type webhookAddCommand struct {
	URL   string   `arg:"" name:"URL" help:"Where to deliver to."`
	Types []string `name:"type" takes:"events" placeholder:"TYPE" sep:"," help:"Only events of this type, such as listing.settled; may be given several times. If not given, all."`
}

// Run adds a webhook and shows its secret.
func (cmd *webhookAddCommand) Run(ctx context.Context, cli *commands, out *output) error {
	types, err := eventTypes(cmd.Types)
	if err != nil {
		return err
	}
	c, err := cli.connect()
	if err != nil {
		return err
	}
	w, err := c.AddWebhook(ctx, cmd.URL, types)
	if err != nil {
		return err
	}
	if cli.JSON {
		return printJSON(out.stdout, w)
	}
	_, err = fmt.Fprintf(out.stdout, "Webhook %d gets %s.\nSecret  %s\n        Keep it: it signs the deliveries, and it is not shown again.\n",
		w.ID, clean(wanted(w.Types)), clean(w.Secret))
	return err
}

type webhookRemoveCommand struct {
	ID int64 `arg:"" name:"ID" help:"The webhook's number."`
}

// Run removes a webhook.
func (cmd *webhookRemoveCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	if err := c.DeleteWebhook(ctx, cmd.ID); err != nil {
		return unknown(err, unknownWebhook)
	}
	if cli.JSON {
		return printJSON(out.stdout, map[string]bool{"deleted": true})
	}
	_, err = fmt.Fprintf(out.stdout, "Webhook %d was removed.\n", cmd.ID)
	return err
}

type webhookReplayCommand struct {
	ID    int64   `arg:"" name:"ID" help:"The webhook's number."`
	IDs   []int64 `name:"ids" placeholder:"N" xor:"which" help:"The events to deliver again."`
	After *int64  `placeholder:"N" xor:"which" help:"Instead: all events after this one; 0 begins with the oldest."`
	Until int64   `placeholder:"N" help:"With --after: up to this one and with it."`
}

// Run has events delivered again.
func (cmd *webhookReplayCommand) Run(ctx context.Context, cli *commands, out *output) error {
	switch {
	case cmd.Until != 0 && cmd.After == nil:
		return usage("--until goes with --after only")
	case cmd.After == nil && len(cmd.IDs) == 0:
		return usage("--ids or --after has to say which events")
	}
	c, err := cli.connect()
	if err != nil {
		return err
	}
	var n int
	if cmd.After != nil {
		n, err = c.ReplayEventsAfter(ctx, cmd.ID, *cmd.After, cmd.Until)
	} else {
		n, err = c.ReplayEvents(ctx, cmd.ID, cmd.IDs)
	}
	if err != nil {
		return cmd.explain(err)
	}
	if cli.JSON {
		return printJSON(out.stdout, map[string]int{"replayed": n})
	}
	_, err = fmt.Fprintf(out.stdout, "%s will be delivered again.\n", count(n, "event"))
	return err
}

// maxReplayed is how many events the server replays at a time.
const maxReplayed = 1000

// explain adds what to do to the refusal of a replay.
func (cmd *webhookReplayCommand) explain(err error) error {
	refusal, ok := errors.AsType[*client.Error](err)
	switch {
	case !ok:
		return err
	case refusal.StatusCode == http.StatusNotFound && len(cmd.IDs) > 0 && strings.HasPrefix(reason(err), "Event "):
		return &hinted{err, "vitrine events tail --after 0 shows the events that are kept"}
	case refusal.StatusCode == http.StatusBadRequest && cmd.After != nil:
		next := *cmd.After + maxReplayed
		return &hinted{err, fmt.Sprintf("go in steps: --after %d --until %d, then --after %d --until %d", *cmd.After, next, next, next+maxReplayed)}
	case refusal.StatusCode == http.StatusBadRequest && len(cmd.IDs) > maxReplayed:
		return &hinted{err, "--after with --until replays a range"}
	}
	return unknown(err, unknownWebhook)
}

type webhookTestCommand struct {
	ID int64 `arg:"" name:"ID" help:"The webhook's number."`
}

// Run has a test delivered, waits for its first attempt and tells how it went.
func (cmd *webhookTestCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	d, err := c.TestWebhook(ctx, cmd.ID)
	if err != nil {
		return unknown(err, unknownWebhook)
	}
	if d, err = awaitDelivery(ctx, c, cmd.ID, d.ID); err != nil {
		return err
	}
	if cli.JSON {
		err = printJSON(out.stdout, d)
	} else {
		_, err = io.WriteString(out.stdout, told(d))
	}
	if err == nil && d.State != vitrine.DeliveryDelivered {
		return errFailed
	}
	return err
}

// awaitDelivery waits until a delivery has been attempted or has ended. Further
// attempts may be hours away; the first tells whether the webhook works.
func awaitDelivery(ctx context.Context, c *client.Client, webhook, id int64) (client.Delivery, error) {
	for pause := firstLook; ; pause = min(pause*3/2, maxLook) {
		found, err := c.Deliveries(ctx, webhook, id+1, 1)
		if err != nil {
			return client.Delivery{}, err
		}
		if len(found) == 0 || found[0].ID != id {
			return client.Delivery{}, &failedError{fmt.Sprintf("the delivery %d is no longer there", id)}
		}
		if d := found[0]; d.State != vitrine.DeliveryPending || len(d.Attempts) > 0 {
			return d, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return client.Delivery{}, fmt.Errorf("wait for delivery %d: %w", id, err)
		}
	}
}

// told says how a delivery has gone.
func told(d client.Delivery) string {
	if len(d.Attempts) == 0 {
		return "The test was not delivered.\n"
	}
	last := d.Attempts[len(d.Attempts)-1]
	answer := cmp.Or(clean(last.Detail), "no answer")
	if last.HTTPStatus != 0 {
		answer = fmt.Sprintf("HTTP %d", last.HTTPStatus)
	}
	answer = fmt.Sprintf("%s, after %d ms", answer, last.DurationMs)
	if d.State == vitrine.DeliveryDelivered {
		return fmt.Sprintf("The test was delivered: %s.\n", answer)
	}
	text := fmt.Sprintf("The test was not delivered: %s.\n", answer)
	if !d.NextAttemptAt.IsZero() {
		text += fmt.Sprintf("The next attempt is at %s.\n", d.NextAttemptAt.UTC().Format(time.DateTime))
	}
	return text
}

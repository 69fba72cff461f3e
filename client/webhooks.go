package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Webhook is where events are delivered to.
type Webhook struct {
	ID             int64               `json:"id"`
	URL            string              `json:"url"`
	Types          []vitrine.EventType `json:"types"` // delivered; none means all
	Enabled        bool                `json:"enabled"`
	DisabledAt     time.Time           `json:"disabledAt,omitzero"` // zero while it is enabled
	DisabledReason string              `json:"disabledReason,omitempty"`
	RotatedAt      time.Time           `json:"rotatedAt"` // when its secret was made
	CreatedAt      time.Time           `json:"createdAt"`
	Secret         string              `json:"secret,omitempty"` // signs the deliveries; told by AddWebhook and RotateWebhookSecret alone
}

// WebhookChange is what ChangeWebhook changes; nil stays as it is.
type WebhookChange struct {
	URL     *string              `json:"url,omitempty"`
	Types   *[]vitrine.EventType `json:"types,omitempty"` // an empty list means all
	Enabled *bool                `json:"enabled,omitempty"`
}

func webhookPath(id int64) string { return fmt.Sprintf("/webhooks/%d", id) }

// AddWebhook has events delivered to a URL: those of these types, of all when
// there are none. Its secret is told now and never again.
func (c *Client) AddWebhook(ctx context.Context, url string, types []vitrine.EventType) (Webhook, error) {
	body := struct {
		URL   string              `json:"url"`
		Types []vitrine.EventType `json:"types,omitempty"`
	}{url, types}
	var w Webhook
	err := c.call(ctx, http.MethodPost, "/webhooks", body, &w)
	return w, err
}

// Webhooks gives the account's webhooks, oldest first.
func (c *Client) Webhooks(ctx context.Context) ([]Webhook, error) {
	var list struct {
		Items []Webhook `json:"items"`
	}
	err := c.call(ctx, http.MethodGet, "/webhooks", nil, &list)
	return list.Items, err
}

// Webhook gives one webhook.
func (c *Client) Webhook(ctx context.Context, id int64) (Webhook, error) {
	var w Webhook
	err := c.call(ctx, http.MethodGet, webhookPath(id), nil, &w)
	return w, err
}

// ChangeWebhook changes a webhook and gives it as it then is.
func (c *Client) ChangeWebhook(ctx context.Context, id int64, change WebhookChange) (Webhook, error) {
	var w Webhook
	err := c.call(ctx, http.MethodPatch, webhookPath(id), change, &w)
	return w, err
}

// DeleteWebhook ends the deliveries to a webhook, those under way too.
func (c *Client) DeleteWebhook(ctx context.Context, id int64) error {
	return c.remove(ctx, webhookPath(id))
}

// RotateWebhookSecret gives a webhook a new secret, which is told now and never
// again. For 24 hours deliveries are signed with the one before as well.
func (c *Client) RotateWebhookSecret(ctx context.Context, id int64) (Webhook, error) {
	var w Webhook
	err := c.call(ctx, http.MethodPost, webhookPath(id)+"/secret", nil, &w)
	return w, err
}

// TestWebhook has a webhook.test delivered. How it went is in the deliveries.
func (c *Client) TestWebhook(ctx context.Context, id int64) (Delivery, error) {
	var d Delivery
	err := c.call(ctx, http.MethodPost, webhookPath(id)+"/test", nil, &d)
	return d, err
}

// ReplayEvents delivers these events again, at most 1000, under the message ids
// that they had, and gives how many these are.
func (c *Client) ReplayEvents(ctx context.Context, id int64, events []int64) (int, error) {
	return c.replay(ctx, id, struct {
		IDs []int64 `json:"ids"`
	}{events})
}

// ReplayEventsAfter is ReplayEvents for all events after that one, up to until
// and with it; 0 has no end.
func (c *Client) ReplayEventsAfter(ctx context.Context, id, after, until int64) (int, error) {
	return c.replay(ctx, id, struct {
		After int64 `json:"after"`
		Until int64 `json:"until,omitempty"`
	}{after, until})
}

func (c *Client) replay(ctx context.Context, id int64, body any) (int, error) {
	var answer struct {
		Replayed int `json:"replayed"`
	}
	err := c.call(ctx, http.MethodPost, webhookPath(id)+"/replay", body, &answer)
	return answer.Replayed, err
}

// Delivery is one message on its way to a webhook.
type Delivery struct {
	ID            int64                 `json:"id"`
	EventID       int64                 `json:"eventId"`   // the event in the feed
	MessageID     string                `json:"messageId"` // the webhook-id header, the same in each attempt and replay
	Type          string                `json:"type"`
	State         vitrine.DeliveryState `json:"state"`
	CreatedAt     time.Time             `json:"createdAt"`
	NextAttemptAt time.Time             `json:"nextAttemptAt,omitzero"` // of a pending one: not before
	EndedAt       time.Time             `json:"endedAt,omitzero"`       // zero while it is pending
	Attempts      []DeliveryAttempt     `json:"attempts"`               // oldest first
}

// DeliveryAttempt is one POST to the webhook.
type DeliveryAttempt struct {
	At         time.Time `json:"at"`
	DurationMs int64     `json:"durationMs"`
	HTTPStatus int       `json:"httpStatus"` // 0 when there was no answer
	Detail     string    `json:"detail"`     // why it was no success, "" when it was
}

// MaxDeliveries is the most that Deliveries may be asked for.
const MaxDeliveries = 100

// Deliveries gives at most limit deliveries of a webhook, from 1 to
// MaxDeliveries, newest first: those with a lower id than before, or with 0
// from the newest.
func (c *Client) Deliveries(ctx context.Context, id, before int64, limit int) ([]Delivery, error) {
	path := fmt.Sprintf("%s/deliveries?limit=%d", webhookPath(id), limit)
	if before != 0 {
		path += fmt.Sprintf("&before=%d", before)
	}
	var list struct {
		Items []Delivery `json:"items"`
	}
	err := c.call(ctx, http.MethodGet, path, nil, &list)
	return list.Items, err
}

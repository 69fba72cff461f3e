package client_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// What each call about webhooks sends, and what it makes of the answer.
func TestWebhookCalls(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	const plain = `"id":3,"url":"https://crm.example/v","rotatedAt":"2026-11-22T10:00:00.000Z","createdAt":"2026-11-22T10:00:00.000Z"`
	const enabled = `{` + plain + `,"types":["media.ready"],"enabled":true,"disabledAt":null,"disabledReason":null}`
	webhook := client.Webhook{ID: 3, URL: "https://crm.example/v", Types: []vitrine.EventType{"media.ready"}, Enabled: true, RotatedAt: at, CreatedAt: at}
	withSecret := webhook
	withSecret.Secret = "whsec_1"
	off, other := false, "https://crm.example/w"
	type call func(context.Context, *client.Client) (any, error)
	for name, row := range map[string]struct {
		call   call
		method string
		path   string // below /api/v1
		body   string
		answer string
		want   any
	}{
		"add": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.AddWebhook(ctx, "https://crm.example/v", []vitrine.EventType{"media.ready"})
			},
			method: "POST", path: "/webhooks", body: `{"url":"https://crm.example/v","types":["media.ready"]}`,
			answer: enabled[:len(enabled)-1] + `,"secret":"whsec_1"}`, want: withSecret,
		},
		"list": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.Webhooks(ctx) },
			method: "GET", path: "/webhooks", answer: `{"items":[` + enabled + `]}`, want: []client.Webhook{webhook},
		},
		"one that is switched off": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.Webhook(ctx, 3) },
			method: "GET", path: "/webhooks/3",
			answer: `{` + plain + `,"types":[],"enabled":false,"disabledAt":"2026-11-22T10:00:00.000Z","disabledReason":"410 Gone"}`,
			want: client.Webhook{ID: 3, URL: "https://crm.example/v", Types: []vitrine.EventType{}, RotatedAt: at, CreatedAt: at,
				DisabledAt: at, DisabledReason: "410 Gone"},
		},
		"change all": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.ChangeWebhook(ctx, 3, client.WebhookChange{URL: &other, Types: &[]vitrine.EventType{}, Enabled: &off})
			},
			method: "PATCH", path: "/webhooks/3", body: `{"url":"https://crm.example/w","types":[],"enabled":false}`, answer: enabled, want: webhook,
		},
		"change nothing": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.ChangeWebhook(ctx, 3, client.WebhookChange{})
			},
			method: "PATCH", path: "/webhooks/3", body: `{}`, answer: enabled, want: webhook,
		},
		"delete": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return nil, c.DeleteWebhook(ctx, 3) },
			method: "DELETE", path: "/webhooks/3", answer: `{"deleted":true}`,
		},
		"rotate": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.RotateWebhookSecret(ctx, 3) },
			method: "POST", path: "/webhooks/3/secret", answer: enabled[:len(enabled)-1] + `,"secret":"whsec_1"}`, want: withSecret,
		},
		"test": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.TestWebhook(ctx, 3) },
			method: "POST", path: "/webhooks/3/test",
			answer: `{"id":5,"eventId":8,"messageId":"msg_1","type":"webhook.test","state":"pending","createdAt":"2026-11-22T10:00:00.000Z","nextAttemptAt":"2026-11-22T10:00:00.000Z","endedAt":null,"attempts":[]}`,
			want: client.Delivery{ID: 5, EventID: 8, MessageID: "msg_1", Type: "webhook.test", State: vitrine.DeliveryPending, CreatedAt: at,
				NextAttemptAt: at, Attempts: []client.DeliveryAttempt{}},
		},
		"replay some": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.ReplayEvents(ctx, 3, []int64{7, 9})
			},
			method: "POST", path: "/webhooks/3/replay", body: `{"ids":[7,9]}`, answer: `{"replayed":2}`, want: 2,
		},
		"replay a range": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.ReplayEventsAfter(ctx, 3, 0, 9) },
			method: "POST", path: "/webhooks/3/replay", body: `{"after":0,"until":9}`, answer: `{"replayed":9}`, want: 9,
		},
		"replay to the end": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.ReplayEventsAfter(ctx, 3, 4, 0) },
			method: "POST", path: "/webhooks/3/replay", body: `{"after":4}`, answer: `{"replayed":0}`, want: 0,
		},
		"deliveries": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.Deliveries(ctx, 3, 40, 20) },
			method: "GET", path: "/webhooks/3/deliveries?limit=20&before=40",
			answer: `{"items":[{"id":5,"eventId":7,"messageId":"msg_1","type":"media.ready","state":"delivered","createdAt":"2026-11-22T10:00:00.000Z",
				"nextAttemptAt":null,"endedAt":"2026-11-22T10:00:00.000Z","attempts":[
				{"at":"2026-11-22T10:00:00.000Z","durationMs":20000,"httpStatus":null,"detail":"no answer within 20 s"},
				{"at":"2026-11-22T10:00:00.000Z","durationMs":12,"httpStatus":204,"detail":null}]}]}`,
			want: []client.Delivery{{ID: 5, EventID: 7, MessageID: "msg_1", Type: "media.ready", State: vitrine.DeliveryDelivered, CreatedAt: at, EndedAt: at,
				Attempts: []client.DeliveryAttempt{{At: at, DurationMs: 20000, Detail: "no answer within 20 s"}, {At: at, DurationMs: 12, HTTPStatus: 204}}}},
		},
		"newest deliveries": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.Deliveries(ctx, 3, 0, 1) },
			method: "GET", path: "/webhooks/3/deliveries?limit=1", answer: `{"items":[]}`, want: []client.Delivery{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, server := dial(ok(row.answer))
			got, err := row.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			sent := server.requests[0]
			if sent.Method != row.method || sent.Path != "/api/v1"+row.path || sent.Body != row.body {
				t.Errorf("sent %s %s %s", sent.Method, sent.Path, sent.Body)
			}
		})
	}
}

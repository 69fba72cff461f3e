package listingsapi

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/vitrine-media/vitrine"
)

// The bodies and parameters of events and webhooks.

// event is one line of the account's feed. A webhook is sent the same.
type event struct {
	ID        int64             `json:"id" doc:"The sequence number: it counts up by one, without a gap." example:"118"`
	Type      eventType         `json:"type"`
	Timestamp instant           `json:"timestamp"`
	Data      vitrine.EventData `json:"data" doc:"What it is about; what does not apply is left out."`
}

// eventPage is the answer of GET /events.
type eventPage struct {
	Items []event `json:"items" nullable:"false" doc:"Oldest first."`
	First int64   `json:"first" doc:"The oldest event that is kept, 0 for none."`
	Last  int64   `json:"last" doc:"The newest event, 0 for none."`
	Reset bool    `json:"reset" doc:"Whether events are missing after the one that you have: those up to first were forgotten, or the feed was begun anew and ends before it. Never with after=0."`
}

// webhookRequest is the body of POST /webhooks.
type webhookRequest struct {
	_     struct{}    `additionalProperties:"true"`
	URL   string      `json:"url" maxLength:"2048" doc:"http or https, with a public address. Gets a POST for each event, signed after the Standard Webhooks specification." example:"https://crm.example.com/vitrine"`
	Types []eventType `json:"types,omitempty" doc:"The events wanted; none means all."`
}

// webhookChange is the body of PATCH /webhooks/{id}. What is left out stays.
type webhookChange struct {
	_       struct{}    `additionalProperties:"true"`
	URL     *string     `json:"url,omitempty" maxLength:"2048" doc:"http or https."`
	Types   []eventType `json:"types,omitempty" doc:"The events wanted; an empty list means all."`
	Enabled *bool       `json:"enabled,omitempty" doc:"false ends the deliveries under way. After true, what was missed can be replayed."`
}

// Webhook is where events are delivered to.
type Webhook struct {
	ID             int64             `json:"id"`
	URL            string            `json:"url" format:"uri"`
	Types          []eventType       `json:"types" nullable:"false" doc:"The events delivered; empty for all."`
	Enabled        bool              `json:"enabled"`
	DisabledAt     nullable[instant] `json:"disabledAt"`
	DisabledReason *string           `json:"disabledReason" doc:"Why it is not delivered to."`
	RotatedAt      instant           `json:"rotatedAt" doc:"When its secret was made."`
	CreatedAt      instant           `json:"createdAt"`
}

// webhookWithSecret is a webhook whose secret has just been made.
type webhookWithSecret struct {
	Webhook
	Secret string `json:"secret" doc:"Signs the deliveries. It is shown in this answer alone: keep it." example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"`
}

// webhookList is the answer of GET /webhooks.
type webhookList struct {
	Items []Webhook `json:"items" nullable:"false" doc:"Oldest first."`
}

// replayRequest is the body of POST /webhooks/{id}/replay: ids, or after with
// or without until.
type replayRequest struct {
	_     struct{} `additionalProperties:"true"`
	IDs   []int64  `json:"ids,omitempty" minItems:"1" maxItems:"1000" doc:"The events to deliver again."`
	After *int64   `json:"after,omitempty" minimum:"0" doc:"Instead of ids: all events after this one, at most 1000."`
	Until *int64   `json:"until,omitempty" minimum:"1" doc:"With after: up to this one and with it."`
}

// replayed is the answer to it.
type replayed struct {
	Replayed int `json:"replayed" doc:"How many events will be delivered again."`
}

// delivery is one message on its way to a webhook.
type delivery struct {
	ID            int64                 `json:"id"`
	EventID       int64                 `json:"eventId" doc:"The event in the feed."`
	MessageID     string                `json:"messageId" doc:"The webhook-id header: the same in each attempt and replay."`
	Type          string                `json:"type" example:"media.ready"`
	State         vitrine.DeliveryState `json:"state" enum:"pending,delivered,failed" doc:"After failed, no more attempts follow."`
	CreatedAt     instant               `json:"createdAt"`
	NextAttemptAt nullable[instant]     `json:"nextAttemptAt" doc:"Of a pending one: not before."`
	EndedAt       nullable[instant]     `json:"endedAt"`
	Attempts      []deliveryAttempt     `json:"attempts" nullable:"false" doc:"Oldest first."`
}

// deliveryAttempt is one POST to the webhook.
type deliveryAttempt struct {
	At         instant `json:"at"`
	DurationMs int64   `json:"durationMs"`
	HTTPStatus *int    `json:"httpStatus" doc:"Null when there was no answer."`
	Detail     *string `json:"detail" doc:"Why it was no success, null when it was."`
}

// deliveryList is the answer of GET /webhooks/{id}/deliveries.
type deliveryList struct {
	Items []delivery `json:"items" nullable:"false"`
}

// eventType is what an event tells.
type eventType vitrine.EventType

// Schema lists the types.
func (eventType) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, t := range vitrine.EventTypes {
		s.Enum = append(s.Enum, string(t))
	}
	return s
}

// The parameters of GET /events. Each arrives as it was sent.
type (
	eventAfterParam string
	eventLimitParam string
	waitParam       string
)

// Schema is a sequence number, or 0.
func (eventAfterParam) Schema(huma.Registry) *huma.Schema {
	lowest := 0.0
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: &lowest, Default: 0}
}

// Schema is the size of a page.
func (eventLimitParam) Schema(huma.Registry) *huma.Schema {
	lowest, highest := 1.0, float64(maxEvents)
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &lowest, Maximum: &highest, Default: defaultEvents}
}

// Schema is a number of seconds.
func (waitParam) Schema(huma.Registry) *huma.Schema {
	lowest, highest := 0.0, float64(maxWaitSeconds)
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &lowest, Maximum: &highest, Default: 0}
}

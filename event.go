package vitrine

import "time"

// EventType is what an event tells.
type EventType string

// The event types. A settled listing has had every media of its list end; it is
// then published or has failed to be.
const (
	EventMediaReady       EventType = "media.ready"
	EventMediaFailed      EventType = "media.failed" // and there is nothing to show
	EventMediaStale       EventType = "media.stale"  // the newest version failed, the last good one stays
	EventListingSettled   EventType = "listing.settled"
	EventListingPublished EventType = "listing.published" // what the public sees has changed over
	EventListingFailed    EventType = "listing.failed"
	EventListingDeleted   EventType = "listing.deleted"
	EventURLsPurged       EventType = "urls.purged"  // nobody shows these pictures any more: they answer 404, and caches shall forget them
	EventWebhookTest      EventType = "webhook.test" // asked for by the owner of an endpoint
)

// EventTypes are all event types.
var EventTypes = []EventType{
	EventMediaReady, EventMediaFailed, EventMediaStale, EventListingSettled, EventListingPublished,
	EventListingFailed, EventListingDeleted, EventURLsPurged, EventWebhookTest,
}

// Event is one line of an account's feed. The feed has no gaps: the sequence
// numbers of an account count up by one, in the order in which its changes
// were committed.
type Event struct {
	Seq  int64
	Type EventType
	At   time.Time
	Data EventData
}

// EventData is what an event is about. It holds ids and never bytes, so that a
// receiver asks for what it needs.
type EventData struct {
	AccountID    int64         `json:"accountId"`
	ListingID    int64         `json:"listingId,omitempty"`
	ClassifiedID string        `json:"classifiedId,omitempty"` // of a classified, instead of a listing's id
	ExternalID   string        `json:"externalId,omitempty"`   // of the listing, or of the media in its own events
	Revision     int64         `json:"revision,omitempty"`     // of the listing
	Status       ListingStatus `json:"status,omitempty"`
	MediaID      int64         `json:"mediaId,omitempty"`
	MediaUUID    string        `json:"mediaUuid,omitempty"`
	Listings     []EventPlace  `json:"listings,omitempty"` // in which the media stands
	Failure      FailureCode   `json:"failure,omitempty"`
	URLs         []string      `json:"urls,omitempty"` // that have been purged
}

// EventPlace is a listing in which the media of an event stands.
type EventPlace struct {
	ListingID    int64  `json:"listingId,omitempty"`
	ClassifiedID string `json:"classifiedId,omitempty"` // of a classified, instead of a listing's id
	Revision     int64  `json:"revision"`
}

// Endpoint is where an account wants its events delivered to.
type Endpoint struct {
	ID          int64
	AccountID   int64
	URL         string
	Callback    bool            // the Classifieds API's PUT /webhooks: status changes in place of events, unsigned
	Types       []EventType     // delivered; none means all
	Statuses    []ListingStatus // of a callback: delivered; none means all
	Secrets     []string        // the newest first; after a rotation two for a day
	RotatedAt   time.Time       // when the newest secret was made
	DisabledAt  time.Time       // zero while it is delivered to
	DisabledWhy string
	Fails       int       // rounds of deliveries in a row that it has not answered
	PausedUntil time.Time // it is left alone until then
	CreatedAt   time.Time
}

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed" // no more attempts follow
)

// Delivery is one event, or one status change, on its way to one endpoint.
type Delivery struct {
	ID         int64
	EndpointID int64
	EventSeq   int64 // 0 for a status change
	StatusID   int64 // 0 for an event
	State      DeliveryState
	MessageID  string // the webhook-id: the same for every delivery of one event
	Type       string // the event's type, or the status
	Tries      int    // attempts made
	CreatedAt  time.Time
	NextAt     time.Time // of a pending one: not before
	EndedAt    time.Time
	Attempts   []DeliveryAttempt // oldest first
	Trace      string            // the traceparent of what it tells of, "" for none
}

// DeliveryAttempt is one line of the delivery log.
type DeliveryAttempt struct {
	At         time.Time
	Duration   time.Duration
	HTTPStatus int    // 0 when there was no answer
	Detail     string // why it was no success, "" when it was
}

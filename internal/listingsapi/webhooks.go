package listingsapi

import (
	"context"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
)

type webhookInput struct {
	Body body[webhookRequest]
}

type webhookChangeInput struct {
	ID   numberParam `path:"id"`
	Body body[webhookChange]
}

type replayInput struct {
	ID   numberParam `path:"id"`
	Body body[replayRequest]
}

type deliveriesInput struct {
	ID     numberParam   `path:"id"`
	Limit  pageSizeParam `query:"limit" doc:"Deliveries in the answer."`
	Before numberParam   `query:"before" doc:"Only deliveries with a lower id: the last one of the answer before."`
}

type (
	webhookOutput       struct{ Body Webhook }
	webhookListOutput   struct{ Body webhookList }
	webhookSecretOutput struct {
		Status int
		Body   webhookWithSecret
	}
	deliveryOutput struct {
		Status int
		Body   delivery
	}
	replayOutput struct {
		Status int
		Body   replayed
	}
	deliveryListOutput struct{ Body deliveryList }
)

// addWebhook has events delivered to a URL. Its secret is shown here and never
// again.
func (a *api) addWebhook(ctx context.Context, in *webhookInput) (*webhookSecretOutput, error) {
	url, types, err := parseWebhook(in.Body.raw)
	if err != nil {
		return nil, err
	}
	e, err := a.gallery.AddEndpoint(ctx, accountOf(ctx).ID, url, types)
	if err != nil {
		return nil, err
	}
	return &webhookSecretOutput{Status: http.StatusCreated, Body: webhookSecretOf(&e)}, nil
}

// webhooks lists the account's webhooks, oldest first.
func (a *api) webhooks(ctx context.Context, _ *struct{}) (*webhookListOutput, error) {
	endpoints, err := a.gallery.Endpoints(ctx, accountOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	list := webhookList{Items: make([]Webhook, len(endpoints))}
	for i := range endpoints {
		list.Items[i] = webhookOf(&endpoints[i])
	}
	return &webhookListOutput{list}, nil
}

// webhook gives one webhook.
func (a *api) webhook(ctx context.Context, in *idInput) (*webhookOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	e, err := a.gallery.Endpoint(ctx, accountOf(ctx).ID, id)
	if err != nil {
		return nil, err
	}
	return &webhookOutput{webhookOf(&e)}, nil
}

// changeWebhook changes what was sent and leaves the rest.
func (a *api) changeWebhook(ctx context.Context, in *webhookChangeInput) (*webhookOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	change, err := parseWebhookChange(in.Body.raw)
	if err != nil {
		return nil, err
	}
	e, err := a.gallery.ChangeEndpoint(ctx, accountOf(ctx).ID, id, change)
	if err != nil {
		return nil, err
	}
	return &webhookOutput{webhookOf(&e)}, nil
}

type deletedOutput struct {
	Body Deleted
}

// deleteWebhook ends the deliveries to a URL.
func (a *api) deleteWebhook(ctx context.Context, in *idInput) (*deletedOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	return &deletedOutput{Deleted{true}}, a.gallery.RemoveEndpoint(ctx, accountOf(ctx).ID, id)
}

// rotateSecret makes a new secret, which is shown here and never again.
func (a *api) rotateSecret(ctx context.Context, in *idInput) (*webhookSecretOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	e, err := a.gallery.RotateSecret(ctx, accountOf(ctx).ID, id)
	if err != nil {
		return nil, err
	}
	return &webhookSecretOutput{Status: http.StatusOK, Body: webhookSecretOf(&e)}, nil
}

// testWebhook has a test delivered. How it went is in the deliveries.
func (a *api) testWebhook(ctx context.Context, in *idInput) (*deliveryOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	d, err := a.gallery.TestEndpoint(ctx, accountOf(ctx).ID, id)
	if err != nil {
		return nil, err
	}
	return &deliveryOutput{Status: http.StatusAccepted, Body: deliveryOf(&d)}, nil
}

// replayWebhook has events delivered again. A receiver knows them by their
// message ids.
func (a *api) replayWebhook(ctx context.Context, in *replayInput) (*replayOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	r, err := parseReplay(in.Body.raw)
	if err != nil {
		return nil, err
	}
	n, err := a.gallery.Replay(ctx, accountOf(ctx).ID, id, r.ids, r.after, r.until)
	if err != nil {
		return nil, err
	}
	return &replayOutput{Status: http.StatusAccepted, Body: replayed{n}}, nil
}

// deliveries gives the delivery log of a webhook.
func (a *api) deliveries(ctx context.Context, in *deliveriesInput) (*deliveryListOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	before, limit, err := parseDeliveries(in)
	if err != nil {
		return nil, err
	}
	found, err := a.gallery.Deliveries(ctx, accountOf(ctx).ID, id, before, limit)
	if err != nil {
		return nil, err
	}
	list := deliveryList{Items: make([]delivery, len(found))}
	for i := range found {
		list.Items[i] = deliveryOf(&found[i])
	}
	return &deliveryListOutput{list}, nil
}

// webhookOf is an endpoint as its owner sees it, without its secrets.
func webhookOf(e *vitrine.Endpoint) Webhook {
	return Webhook{
		ID:             e.ID,
		URL:            e.URL,
		Types:          eventTypesOf(e.Types),
		Enabled:        e.DisabledAt.IsZero(),
		DisabledAt:     timestampOrNull(e.DisabledAt),
		DisabledReason: orNull(e.DisabledWhy),
		RotatedAt:      timestamp(e.RotatedAt),
		CreatedAt:      timestamp(e.CreatedAt),
	}
}

func webhookSecretOf(e *vitrine.Endpoint) webhookWithSecret {
	return webhookWithSecret{Webhook: webhookOf(e), Secret: e.Secrets[0]}
}

func deliveryOf(d *vitrine.Delivery) delivery {
	out := delivery{
		ID:        d.ID,
		EventID:   d.EventSeq,
		MessageID: d.MessageID,
		Type:      d.Type,
		State:     d.State,
		CreatedAt: timestamp(d.CreatedAt),
		EndedAt:   timestampOrNull(d.EndedAt),
		Attempts:  make([]deliveryAttempt, len(d.Attempts)),
	}
	if d.State == vitrine.DeliveryPending {
		out.NextAttemptAt = timestampOrNull(d.NextAt)
	}
	for i, at := range d.Attempts {
		out.Attempts[i] = deliveryAttempt{
			At: timestamp(at.At), DurationMs: at.Duration.Milliseconds(), HTTPStatus: orNull(at.HTTPStatus), Detail: orNull(at.Detail),
		}
	}
	return out
}

// timestampOrNull is null for the zero time, which in the dictionary means none.
func timestampOrNull(t time.Time) nullable[instant] {
	if t.IsZero() {
		return nullable[instant]{}
	}
	at := timestamp(t)
	return nullable[instant]{&at}
}

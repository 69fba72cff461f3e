package gallery

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

// maxEndpoints bounds what one event may cost.
const maxEndpoints = 10

// secretOverlap is how long the secret before a rotation signs along.
const secretOverlap = 24 * time.Hour

// AddEndpoint has an account's events of these types, or all for none, delivered
// to a URL. Its first secret is to be shown this once.
func (g *Gallery) AddEndpoint(ctx context.Context, account int64, url string, types []vitrine.EventType) (vitrine.Endpoint, error) {
	endpoint := vitrine.Endpoint{
		AccountID: account, URL: url, Types: types, Secrets: []string{webhook.NewSecret()}, RotatedAt: g.now(), CreatedAt: g.now(),
	}
	err := g.write(ctx, account, func(tx *store.Tx) error {
		have, err := tx.Endpoints(ctx, account)
		if err != nil {
			return err
		}
		if len(have) > maxEndpoints { // the callback is one of them, or may become one
			return vitrine.Errorf(vitrine.CodeConflict, "At most %d webhooks are allowed", maxEndpoints)
		}
		endpoint.ID, err = tx.InsertEndpoint(ctx, endpoint)
		return err
	})
	return endpoint, err
}

// Endpoints gives the endpoints of an account, oldest first, without the status
// callback.
func (g *Gallery) Endpoints(ctx context.Context, account int64) (endpoints []vitrine.Endpoint, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		endpoints, err = tx.Endpoints(ctx, account)
		return err
	})
	return slices.DeleteFunc(endpoints, func(e vitrine.Endpoint) bool { return e.Callback }), err
}

// Endpoint gives an endpoint of an account, or CodeNotFound.
func (g *Gallery) Endpoint(ctx context.Context, account, id int64) (endpoint vitrine.Endpoint, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		endpoint, err = findEndpoint(ctx, tx, account, id)
		return err
	})
	return endpoint, err
}

func findEndpoint(ctx context.Context, tx *store.Tx, account, id int64) (vitrine.Endpoint, error) {
	endpoint, err := tx.Endpoint(ctx, account, id)
	if errors.Is(err, store.ErrNoRows) {
		return vitrine.Endpoint{}, vitrine.Errorf(vitrine.CodeNotFound, "Webhook %d not found", id)
	}
	return endpoint, err
}

// EndpointChange is what to change of an endpoint; nil leaves as it is.
type EndpointChange struct {
	URL     *string
	Types   *[]vitrine.EventType
	Enabled *bool
}

// ChangeEndpoint changes an endpoint. Disabling it ends its pending deliveries;
// after enabling it, what it missed can be replayed.
func (g *Gallery) ChangeEndpoint(ctx context.Context, account, id int64, change EndpointChange) (vitrine.Endpoint, error) {
	return g.changeEndpoint(ctx, account, id, func(tx *store.Tx, endpoint *vitrine.Endpoint) error {
		if change.URL != nil {
			endpoint.URL = *change.URL
		}
		if change.Types != nil {
			endpoint.Types = *change.Types
		}
		switch {
		case change.Enabled == nil:
		case *change.Enabled:
			enable(endpoint)
		case endpoint.DisabledAt.IsZero():
			return g.disable(ctx, tx, endpoint, "disabled by its owner")
		}
		return nil
	})
}

// RotateSecret gives an endpoint a new secret, the first in the answer. The one
// before it signs along for a day.
func (g *Gallery) RotateSecret(ctx context.Context, account, id int64) (vitrine.Endpoint, error) {
	return g.changeEndpoint(ctx, account, id, func(_ *store.Tx, endpoint *vitrine.Endpoint) error {
		endpoint.Secrets = []string{webhook.NewSecret(), endpoint.Secrets[0]}
		endpoint.RotatedAt = g.now()
		return nil
	})
}

func (g *Gallery) changeEndpoint(ctx context.Context, account, id int64, change func(*store.Tx, *vitrine.Endpoint) error) (endpoint vitrine.Endpoint, err error) {
	err = g.write(ctx, account, func(tx *store.Tx) error {
		if endpoint, err = findEndpoint(ctx, tx, account, id); err != nil {
			return err
		}
		if err := change(tx, &endpoint); err != nil {
			return err
		}
		return tx.UpdateEndpoint(ctx, endpoint)
	})
	return endpoint, err
}

// disable stops deliveries to an endpoint and says why.
func (g *Gallery) disable(ctx context.Context, tx *store.Tx, endpoint *vitrine.Endpoint, why string) error {
	endpoint.DisabledAt, endpoint.DisabledWhy = g.now(), why
	return tx.FailDeliveries(ctx, endpoint.ID, g.now())
}

// RemoveEndpoint forgets an endpoint and its deliveries.
func (g *Gallery) RemoveEndpoint(ctx context.Context, account, id int64) error {
	return g.write(ctx, account, func(tx *store.Tx) error {
		if _, err := findEndpoint(ctx, tx, account, id); err != nil {
			return err
		}
		return tx.DeleteEndpoint(ctx, id)
	})
}

// SetCallback has the status changes of an account's classifieds, those of the
// statuses or all for none, delivered to a URL, in the place of any other
// (Classifieds API, section 2).
func (g *Gallery) SetCallback(ctx context.Context, account int64, url string, statuses []vitrine.ListingStatus) error {
	return g.write(ctx, account, func(tx *store.Tx) error {
		callback, err := findCallback(ctx, tx, account)
		if vitrine.CodeOf(err) == vitrine.CodeNotFound {
			_, err := tx.InsertEndpoint(ctx, vitrine.Endpoint{
				AccountID: account, URL: url, Callback: true, Statuses: statuses, CreatedAt: g.now(),
			})
			return err
		}
		if err != nil {
			return err
		}
		callback.URL, callback.Statuses = url, statuses
		return g.revive(ctx, tx, callback)
	})
}

// revive enables a callback again. Of what it has missed the newest status of
// each classified is delivered after all: it is the one that counts.
func (g *Gallery) revive(ctx context.Context, tx *store.Tx, callback vitrine.Endpoint) error {
	disabled := !callback.DisabledAt.IsZero()
	enable(&callback)
	if err := tx.UpdateEndpoint(ctx, callback); err != nil || !disabled {
		return err
	}
	if n, err := tx.ReviveDeliveries(ctx, callback.ID, g.now()); err != nil || n == 0 {
		return err
	}
	return g.wake(ctx, tx, callback.ID, never)
}

// enable has an endpoint be delivered to, at once.
func enable(endpoint *vitrine.Endpoint) {
	endpoint.DisabledAt, endpoint.DisabledWhy, endpoint.Fails, endpoint.PausedUntil = never, "", 0, never
}

// Callback gives the subscription of an account, or CodeNotFound.
func (g *Gallery) Callback(ctx context.Context, account int64) (callback vitrine.Endpoint, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		callback, err = findCallback(ctx, tx, account)
		return err
	})
	return callback, err
}

// DropCallback ends that. Without one it is CodeNotFound.
func (g *Gallery) DropCallback(ctx context.Context, account int64) error {
	return g.write(ctx, account, func(tx *store.Tx) error {
		callback, err := findCallback(ctx, tx, account)
		if err != nil {
			return err
		}
		return tx.DeleteEndpoint(ctx, callback.ID)
	})
}

func findCallback(ctx context.Context, tx *store.Tx, account int64) (vitrine.Endpoint, error) {
	endpoints, err := tx.Endpoints(ctx, account)
	if err != nil {
		return vitrine.Endpoint{}, err
	}
	i := slices.IndexFunc(endpoints, func(e vitrine.Endpoint) bool { return e.Callback })
	if i < 0 {
		return vitrine.Endpoint{}, vitrine.Errorf(vitrine.CodeNotFound, "There is no subscription")
	}
	return endpoints[i], nil
}

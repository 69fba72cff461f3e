package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/vitrine-media/vitrine"
)

const endpointColumns = `select id, account_id, url, callback, types, statuses, secrets, rotated_at, disabled_at, disabled_why, fails, paused_until, created_at
	from endpoint `

func scanEndpoint(row scanner) (vitrine.Endpoint, error) {
	var e vitrine.Endpoint
	var types, statuses, secrets []byte
	var rotated, disabled, paused, created int64
	err := row.Scan(&e.ID, &e.AccountID, &e.URL, &e.Callback, &types, &statuses, &secrets, &rotated, &disabled, &e.DisabledWhy, &e.Fails, &paused, &created)
	if err != nil {
		return e, err
	}
	e.RotatedAt, e.DisabledAt, e.PausedUntil, e.CreatedAt = Time(rotated), Time(disabled), Time(paused), Time(created)
	return e, errors.Join(json.Unmarshal(types, &e.Types), json.Unmarshal(statuses, &e.Statuses), json.Unmarshal(secrets, &e.Secrets))
}

// Endpoints gives the endpoints of an account, oldest first.
func (tx *Tx) Endpoints(ctx context.Context, account int64) ([]vitrine.Endpoint, error) {
	return collect(ctx, tx, scanEndpoint, endpointColumns+`where account_id = $1 order by id`, account)
}

// Endpoint gives an endpoint of an account, or ErrNoRows. The status callback is
// not among them. Another's is passed over by the query itself: to read its row
// first takes longer than to find nothing, which would tell that it is there.
func (tx *Tx) Endpoint(ctx context.Context, account, id int64) (vitrine.Endpoint, error) {
	return scanEndpoint(tx.QueryRow(ctx, endpointColumns+`where account_id = $1 and id = $2 and callback = 0`, account, id))
}

// AnyEndpoint gives an endpoint of whichever account, or ErrNoRows.
func (tx *Tx) AnyEndpoint(ctx context.Context, id int64) (vitrine.Endpoint, error) {
	return scanEndpoint(tx.QueryRow(ctx, endpointColumns+`where id = $1`, id))
}

// InsertEndpoint writes a new endpoint and gives its id.
func (tx *Tx) InsertEndpoint(ctx context.Context, e vitrine.Endpoint) (int64, error) {
	types, statuses, secrets, err := endpointTexts(e)
	if err != nil {
		return 0, err
	}
	var id int64
	err = tx.QueryRow(ctx, `insert into endpoint (account_id, url, callback, types, statuses, secrets, rotated_at, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
		e.AccountID, e.URL, e.Callback, types, statuses, secrets, Millis(e.RotatedAt), Millis(e.CreatedAt)).Scan(&id)
	return id, err
}

// UpdateEndpoint writes what has changed of an endpoint.
func (tx *Tx) UpdateEndpoint(ctx context.Context, e vitrine.Endpoint) error {
	types, statuses, secrets, err := endpointTexts(e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update endpoint set url = $2, types = $3, statuses = $4, secrets = $5, rotated_at = $6,
		disabled_at = $7, disabled_why = $8, fails = $9, paused_until = $10 where id = $1`,
		e.ID, e.URL, types, statuses, secrets, Millis(e.RotatedAt), Millis(e.DisabledAt), e.DisabledWhy, e.Fails, Millis(e.PausedUntil))
	return err
}

func endpointTexts(e vitrine.Endpoint) (types, statuses, secrets string, err error) {
	types, err1 := jsonText(e.Types)
	statuses, err2 := jsonText(e.Statuses)
	secrets, err3 := jsonText(e.Secrets)
	return types, statuses, secrets, errors.Join(err1, err2, err3)
}

// NoteRound notes whether an endpoint has accepted anything in a round of
// deliveries, and until when it is left alone.
func (tx *Tx) NoteRound(ctx context.Context, endpoint int64, accepted bool, fails int, pausedUntil, now time.Time) error {
	_, err := tx.Exec(ctx, `update endpoint set fails = $2, paused_until = $3,
		delivered_at = case when $4 = 1 then $5 else delivered_at end where id = $1`,
		endpoint, fails, Millis(pausedUntil), accepted, Millis(now))
	return err
}

// SucceededSince reports whether an endpoint has taken a delivery since then.
func (tx *Tx) SucceededSince(ctx context.Context, endpoint int64, since time.Time) (yes bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from endpoint where id = $1 and delivered_at >= $2)`, endpoint, Millis(since)).Scan(&yes)
	return yes, err
}

// DeleteEndpoint deletes an endpoint with its deliveries.
func (tx *Tx) DeleteEndpoint(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `delete from endpoint where id = $1`, id)
	return err
}

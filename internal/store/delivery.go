package store

import (
	"context"
	"time"

	"github.com/vitrine-media/vitrine"
)

const deliveryColumns = `select id, endpoint_id, event_seq, status_id, state, message_id, type, attempts, created_at, next_at, ended_at, trace from delivery `

func scanDelivery(row scanner) (vitrine.Delivery, error) {
	var d vitrine.Delivery
	var created, next, ended int64
	err := row.Scan(&d.ID, &d.EndpointID, &d.EventSeq, &d.StatusID, &d.State, &d.MessageID, &d.Type, &d.Tries, &created, &next, &ended, &d.Trace)
	d.CreatedAt, d.NextAt, d.EndedAt = Time(created), Time(next), Time(ended)
	return d, err
}

// InsertDelivery writes a pending delivery and gives its id. listing is that of
// a status change, whose deliveries keep their order; 0 for an event.
func (tx *Tx) InsertDelivery(ctx context.Context, d vitrine.Delivery, listing int64) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `insert into delivery (endpoint_id, event_seq, status_id, listing_id, type, message_id, state, trace, created_at, next_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) returning id`,
		d.EndpointID, d.EventSeq, d.StatusID, listing, d.Type, d.MessageID, vitrine.DeliveryPending, d.Trace, Millis(d.CreatedAt)).Scan(&id)
	return id, err
}

// DueDeliveries gives some deliveries to an endpoint that are due, oldest first.
// Of the status changes of one classified only the first is due before its
// first attempt, so that they keep their order as long as the receiver takes
// them.
func (tx *Tx) DueDeliveries(ctx context.Context, endpoint int64, now time.Time, limit int) ([]vitrine.Delivery, error) {
	return collect(ctx, tx, scanDelivery, deliveryColumns+`where endpoint_id = $1 and state = 'pending' and next_at <= $2
		and (listing_id = 0 or not exists (select 1 from delivery o where o.endpoint_id = delivery.endpoint_id
			and o.listing_id = delivery.listing_id and o.id < delivery.id and o.state = 'pending' and o.attempts = 0))
		order by id limit $3`, endpoint, Millis(now), limit)
}

// ClaimDelivery has a delivery that was due be due again at next. It reports
// whether nobody else has claimed it.
func (tx *Tx) ClaimDelivery(ctx context.Context, d vitrine.Delivery, next time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update delivery set next_at = $3 where id = $1 and state = 'pending' and next_at = $2`,
		d.ID, Millis(d.NextAt), Millis(next))
	return n > 0, err
}

// ReturnDelivery has a pending delivery that got no further attempt be due again
// at now.
func (tx *Tx) ReturnDelivery(ctx context.Context, d vitrine.Delivery, now time.Time) error {
	_, err := tx.Exec(ctx, `update delivery set next_at = $3 where id = $1 and state = 'pending' and attempts = $2`, d.ID, d.Tries, Millis(now))
	return err
}

// InsertDeliveryAttempt adds a line to the log of a pending delivery that has
// had so many attempts, which is then as state says; a pending one is due again
// at next. It reports whether it was: whoever comes too late has changed
// nothing.
func (tx *Tx) InsertDeliveryAttempt(ctx context.Context, d vitrine.Delivery, a vitrine.DeliveryAttempt, state vitrine.DeliveryState, next, now time.Time) (bool, error) {
	var ended int64
	if state != vitrine.DeliveryPending {
		ended = Millis(now)
	}
	n, err := tx.Exec(ctx, `update delivery set attempts = attempts + 1, state = $2, next_at = $3, ended_at = $4
		where id = $1 and state = 'pending' and attempts = $5`, d.ID, state, Millis(next), ended, d.Tries)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(ctx, `insert into delivery_attempt (delivery_id, at, duration_ms, http_status, detail) values ($1, $2, $3, $4, $5)`,
		d.ID, Millis(a.At), a.Duration.Milliseconds(), a.HTTPStatus, a.Detail)
	return true, err
}

// ReviveDeliveries has the newest failed delivery of each classified's status
// made after all, and reports how many there are.
func (tx *Tx) ReviveDeliveries(ctx context.Context, endpoint int64, now time.Time) (int64, error) {
	return tx.Exec(ctx, `update delivery set state = 'pending', attempts = 0, next_at = $2, ended_at = 0
		where state = 'failed' and id in (select max(id) from delivery where endpoint_id = $1 and listing_id > 0 group by listing_id)`,
		endpoint, Millis(now))
}

// FailDeliveries ends all pending deliveries to an endpoint.
func (tx *Tx) FailDeliveries(ctx context.Context, endpoint int64, now time.Time) error {
	_, err := tx.Exec(ctx, `update delivery set state = 'failed', ended_at = $2 where endpoint_id = $1 and state = 'pending'`,
		endpoint, Millis(now))
	return err
}

// Deliveries gives a part of an endpoint's log, newest first: those with an id
// below before.
func (tx *Tx) Deliveries(ctx context.Context, endpoint, before int64, limit int) ([]vitrine.Delivery, error) {
	deliveries, err := collect(ctx, tx, scanDelivery, deliveryColumns+`where endpoint_id = $1 and id < $2 order by id desc limit $3`,
		endpoint, before, limit)
	for i := range deliveries {
		if err == nil {
			deliveries[i].Attempts, err = tx.DeliveryAttempts(ctx, deliveries[i].ID)
		}
	}
	return deliveries, err
}

// DeliveryAttempts gives the log of a delivery, oldest first.
func (tx *Tx) DeliveryAttempts(ctx context.Context, delivery int64) ([]vitrine.DeliveryAttempt, error) {
	return collect(ctx, tx, func(row scanner) (vitrine.DeliveryAttempt, error) {
		var a vitrine.DeliveryAttempt
		var at, duration int64
		err := row.Scan(&at, &duration, &a.HTTPStatus, &a.Detail)
		a.At, a.Duration = Time(at), time.Duration(duration)*time.Millisecond
		return a, err
	}, `select at, duration_ms, http_status, detail from delivery_attempt where delivery_id = $1 order by id`, delivery)
}

// ForgetDeliveries deletes some ended deliveries from before that time, and counts them.
func (tx *Tx) ForgetDeliveries(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	old, err := collect(ctx, tx, scanID, `select id from delivery where created_at < $1 and state <> 'pending' order by created_at limit $2`,
		Millis(before), limit)
	for _, id := range old {
		if err == nil {
			_, err = tx.Exec(ctx, `delete from delivery where id = $1`, id)
		}
	}
	return int64(len(old)), err
}

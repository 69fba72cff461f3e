package setuptest

import (
	"context"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Queue gives the queue that goes with the database. On both set-ups a task is
// due when it is so by cfg.Now, which may be ahead of the machine's clock.
func Queue(t testing.TB, db *store.DB, cfg queue.Config) queue.Backend {
	t.Helper()
	backend, err := queue.New(t.Context(), db, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if db.Engine() == store.Postgres {
		return &hurried{Backend: backend, t: t, db: db, now: cfg.Now}
	}
	return backend
}

// hurried is a River by the clock of a test. River's own is PostgreSQL's, so
// that what is due by the one and not yet by the other is made due.
type hurried struct {
	queue.Backend
	t   testing.TB
	db  *store.DB
	now func() time.Time
}

// Work is described at queue.Backend.
func (h *hurried) Work(ctx context.Context, lanes []queue.LaneWorkers, handlers map[string]queue.Handlers) error {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		h.hurry(ctx)
	}()
	err := h.Backend.Work(ctx, lanes, handlers)
	<-stopped
	return err
}

func (h *hurried) hurry(ctx context.Context) {
	looks := time.NewTicker(20 * time.Millisecond)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-looks.C:
		}
		now := h.now()
		if now.Before(time.Now().Add(time.Second)) {
			continue // the clocks agree
		}
		if err := h.makeDue(ctx, now); err != nil && ctx.Err() == nil {
			h.t.Errorf("have River run what is due: %v", err)
		}
	}
}

// makeDue has River run what is due at that time, and look at once.
func (h *hurried) makeDue(ctx context.Context, at time.Time) error {
	return h.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `with due as (
				update river_job set state = 'available', scheduled_at = now()
				where state in ('available', 'retryable', 'scheduled') and scheduled_at > now() and scheduled_at <= to_timestamp($1::bigint / 1000.0)
				returning queue)
			select pg_notify(current_schema() || '.river_insert', json_build_object('queue', queue)::text) from (select distinct queue from due) as lanes`,
			store.Millis(at))
		return err
	})
}

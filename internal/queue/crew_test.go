package queue

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func newTestCrew(t *testing.T, settle func(context.Context, *Run, verdict) error, run Handler) *crew {
	t.Helper()
	cfg := DefaultConfig(time.Now, slog.New(slog.DiscardHandler))
	c, err := newCrew(t.Context(), cfg, nil, map[string]Handlers{"paint": {Run: run, Dead: run}}, settle)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A stop does not wait for ever for handlers that don't listen.
func TestStopGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestCrew(t, nil, func(context.Context, *Run) error { return nil })
		start := time.Now()
		if err := c.stop(make(chan struct{})); !errors.Is(err, ErrStuck) {
			t.Errorf("got %v", err)
		}
		if !errors.Is(context.Cause(c.ctx), ErrStopping) {
			t.Errorf("cancelled because of %v", context.Cause(c.ctx))
		}
		if took := time.Since(start); took != c.cfg.Grace+patience {
			t.Errorf("took %v", took)
		}
	})
}

// What became of a task is written as soon as the database can: nobody else
// takes the task while this process lives.
func TestSettleIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := newTestCrew(t, func(context.Context, *Run, verdict) error {
			if tries++; tries < 5 {
				return errors.New("disk full")
			}
			return nil
		}, func(context.Context, *Run) error { return nil })
		c.do(&Run{Kind: "paint", turn: 1})
		if tries != 5 {
			t.Errorf("%d tries, want 5", tries)
		}
		c.cancel(ErrStopping)
		tries = -100
		c.do(&Run{Kind: "paint", turn: 1})
		if tries != -99 {
			t.Error("tried again after the stop")
		}
	})
}

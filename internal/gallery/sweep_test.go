package gallery_test

import (
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// A sweep leaves nothing that is too old, however much there is.
func TestSweepForgetsAll(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		err := f.db.Write(t.Context(), func(tx *store.Tx) error {
			for range 450 {
				event := vitrine.Event{Type: vitrine.EventWebhookTest, At: time.Now(), Data: vitrine.EventData{AccountID: f.account}}
				if _, err := tx.InsertEvent(t.Context(), event); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		f.later(vitrine.DefaultLimits().EventKept + time.Minute)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if page, err := f.Events(t.Context(), f.account, 0, 1000, 0); err != nil || len(page.Events) != 0 {
			t.Errorf("%d events are left, %v", len(page.Events), err)
		}
	})
}

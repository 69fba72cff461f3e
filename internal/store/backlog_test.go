package store_test

import (
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/store"
)

// Of the events of one moment all are left out that not all are in.
func testNewestEvents(t *testing.T, db *store.DB) {
	write(t, db, `insert into account (id, name, created_at) values (1, 'one', 1), (2, 'other', 1)`)
	write(t, db, `insert into event (account_id, seq, type, at, data) values (1, 1, 't', 1000, '{}'), (2, 1, 't', 2000, '{}'), (1, 2, 't', 3000, '{}'), (2, 2, 't', 3000, '{}')`)
	for most, want := range map[int]int64{0: 3001, 1: 3001, 2: 2001, 3: 1001, 4: 0, 5: 0} {
		err := db.View(t.Context(), func(tx *store.Tx) error {
			got, err := tx.NewestEvents(t.Context(), most)
			if err == nil && !got.Equal(store.Time(want)) {
				t.Errorf("at most %d events since %v, want %v", most, got.Format(time.StampMilli), store.Time(want).Format(time.StampMilli))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

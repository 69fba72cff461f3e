package main

import (
	"log/slog"
	"testing"

	"github.com/vitrine-media/vitrine/internal/store"
)

// openData opens the database of a server beside it.
func openData(t testing.TB, data string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), settings{Data: data}.dbURL(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// checkOnce asserts that no photo was optimised more than once.
func checkOnce(t *testing.T, data string) {
	t.Helper()
	err := openData(t, data).View(t.Context(), func(tx *store.Tx) error {
		var most, media int64
		err := tx.QueryRow(t.Context(), `select coalesce(max(n), 0), count(*) from (
			select count(*) as n from attempt where stage = 'optimise' and outcome = 'ok' group by media_id) as c`).Scan(&most, &media)
		if most > 1 || media != 20 {
			t.Errorf("%d media were optimised, one of them %d times; want 20, once each", media, most)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// attempts gives the number of each attempt of all timelines.
func attempts(t *testing.T, data string) (numbers []int) {
	t.Helper()
	err := openData(t, data).View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select number from attempt`)
		if err != nil {
			return err
		}
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				return err
			}
			numbers = append(numbers, n)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return numbers
}

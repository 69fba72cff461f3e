package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/store"
)

// The suite is what both engines promise. Each test has a database of its own.
func TestStoreSQLite(t *testing.T)   { t.Parallel(); suite(t, sqliteURL) }
func TestStorePostgres(t *testing.T) { t.Parallel(); suite(t, postgresURL) }

func sqliteURL(t *testing.T) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "vitrine.db")
}

func postgresURL(t *testing.T) string { return pgtest.Start(t) }

func suite(t *testing.T, newURL func(*testing.T) string) {
	tests := map[string]func(*testing.T, *store.DB){
		"commit":              testCommit,
		"error rolls back":    testErrorRollsBack,
		"panic rolls back":    testPanicRollsBack,
		"swallowed error":     testSwallowedError,
		"values":              testValues,
		"nulls":               testNulls,
		"unstorable":          testUnstorable,
		"no rows":             testNoRows,
		"conflict":            testConflict,
		"reference":           testReference,
		"on commit":           testOnCommit,
		"view only reads":     testViewOnlyReads,
		"view is a snapshot":  testViewIsSnapshot,
		"open rows":           testOpenRows,
		"used after its end":  testUsedAfterEnd,
		"cancelled":           testCancelled,
		"cancelled in fn":     testCancelledInFn,
		"writers in parallel": testParallelWriters,
		"revisions":           testRevisions,
		"newest events":       testNewestEvents,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, newURL(t))
			write(t, db, `create table thing (id bigint primary key, n bigint, label text, flag smallint, ratio double precision, parent bigint references thing (id))`)
			test(t, db)
		})
	}
	t.Run("closed", func(t *testing.T) { t.Parallel(); testClosed(t, newURL(t)) })
	t.Run("migrate again", func(t *testing.T) { t.Parallel(); testMigrateAgain(t, newURL(t)) })
	t.Run("newer schema", func(t *testing.T) { t.Parallel(); testNewerSchema(t, newURL(t)) })
	t.Run("many open at once", func(t *testing.T) { t.Parallel(); testManyOpen(t, newURL(t)) })
}

func open(t *testing.T, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
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

// write runs one statement in a transaction of its own.
func write(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// ids are those of all things.
func ids(t *testing.T, db *store.DB) []int64 {
	t.Helper()
	var all []int64
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select id from thing order by id`)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return err
			}
			all = append(all, id)
		}
		return rows.Err()
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func wantIDs(t *testing.T, db *store.DB, want ...int64) {
	t.Helper()
	if got := ids(t, db); !slices.Equal(got, want) {
		t.Errorf("things %v, want %v", got, want)
	}
}

func insert(ctx context.Context, tx *store.Tx, id int64) error {
	_, err := tx.Exec(ctx, `insert into thing (id) values ($1)`, id)
	return err
}

func testCommit(t *testing.T, db *store.DB) {
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		return errors.Join(insert(t.Context(), tx, 1), insert(t.Context(), tx, 2))
	}); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, db, 1, 2)
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		n, err := tx.Exec(t.Context(), `update thing set n = $2 where id >= $1`, 1, 7)
		if n != 2 {
			t.Errorf("%d rows touched, want 2", n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func testErrorRollsBack(t *testing.T, db *store.DB) {
	sorry := errors.New("sorry")
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		return errors.Join(insert(t.Context(), tx, 1), sorry)
	})
	if !errors.Is(err, sorry) {
		t.Errorf("got %v", err)
	}
	wantIDs(t, db)
}

func testPanicRollsBack(t *testing.T, db *store.DB) {
	func() {
		defer func() {
			if got := recover(); got != "oh" {
				t.Errorf("recovered %v", got)
			}
		}()
		_ = db.Write(t.Context(), func(tx *store.Tx) error {
			if err := insert(t.Context(), tx, 1); err != nil {
				t.Error(err)
			}
			panic("oh")
		})
	}()
	write(t, db, `insert into thing (id) values (2)`)
	wantIDs(t, db, 2)
}

func testSwallowedError(t *testing.T, db *store.DB) {
	write(t, db, `insert into thing (id) values (1)`)
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		_ = insert(t.Context(), tx, 1)
		if err := insert(t.Context(), tx, 2); !errors.Is(err, store.ErrConflict) {
			t.Errorf("the statement after the one that went wrong gave %v", err)
		}
		return nil
	})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v", err)
	}
	wantIDs(t, db, 1)
}

type kind string

func testValues(t *testing.T, db *store.DB) {
	at := time.Date(2024, 2, 29, 12, 30, 0, 5_000_000, time.UTC)
	label := "a 'quoted' ü \U0001f3e0"
	write(t, db, `insert into thing (id, n, label, flag, ratio) values ($1, $3, $2, $4, $5)`, int32(1), kind(label), store.Millis(at), true, 0.25)
	write(t, db, `insert into thing (id, n, label, flag) values ($1, $2, $3, $4)`, 2, uint16(9), json.RawMessage(`{"a":1}`), false)
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		var n int64
		var gotLabel kind
		var flag, there bool
		var ratio float64
		if err := tx.QueryRow(t.Context(), `select n, label, flag, ratio, exists (select 1 from thing where id = $2) from thing where id = $1`, 1, 3).
			Scan(&n, &gotLabel, &flag, &ratio, &there); err != nil {
			return err
		}
		if !store.Time(n).Equal(at) || gotLabel != kind(label) || !flag || there || ratio != 0.25 {
			t.Errorf("got %v %q %v %v %v", store.Time(n), gotLabel, flag, there, ratio)
		}
		var small int
		var raw json.RawMessage
		var bytes []byte
		if err := tx.QueryRow(t.Context(), `select n, label, label, flag from thing where label = $1`, `{"a":1}`).Scan(&small, &raw, &bytes, &flag); err != nil {
			return err
		}
		if small != 9 || string(raw) != `{"a":1}` || string(bytes) != `{"a":1}` || flag {
			t.Errorf("got %d %s %s %v", small, raw, bytes, flag)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := store.Time(store.Millis(time.Time{})); !got.IsZero() {
		t.Errorf("the zero time became %v", got)
	}
}

func testNulls(t *testing.T, db *store.DB) {
	label := "x"
	write(t, db, `insert into thing (id, n, label) values ($1, $2, $3)`, 1, (*int64)(nil), &label)
	write(t, db, `insert into thing (id, n, label) values ($1, $2, $3)`, 2, sql.Null[int64]{V: 5, Valid: true}, []byte(nil))
	write(t, db, `insert into thing (id, n, label) values ($1, $2, $3)`, 3, sql.NullInt64{}, nil)
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select n, n, label, label, coalesce(label, '-') from thing order by id`)
		if err != nil {
			return err
		}
		var got []string
		for rows.Next() {
			var n *int64
			var again sql.Null[int64]
			var label *string
			var bytes []byte
			var text string
			if err := rows.Scan(&n, &again, &label, &bytes, &text); err != nil {
				return err
			}
			got = append(got, fmt.Sprintf("%v %v %v %v %s", n != nil, again, label != nil, bytes != nil, text))
		}
		want := []string{"false {0 false} true true x", "true {5 true} false false -", "false {0 false} false false -"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		return rows.Err()
	}); err != nil {
		t.Fatal(err)
	}
}

func testUnstorable(t *testing.T, db *store.DB) {
	for _, arg := range []any{"a\x00b", "a\xffb", []byte{0xff}} {
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `insert into thing (id, label) values (1, $1)`, arg)
			return err
		})
		if !errors.Is(err, store.ErrText) {
			t.Errorf("%q: got %v", arg, err)
		}
	}
	for _, arg := range []any{time.Now(), []string{"a"}, struct{}{}, ^uint64(0)} {
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `insert into thing (id, label) values (1, $1)`, arg)
			return err
		})
		if err == nil {
			t.Errorf("%T: no error", arg)
		}
	}
	wantIDs(t, db)
}

func testNoRows(t *testing.T, db *store.DB) {
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		var id int64
		if err := tx.QueryRow(t.Context(), `select id from thing`).Scan(&id); !errors.Is(err, store.ErrNoRows) {
			t.Errorf("got %v", err)
		}
		return insert(t.Context(), tx, 1) // and the transaction goes on
	}); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, db, 1)
}

func testConflict(t *testing.T, db *store.DB) {
	write(t, db, `create unique index thing_label on thing (label)`)
	write(t, db, `insert into thing (id, label) values (1, 'a')`)
	for _, query := range []string{`insert into thing (id) values (1)`, `insert into thing (id, label) values (2, 'a')`, `insert into thing (id, label) values (2, 'a') returning id`} {
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			var id int64
			if query[len(query)-2:] == "id" {
				return tx.QueryRow(t.Context(), query).Scan(&id)
			}
			_, err := tx.Exec(t.Context(), query)
			return err
		})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: got %v", query, err)
		}
	}
}

func testReference(t *testing.T, db *store.DB) {
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into thing (id, parent) values (1, 99)`)
		return err
	})
	if !errors.Is(err, store.ErrReference) {
		t.Errorf("got %v", err)
	}
}

func testOnCommit(t *testing.T, db *store.DB) {
	var ran []string
	hook := func(name string) func() {
		return func() { ran = append(ran, name) }
	}
	_ = db.Write(t.Context(), func(tx *store.Tx) error {
		tx.OnCommit(hook("of a failure"))
		return errors.New("sorry")
	})
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		tx.OnCommit(func() {
			wantIDs(t, db, 1)
			write(t, db, `insert into thing (id) values (2)`) // a hook may write
		})
		tx.OnCommit(hook("second"))
		return insert(t.Context(), tx, 1)
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ran, []string{"second"}) {
		t.Errorf("ran %q", ran)
	}
	wantIDs(t, db, 1, 2)
}

func testViewOnlyReads(t *testing.T, db *store.DB) {
	err := db.View(t.Context(), func(tx *store.Tx) error { return insert(t.Context(), tx, 1) })
	if err == nil {
		t.Error("a View could write")
	}
	wantIDs(t, db)
}

func testViewIsSnapshot(t *testing.T, db *store.DB) {
	count := func(tx *store.Tx) (n int) {
		if err := tx.QueryRow(t.Context(), `select count(*) from thing`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		before := count(tx)
		write(t, db, `insert into thing (id) values (1)`) // from outside: a test may
		if after := count(tx); before != 0 || after != 0 {
			t.Errorf("%d, then %d things", before, after)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, db, 1)
}

func testOpenRows(t *testing.T, db *store.DB) {
	write(t, db, `insert into thing (id) values (1), (2)`)
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select id from thing`)
		if err != nil {
			return err
		}
		if !rows.Next() {
			t.Error("no row")
		}
		return insert(t.Context(), tx, 3)
	})
	if err == nil {
		t.Error("a statement ran while rows were open")
	}
	// Rows forgotten at the end are closed, closed ones don't hinder.
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select id from thing`)
		if err != nil {
			return err
		}
		if err := errors.Join(rows.Close(), rows.Close()); err != nil {
			return err
		}
		if rows.Next() {
			t.Error("a row after Close")
		}
		if err := insert(t.Context(), tx, 3); err != nil {
			return err
		}
		_, err = tx.Query(t.Context(), `select id from thing`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, db, 1, 2, 3)
}

func testUsedAfterEnd(t *testing.T, db *store.DB) {
	var kept *store.Tx
	if err := db.Write(t.Context(), func(tx *store.Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := insert(t.Context(), kept, 1); !errors.Is(err, store.ErrTxDone) {
		t.Errorf("got %v", err)
	}
}

func testCancelled(t *testing.T, db *store.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.Write(ctx, func(tx *store.Tx) error { return insert(t.Context(), tx, 1) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wantIDs(t, db)
}

func testCancelledInFn(t *testing.T, db *store.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(ctx, func(tx *store.Tx) error {
		if err := insert(ctx, tx, 1); err != nil {
			return err
		}
		cancel()
		return insert(ctx, tx, 2)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// Cancelled after the last statement: the outcome is told as it is.
	ctx, cancel = context.WithCancel(t.Context())
	if err := db.Write(ctx, func(tx *store.Tx) error {
		defer cancel()
		return insert(ctx, tx, 3)
	}); err != nil {
		t.Error(err)
	}
	wantIDs(t, db, 3)
}

// Writers that read, then write the same row never hear that they are in each
// other's way.
func testParallelWriters(t *testing.T, db *store.DB) {
	const writers, increments = 50, 10
	write(t, db, `insert into thing (id, n) values (1, 0)`)
	var hooks atomic.Int64
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			for j := range increments {
				err := db.Write(t.Context(), func(tx *store.Tx) error {
					tx.OnCommit(func() { hooks.Add(1) })
					if _, err := tx.Exec(t.Context(), `update thing set n = n + 1 where id = 1`); err != nil {
						return err
					}
					if (i+j)%5 == 0 {
						return errSkip
					}
					return insert(t.Context(), tx, int64(100+i*increments+j))
				})
				if err != nil && !errors.Is(err, errSkip) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	const want = writers * increments * 4 / 5
	var n int64
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `select n from thing where id = 1`).Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	if n != want || hooks.Load() != want || len(ids(t, db)) != want+1 {
		t.Errorf("counted %d, %d hooks ran, %d rows, want %d", n, hooks.Load(), len(ids(t, db))-1, want)
	}
}

var errSkip = errors.New("skip")

func testClosed(t *testing.T, url string) {
	db := open(t, url)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	nothing := func(*store.Tx) error { return nil }
	if err := db.Write(t.Context(), nothing); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Write gave %v", err)
	}
	if err := db.View(t.Context(), nothing); !errors.Is(err, store.ErrClosed) {
		t.Errorf("View gave %v", err)
	}
}

func testMigrateAgain(t *testing.T, url string) {
	first := open(t, url)
	write(t, first, `create table thing (id bigint primary key)`)
	write(t, first, `insert into thing (id) values (1)`)
	wantIDs(t, open(t, url), 1)
}

func testNewerSchema(t *testing.T, url string) {
	write(t, open(t, url), `insert into goose_db_version (version_id, is_applied) values (999999, true)`)
	_, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("got %v", err)
	}
}

func testManyOpen(t *testing.T, url string) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			db, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

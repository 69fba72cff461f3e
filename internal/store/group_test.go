package store

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
)

// grouped runs the functions as one group: the first holds the turn until all
// others have queued up behind it, in order.
func grouped(t *testing.T, db *DB, fns ...func(*Tx) error) []error {
	t.Helper()
	results := make([]error, len(fns))
	ctx := t.Context()
	synctest.Wait()
	results[0] = db.Write(ctx, func(tx *Tx) error {
		for i := 1; i < len(fns); i++ {
			go func() { results[i] = db.Write(ctx, fns[i]) }()
			synctest.Wait()
		}
		return fns[0](tx)
	})
	synctest.Wait()
	return results
}

func groupDB(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "vitrine.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec(t.Context(), `create table thing (id bigint primary key, parent bigint references thing (id) deferrable initially deferred)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return db
}

func closeDB(t *testing.T, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func put(id int64) func(*Tx) error {
	return func(tx *Tx) error {
		_, err := tx.Exec(context.Background(), `insert into thing (id) values ($1)`, id)
		return err
	}
}

func things(t *testing.T, db *DB) (all []int64) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *Tx) error {
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

// One caller's error, conflict or panic leaves the others of its group alone.
func TestGroupIsolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := groupDB(t)
		defer closeDB(t, db)
		sorry := errors.New("sorry")
		var recovered any
		results := grouped(t, db,
			put(1),
			func(tx *Tx) error { return errors.Join(put(2)(tx), sorry) },
			put(3),
			put(1),
			func(tx *Tx) (err error) {
				defer func() { recovered = recover(); err = sorry }()
				defer func() { _ = put(4)(tx) }()
				panic("oh")
			},
			put(5),
		)
		for i, want := range []error{nil, sorry, nil, ErrConflict, sorry, nil} {
			if !errors.Is(results[i], want) {
				t.Errorf("caller %d got %v, want %v", i, results[i], want)
			}
		}
		if recovered != "oh" {
			t.Errorf("recovered %v", recovered)
		}
		if got := things(t, db); !slices.Equal(got, []int64{1, 3, 5}) {
			t.Errorf("things %v", got)
		}
	})
}

// When the commit fails nobody is told that all is well, and no hook runs.
func TestGroupCommitFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := groupDB(t)
		defer closeDB(t, db)
		hooks := 0
		results := grouped(t, db,
			func(tx *Tx) error {
				tx.OnCommit(func() { hooks++ })
				return put(1)(tx)
			},
			func(tx *Tx) error { // found out by the commit only
				_, err := tx.Exec(t.Context(), `insert into thing (id, parent) values (2, 99)`)
				return err
			},
			put(3),
		)
		for i, err := range results {
			if !errors.Is(err, ErrReference) {
				t.Errorf("caller %d got %v", i, err)
			}
		}
		if got := things(t, db); len(got) != 0 || hooks != 0 {
			t.Errorf("things %v, %d hooks ran", got, hooks)
		}
		if err := db.Write(t.Context(), put(4)); err != nil {
			t.Errorf("the next write: %v", err)
		}
	})
}

// When SQLite rolls the whole transaction back, as it does on a full disk,
// those who had their turn before are told so.
func TestGroupIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := groupDB(t)
		defer closeDB(t, db)
		results := grouped(t, db, put(1), func(tx *Tx) error {
			_, err := tx.Exec(t.Context(), `rollback`)
			return errors.Join(err, errors.New("sorry"))
		})
		if results[0] == nil || results[1] == nil {
			t.Errorf("got %v", results)
		}
		if got := things(t, db); len(got) != 0 {
			t.Errorf("things %v", got)
		}
		if err := db.Write(t.Context(), put(2)); err != nil {
			t.Errorf("the next write: %v", err)
		}
	})
}

// Who is cancelled while waiting is not run, and holds nobody up.
func TestGroupCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := groupDB(t)
		defer closeDB(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		var got error
		if err := db.Write(t.Context(), func(tx *Tx) error {
			go func() { got = db.Write(ctx, put(2)) }()
			synctest.Wait()
			cancel()
			synctest.Wait()
			if !errors.Is(got, context.Canceled) {
				t.Errorf("got %v while the turn was another's", got)
			}
			return put(1)(tx)
		}); err != nil {
			t.Fatal(err)
		}
		if all := things(t, db); !slices.Equal(all, []int64{1}) {
			t.Errorf("things %v", all)
		}
	})
}

// A disk that is full for one of a group is full for those whose rows SQLite has
// given up with its own.
func TestGroupFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := groupDB(t)
		defer closeDB(t, db)
		results := grouped(t, db, put(1), func(tx *Tx) error {
			_, err := tx.Exec(t.Context(), `rollback`) // what SQLite does by itself then
			return errors.Join(ErrFull, err)
		}, put(3))
		for i, err := range results[:2] {
			if !errors.Is(err, ErrFull) {
				t.Errorf("caller %d got %v", i, err)
			}
		}
		if got := things(t, db); results[2] != nil || !slices.Equal(got, []int64{3}) {
			t.Errorf("the next caller got %v, and there is %v", results[2], got)
		}
	})
}

// Statements share a commit with functions. One that writes nothing holds nobody
// up; one that fails takes the others with it, as SQLite may have done.
func TestGroupStatements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := groupDB(t)
		defer closeDB(t, db)
		insert := func(id int64, where string) error {
			return db.do(t.Context(), statement{
				query: `insert into thing (id) select $1 where ` + where + ` returning id`, args: []any{id},
				scan: func(row scanner) error { return row.Scan(&id) },
			})
		}
		round := func(id int64, where string) (function, single, last error) {
			synctest.Wait()
			function = db.Write(t.Context(), func(tx *Tx) error {
				go func() { single = insert(id+1, where) }()
				synctest.Wait()
				go func() { last = insert(id+2, "1 = 1") }()
				synctest.Wait()
				return put(id)(tx)
			})
			synctest.Wait()
			return function, single, last
		}
		if function, single, last := round(1, "1 = 1"); function != nil || single != nil || last != nil {
			t.Errorf("all good: %v, %v, %v", function, single, last)
		}
		if function, single, last := round(4, "1 = 2"); function != nil || !errors.Is(single, ErrNoRows) || last != nil {
			t.Errorf("one without a row: %v, %v, %v", function, single, last)
		}
		if function, single, last := round(7, "abs(-9223372036854775808) = 1"); function == nil || single == nil || last != nil {
			t.Errorf("one that fails: %v, %v, %v", function, single, last)
		}
		if got := things(t, db); !slices.Equal(got, []int64{1, 2, 3, 4, 6, 9}) {
			t.Errorf("things %v", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.do(ctx, statement{}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

// Who doesn't wait for the disk has no part in the commit of who does.
func TestGroupUnsynced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := groupDB(t)
		defer closeDB(t, db)
		mode := func(unsynced bool, id int64) (mode int) {
			err := db.do(t.Context(), statement{
				unsynced: unsynced, query: `insert into thing (id) select $1 returning (select synchronous from pragma_synchronous)`, args: []any{id},
				scan: func(row scanner) error { return row.Scan(&mode) },
			})
			if err != nil {
				t.Error(err)
			}
			return mode
		}
		const normal, full = 1, 2
		var first, second, third int
		synctest.Wait()
		err := db.Write(t.Context(), func(tx *Tx) error {
			go func() { first = mode(true, 2) }()
			synctest.Wait()
			go func() { second = mode(true, 3) }()
			synctest.Wait()
			go func() { third = mode(false, 4) }()
			synctest.Wait()
			return put(1)(tx)
		})
		synctest.Wait()
		if err != nil || first != normal || second != normal || third != full {
			t.Errorf("%v; the commits are %d, %d and %d, want %d, %d and %d", err, first, second, third, normal, normal, full)
		}
		if got := things(t, db); !slices.Equal(got, []int64{1, 2, 3, 4}) {
			t.Errorf("things %v", got)
		}
	})
}

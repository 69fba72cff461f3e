package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/vitrine-media/vitrine/internal/pgtest"
)

// What is prepared once is in each database, and what a test adds in its own.
func TestPrepared(t *testing.T) {
	t.Parallel()
	times := 0
	prepare := func(url string) error {
		times++
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			return err
		}
		if _, err := conn.Exec(t.Context(), "create table thing (id bigint)"); err != nil {
			return err
		}
		return conn.Close(context.WithoutCancel(t.Context()))
	}
	for range 2 {
		conn := connect(t, pgtest.Prepared(t, prepare))
		var n int
		if err := conn.QueryRow(t.Context(), "insert into thing values (1) returning (select count(*) from thing)").Scan(&n); err != nil || n != 0 {
			t.Errorf("a new database has %d things, %v", n, err)
		}
	}
	if times != 1 {
		t.Errorf("prepared %d times", times)
	}
	if _, err := connect(t, pgtest.Start(t)).Exec(t.Context(), "create table thing (id bigint)"); err != nil {
		t.Errorf("an empty database: %v", err)
	}
}

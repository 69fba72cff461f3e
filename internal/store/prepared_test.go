package store

import (
	"database/sql"
	"path/filepath"
	"testing"
)

func TestParsedOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ query, want string }{
		{`select id from media where id > $1 order by id limit $2`, `select id from media where id > $1 order by id limit $2+0`},
		{`select 1 from (select id from media limit $12) m`, `select 1 from (select id from media limit $12+0) m`},
		{`select id from listing limit $2 offset $3`, `select id from listing limit $2+0 offset $3`},
		{`select id from media limit 1`, `select id from media limit 1`},
		{`update media set rate_limit = $1`, `update media set rate_limit = $1`},
	} {
		if got := parsedOnce(row.query); got != row.want {
			t.Errorf("%s\nbecomes %s\nwant    %s", row.query, got, row.want)
		}
	}
}

// A connection on which nothing can begin fails one view, and not all that follow.
func TestViewAfterBroken(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r := newReaders(db, 1)
	if err := r.ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := <-r.idle
	if _, err := c.ExecContext(t.Context(), "begin"); err != nil {
		t.Fatal(err)
	}
	r.idle <- c
	if err := r.ping(t.Context()); err == nil {
		t.Fatal("a view has begun in a transaction")
	}
	for range 3 {
		if err := r.ping(t.Context()); err != nil {
			t.Errorf("the view after it: %v", err)
		}
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
}

package audittest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// database is SQLite or PostgreSQL.
type database struct {
	*sql.DB
	postgres bool
}

func openDatabase(ctx context.Context, databaseURL string) (*database, error) {
	driver, source, postgres := "pgx", databaseURL, true
	if path, ok := strings.CutPrefix(databaseURL, "sqlite://"); ok {
		// Not read-only: the log of a killed server has to be read back first.
		source = (&url.URL{Scheme: "file", Path: path, RawQuery: "mode=rw&_pragma=busy_timeout(10000)"}).String()
		driver, postgres = "sqlite", false
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &database{DB: db, postgres: postgres}, nil
}

// scan is the Scan of a row.
type scan func(to ...any) error

// collect gives what read makes of each row.
func collect[T any](ctx context.Context, db *database, query string, read func(scan) (T, error)) (all []T, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		one, err := read(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", query, err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

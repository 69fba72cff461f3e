// Package store holds all SQL. One text of each statement runs on SQLite and on
// PostgreSQL; a Tx hides the few differences.
//
// Times are bigint milliseconds (Millis, Time), JSON is text, truth is 0 or 1.
package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Engine is which database stands behind a DB.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is a database with the schema of this program. It is safe for concurrent
// use.
type DB struct {
	engine engine
	pool   *pgxpool.Pool // nil on SQLite
	closed atomic.Bool
}

// engine is what the two databases do differently.
type engine interface {
	view(ctx context.Context, fn func(*Tx) error) error
	write(ctx context.Context, fn func(*Tx) error) error
	do(ctx context.Context, s statement) error
	ping(ctx context.Context) error
	close() error
}

// Open opens the database and migrates its schema forward. The URL is
// "sqlite:///absolute/path/of/file.db", whose folder must be there, or
// "postgres://…" as libpq knows it. Any number of nodes may call it at once.
//
// ErrNewerSchema means that a newer program has been here: its data would be
// damaged by this one.
func Open(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	scheme, _, _ := strings.Cut(url, "://")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, url, log)
	case "postgres", "postgresql":
		return openPostgres(ctx, url, log)
	}
	// The URL may hold a password: only its scheme is told.
	return nil, fmt.Errorf("open database: unknown scheme %q, want sqlite or postgres", scheme)
}

// Close waits for the transactions under way and closes the database; whoever
// comes later gets ErrClosed. Closing again does nothing.
func (db *DB) Close() error {
	if db.closed.Swap(true) {
		return nil
	}
	return db.engine.close()
}

// View runs fn in a transaction that only reads, and sees the database as it
// was at its first statement.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	if db.closed.Load() {
		return ErrClosed
	}
	return db.engine.view(ctx, fn)
}

// Write runs fn in one atomic transaction and returns nil only when it is
// durable. Any error of fn, and a panic in it, leaves nothing behind. When ctx
// ends before fn had its turn, fn is not run; once fn has returned nil the
// outcome is waited for, so that an error means that nothing was written.
// (The one exception is a connection to PostgreSQL that breaks during the
// commit: the error then says that the outcome is unknown.)
//
// fn must be short and do no other I/O: on SQLite it holds up every other
// writer. It must not call View or Write. It may run more than once, as
// PostgreSQL asks for a repeat when two transactions got in each other's way,
// so it must set anew whatever it gives out.
//
// On SQLite, transactions that wait for one another are committed together, at
// the price of one fsync.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if db.closed.Load() {
		return ErrClosed
	}
	return db.engine.write(ctx, fn)
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.engine.ping(ctx) }

// Engine is the kind of database.
func (db *DB) Engine() Engine {
	if db.pool != nil {
		return Postgres
	}
	return SQLite
}

// Pool is the pool of connections to PostgreSQL, for a library that needs its
// own; nil on SQLite.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The errors that callers tell apart with errors.Is.
var (
	// ErrNoRows is what Row.Scan gives when there is no row.
	ErrNoRows = errors.New("store: no rows")
	// ErrConflict is a row that would be there twice: a unique index refused it.
	ErrConflict = errors.New("store: conflict")
	// ErrReference is a row that points at none, or that others still point at.
	ErrReference = errors.New("store: broken reference")
	// ErrText is a text that can't be stored: a zero byte or broken UTF-8.
	ErrText = errors.New("store: text has a zero byte or is not UTF-8")
	// ErrFull is a change for which the disk has no space. Nothing was written.
	ErrFull = errors.New("store: no space left on the disk")
	// ErrNewerSchema is a database that a newer version of the program has
	// migrated.
	ErrNewerSchema = errors.New("store: database schema is newer than this program")
	// ErrTxDone is the use of a transaction after its end.
	ErrTxDone = errors.New("store: transaction has ended")
	// ErrClosed is the use of a database after Close.
	ErrClosed = errors.New("store: database is closed")
)

// sqliteError translates an error of the SQLite driver.
func sqliteError(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNoRows
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
			return fmt.Errorf("%w: %w", ErrConflict, err)
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return fmt.Errorf("%w: %w", ErrReference, err)
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	return err
}

// The SQLSTATEs of PostgreSQL that mean something to us.
const (
	pgForeignKeyViolation  = "23503"
	pgUniqueViolation      = "23505"
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
	pgDiskFull             = "53100"
)

// postgresError translates an error of the PostgreSQL driver.
func postgresError(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoRows
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case pgUniqueViolation:
			return fmt.Errorf("%w: %w", ErrConflict, err)
		case pgForeignKeyViolation:
			return fmt.Errorf("%w: %w", ErrReference, err)
		case pgDiskFull:
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	return err
}

// repeatable reports whether PostgreSQL gave the transaction up for the sake
// of another one, so that trying again helps.
func repeatable(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == pgSerializationFailure || e.Code == pgDeadlockDetected)
}

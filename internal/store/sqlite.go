package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pressly/goose/v3"
)

const (
	sqliteReaders = 4
	// sqliteBusyTimeout is how long a statement waits for another process (the
	// command line next to the server), in milliseconds.
	sqliteBusyTimeout = "10000"
)

// sqliteEngine is one file: one connection writes, a few read.
type sqliteEngine struct {
	writer  *sql.DB
	group   *group
	readers *readers
}

func openSQLite(ctx context.Context, rawURL string, log *slog.Logger) (*DB, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if u.Host != "" || !filepath.IsAbs(u.Path) || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("open database: %q is not of the form sqlite:///absolute/path", rawURL)
	}
	e := &sqliteEngine{}
	err = lockFolder(filepath.Dir(u.Path), func() error {
		if err := createDurably(u.Path); err != nil {
			return err
		}
		return e.open(ctx, u.Path, log)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", u.Path, err), e.close())
	}
	return &DB{engine: e}, nil
}

func (e *sqliteEngine) open(ctx context.Context, path string, log *slog.Logger) error {
	var err error
	if e.writer, err = sql.Open("sqlite", sqliteDSN(path, url.Values{
		// An accepted write survives power loss: FULL syncs the log with each commit.
		"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "busy_timeout(" + sqliteBusyTimeout + ")"},
		// A transaction that begins by reading must not find out later that it can't write.
		"_txlock": {"immediate"},
	})); err != nil {
		return err
	}
	e.writer.SetMaxOpenConns(1)
	if err := migrate(ctx, goose.DialectSQLite3, e.writer, SQLite, log); err != nil {
		return err
	}
	conn, err := e.writer.Conn(ctx)
	if err != nil {
		return err
	}
	e.group = newGroup(newPreparedConn(conn))

	read, err := sql.Open("sqlite", sqliteDSN(path, url.Values{
		"mode":    {"ro"},
		"_pragma": {"query_only(1)", "busy_timeout(" + sqliteBusyTimeout + ")"},
	}))
	if err != nil {
		return err
	}
	e.readers = newReaders(read, sqliteReaders)
	return e.ping(ctx)
}

func sqliteDSN(path string, options url.Values) string {
	return (&url.URL{Scheme: "file", Path: path, RawQuery: options.Encode()}).String()
}

// createDurably makes an empty file for a database that is not there yet, for
// its owner only, such that its name survives power loss. SQLite syncs the
// files that it makes beside it.
func createDurably(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// lockFolder runs fn while no other process does so with the same folder: two
// that migrate one file at once would get in each other's way. The lock is
// advisory, goes with the process, and leaves no file behind.
func lockFolder(path string, fn func() error) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := flock(folder); err != nil {
		return errors.Join(fmt.Errorf("lock %s: %w", path, err), folder.Close())
	}
	return errors.Join(fn(), folder.Close()) // closing unlocks
}

func flock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func (e *sqliteEngine) view(ctx context.Context, fn func(*Tx) error) error {
	return e.readers.view(ctx, fn)
}

func (e *sqliteEngine) write(ctx context.Context, fn func(*Tx) error) error {
	return e.group.write(ctx, fn)
}

func (e *sqliteEngine) do(ctx context.Context, s statement) error {
	return e.group.do(ctx, s)
}

func (e *sqliteEngine) ping(ctx context.Context) error { return e.readers.ping(ctx) }

func (e *sqliteEngine) close() error {
	var errs []error
	if e.readers != nil {
		errs = append(errs, e.readers.close())
	}
	if e.group != nil {
		errs = append(errs, e.group.close())
	}
	if e.writer != nil {
		errs = append(errs, e.writer.Close())
	}
	return errors.Join(errs...)
}

// sqliteTx runs statements on a connection that is in a transaction.
type sqliteTx struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (t sqliteTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	result, err := t.on.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, sqliteError(err)
	}
	return result.RowsAffected()
}

func (t sqliteTx) query(ctx context.Context, query string, args []any) (cursor, error) {
	rows, err := t.on.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller asks Err of what is given here
	if err != nil {
		return nil, sqliteError(err)
	}
	return sqliteRows{rows}, nil
}

// sqliteRows translates the error that ended the rows.
type sqliteRows struct{ *sql.Rows }

func (r sqliteRows) Err() error { return sqliteError(r.Rows.Err()) }

// sharedTx is a sqliteTx on the connection that several callers' transactions
// share. Cancelling a statement would make SQLite roll all of them back, so
// that a context is asked only before a statement.
type sharedTx struct{ sqliteTx }

func (t sharedTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return t.sqliteTx.exec(context.WithoutCancel(ctx), query, args)
}

func (t sharedTx) query(ctx context.Context, query string, args []any) (cursor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.sqliteTx.query(context.WithoutCancel(ctx), query, args)
}

package backup

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"time"

	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Rows is a database to save, which may be in use.
type Rows interface {
	// save writes all rows, as they are at one moment, to an empty SQLite file.
	save(ctx context.Context, path string, progress move.Progress) error
}

// SQLite is the database in the file at this path. It is saved as it is, of
// whatever version its schema.
type SQLite string

func (s SQLite) save(ctx context.Context, path string, _ move.Progress) (err error) {
	if _, err := os.Stat(string(s)); err != nil {
		return err
	}
	db, err := openRows(string(s), "mode=rw&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, `vacuum into ?`, path)
	return err
}

// Other is a database of another kind, whose rows and tasks are copied into a
// SQLite one as by a move.
type Other struct {
	move.Side
	Log *slog.Logger
}

func (o Other) save(ctx context.Context, path string, progress move.Progress) error {
	return withSide(ctx, path, o.Log, func(to move.Side) error {
		_, err := move.CopyRows(ctx, o.Side, to, progress)
		return err
	})
}

// withSide runs fn on the SQLite database in that file, which is made or brought
// up to date.
func withSide(ctx context.Context, path string, log *slog.Logger, fn func(move.Side) error) (err error) {
	side := move.Side{}
	if side.DB, err = store.Open(ctx, sqliteURL(path), log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, side.DB.Close()) }()
	if side.Queue, err = queue.New(ctx, side.DB, queue.DefaultConfig(time.Now, log)); err != nil {
		return err
	}
	return fn(side)
}

// takeRows saves rows to a file, in the place of what was there.
func takeRows(ctx context.Context, rows Rows, path string, progress move.Progress) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Rows hold secrets: the file is its owner's before there is anything in it.
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	return rows.save(ctx, path, progress)
}

// schemaOf gives the version of a saved schema.
func schemaOf(ctx context.Context, path string) (version int64, err error) {
	db, err := openSaved(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, `select max(version_id) from goose_db_version where is_applied`).Scan(&version)
	return version, err
}

// knownSchema gives the version that this program would make of an empty file.
func knownSchema(ctx context.Context, scratch string) (version int64, err error) {
	db, err := store.Open(ctx, sqliteURL(scratch), slog.New(slog.DiscardHandler))
	if err != nil {
		return 0, err
	}
	if err := db.Close(); err != nil {
		return 0, err
	}
	if version, err = schemaOf(ctx, scratch); err != nil {
		return 0, err
	}
	return version, os.Remove(scratch)
}

// openSaved opens rows that nobody changes.
func openSaved(path string) (*sql.DB, error) { return openRows(path, "mode=ro&immutable=1") }

func openRows(path, options string) (*sql.DB, error) {
	return sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: options}).String())
}

func sqliteURL(path string) string { return (&url.URL{Scheme: "sqlite", Path: path}).String() }

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine/internal/backup"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

func backupAll(ctx context.Context, p *program) error    { return saveBackup(ctx, p, true) }
func backupBytes(ctx context.Context, p *program) error  { return saveBackup(ctx, p, false) }
func restoreAll(ctx context.Context, p *program) error   { return putBack(ctx, p, true) }
func restoreBytes(ctx context.Context, p *program) error { return putBack(ctx, p, false) }

// saveBackup saves an installation in the folder that is named, beside the
// server that uses it.
func saveBackup(ctx context.Context, p *program, withRows bool) (err error) {
	dir, err := oneFolder(p)
	if err != nil {
		return err
	}
	saved, err := save(ctx, p, dir, withRows)
	done := saved.Objects.Name != ""
	switch {
	case err != nil && !done && ctx.Err() != nil:
		return errors.New("interrupted; the backup before this one, if there is one, is whole: run the same command again to go on")
	case err != nil && !done:
		return fmt.Errorf("not saved: %w", err)
	}
	_, failed := fmt.Fprint(p.stdout, savedText(dir, saved))
	return errors.Join(err, failed)
}

func save(ctx context.Context, p *program, dir string, withRows bool) (saved backup.Saved, err error) {
	var from backup.Source
	if withRows {
		rows, done, err := openRows(ctx, p)
		if err != nil {
			return saved, err
		}
		defer func() { err = errors.Join(err, done()) }()
		from.Rows = rows
	}
	blobs, err := blob.OpenReader(ctx, p.settings.blobsURL(), p.environ...)
	if err != nil {
		return saved, err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	if err := move.Ready(ctx, blobs); err != nil {
		return saved, err
	}
	from.Blobs = blobs
	return backup.Save(ctx, dir, from, backup.Config{Version: version, Now: time.Now, Progress: newMoveProgress(p.stderr)})
}

// openRows gives the database to save and what closes it. A SQLite one is not
// opened as its server would: it could be migrated beneath an older program.
func openRows(ctx context.Context, p *program) (rows backup.Rows, done func() error, err error) {
	u, err := url.Parse(p.settings.dbURL())
	if err != nil {
		return nil, nil, errors.New("the database is not a URL") // which may hold a password
	}
	if u.Scheme == "sqlite" {
		if _, err := os.Stat(u.Path); err != nil {
			return nil, nil, fmt.Errorf("the database to save: %w", err)
		}
		return backup.SQLite(u.Path), func() error { return nil }, nil
	}
	log := newLogger(p.settings, p)
	side, err := openSideOf(ctx, p.settings.dbURL(), log)
	if err != nil {
		return nil, nil, err
	}
	return backup.Other{Side: side, Log: log}, side.DB.Close, nil
}

func openSideOf(ctx context.Context, url string, log *slog.Logger) (side move.Side, err error) {
	if side.DB, err = store.Open(ctx, url, log); err != nil {
		return side, err
	}
	if side.Queue, err = queue.New(ctx, side.DB, queue.DefaultConfig(time.Now, log)); err != nil {
		return side, errors.Join(err, side.DB.Close())
	}
	return side, nil
}

func savedText(dir string, saved backup.Saved) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Saved in %s: ", dir)
	if saved.Rows != nil {
		fmt.Fprintf(&b, "the rows as of %s, %s, and ", saved.At.Format(time.RFC3339), bytesText(saved.Rows.Size))
	}
	fmt.Fprintf(&b, "%d objects of %s, %d of them new.\n", saved.Count, bytesText(saved.Bytes), saved.Copied-saved.Renewed)
	if saved.Renewed > 0 {
		fmt.Fprintf(&b, "%d objects of the folder were damaged, and have been copied anew: look at its disk.\n", saved.Renewed)
	}
	return b.String()
}

// putBack makes what is saved in the folder that is named the installation.
func putBack(ctx context.Context, p *program, withRows bool) error {
	dir, err := oneFolder(p)
	if err != nil {
		return err
	}
	restored, err := restore(ctx, p, dir, withRows)
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("interrupted; what was put back stays, but a server can't be started on it yet: run the same command again to go on")
	case err != nil && !errors.Is(err, backup.ErrIncomplete):
		return fmt.Errorf("not restored: %w", err)
	}
	_, failed := fmt.Fprint(p.stdout, restoredText(restored, withRows))
	return errors.Join(err, failed)
}

func restore(ctx context.Context, p *program, dir string, withRows bool) (restored backup.Restored, err error) {
	s := p.settings
	if _, err := os.Stat(filepath.Join(dir, "backup.json")); errors.Is(err, fs.ErrNotExist) {
		return restored, fmt.Errorf("%w in %s", backup.ErrNone, dir) // before anything is made
	}
	unlock, err := lockData(s.Data)
	if err != nil {
		return restored, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	log := newLogger(s, p)
	to := backup.Target{Temp: filepath.Join(s.Data, "tmp"), Log: log}
	if withRows {
		if err := checkUnused(s.dbURL()); err != nil {
			return restored, err
		}
		side, err := openSideOf(ctx, s.dbURL(), log)
		if err != nil {
			return restored, err
		}
		defer func() { err = errors.Join(err, side.DB.Close()) }()
		to.Rows = &side
	}
	if to.Blobs, err = blob.Open(ctx, s.blobsURL(), p.environ...); err != nil {
		return restored, err
	}
	defer func() { err = errors.Join(err, to.Blobs.Close()) }()
	return backup.Restore(ctx, dir, to, newMoveProgress(p.stderr))
}

// checkUnused wants no server to have a SQLite database open whose data folder
// is elsewhere. One of another kind is in use when it has rows.
func checkUnused(dbURL string) error {
	u, err := url.Parse(dbURL)
	if err != nil || u.Scheme != "sqlite" {
		return nil // which opening it tells
	}
	used, err := store.InUse(u.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && used:
		return fmt.Errorf("the database %s is %w", u.Path, blob.ErrInUse)
	}
	return err
}

func restoredText(r backup.Restored, withRows bool) string {
	var b strings.Builder
	rows := ""
	switch {
	case r.RowsThere:
		rows = "; the rows had been put back before"
	case withRows:
		rows = fmt.Sprintf(", %d rows, %d tasks", r.Moved.Rows, r.Moved.Tasks)
	}
	fmt.Fprintf(&b, "Restored what was saved at %s: %d objects of %s, %d of them in this run%s.\n", r.At.Format(time.RFC3339), r.Count, bytesText(r.Bytes), r.Copied, rows)
	if r.Incomplete {
		fmt.Fprint(&b, "Some objects were missing, damaged or unreadable when it was saved: run vitrined scrub.\n")
	}
	if !withRows {
		fmt.Fprint(&b, "The rows have to come from elsewhere before a server is started; then run vitrined scrub.\n")
	}
	return b.String()
}

// oneFolder is what a command is about that has one word.
func oneFolder(p *program) (string, error) {
	if len(p.args) != 1 || p.args[0] == "" {
		return "", errors.New("name one folder: the one of the backup")
	}
	return p.args[0], nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/store"
)

// dbURL is the database: --db, or a file in --data.
func (s settings) dbURL() string {
	if s.DB != "" {
		return s.DB
	}
	return fileURL("sqlite", s.Data, "vitrine.db")
}

// blobsURL is the bucket: --blobs, or a folder in --data.
func (s settings) blobsURL() string {
	if s.Blobs != "" {
		return s.Blobs
	}
	return fileURL("file", s.Data, "blobs")
}

func fileURL(scheme, dir, name string) string {
	path := filepath.Join(dir, name)
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return (&url.URL{Scheme: scheme, Path: path}).String()
}

func openDB(ctx context.Context, s settings, log *slog.Logger) (*store.DB, error) {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, err
	}
	return store.Open(ctx, s.dbURL(), log)
}

// withGallery runs fn on the rules without a queue: nothing that fn does may
// make jobs.
func withGallery(ctx context.Context, p *program, fn func(*gallery.Gallery) error) (err error) {
	db, err := openDB(ctx, p.settings, newLogger(p.settings, p))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return fn(gallery.New(gallery.Config{DB: db, Limits: p.settings.Limits, Now: time.Now}))
}

func keysCreate(ctx context.Context, p *program) error {
	return withGallery(ctx, p, func(g *gallery.Gallery) error {
		key, secret, err := g.CreateKey(ctx, p.settings.Account, p.settings.Scopes...)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "Key %d of account %s; its number is the client_id of the Classifieds API, the key its client_secret. It is shown this once:\n%s\n", key.ID, key.Account.Name, secret)
		return err
	})
}

func keysList(ctx context.Context, p *program) error {
	return withGallery(ctx, p, func(g *gallery.Gallery) error {
		keys, err := g.Keys(ctx, p.settings.Account)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "KEY\tBEGINS\tSCOPES\tCREATED\tREVOKED")
		for _, key := range keys {
			revoked := "-"
			if !key.RevokedAt.IsZero() {
				revoked = key.RevokedAt.Format(time.RFC3339)
			}
			_, _ = fmt.Fprintf(table, "%d\t%s…\t%s\t%s\t%s\n", key.ID, key.Prefix, strings.Join(key.Scopes, ","), key.CreatedAt.Format(time.RFC3339), revoked)
		}
		return table.Flush()
	})
}

func keysRevoke(ctx context.Context, p *program) error {
	if len(p.args) != 1 {
		return errors.New("name one key by its number, as keys list shows it")
	}
	id, err := strconv.ParseInt(p.args[0], 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not the number of a key", p.args[0])
	}
	return withGallery(ctx, p, func(g *gallery.Gallery) error {
		return g.RevokeKey(ctx, p.settings.Account, id)
	})
}

func accountsSuspend(ctx context.Context, p *program) error { return suspend(ctx, p, true) }

func accountsResume(ctx context.Context, p *program) error { return suspend(ctx, p, false) }

func suspend(ctx context.Context, p *program, suspended bool) error {
	return withGallery(ctx, p, func(g *gallery.Gallery) error {
		return g.SuspendAccount(ctx, p.settings.Account, suspended)
	})
}

// migrate opens the database, which brings its schema up to date.
func migrate(ctx context.Context, p *program) error {
	return withGallery(ctx, p, func(*gallery.Gallery) error { return nil })
}

// imagingWorker is a child of the server: it decodes what others have sent.
func imagingWorker(_ context.Context, p *program) error {
	in, ok := p.stdin.(*os.File)
	if !ok {
		return errors.New("stdin is not the server's socket")
	}
	return imaging.Child(in, p.stdout)
}

package setuptest

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/s3test"
	"github.com/vitrine-media/vitrine/internal/store"
)

// setUp is one of the ways to run. Its databases have the schema already: to
// migrate an empty one is most of what a small test would cost, so that it is
// done once in a test process, and copied.
type setUp struct {
	name     string
	database func(t testing.TB) (url string)
	bucket   func(t testing.TB) (url string, environ []string)
}

var (
	embedded = setUp{"SQLite and a folder", copyFile, newFolder}
	servers  = setUp{"PostgreSQL and S3", func(t testing.TB) string { return pgtest.Prepared(t, migrate) }, s3test.Start}
)

func newFolder(t testing.TB) (string, []string) {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(t.TempDir(), "blobs"))}).String(), nil
}

// copyFile makes a file of SQLite.
func copyFile(t testing.TB) string {
	t.Helper()
	content, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "vitrine.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return sqliteURL(file)
}

func sqliteURL(file string) string {
	return (&url.URL{Scheme: "sqlite", Path: filepath.ToSlash(file)}).String()
}

// migrated is the content of a file of SQLite that has the schema.
var migrated = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "setuptest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "vitrine.db")
	if err := migrate(sqliteURL(file)); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// migrate gives an empty database the schema, its queue's included.
func migrate(url string) error {
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	db, err := store.Open(ctx, url, log)
	if err != nil {
		return err
	}
	_, err = queue.New(ctx, db, queue.DefaultConfig(time.Now, log))
	return errors.Join(err, db.Close())
}

package store

import (
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/vitrine-media/vitrine/internal/pgtest"
)

// filled is an installation as version 2 of the schema had it: a picture, a tour
// and a hosted video, in a list and in a gallery.
var filled = []string{
	`insert into account (id, name, created_at) values (1, 'acme', 1)`,
	`insert into content (sha256, bytes, type, state, recipe, created_at) values ('aa', 9, 'image/jpeg', 'ready', 'r', 1)`,
	`insert into variant (sha256, name, type, width, height, bytes) values ('aa', '128', 'image/webp', 4, 3, 9)`,
	`insert into media (id, uuid, account_id, kind, identity_key, url, identity, version, good_url, state, seq, sha256, created_at, updated_at) values
		(1, 'u1', 1, 'image', 'k1', 'https://o/1', 'https://o/1', '', '', 'ready', 1, 'aa', 1, 1),
		(2, 'u2', 1, 'tour', 'k2', 'https://o/2', 'https://o/2', '', 'https://o/2', 'ready', 1, null, 1, 1),
		(3, 'u3', 1, 'video', 'k3', 'https://o/3', 'https://o/3', '', 'https://o/3', 'ready', 1, null, 1, 1)`,
	`insert into listing (id, uuid, gallery, account_id, kind, status, revision, digest, form_data, created_at, updated_at, synced_at)
		values (1, 'l1', 'g1', 1, 'classified', 'CREATED', 1, '', '{}', 1, 1, 1)`,
	`insert into placement (listing_id, position, media_id, type, url, version, category, tags, title) values
		(1, 0, 1, 'PICTURE', 'https://o/1', '', '', '[]', ''), (1, 1, 2, 'VIRTUAL_TOUR', 'https://o/2', '', '', '[]', ''),
		(1, 2, 3, 'VIDEO', 'https://o/3', '', '', '[]', '')`,
	`insert into shown (listing_id, position, media_id, sha256, type, category, tags, title, url) values
		(1, 0, 1, 'aa', 'PICTURE', '', '[]', '', ''), (1, 1, 2, null, 'VIRTUAL_TOUR', '', '[]', '', 'https://o/2')`,
}

// A filled database goes back to version 2 and forward again, and is as it was;
// what the newer schema adds has its defaults, and old links are due.
func TestMigrateFilled(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T) (url string, dialect goose.Dialect){
		"sqlite": func(t *testing.T) (string, goose.Dialect) {
			return "sqlite://" + filepath.Join(t.TempDir(), "test.db"), goose.DialectSQLite3
		},
		"postgres": func(t *testing.T) (string, goose.Dialect) { return pgtest.Start(t), goose.DialectPostgres },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, dialect := start(t)
			log := slog.New(slog.DiscardHandler)
			db, err := Open(t.Context(), url, log)
			if err != nil {
				t.Fatal(err)
			}
			goBack(t, db, url, dialect)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if db, err = Open(t.Context(), url, log); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}()
			err = db.View(t.Context(), func(tx *Tx) error {
				placed, err := tx.Placed(t.Context(), 1)
				if err != nil || len(placed) != 3 || placed[0].Media.Content == nil || placed[1].Media.Link != nil || placed[0].Altered {
					t.Errorf("the list is %+v, %v", placed, err)
				}
				shown, err := tx.Shown(t.Context(), 1)
				if err != nil || len(shown) != 2 || shown[1].URL != "https://o/2" || shown[1].Link != nil || shown[0].Content.Facts.Panorama != nil {
					t.Errorf("the gallery is %+v, %v", shown, err)
				}
				due, err := tx.DueLinks(t.Context(), time.Now(), 10)
				if err != nil || len(due) != 2 {
					t.Errorf("due are %+v, %v; want the tour and the hosted video", due, err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// goBack takes the schema back to version 2, with rows of that time in it.
func goBack(t *testing.T, db *DB, url string, dialect goose.Dialect) {
	t.Helper()
	handle, err := sql.Open("sqlite", url[len("sqlite://"):])
	if dialect == goose.DialectPostgres {
		handle = stdlib.OpenDBFromPool(db.Pool())
	}
	if err != nil {
		t.Fatal(err)
	}
	provider, err := migrator(dialect, handle, db.Engine())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	for _, statement := range filled {
		if _, err := handle.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := handle.Close(); err != nil {
		t.Fatal(err)
	}
}

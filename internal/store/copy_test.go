package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/store"
)

// engines are the URLs of fresh databases.
var engines = map[store.Engine]func(*testing.T) string{store.SQLite: sqliteURL, store.Postgres: postgresURL}

func tables(t *testing.T, db *store.DB) (all []store.Table) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Tables(t.Context())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTables holds that whatever a migration makes is copied, the tasks of the
// queues aside, and that both engines describe it alike.
func TestTables(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("migrations %q, %v", files, err)
	}
	var want []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, made := range regexp.MustCompile(`(?m)^create table (\w+)`).FindAllSubmatch(text, -1) {
			if name := string(made[1]); !strings.HasPrefix(name, "queue_") {
				want = append(want, name)
			}
		}
	}
	slices.Sort(want)
	described := map[store.Engine][]store.Table{}
	for engine, newURL := range engines {
		described[engine] = tables(t, open(t, newURL(t)))
		var got []string
		for _, table := range described[engine] {
			got = append(got, table.Name)
			if len(table.Columns) < 2 || !slices.IsSorted(table.Columns) {
				t.Errorf("%s: table %s has the columns %q", engine, table.Name, table.Columns)
			}
		}
		for _, pair := range [][2]string{{"account", "media"}, {"content", "media"}, {"media", "shown"}, {"endpoint", "delivery"}, {"delivery", "delivery_attempt"}} {
			if slices.Index(got, pair[0]) > slices.Index(got, pair[1]) {
				t.Errorf("%s: table %s comes after %s, which refers to it", engine, pair[0], pair[1])
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: tables (-want +got)\n%s", engine, diff)
		}
	}
	if diff := cmp.Diff(described[store.SQLite], described[store.Postgres]); diff != "" {
		t.Errorf("the schema (-sqlite +postgres)\n%s", diff)
	}
}

// TestCopy copies rows between the engines in all directions: NULLs, odd texts,
// more rows than a batch has, and a number that was given and deleted.
func TestCopy(t *testing.T) {
	t.Parallel()
	for fromEngine, fromURL := range engines {
		for toEngine, toURL := range engines {
			t.Run(fmt.Sprintf("%s to %s", fromEngine, toEngine), func(t *testing.T) {
				t.Parallel()
				from, to := open(t, fromURL(t)), open(t, toURL(t))
				fill(t, from)
				all := tables(t, from)
				if err := copyAll(t, from, to, all); err != nil {
					t.Fatal(err)
				}
				for _, table := range all {
					want, got := fingerprint(t, from, table), fingerprint(t, to, table)
					if want != got {
						t.Errorf("table %s: %+v was copied, %+v is there", table.Name, want, got)
					}
				}
				for _, db := range []*store.DB{from, to} {
					var id int64
					err := db.Write(t.Context(), func(tx *store.Tx) error {
						return tx.QueryRow(t.Context(), `insert into account (name, created_at) values ('next', 1) returning id`).Scan(&id)
					})
					if err != nil || id != 252 {
						t.Errorf("the next account is %d, %v, want 252", id, err)
					}
				}
				if err := copyAll(t, from, to, all); !errors.Is(err, store.ErrConflict) {
					t.Errorf("rows copied twice: %v, want ErrConflict", err)
				}
			})
		}
	}
}

// fill writes 250 accounts and two media.
func fill(t *testing.T, db *store.DB) {
	t.Helper()
	for i := range 251 {
		write(t, db, `insert into account (name, settings, created_at) values ($1, $2, $3)`, fmt.Sprintf("é'\"\\\n%d", i), `{"a": "\u0000"}`, int64(1)<<52+int64(i))
	}
	write(t, db, `delete from account where id = 251`)
	write(t, db, `insert into secret (name, value) values ('urls', '')`)
	for i, external := range []any{nil, "x"} {
		write(t, db, `insert into media (uuid, account_id, external_id, kind, url, identity, version, state, seq, created_at, updated_at)
			values ($1, 7, $2, 'picture', 'u', 'i', 'v', 'ready', -1, 0, 0)`, fmt.Sprint(i), external)
	}
}

func copyAll(t *testing.T, from, to *store.DB, all []store.Table) error {
	rows := 0
	err := to.Write(t.Context(), func(target *store.Tx) error {
		return from.View(t.Context(), func(source *store.Tx) error {
			for _, table := range all {
				if err := target.Copy(t.Context(), source, table, func(n int) { rows += n }); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err == nil && rows != 253 {
		t.Errorf("told of %d rows, want 253", rows)
	}
	return err
}

func fingerprint(t *testing.T, db *store.DB, table store.Table) (f store.Fingerprint) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		f, err = tx.Fingerprint(t.Context(), table)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFingerprint tells rows apart that are nearly the same.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	seen := map[store.Fingerprint]string{}
	for _, row := range []string{`('a', 'bc')`, `('ab', 'c')`, `('1', '2')`, `('a', ''), ('', 'bc')`, `('', 'a'), ('bc', '')`} {
		db := open(t, sqliteURL(t))
		write(t, db, `insert into secret (name, value) values `+row)
		f := fingerprint(t, db, store.Table{Name: "secret", Columns: []string{"name", "value"}})
		if other, ok := seen[f]; ok {
			t.Errorf("%s and %s have the same fingerprint", row, other)
		}
		seen[f] = row
	}
}

// TestInUseByNobody asks of a database that is closed, and of none. That of a
// running server is asked of where there is one, in cmd/vitrined.
func TestInUseByNobody(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vitrine.db")
	if err := open(t, "sqlite://"+path).Close(); err != nil {
		t.Fatal(err)
	}
	if used, err := store.InUse(path); err != nil || used {
		t.Errorf("in use: %v, %v", used, err)
	}
	if _, err := store.InUse(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a database that is not there: %v", err)
	}
}

// TestCopyVerifies has a target that does not keep what it is given.
func TestCopyVerifies(t *testing.T) {
	t.Parallel()
	from, to := open(t, sqliteURL(t)), open(t, sqliteURL(t))
	fill(t, from)
	write(t, to, `create trigger spoils after insert on secret begin update secret set value = 'other'; end`)
	if err := copyAll(t, from, to, tables(t, from)); !errors.Is(err, store.ErrCopy) {
		t.Errorf("got %v, want ErrCopy", err)
	}
	for _, table := range tables(t, to) {
		if f := fingerprint(t, to, table); f.Rows > 0 {
			t.Errorf("table %s is left with %d rows", table.Name, f.Rows)
		}
	}
}

package store_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vitrine-media/vitrine/internal/store"
)

// An accepted write survives power loss: the log is synced with each commit.
func TestSQLiteIsDurable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?c%20#.db") // and any name will do
	db := open(t, "sqlite://"+strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23").Replace(path))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "10000"} {
			var got any
			if err := tx.QueryRow(t.Context(), "pragma "+pragma).Scan(&got); err != nil {
				return err
			}
			if fmt.Sprint(got) != want {
				t.Errorf("pragma %s is %v, want %s", pragma, got, want)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "mysql://x", "sqlite://relative.db", "sqlite:///a.db?mode=memory", "sqlite://" + filepath.Join(t.TempDir(), "missing", "a.db"), "postgres://u:secret@[::1"} {
		db, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
		if err == nil {
			t.Errorf("%q: no error", url)
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password: %v", url, err)
		}
	}
}

// A process that is killed in the middle of many writes has kept all those
// that it had acknowledged.
func TestSQLiteSurvivesKill(t *testing.T) {
	t.Parallel()
	if url := os.Getenv("STORE_VICTIM"); url != "" {
		writeUntilKilled(t, url)
	}
	url := sqliteURL(t)
	write(t, open(t, url), `create table thing (id bigint primary key)`)

	victim := exec.Command(os.Args[0], "-test.run=^TestSQLiteSurvivesKill$")
	victim.Env = append(os.Environ(), "STORE_VICTIM="+url)
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []int64
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text, whole := strings.CutSuffix(lines.Text(), ".")
		if !whole {
			continue
		}
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatalf("the victim said %q", lines.Text())
		}
		if acknowledged = append(acknowledged, id); len(acknowledged) == 200 {
			if err := victim.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = victim.Wait() // killed, as wanted
	if len(acknowledged) < 200 {
		t.Fatalf("the victim ended after %d writes", len(acknowledged))
	}

	db := open(t, url)
	there := make(map[int64]bool)
	for _, id := range ids(t, db) {
		there[id] = true
	}
	for _, id := range acknowledged {
		if !there[id] {
			t.Errorf("row %d was acknowledged and is gone", id)
		}
	}
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		var verdict string
		if err := tx.QueryRow(t.Context(), "pragma integrity_check").Scan(&verdict); err != nil {
			return err
		}
		if verdict != "ok" {
			t.Errorf("integrity check: %s", verdict)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// writeUntilKilled inserts rows from several goroutines and prints the id of
// each one that was accepted, with a full stop to tell whole lines.
func writeUntilKilled(t *testing.T, url string) {
	db := open(t, url)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for id := int64(worker); ; id += 8 {
				write(t, db, `insert into thing (id) values ($1)`, id)
				if _, err := fmt.Printf("%d.\n", id); err != nil {
					return
				}
			}
		})
	}
	group.Wait()
}

package setuptest_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/setuptest"
	"github.com/vitrine-media/vitrine/internal/store"
)

// victim is the environment variable that says how a child of this test is to
// fail.
const victim = "SETUPTEST_VICTIM"

func TestMain(m *testing.M) {
	if os.Getenv(victim) == "without Main" {
		os.Exit(m.Run())
	}
	os.Exit(setuptest.Main(m))
}

// What is opened is of the set-up in force, has the schema, and is empty.
func TestOpen(t *testing.T) {
	t.Parallel()
	for range 2 { // of databases of their own
		db, bucket := setuptest.Open(t, slog.New(slog.DiscardHandler))
		if _, s3 := bucket.(blob.Uploader); s3 != setuptest.OnServers() || (db.Engine() == store.Postgres) != setuptest.OnServers() {
			t.Errorf("on servers: %t, and it is %s with S3: %t", setuptest.OnServers(), db.Engine(), s3)
		}
		var id int64
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(t.Context(), `insert into account (name, created_at) values ('acme', 1) returning id`).Scan(&id)
		})
		if id != 1 || err != nil {
			t.Errorf("the first account has the id %d, %v", id, err)
		}
		if err := bucket.Put(t.Context(), "key", strings.NewReader("x"), 1); err != nil {
			t.Error(err)
		}
	}
}

// TestVictim fails as it is told to.
func TestVictim(t *testing.T) {
	t.Parallel()
	if os.Getenv(victim) == "" {
		return
	}
	setuptest.Open(t, slog.New(slog.DiscardHandler))
	if os.Getenv(victim) == fmt.Sprintf("servers: %t", setuptest.OnServers()) {
		t.Error("as told")
	}
}

// A failure on either set-up is one of the whole, and says where it was.
func TestMainFails(t *testing.T) {
	t.Parallel()
	if setuptest.OnServers() {
		return // the children have run on both
	}
	for how, want := range map[string][]string{
		"servers: false": {"tests on SQLite and a folder:", "as told", "on SQLite and a folder", "FAIL", "tests on PostgreSQL and S3:", "PASS"},
		"servers: true":  {"tests on SQLite and a folder:", "PASS", "tests on PostgreSQL and S3:", "as told", "on PostgreSQL and S3", "FAIL"},
		"without Main":   {"the package's TestMain doesn't run its tests by setuptest.Main", "FAIL"},
		"nothing":        {"tests on SQLite and a folder:", "PASS", "tests on PostgreSQL and S3:", "PASS"},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
			cmd.Env = append(os.Environ(), victim+"="+how)
			out, err := cmd.Output()
			if failed := new(exec.ExitError); errors.As(err, &failed) != (how != "nothing") {
				t.Errorf("it ended with %v", err)
			}
			var got []string
			for line := range strings.Lines(string(out)) {
				if _, said, ok := strings.Cut(line, ".go:"); ok {
					_, line, _ = strings.Cut(said, ": ")
				}
				if line = strings.TrimSpace(line); !strings.HasPrefix(line, "--- ") {
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("said (-want +got)\n%s", diff)
			}
		})
	}
}

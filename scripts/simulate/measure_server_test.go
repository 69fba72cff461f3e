package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/porttest"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

// patience bounds every wait.
const patience = 10 * time.Minute

// clients send at the same time.
const clients = 4

// rig is a vitrined as it is built, in a process of its own, over a PostgreSQL
// and an S3 server; and a connection to look into the database.
type rig struct {
	*testing.B
	server   int // process
	postgres int // process
	client   *client.Client
	db       *pgx.Conn
	asked    int          // queries by it, each with a commit of its own
	sent     int          // classifieds, with those of this round
	origin   string       // serves what serve gives
	serve    atomic.Value // func(uri string) []byte
}

func newRig(b *testing.B) *rig {
	b.Helper()
	r := &rig{B: b}
	database := pgtest.Start(b)
	bucket, environ := s3test.Start(b)
	environ = append(append(os.Environ(), environ...), "VITRINE_DB="+database, "VITRINE_BLOBS="+bucket)
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = w.Write(r.serve.Load().(func(string) []byte)(req.URL.RequestURI())) // a reader that went away is its own affair
	}))
	b.Cleanup(origin.Close)
	r.origin = origin.URL

	program := filepath.Join(b.TempDir(), "vitrined")
	r.command(environ, "go", "build", "-o", program, "../../cmd/vitrined")
	data, address := b.TempDir(), freeAddress(b)
	server := exec.Command(program, "serve", "--data", data, "--listen", address, "--fetch-allow", "127.0.0.0/8", "--log-level", "error",
		"--fetch-per-origin", "16", "--rate-limit", "1000000", "--classifieds-rate-limit", "1000000")
	var log bytes.Buffer
	server.Env, server.Stderr = environ, &log
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // killed, as wanted
		if b.Failed() {
			b.Logf("log of the server:\n%s", &log)
		}
	})
	r.server = server.Process.Pid
	r.wait("the server to be ready", func() bool {
		response, err := http.Get("http://" + address + "/readyz")
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
	words := strings.Fields(r.command(environ, program, "keys", "create", "--data", data, "--account", "acme"))
	r.client = client.New("http://"+address, words[len(words)-1])
	r.db, r.postgres = connect(b, database)
	return r
}

// connect opens a connection, and gives the process of which all of the
// database server's are children.
func connect(b *testing.B, database string) (db *pgx.Conn, server int) {
	b.Helper()
	db, err := pgx.Connect(b.Context(), database)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})
	var backend int
	if err := db.QueryRow(b.Context(), "select pg_backend_pid()").Scan(&backend); err != nil {
		b.Fatal(err)
	}
	own, ok := readProcess(b, backend)
	if !ok {
		b.Fatalf("PostgreSQL's process %d is not here", backend)
	}
	return db, own.parent
}

func (r *rig) command(environ []string, name string, args ...string) string {
	r.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = environ
	output, err := cmd.Output()
	if err != nil {
		r.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return string(output)
}

func freeAddress(b *testing.B) string {
	b.Helper()
	address, err := porttest.Address()
	if err != nil {
		b.Fatal(err)
	}
	return address
}

func (r *rig) wait(what string, done func() bool) {
	r.Helper()
	for deadline := time.Now().Add(patience); !done(); {
		if time.Now().After(deadline) {
			r.Fatalf("waited %v for %s", patience, what)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// number runs a query that gives one.
func (r *rig) number(query string, args ...any) (n float64) {
	r.Helper()
	r.asked++
	if err := r.db.QueryRow(r.Context(), query, args...).Scan(&n); err != nil {
		r.Fatalf("%s: %v", query, err)
	}
	return n
}

// settled waits until no task is left.
func (r *rig) settled() {
	r.Helper()
	r.wait("all tasks to end", func() bool {
		return r.number(`select count(*)::float8 from river_job where state in ('available', 'running', 'retryable', 'scheduled')`) == 0
	})
}

// each calls fn for 0 to n-1, several at the same time.
func (r *rig) each(n int, fn func(i int) error) {
	r.Helper()
	var next atomic.Int64
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := fn(i); err != nil {
					r.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if r.Failed() {
		r.FailNow()
	}
}

// costs are what the parts have used up.
type costs struct {
	server, children, database time.Duration // CPU
	wal                        float64       // bytes
	commits                    float64
}

func (r *rig) costs() costs {
	r.Helper()
	var c costs
	c.server, c.children = treeCPU(r.B, r.server)
	own, backends := treeCPU(r.B, r.postgres)
	c.database = own + backends
	if _, err := r.db.Exec(r.Context(), `select pg_stat_force_next_flush()`); err != nil {
		r.Fatal(err)
	}
	commits := r.number(`select xact_commit::float8 from pg_stat_database where datname = current_database()`)
	c.commits = commits - float64(r.asked)
	c.wal = r.number(`select (pg_current_wal_lsn() - '0/0')::float8`)
	return c
}

// spent is what work costs, for each of n.
type spent struct{ server, children, database, wal, commits []float64 }

func (s *spent) add(before, after costs, n int) {
	each := func(d time.Duration) float64 { return millis(d) / float64(n) }
	s.server = append(s.server, each(after.server-before.server))
	s.children = append(s.children, each(after.children-before.children))
	s.database = append(s.database, each(after.database-before.database))
	s.wal = append(s.wal, (after.wal-before.wal)/float64(n))
	s.commits = append(s.commits, (after.commits-before.commits)/float64(n))
}

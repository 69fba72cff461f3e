// Package pgtest gives tests a real PostgreSQL.
//
// The first call of Start in a test process makes a server of its own, in a
// temp folder and reachable through a unix socket there; it ends with the
// process, however that ends. Nothing has to be running or configured: only
// the programs of PostgreSQL must be installed (on Debian the package
// postgresql).
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// timeout bounds the start of the server, and each statement on it. It is far
// more than an idle machine needs.
const timeout = 2 * time.Minute

// shared is the one server of this test process.
var shared struct {
	sync.Mutex
	server    *server
	databases int
	prepared  bool // there is the database that Prepared copies
}

// Start gives the URL of a fresh, empty database, which is dropped at the end
// of the test. It fails the test when PostgreSQL is not installed.
func Start(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	return create(t, running(t), "template1")
}

// prepared is the name of the database that Prepared copies.
const prepared = "prepared"

// Prepared is Start, but the database holds what prepare has put into an empty
// one and closed. That is done once in a test process, by the first call; what
// tests get are copies, which cost a fraction of a schema's migrations.
func Prepared(t testing.TB, prepare func(url string) error) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	s := running(t)
	if !shared.prepared {
		if err := s.exec("create database " + prepared); err != nil {
			t.Fatalf("start PostgreSQL: %v", err)
		}
		if err := prepare(s.url(prepared)); err != nil {
			t.Fatalf("prepare a database: %v", err)
		}
		shared.prepared = true
	}
	return create(t, s, prepared)
}

// Own is Start on a server of the test's own, with these options of postgres
// over those that fit tests: for benchmarks that want one such as is in use.
func Own(t testing.TB, options string) string {
	t.Helper()
	s, err := startServer(options)
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := s.stdin.Close(); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
		<-s.ended
	})
	return s.url("postgres")
}

// running gives the server, which it starts when there is none.
func running(t testing.TB) *server {
	t.Helper()
	if shared.server == nil {
		s, err := startServer("")
		if err != nil {
			t.Fatalf("start PostgreSQL: %v", err)
		}
		shared.server = s
	}
	return shared.server
}

// create makes a database that is a copy of another, until the test ends.
func create(t testing.TB, s *server, template string) string {
	t.Helper()
	shared.databases++
	name := fmt.Sprintf("test%d", shared.databases)
	if err := s.exec("create database " + name + " template " + template); err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec("drop database " + name + " with (force)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return s.url(name)
}

// url is the address of one database of the server.
func (s *server) url(database string) string {
	return (&url.URL{
		Scheme:   "postgres",
		User:     url.User(superuser),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {s.folder}}.Encode(),
	}).String()
}

// exec runs a statement on a connection of its own.
func (s *server) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

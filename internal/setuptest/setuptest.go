// Package setuptest runs the tests of a package on each of the set-ups that
// vitrine has: SQLite with a folder, and PostgreSQL with an S3 store. Both
// servers are real; the tests start them.
//
// The package has a TestMain that calls Main, and its tests open what they
// work on with Open and Queue.
package setuptest

import (
	"flag"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/store"
)

// inForce is the set-up of the tests that run now. All tests of a package run
// on one before the next: nothing else could tell it to them.
var inForce atomic.Pointer[setUp]

// Main runs the tests on each set-up in turn, and says on which before it does;
// it returns what to exit with: 0 when they passed on all. Fuzzing, benchmarks
// and the listing of tests are for SQLite and a folder alone. A profile of
// coverage is that of SQLite and a folder too.
func Main(m *testing.M) (code int) {
	flag.Parse()
	if once() {
		inForce.Store(&embedded)
		return m.Run()
	}
	for _, s := range []*setUp{&embedded, &servers} {
		fmt.Printf("tests on %s:\n", s.name)
		inForce.Store(s)
		code = max(code, m.Run())
	}
	return code
}

// once reports whether tests are not all that this process is to do.
func once() bool {
	for _, name := range []string{"test.fuzz", "test.bench", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return true
		}
	}
	return flag.Lookup("test.fuzzworker").Value.String() == "true"
}

// OnServers reports whether the set-up in force is PostgreSQL and S3.
func OnServers() bool { return inForce.Load() == &servers }

// Open gives a database that has the schema and no rows, and an empty bucket, of
// the set-up in force. They are closed and removed at the end of the test.
func Open(t testing.TB, log *slog.Logger) (*store.DB, blob.Bucket) {
	t.Helper()
	on := inForce.Load()
	if on == nil {
		t.Fatal("the package's TestMain doesn't run its tests by setuptest.Main")
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("on %s", on.name)
		}
	})
	db, err := store.Open(t.Context(), on.database(t), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	url, environ := on.bucket(t)
	bucket, err := blob.Open(t.Context(), url, environ...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bucket.Close(); err != nil {
			t.Errorf("close the bucket: %v", err)
		}
	})
	return db, bucket
}

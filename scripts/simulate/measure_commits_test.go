package main

import (
	"context"
	"crypto/rand"
	"flag"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/store"
)

const (
	commitWriters = 16
	commitsEach   = 200
)

// synced names an empty database of a server that syncs: the tests' own doesn't.
var synced = flag.String("synced", "", "postgres://… of an empty database on a PostgreSQL with fsync on, for BenchmarkCommits")

// BenchmarkCommits is how many small transactions a second many writers get
// committed, when they wake nobody and when they do, as those that enqueue
// tasks: PostgreSQL lets one transaction that notifies commit at a time, so that
// those don't share an fsync.
func BenchmarkCommits(b *testing.B) {
	url := *synced
	if url == "" {
		url = pgtest.Start(b)
	}
	db, err := store.Open(b.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var plain, waking []float64
	for b.Loop() {
		plain, waking = nil, nil
		for range *rounds {
			plain = append(plain, commitsPerSecond(b, db, false))
			waking = append(waking, commitsPerSecond(b, db, true))
		}
	}
	c := Commits{*synced != "", commitWriters, median(plain), median(waking)}
	b.ReportMetric(c.PerSecond, "commits/s")
	b.ReportMetric(c.WakingPerSecond, "waking-commits/s")
	record(b, func(m *Measured) { m.Commits = c })
}

func commitsPerSecond(b *testing.B, db *store.DB, wake bool) float64 {
	b.Helper()
	write := func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `insert into queue_node (id, beat) values ($1, 1)`, rand.Text()); err != nil || !wake {
			return err
		}
		_, err := tx.Exec(ctx, `select pg_notify('measured', '')`)
		return err
	}
	var group sync.WaitGroup
	began := time.Now()
	for range commitWriters {
		group.Go(func() {
			for range commitsEach {
				if err := db.Write(b.Context(), func(tx *store.Tx) error { return write(b.Context(), tx) }); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return commitWriters * commitsEach / time.Since(began).Seconds()
}

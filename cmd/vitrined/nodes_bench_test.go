package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/store"
)

// publish puts a listing and gives the time until it is published.
func publish(b *testing.B, c *client.Client, name string, urls []string) time.Duration {
	b.Helper()
	began := time.Now()
	put, err := c.PutListing(b.Context(), listing(name, urls...))
	if err != nil {
		b.Fatal(err)
	}
	for {
		job, err := c.Job(b.Context(), put.JobID)
		if err != nil {
			b.Fatal(err)
		}
		switch job.Status {
		case vitrine.JobCompleted:
			return time.Since(began)
		case vitrine.JobFailed:
			b.Fatalf("the listing's job ended as %+v", job)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// The queue of BenchmarkFairShare.
const (
	fairQueued   = 5000 // photos of the large account
	fairListing  = 20   // of them in each of its listings
	fairSmall    = 5    // photos of a small account's listing
	fairEmpty    = 20   // listings that find the queue empty
	fairSlowness = 100 * time.Millisecond
)

// BenchmarkFairShare publishes listings of 5 small photos on a server of one
// folder, first with nothing else to do, then while 5,000 photos of another
// account are queued, whose origin takes its time for each. The ratio is the
// median time from PUT to published with the queue by that without; others are
// the photos of the large account that were done meanwhile.
func BenchmarkFairShare(b *testing.B) {
	o := newOrigin(b)
	slow := newOrigin(b)
	number := func(r *http.Request) (n uint64) {
		if _, err := fmt.Sscanf(r.PathValue("name"), "%d.jpg", &n); err != nil {
			b.Error(err)
		}
		return n
	}
	o.mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(photo(b, number(r), 48, 36)) })
	slow.mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(fairSlowness):
			_, _ = w.Write(photo(b, number(r), 52, 39))
		case <-r.Context().Done():
		}
	})
	s := start(b, b.TempDir(), freeAddress(b), "--log-level", "error", "--rate-limit", "1000000")
	db := openData(b, s.data)
	small, large := client.New(s.base, s.keyOf(b, "small")), client.New(s.base, s.keyOf(b, "large"))
	sent := 0
	next := func() time.Duration {
		urls := make([]string, fairSmall)
		for i := range urls {
			urls[i] = fmt.Sprintf("%s/%d.jpg", o.URL, sent)
			sent++
		}
		return publish(b, small, fmt.Sprint("house-", sent), urls)
	}

	next() // starts the children
	var empty, full []time.Duration
	for range fairEmpty {
		empty = append(empty, next())
	}
	for first := 0; first < fairQueued; first += fairListing {
		urls := make([]string, fairListing)
		for i := range urls {
			urls[i] = fmt.Sprintf("%s/%d.jpg", slow.URL, first+i)
		}
		if _, err := large.PutListing(b.Context(), listing(fmt.Sprint("flat-", first), urls...)); err != nil {
			b.Fatal(err)
		}
	}
	queued := optimisedBy(b, db, "large")
	for b.Loop() {
		full = append(full, next())
	}
	done := optimisedBy(b, db, "large")
	if done > fairQueued*9/10 {
		b.Fatalf("%d of %d photos were done before the end", done, fairQueued)
	}
	b.ReportMetric(float64(medianOf(full).Microseconds())/1000, "full-ms")
	b.ReportMetric(float64(medianOf(empty).Microseconds())/1000, "empty-ms")
	b.ReportMetric(medianOf(full).Seconds()/medianOf(empty).Seconds(), "ratio")
	b.ReportMetric(float64(done-queued)/float64(len(full)), "others/listing")
}

// optimisedBy counts the photos of an account that have been optimised.
func optimisedBy(b *testing.B, db *store.DB, account string) (n int) {
	b.Helper()
	err := db.View(b.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(b.Context(), `select count(*) from media join account on account.id = media.account_id
			where account.name = $1 and media.state = 'ready'`, account).Scan(&n)
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func medianOf(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// BenchmarkSpread compares, round by round, one node with two optimisers with
// two nodes with one each, on PostgreSQL and S3: a listing of 20 photos, PUT to
// published. The ratio is the photos a second of two nodes by those of one.
func BenchmarkSpread(b *testing.B) {
	photos := realPhotos(b, 20)
	names := slices.Sorted(maps.Keys(photos))
	o := newOrigin(b)
	o.mux.HandleFunc("GET /{round}/{name}", func(w http.ResponseWriter, r *http.Request) {
		// Known bytes are not optimised again: each round sends its own.
		_, _ = w.Write(append(slices.Clone(photos[r.PathValue("name")]), r.PathValue("round")...))
	})
	settings := func(workers, roles string) []string {
		return []string{"--log-level", "error", "--fetch-per-origin", "16", "--rate-limit", "1000000", "--optimise-workers", workers, "--roles", roles}
	}
	const worker, all = "fetch,optimise", "api,fetch,optimise,video,deliver"
	one, two := newCluster(b), newCluster(b)
	alone := one.node(b, settings("2", all)...)
	first := two.node(b, settings("1", all)...)
	two.node(b, settings("1", worker)...)
	clients := []*client.Client{client.New(alone.base, alone.key(b)), client.New(first.base, first.key(b))}

	took := make([]time.Duration, len(clients))
	rounds := 0
	round := func() {
		rounds++
		for i := range clients {
			i = (i + rounds) % len(clients)
			var urls []string
			for _, name := range names {
				urls = append(urls, fmt.Sprintf("%s/%d-%d/%s", o.URL, rounds, i, name))
			}
			took[i] += publish(b, clients[i], fmt.Sprint("round-", rounds), urls)
		}
	}
	round() // starts the children
	clear(took)
	for b.Loop() {
		round()
	}
	perSecond := func(i int) float64 { return float64((rounds-1)*len(names)) / took[i].Seconds() }
	b.ReportMetric(perSecond(0), "one-photos/s")
	b.ReportMetric(perSecond(1), "two-photos/s")
	b.ReportMetric(perSecond(1)/perSecond(0), "ratio")
}

package main

import (
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/store"
)

var resyncMillion = flag.Bool("million", false, "BenchmarkResyncCurve goes on to a million listings, which takes half an hour and some GB")

// curveSent is how many PUTs there are in a round.
const curveSent = 1000

// curvePostgres are the settings of PostgreSQL: what is committed is on the disk,
// and most of what is looked at among a million listings stays in memory.
const curvePostgres = "-c fsync=on -c shared_buffers=1GB"

// BenchmarkResyncCurve sends unchanged lists of 20 pictures to the whole server,
// on a database that grows, and the same bodies in turn to bare handlers on the
// same database, as BenchmarkNightlyResync does. Ratios are the server's PUTs a
// second by theirs: the one writes a row, waiting for the disk where the server
// does, the other only reads one. Which of the lists are sent is drawn anew in each
// round, from all over the database.
func BenchmarkResyncCurve(b *testing.B) {
	sizes := []int{1_000, 10_000, 100_000}
	if *resyncMillion {
		sizes = append(sizes, 1_000_000)
	}
	for _, engine := range []struct {
		name, driver string
		url          func(data string) string
		raw          func(url string, unsynced bool) string // as the driver wants it
	}{
		{"sqlite", "sqlite", func(data string) string { return settings{Data: data}.dbURL() }, func(url string, unsynced bool) string {
			level := map[bool]string{false: "FULL", true: "NORMAL"}[unsynced]
			return strings.Replace(url, "sqlite://", "file:", 1) + "?_pragma=synchronous(" + level + ")&_pragma=busy_timeout(10000)&_txlock=immediate"
		}},
		{"postgres", "pgx", func(string) string { return pgtest.Own(b, curvePostgres) }, func(url string, unsynced bool) string {
			if unsynced {
				return url + "&synchronous_commit=off"
			}
			return url
		}},
	} {
		b.Run(engine.name, func(b *testing.B) {
			data := b.TempDir()
			url := engine.url(data)
			c := newCurve(b, data, url)
			c.raw = c.open(engine.driver, engine.raw(url, false))
			c.bareHandlers(engine.driver, func(unsynced bool) string { return engine.raw(url, unsynced) })
			for _, size := range sizes {
				c.grow(size)
				for _, api := range c.apis {
					b.Run(fmt.Sprintf("%s/%d", api.name, size), func(b *testing.B) { c.compare(b, api) })
				}
			}
		})
	}
}

// curve is a server, its database, and bare handlers on that.
type curve struct {
	*resync
	db      *store.DB
	raw     *sql.DB // the same, without vitrine's transactions
	account int64
	size    int // numbers that have rows
	apis    []*curveAPI
}

// curveAPI is one of the APIs.
type curveAPI struct {
	name       string
	body       func(i int) []byte
	path       func(i int) string
	decoded    func() any // what a bare handler decodes a body into
	key        func(decoded any, r *http.Request) string
	read, save string // what the bare handlers run
	unsynced   bool   // the server doesn't wait for the disk

	server, bareRead, bareWrite string // URLs
}

func newCurve(b *testing.B, data, url string) *curve {
	b.Helper()
	c := &curve{resync: &resync{b: b, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: resyncClients}}}}
	b.Cleanup(c.client.CloseIdleConnections)
	c.start(data, url)
	db, err := store.Open(b.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	c.db = db
	c.write(func(tx *store.Tx) error {
		account, err := tx.AccountByName(b.Context(), "acme")
		c.account = account.ID
		return err
	})
	c.apis = []*curveAPI{
		{
			name: "classifieds", body: curveClassified, server: c.server + "/caas/v4/classifieds/",
			path:    func(i int) string { return fmt.Sprintf(curveUUID+"%012d", i) },
			decoded: func() any { return new(bareClassified) },
			key:     func(_ any, r *http.Request) string { return strings.Trim(r.URL.Path, "/") },
			read:    `select revision, status from listing where uuid = $1`,
			save:    `update listing set synced_at = synced_at + 1 where uuid = $1 returning revision, status`,
		},
		{
			name: "listings", body: curveListing, server: c.server + "/api/v1/listings",
			path:    func(int) string { return "" },
			decoded: func() any { return new(bareListing) },
			key:     func(decoded any, _ *http.Request) string { return decoded.(*bareListing).ExternalID },
			read:    `select revision, status from listing where account_id = 1 and kind = 'listing' and external_id = $1`,
			save: `update listing set synced_at = synced_at + 1 where account_id = 1 and kind = 'listing' and external_id = $1
				returning revision, status`,
			unsynced: true,
		},
	}
	return c
}

// start has the whole server run on a database.
func (c *curve) start(data, url string) {
	c.b.Helper()
	address := freeAddress(c.b)
	c.run("serve", "--data", data, "--db", url, "--listen", address, "--log-level", "error",
		"--classifieds-rate-limit", "100000000", "--rate-limit", "100000000")
	c.server = "http://" + address
	wait(c.b, "the server to be ready", func() bool {
		response, err := http.Get(c.server + "/readyz")
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
	c.key = (&server{data: data, environ: []string{"VITRINE_DB=" + url}}).key(c.b)
}

// bareHandlers serves those of both APIs.
func (c *curve) bareHandlers(driver string, url func(unsynced bool) string) {
	for _, a := range c.apis {
		reader, writer := c.open(driver, url(false)), c.open(driver, url(a.unsynced))
		if driver == "sqlite" {
			writer.SetMaxOpenConns(1) // the file has one writer
		}
		a.bareRead, a.bareWrite = c.bare(a, reader, a.read), c.bare(a, writer, a.save)
		if a.name == "classifieds" {
			a.bareRead, a.bareWrite = a.bareRead+"/", a.bareWrite+"/"
		}
	}
}

func (c *curve) open(driver, url string) *sql.DB {
	c.b.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		c.b.Fatal(err)
	}
	db.SetMaxIdleConns(resyncClients)
	c.b.Cleanup(func() { _ = db.Close() })
	return db
}

// bareClassified and bareListing are what a bare handler decodes.
type (
	bareClassified struct {
		Portals        []string
		Data, Specific json.RawMessage
		Media          []struct {
			URL, MediaType, Category, Title string
			Tags                            []string
		}
	}
	bareListing struct {
		ExternalID, AnnouncementType, AnnouncementDescription string
		AnnouncementValue                                     float64
		Files                                                 []struct{ URL, ExternalFileID string }
	}
)

// bare serves a handler that decodes a body and runs one statement.
func (c *curve) bare(a *curveAPI, db *sql.DB, query string) string {
	c.b.Helper()
	statement, err := db.Prepare(query)
	if err != nil {
		c.b.Fatal(err)
	}
	c.b.Cleanup(func() { _ = statement.Close() })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer struct {
			Status   string
			Revision int64
		}
		decoded := a.decoded()
		err := json.NewDecoder(r.Body).Decode(decoded)
		if err == nil {
			err = statement.QueryRowContext(r.Context(), a.key(decoded, r)).Scan(&answer.Revision, &answer.Status)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // a client that went away is its own affair
	}))
	c.b.Cleanup(server.Close)
	return server.URL
}

// compare sends rounds to all three, each before the others in turn.
func (c *curve) compare(b *testing.B, a *curveAPI) {
	full := c.size / curveFull
	numbers := make([]int, curveSent)
	draw := func() {
		for n := range numbers {
			numbers[n] = curveFull * (1 + rand.IntN(full))
		}
	}
	sides := []string{a.bareRead, a.server, a.bareWrite}
	took := map[string]time.Duration{}
	rounds := 0
	for b.Loop() {
		draw()
		c.put(b, a, a.server, numbers) // a listing is known from its second PUT on
		sides = append(sides[1:], sides[0])
		for _, side := range sides {
			took[side] += c.put(b, a, side, numbers)
		}
		rounds++
	}
	perSecond := func(side string) float64 { return float64(rounds*curveSent) / took[side].Seconds() }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(perSecond(a.server), "puts/s")
	b.ReportMetric(perSecond(a.bareRead), "bare/s")
	b.ReportMetric(perSecond(a.bareWrite), "bare-write/s")
	b.ReportMetric(perSecond(a.server)/perSecond(a.bareRead), "ratio")
	b.ReportMetric(perSecond(a.server)/perSecond(a.bareWrite), "write-ratio")
}

// put sends the lists of these numbers, and gives the time that it took.
func (c *curve) put(b *testing.B, a *curveAPI, base string, numbers []int) time.Duration {
	b.Helper()
	requests := make([]*http.Request, len(numbers))
	for n, i := range numbers {
		request, err := http.NewRequest(http.MethodPut, base+a.path(i), strings.NewReader(string(a.body(i))))
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Authorization", map[string]string{"classifieds": "Bearer ", "listings": "ApiKey "}[a.name]+c.key)
		request.Header.Set("Content-Type", "application/json")
		requests[n] = request
	}
	began := time.Now()
	var next atomic.Int64
	var clients sync.WaitGroup
	send := func(request *http.Request) {
		response, err := c.client.Do(request)
		if err != nil {
			b.Error(err)
			return
		}
		text, err := io.ReadAll(response.Body)
		if err != nil || response.Body.Close() != nil || response.StatusCode/100 != 2 {
			b.Errorf("%s: %d %.300s, %v", request.URL, response.StatusCode, text, err)
		}
	}
	for range resyncClients {
		clients.Go(func() {
			for n := next.Add(1) - 1; n < int64(len(requests)); n = next.Add(1) - 1 {
				send(requests[n])
			}
		})
	}
	clients.Wait()
	took := time.Since(began)
	if b.Failed() {
		b.FailNow()
	}
	return took
}

package listingsapi_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
	"github.com/vitrine-media/vitrine/internal/store"
)

// The benchmarks compare, round by round, the whole API with a bare net/http
// handler that runs one statement on the same database, without a key, a limit
// or a rule. Both answer over loopback, to as many clients. The ratio is the
// API's requests a second by the bare handler's.

const (
	benchClients = 8
	benchRound   = 400 // requests of one round
)

// rig is an API and a bare handler on one database.
type rig struct {
	*server
	b      *testing.B
	raw    *sql.DB // of the bare handler
	api    string  // URLs
	bare   string
	client *http.Client
}

func newRig(b *testing.B, bare func(*rig) http.Handler) *rig {
	b.Helper()
	limits := vitrine.DefaultLimits()
	limits.RatePerMinute, limits.BulkPerMinute = 1<<30, 1<<30
	r := &rig{server: newServer(b, func(l *vitrine.Limits) { *l = limits }), b: b}
	raw, err := sql.Open("sqlite", "file:"+r.databaseFile()+"?_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := raw.Close(); err != nil {
			b.Error(err)
		}
	})
	r.raw = raw

	serve := func(h http.Handler) string {
		server := httptest.NewServer(h)
		b.Cleanup(server.Close)
		return server.URL
	}
	r.api = serve(listingsapi.New(listingsapi.Config{
		Gallery: r.gallery, URLs: r.urls, Limits: limits, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})) + listingsapi.Base
	r.bare = serve(bare(r))
	transport := &http.Transport{MaxIdleConnsPerHost: benchClients}
	b.Cleanup(transport.CloseIdleConnections)
	r.client = &http.Client{Transport: transport}
	return r
}

// databaseFile is the file of the database: benchmarks run on SQLite.
func (r *rig) databaseFile() (file string) {
	r.b.Helper()
	err := r.db.View(r.b.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(r.b.Context(), `select file from pragma_database_list where name = 'main'`).Scan(&file)
	})
	if err != nil {
		r.b.Fatal(err)
	}
	return file
}

// round sends n requests from all clients at once and gives the time they took.
func (r *rig) round(n int, method, base string, path, body func(i int) string) time.Duration {
	r.b.Helper()
	var next atomic.Int64
	var clients sync.WaitGroup
	began := time.Now()
	for range benchClients {
		clients.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				r.request(method, base+path(i), body(i))
			}
		})
	}
	clients.Wait()
	return time.Since(began)
}

func (r *rig) request(method, url, body string) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		r.b.Error(err)
		return
	}
	req.Header.Set("X-API-Key", r.key)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := r.client.Do(req)
	if err != nil {
		r.b.Error(err)
		return
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil || resp.StatusCode/100 != 2 {
		r.b.Errorf("%s %s: %d %.200s, %v", method, url, resp.StatusCode, text, err)
	}
}

// compare runs rounds on both sides, each before the other in turn.
func (r *rig) compare(method string, path, body func(i int) string) {
	r.b.Helper()
	sides := []string{r.bare, r.api}
	for _, side := range sides {
		r.round(benchRound, method, side, path, body) // what is cached is cached
	}
	took := map[string]time.Duration{}
	rounds := 0
	for r.b.Loop() {
		sides[0], sides[1] = sides[1], sides[0]
		for _, side := range sides {
			took[side] += r.round(benchRound, method, side, path, body)
		}
		rounds++
	}
	perSecond := func(side string) float64 { return float64(rounds*benchRound) / took[side].Seconds() }
	r.b.ReportMetric(perSecond(r.api), "api-requests/s")
	r.b.ReportMetric(perSecond(r.bare), "bare-requests/s")
	r.b.ReportMetric(perSecond(r.api)/perSecond(r.bare), "ratio")
}

// statement is the one of a bare handler.
func (r *rig) statement(query string) *sql.Stmt {
	r.b.Helper()
	stmt, err := r.raw.Prepare(query)
	if err != nil {
		r.b.Fatal(err)
	}
	r.b.Cleanup(func() {
		if err := stmt.Close(); err != nil {
			r.b.Error(err)
		}
	})
	return stmt
}

// answerBare answers what a bare handler has found.
func (r *rig) answerBare(w http.ResponseWriter, found any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
	if err := json.NewEncoder(w).Encode(found); err != nil {
		r.b.Error(err)
	}
}

const benchItems = 50

func nothing(int) string { return "" }

// BenchmarkReads is GET /media/{id} of files that are ready.
func BenchmarkReads(b *testing.B) {
	r := newRig(b, func(r *rig) http.Handler {
		stmt := r.statement(`select m.id, coalesce(m.external_id, ''), m.state, c.sha256, c.bytes, c.type, c.width, c.height,
			c.blurhash, c.thumbhash, c.dominant_color, c.recipe
			from media m left join content c on c.sha256 = m.sha256 where m.account_id = $1 and m.id = $2`)
		mux := http.NewServeMux()
		mux.HandleFunc("GET /media/{id}", func(w http.ResponseWriter, req *http.Request) {
			var m vitrine.Media
			var c vitrine.Content
			err := stmt.QueryRowContext(req.Context(), r.account, req.PathValue("id")).Scan(&m.ID, &m.ExternalID, &m.State,
				&c.SHA256, &c.Bytes, &c.Type, &c.Width, &c.Height, &c.Blurhash, &c.Thumbhash, &c.DominantColor, &c.Recipe)
			m.Content = &c
			r.answerBare(w, m, err)
		})
		return mux
	})
	ids := make([]string, benchItems)
	for i := range ids {
		ids[i], _ = r.importURL(fmt.Sprintf("https://a.example/%d.jpg", i))
		r.fetched(ids[i], vitrine.Content{
			SHA256: digest(i), Bytes: 1830442, Type: "image/jpeg", Width: 4000, Height: 3000, Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
			Thumbhash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2w", DominantColor: "#8a7f6b", Recipe: "r1",
			Variants: []vitrine.Variant{{Name: "128", Type: "image/webp"}, {Name: "512", Type: "image/webp"}, {Name: "1024", Type: "image/webp"}},
		})
	}
	r.compare(http.MethodGet, func(i int) string { return "/media/" + ids[i%benchItems] }, nothing)
}

// BenchmarkUnchangedPuts is PUT /listings of listings of 20 files that are as
// sent before. The bare handler notes the time of the write, as the API does.
func BenchmarkUnchangedPuts(b *testing.B) {
	r := newRig(b, func(r *rig) http.Handler {
		stmt := r.statement(`update listing set synced_at = $1 where account_id = $2 and external_id = $3 returning id, status, gallery`)
		r.raw.SetMaxOpenConns(1) // the file has one writer
		mux := http.NewServeMux()
		mux.HandleFunc("PUT /listings", func(w http.ResponseWriter, req *http.Request) {
			var sent struct{ ExternalID string }
			var l vitrine.Listing
			err := json.NewDecoder(req.Body).Decode(&sent)
			if err == nil {
				err = stmt.QueryRowContext(req.Context(), time.Now().UnixMilli(), r.account, sent.ExternalID).Scan(&l.ID, &l.Status, &l.Gallery)
			}
			r.answerBare(w, l, err)
		})
		return mux
	})
	bodies := make([]string, benchItems)
	for i := range bodies {
		var files []string
		for n := range 20 {
			files = append(files, fmt.Sprintf(`{"url": "https://a.example/%d/%d.jpg", "externalFileId": "%d-%d"}`, i, n, i, n))
		}
		bodies[i] = fmt.Sprintf(`{"externalId": "flat-%d", "announcementType": "sale", "announcementValue": 120000, "files": [%s]}`, i, strings.Join(files, ","))
		r.put(bodies[i])
	}
	r.compare(http.MethodPut, func(int) string { return "/listings" }, func(i int) string { return bodies[i%benchItems] })
}

// BenchmarkBulkImports is POST /media/bulk of 100 new URLs, accepted in one
// transaction. The ratio is its imports a second by those of single requests.
func BenchmarkBulkImports(b *testing.B) {
	const size = 100
	r := newRig(b, func(*rig) http.Handler { return http.NotFoundHandler() })
	round := 0
	address := func(i int) string { return fmt.Sprintf(`"url": "https://a.example/%d/%d.jpg"`, round, i) }
	var single, bulk time.Duration
	for b.Loop() {
		round++
		single += r.round(size, http.MethodPost, r.api, func(int) string { return "/media/upload-from-url" }, func(i int) string { return "{" + address(i) + "}" })

		operations := make([]string, size)
		for i := range operations {
			operations[i] = `{"op": "upload-from-url", ` + address(size+i) + "}"
		}
		body := `{"operations": [` + strings.Join(operations, ",") + `]}`
		began := time.Now()
		r.request(http.MethodPost, r.api+"/media/bulk", body)
		bulk += time.Since(began)
	}
	imports := float64(round * size)
	b.ReportMetric(imports/bulk.Seconds(), "bulk-imports/s")
	b.ReportMetric(imports/single.Seconds(), "single-imports/s")
	b.ReportMetric(single.Seconds()/bulk.Seconds(), "ratio")
}

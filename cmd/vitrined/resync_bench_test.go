package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The nightly resync: a CRM sends all that it has, of which next to nothing has
// changed.
const (
	resyncClassifieds = 2000
	resyncMedia       = 20  // of each classified
	resyncClients     = 4   // that send at the same time
	resyncChanged     = 100 // one classified in so many has a changed picture
)

// BenchmarkNightlyResync sends 2,000 classifieds of 20 pictures again, unchanged,
// to the whole server, and the same bodies in turn to bare net/http handlers
// without a key, a check or a rule: one decodes the body with encoding/json and
// reads one row by its index, the other updates that row, which costs an fsync
// as the server's own write does. Ratios are the server's PUTs a second by
// theirs. Nothing may be downloaded; then one classified in a hundred has one
// changed timestamp, and just these pictures are.
//
// The server runs in this process: -cpuprofile shows what a PUT costs. The
// pictures are imported through the API before the clock starts. They all have
// the same bytes, so that they are optimised once; each is downloaded.
func BenchmarkNightlyResync(b *testing.B) {
	r := newResync(b)
	r.send(r.server, http.MethodPost, 0)
	r.settled("CREATED")
	imported := r.downloads.Load()
	if want := int64(resyncClassifieds * resyncMedia); imported != want {
		b.Fatalf("importing took %d downloads, want %d", imported, want)
	}

	sides := []string{r.bareRead, r.server, r.bareWrite}
	took := map[string]time.Duration{}
	rounds := 0
	for b.Loop() {
		rounds++
		sides = append(sides[1:], sides[0])
		for _, side := range sides {
			took[side] += r.send(side, http.MethodPut, 0)
		}
	}
	if n := r.downloads.Load() - imported; n != 0 {
		b.Fatalf("%d downloads of unchanged pictures", n)
	}
	perSecond := func(side string) float64 { return float64(rounds*resyncClassifieds) / took[side].Seconds() }
	b.ReportMetric(perSecond(r.server), "puts/s")
	b.ReportMetric(perSecond(r.bareRead), "bare/s")
	b.ReportMetric(perSecond(r.bareWrite), "bare-write/s")
	b.ReportMetric(perSecond(r.server)/perSecond(r.bareRead), "ratio")
	b.ReportMetric(perSecond(r.server)/perSecond(r.bareWrite), "write-ratio")

	r.send(r.server, http.MethodPut, 1)
	r.settled("UPDATED")
	changed := r.downloads.Load() - imported
	if want := int64(resyncClassifieds / resyncChanged); changed != want {
		b.Fatalf("%d downloads for %d changed pictures", changed, want)
	}
	b.ReportMetric(float64(changed), "downloads-of-1%")
}

// resync is a server, an origin and bare handlers.
type resync struct {
	b         *testing.B
	client    *http.Client
	key       string
	origin    string
	downloads atomic.Int64

	server, bareRead, bareWrite string // URLs of classifieds

	ids [resyncClassifieds]string
}

func newResync(b *testing.B) *resync {
	b.Helper()
	r := &resync{b: b}
	transport := &http.Transport{MaxIdleConnsPerHost: resyncClients}
	b.Cleanup(transport.CloseIdleConnections)
	r.client = &http.Client{Transport: transport}
	picture := photo(b, 1, 16, 12)
	r.origin = r.serve(func(w http.ResponseWriter, _ *http.Request) {
		r.downloads.Add(1)
		_, _ = w.Write(picture)
	})
	data := b.TempDir()
	address := freeAddress(b)
	r.run("serve", "--data", data, "--listen", address, "--log-level", "error", "--fetch-allow", "127.0.0.0/8",
		"--fetch-workers", "32", "--fetch-per-origin", "32", "--classifieds-rate-limit", "1000000")
	r.server = "http://" + address + "/caas/v4/classifieds"
	wait(b, "the server to be ready", func() bool {
		response, err := http.Get("http://" + address + "/readyz")
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
	r.key = (&server{data: data}).key(b)
	r.bareRead = r.bare(data, "ro", `select revision, status from listing where uuid = $1`)
	r.bareWrite = r.bare(data, "rw", `update listing set synced_at = synced_at where uuid = $1 returning revision, status`)
	return r
}

// run has vitrined run in this process until the benchmark ends.
func (r *resync) run(args ...string) {
	ctx, stop := context.WithCancel(context.WithoutCancel(r.b.Context()))
	var output logBuffer
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, args, nil, nil, &output, &output) }()
	r.b.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			r.b.Errorf("the server ended with %d:\n%s", code, &output)
		}
	})
}

func (r *resync) serve(handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	r.b.Cleanup(server.Close)
	return server.URL
}

// bare serves a handler that decodes a classified and runs one statement on the
// server's database, by a connection of its own.
func (r *resync) bare(data, mode, query string) string {
	r.b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "vitrine.db")+"?mode="+mode+"&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		r.b.Fatal(err)
	}
	if mode == "rw" {
		db.SetMaxOpenConns(1) // the file has one writer
	}
	statement, err := db.Prepare(query)
	if err != nil {
		r.b.Fatal(err)
	}
	r.b.Cleanup(func() {
		if statement.Close() != nil || db.Close() != nil {
			r.b.Error("the bare handler's database does not close")
		}
	})
	return r.serve(func(w http.ResponseWriter, req *http.Request) {
		var sent struct {
			Portals        []string
			Data, Specific json.RawMessage
			Media          []struct {
				URL, MediaType, Category, Title string
				Tags                            []string
			}
		}
		var answer struct {
			ClassifiedID, Status string
			Revision             int64
		}
		err := json.NewDecoder(req.Body).Decode(&sent)
		if err == nil {
			answer.ClassifiedID = strings.Trim(req.URL.Path, "/")
			err = statement.QueryRowContext(req.Context(), answer.ClassifiedID).Scan(&answer.Revision, &answer.Status)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_ = json.NewEncoder(w).Encode(answer) // a client that went away is its own affair
	})
}

// body is a classified as it is sent. The version of its first picture is given.
func (r *resync) body(n, version int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"portals": ["SL", "BUCOM"], "data": {"metaData": {"source": {"offererEstateId": "estate-%d"}}, "rooms": 3.5, "text": "%s"}, "media": [`,
		n, strings.Repeat("A bright flat near the river. ", 40))
	for i := range resyncMedia {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"url": "%s/agency/77/estate/%d/photo-%02d.jpg?size=large&timestamp=2026-02-13T09:25:%02d", "mediaType": "PICTURE", `+
			`"category": "LIVING_ROOM", "tags": ["LIVING_ROOM", "INDOOR"], "title": "Living room with a view, picture %d"}`, r.origin, n, i, version, i)
		version = 0
	}
	b.WriteString("]}")
	return b.Bytes()
}

// send sends all classifieds once and gives the time that it took. Those that
// change have their first picture in that version.
func (r *resync) send(base, method string, version int) time.Duration {
	r.b.Helper()
	bodies := make([][]byte, resyncClassifieds)
	for n := range bodies {
		bodies[n] = r.body(n, 0)
		if n%resyncChanged == 0 {
			bodies[n] = r.body(n, version)
		}
	}
	var next atomic.Int64
	var clients sync.WaitGroup
	began := time.Now()
	for range resyncClients {
		clients.Go(func() {
			for n := next.Add(1) - 1; n < resyncClassifieds; n = next.Add(1) - 1 {
				url := base
				if method == http.MethodPut {
					url += "/" + r.ids[n]
				}
				var answer struct{ ClassifiedID string }
				r.request(method, url, bodies[n], &answer)
				r.ids[n] = answer.ClassifiedID
			}
		})
	}
	clients.Wait()
	took := time.Since(began)
	if r.b.Failed() {
		r.b.FailNow()
	}
	return took
}

// settled waits until all classifieds have that status.
func (r *resync) settled(status string) {
	r.b.Helper()
	for _, id := range r.ids {
		wait(r.b, "classified "+id+" to be "+status, func() bool {
			var page struct{ Items []struct{ Status string } }
			r.request(http.MethodGet, r.server+"/"+id+"/statuses?limit=1", nil, &page)
			return len(page.Items) == 1 && page.Items[0].Status == status
		})
	}
}

// request sends a body and reads the answer, which has to be a good one.
func (r *resync) request(method, url string, body []byte, answer any) {
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		r.b.Error(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+r.key)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := r.client.Do(request)
	if err != nil {
		r.b.Error(err)
		return
	}
	text, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil || response.StatusCode/100 != 2 {
		r.b.Errorf("%s %s: %d %.300s, %v", method, url, response.StatusCode, text, err)
		return
	}
	if err := json.Unmarshal(text, answer); err != nil {
		r.b.Errorf("%s %s: %v", method, url, err)
	}
}

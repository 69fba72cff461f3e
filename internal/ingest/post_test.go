package ingest_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/ingest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/setuptest"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

// post is the rules and the deliveries at work, with a clock that the test puts
// forward.
type post struct {
	*gallery.Gallery
	ahead   *atomic.Int64 // nanoseconds
	account int64
}

// startPost delivers until the test ends, to these networks beside the public
// ones.
func startPost(t *testing.T, allow ...netip.Prefix) *post {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	p := &post{ahead: new(atomic.Int64)}
	db, _ := setuptest.Open(t, log)
	backend := setuptest.Queue(t, db, queue.DefaultConfig(p.now, log))
	p.Gallery = gallery.New(gallery.Config{DB: db, Queue: backend, Limits: vitrine.DefaultLimits(), PublicURL: "https://vitrine.example", Now: p.now})
	key, _, err := p.CreateKey(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	p.account = key.Account.ID
	hooks := fetch.NewTransport(allow, nil, vitrine.DefaultLimits())
	jobs := ingest.New(ingest.Config{
		Gallery: p.Gallery, Sender: webhook.New(webhook.Config{Transport: hooks, Timeout: time.Minute, Now: p.now}), Now: p.now, Log: log,
		Bodies: ingest.Bodies{Event: func(e vitrine.Event) any { return e }},
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error)
	go func() {
		ended <- backend.Work(ctx, []queue.LaneWorkers{{Lane: gallery.LaneDeliver, Workers: 16}}, jobs.Handlers())
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		hooks.CloseIdleConnections()
	})
	return p
}

var loopback = netip.MustParsePrefix("127.0.0.0/8")

func (p *post) now() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }

// endpoint adds an endpoint for events of these types.
func (p *post) endpoint(t *testing.T, url string, types ...vitrine.EventType) vitrine.Endpoint {
	t.Helper()
	e, err := p.AddEndpoint(t.Context(), p.account, url, types)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// tell has something happen: a test event for that endpoint alone.
func (p *post) tell(t *testing.T, endpoint vitrine.Endpoint) vitrine.Delivery {
	t.Helper()
	d, err := p.TestEndpoint(t.Context(), p.account, endpoint.ID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// delivery gives a delivery as it stands in the log.
func (p *post) delivery(t *testing.T, d vitrine.Delivery) vitrine.Delivery {
	t.Helper()
	log, err := p.Deliveries(t.Context(), p.account, d.EndpointID, d.ID+1, 1)
	if err != nil || len(log) != 1 {
		t.Fatalf("the log has %+v, %v; want delivery %d", log, err, d.ID)
	}
	return log[0]
}

// attempted waits until a delivery has been attempted that often.
func (p *post) attempted(t *testing.T, d vitrine.Delivery, times int) vitrine.Delivery {
	t.Helper()
	until(t, "an attempt", func() bool { return len(p.delivery(t, d).Attempts) >= times })
	return p.delivery(t, d)
}

// attemptedLater is attempted on a clock that runs fast: an hour for each look.
func (p *post) attemptedLater(t *testing.T, d vitrine.Delivery, times int) vitrine.Delivery {
	t.Helper()
	for n := len(d.Attempts) + 1; n <= times; n++ {
		until(t, fmt.Sprintf("attempt %d", n), func() bool {
			p.ahead.Add(int64(time.Hour))
			return len(p.delivery(t, d).Attempts) >= n
		})
	}
	return p.delivery(t, d)
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

// outcomes are the attempts of a delivery, without their times.
func outcomes(d vitrine.Delivery) (lines []vitrine.DeliveryAttempt) {
	for _, a := range d.Attempts {
		lines = append(lines, vitrine.DeliveryAttempt{HTTPStatus: a.HTTPStatus, Detail: a.Detail})
	}
	return lines
}

func (p *post) want(t *testing.T, d vitrine.Delivery, state vitrine.DeliveryState, attempts ...vitrine.DeliveryAttempt) {
	t.Helper()
	if d.State != state || d.EndedAt.IsZero() != (state == vitrine.DeliveryPending) {
		t.Errorf("the delivery is %s, ended at %v; want %s", d.State, d.EndedAt, state)
	}
	if diff := cmp.Diff(attempts, outcomes(d)); diff != "" {
		t.Errorf("attempts (-want +got)\n%s", diff)
	}
}

// called is a request that a receiver got.
type called struct {
	header http.Header
	body   []byte
}

// receiver keeps what it is sent and answers as it is told to.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	calls  []called
	answer func(w http.ResponseWriter, r *http.Request)
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // its sender has been stopped
		}
		r.mu.Lock()
		r.calls = append(r.calls, called{req.Header, body})
		r.mu.Unlock()
		r.answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []called {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// verify reads a message as a receiver would that keeps its clock by the
// message.
func verify(t *testing.T, call called, secret string) {
	t.Helper()
	if err := verified(t, call, secret); err != nil {
		t.Errorf("message %s: %v", call.header.Get("Webhook-Id"), err)
	}
}

func verified(t *testing.T, call called, secret string) error {
	t.Helper()
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return wh.VerifyIgnoringTimestamp(call.body, call.header)
}

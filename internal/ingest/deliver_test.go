package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
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
	"github.com/vitrine-media/vitrine/internal/store"
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
	db, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "test.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	tuning := queue.DefaultConfig(p.now, log)
	backend := queue.NewEmbedded(db, tuning)
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
		err := errors.Join(<-ended, db.Close())
		hooks.CloseIdleConnections()
		if err != nil {
			t.Error(err)
		}
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

// An attempt that fails is followed by another of the same message, when the
// schedule has it.
func TestDeliveryRetried(t *testing.T) {
	t.Parallel()
	p := startPost(t, loopback)
	var tries atomic.Int64
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		switch tries.Add(1) {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			panic(http.ErrAbortHandler) // hangs up
		}
	})
	e := p.endpoint(t, r.URL)
	d := p.attempted(t, p.tell(t, e), 1)
	p.want(t, d, vitrine.DeliveryPending, vitrine.DeliveryAttempt{HTTPStatus: 500, Detail: "HTTP 500"})
	if pause := d.NextAt.Sub(d.Attempts[0].At); pause < 4*time.Second || pause > time.Minute {
		t.Errorf("the next attempt is %v after the first, want about 5 s", pause)
	}
	d = p.attempted(t, d, 2)
	if pause := d.NextAt.Sub(d.Attempts[1].At); pause < 4*time.Minute || pause > 7*time.Minute {
		t.Errorf("the next attempt is %v after the second, want about 5 min", pause)
	}
	p.want(t, p.attemptedLater(t, d, 3), vitrine.DeliveryDelivered,
		vitrine.DeliveryAttempt{HTTPStatus: 500, Detail: "HTTP 500"},
		vitrine.DeliveryAttempt{Detail: "connection closed without an answer"},
		vitrine.DeliveryAttempt{HTTPStatus: 200})
	calls := r.got()
	for _, call := range calls {
		if id := call.header.Get("Webhook-Id"); id != d.MessageID || string(call.body) != string(calls[0].body) {
			t.Errorf("an attempt is of %s, %s; want %s, %s", id, call.body, d.MessageID, calls[0].body)
		}
		verify(t, call, e.Secrets[0])
	}
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

// After a rotation both secrets sign, and after a day the new one alone.
func TestRotation(t *testing.T) {
	t.Parallel()
	p := startPost(t, loopback)
	r := newReceiver(t, status(http.StatusNoContent))
	e := p.endpoint(t, r.URL)
	rotated, err := p.RotateSecret(t.Context(), p.account, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	p.attempted(t, p.tell(t, e), 1)
	p.ahead.Add(int64(24*time.Hour + time.Minute))
	p.attempted(t, p.tell(t, e), 1)
	calls := r.got()
	verify(t, calls[0], e.Secrets[0])
	verify(t, calls[0], rotated.Secrets[0])
	verify(t, calls[1], rotated.Secrets[0])
	if err := verified(t, calls[1], e.Secrets[0]); !errors.Is(err, standardwebhooks.ErrNoMatchingSignature) {
		t.Errorf("a day later the old secret: %v", err)
	}
}

// A receiver that is gone is not called again.
func TestGone(t *testing.T) {
	t.Parallel()
	p := startPost(t, loopback)
	ill := new(atomic.Bool)
	ill.Store(true)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		if ill.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusGone)
	})
	e := p.endpoint(t, r.URL)
	waiting := p.tell(t, e)
	until(t, "two attempts", func() bool { return len(p.delivery(t, waiting).Attempts) == 2 }) // the next one is minutes away
	ill.Store(false)
	p.want(t, p.attempted(t, p.tell(t, e), 1), vitrine.DeliveryFailed, vitrine.DeliveryAttempt{HTTPStatus: 410, Detail: "HTTP 410"})
	if d := p.delivery(t, waiting); d.State != vitrine.DeliveryFailed || len(d.Attempts) != 2 {
		t.Errorf("what waited is %s after %d attempts, want failed after 2", d.State, len(d.Attempts))
	}
	now, err := p.Endpoint(t.Context(), p.account, e.ID)
	if err != nil || now.DisabledAt.IsZero() || now.DisabledWhy != "it answered that it is gone (HTTP 410)" {
		t.Errorf("the endpoint is %+v, %v; want it disabled", now, err)
	}
	_, testing := p.TestEndpoint(t.Context(), p.account, e.ID)
	_, replaying := p.Replay(t.Context(), p.account, e.ID, []int64{1}, 0, 0)
	for _, err := range []error{testing, replaying} {
		if vitrine.CodeOf(err) != vitrine.CodeConflict {
			t.Errorf("asked for another delivery: %v", err)
		}
	}

	// Enabled again, it gets what it missed when that is replayed.
	enabled := true
	if _, err := p.ChangeEndpoint(t.Context(), p.account, e.ID, gallery.EndpointChange{Enabled: &enabled}); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.answer = status(http.StatusOK)
	r.mu.Unlock()
	if n, err := p.Replay(t.Context(), p.account, e.ID, nil, 0, 0); n != 2 || err != nil {
		t.Fatalf("replayed %d, %v", n, err)
	}
	until(t, "the replay", func() bool { return len(r.got()) == 5 })
}

// A receiver under load says when to come again.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	p := startPost(t, loopback)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	d := p.attempted(t, p.tell(t, p.endpoint(t, r.URL)), 1)
	p.want(t, d, vitrine.DeliveryPending, vitrine.DeliveryAttempt{HTTPStatus: 429, Detail: "HTTP 429"})
	if pause := d.NextAt.Sub(d.Attempts[0].At); pause < 2*time.Hour || pause > 2*time.Hour+time.Minute {
		t.Errorf("the next attempt is %v after the first, want two hours", pause)
	}
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	p := startPost(t, loopback)
	elsewhere := newReceiver(t, status(http.StatusOK))
	r := newReceiver(t, http.RedirectHandler(elsewhere.URL, http.StatusPermanentRedirect).ServeHTTP)
	p.want(t, p.attempted(t, p.tell(t, p.endpoint(t, r.URL)), 1), vitrine.DeliveryPending,
		vitrine.DeliveryAttempt{HTTPStatus: 308, Detail: "HTTP 308, redirects are not followed"})
	if calls := elsewhere.got(); len(calls) > 0 {
		t.Errorf("the redirect was followed: %v", calls)
	}
}

// Addresses that must not be fetched from are not called either, and the log
// says so.
func TestForbiddenAddress(t *testing.T) {
	t.Parallel()
	p := startPost(t) // not even loopback
	inside := newReceiver(t, status(http.StatusOK))
	for _, url := range []string{inside.URL, "http://169.254.169.254/latest", "http://10.0.0.1/hook", "http://[::1]:1/hook", "http://localhost:1/hook"} {
		p.want(t, p.attempted(t, p.tell(t, p.endpoint(t, url)), 1), vitrine.DeliveryPending, vitrine.DeliveryAttempt{Detail: "address is not allowed"})
	}
	if calls := inside.got(); len(calls) > 0 {
		t.Errorf("loopback was called: %v", calls)
	}
}

// An endpoint that has taken nothing for the whole of the schedule is disabled,
// and says why.
func TestNeverAccepted(t *testing.T) {
	t.Parallel()
	p := startPost(t, loopback)
	r := newReceiver(t, status(http.StatusNotFound))
	e := p.endpoint(t, r.URL)
	d := p.tell(t, e)
	p.want(t, p.attemptedLater(t, d, webhook.Attempts), vitrine.DeliveryFailed, slices.Repeat([]vitrine.DeliveryAttempt{{HTTPStatus: 404, Detail: "HTTP 404"}}, webhook.Attempts)...)
	now, err := p.Endpoint(t.Context(), p.account, e.ID)
	if err != nil || !strings.HasPrefix(now.DisabledWhy, "no attempt has succeeded since ") || !strings.HasSuffix(now.DisabledWhy, ", the last: HTTP 404") {
		t.Errorf("the endpoint is disabled because %q, %v", now.DisabledWhy, err)
	}
}

// A slow receiver is called a few times at once, and the others don't wait for
// it.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	p := startPost(t, loopback)
	release := make(chan struct{})
	let := sync.OnceFunc(func() { close(release) })
	defer let() // or the receiver never closes
	var inside, most atomic.Int64
	slow := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		n := inside.Add(1)
		defer inside.Add(-1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
			continue
		}
		<-release
	})
	quick := newReceiver(t, status(http.StatusOK))
	for range 30 { // more than there are workers
		p.tell(t, p.firstEndpoint(t, slow.URL))
	}
	until(t, "the slow one to be called", func() bool { return inside.Load() > 0 })
	p.attempted(t, p.tell(t, p.endpoint(t, quick.URL)), 1)
	let()
	for n := range 30 {
		until(t, "one more to be delivered", func() bool { return len(slow.got()) > n })
	}
	if n := most.Load(); n > 8 {
		t.Errorf("%d deliveries to one endpoint at one time, want at most 8", n)
	}
}

// firstEndpoint gives the endpoint, which it makes when there is none.
func (p *post) firstEndpoint(t *testing.T, url string) vitrine.Endpoint {
	t.Helper()
	all, err := p.Endpoints(t.Context(), p.account)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return p.endpoint(t, url)
	}
	return all[0]
}

// A body holds the event as it was, also when it is delivered after the feed
// went on.
func TestReplay(t *testing.T) {
	t.Parallel()
	p := startPost(t, loopback)
	r := newReceiver(t, status(http.StatusOK))
	e := p.endpoint(t, r.URL)
	for range 3 {
		p.attempted(t, p.tell(t, e), 1)
	}
	before := r.got()
	if n, err := p.Replay(t.Context(), p.account, e.ID, []int64{2}, 0, 0); n != 1 || err != nil {
		t.Fatalf("replayed %d, %v", n, err)
	}
	until(t, "the replay", func() bool { return len(r.got()) == 4 })
	if n, err := p.Replay(t.Context(), p.account, e.ID, nil, 1, 3); n != 2 || err != nil {
		t.Fatalf("replayed %d, %v", n, err)
	}
	until(t, "the replay of a range", func() bool { return len(r.got()) == 6 })
	numbers := map[int64]int{}
	for _, call := range r.got()[3:] {
		var event vitrine.Event
		if err := json.Unmarshal(call.body, &event); err != nil {
			t.Fatal(err)
		}
		numbers[event.Seq]++
		first := before[event.Seq-1]
		if string(call.body) != string(first.body) || call.header.Get("Webhook-Id") != first.header.Get("Webhook-Id") {
			t.Errorf("event %d came again as %s %s, was %s %s", event.Seq, call.header.Get("Webhook-Id"), call.body, first.header.Get("Webhook-Id"), first.body)
		}
	}
	if diff := cmp.Diff(map[int64]int{2: 2, 3: 1}, numbers); diff != "" {
		t.Errorf("replayed (-want +got)\n%s", diff)
	}
	if _, err := p.Replay(t.Context(), p.account, e.ID, []int64{2, 99}, 0, 0); vitrine.CodeOf(err) != vitrine.CodeNotFound {
		t.Errorf("replay of an event that is not there: %v", err)
	}
}

package ingest_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

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

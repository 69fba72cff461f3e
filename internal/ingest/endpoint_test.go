package ingest_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

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

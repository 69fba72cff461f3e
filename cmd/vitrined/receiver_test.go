package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vitrine-media/vitrine"
)

// message is what a receiver has got.
type message struct {
	Path, ID string
	Body     string
	header   http.Header
	accepted bool
}

// receiver is the other end of a webhook: it keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	got []message
	// accept decides on what comes, nil: yes. What it refuses gets a 500 or no
	// answer, but no message is refused twice: its third try is minutes away.
	accept  func() bool
	refused map[string]bool
}

func newReceiver(t testing.TB, accept func() bool) *receiver {
	t.Helper()
	r := &receiver{accept: accept, refused: map[string]bool{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // its sender was killed
	}
	r.mu.Lock()
	m := message{Path: req.Method + " " + req.URL.Path, ID: req.Header.Get("Webhook-Id"), Body: string(body), header: req.Header}
	m.accepted = r.refused[m.ID] || r.accept == nil || r.accept()
	r.refused[m.ID] = r.refused[m.ID] || !m.accepted
	r.got = append(r.got, m)
	hangUp := len(r.got)%2 == 0
	r.mu.Unlock()
	switch {
	case m.accepted:
		w.WriteHeader(http.StatusCreated)
	case hangUp:
		panic(http.ErrAbortHandler)
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// messages gives what has come so far, of one type of event or "" for all.
func (r *receiver) messages(kind vitrine.EventType) (some []message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.got {
		if kind == "" || strings.Contains(m.Body, `"type":"`+string(kind)+`"`) {
			some = append(some, m)
		}
	}
	return some
}

// wait waits for that many messages and gives them.
func (r *receiver) wait(t *testing.T, n int) []message {
	t.Helper()
	wait(t, fmt.Sprintf("%d messages", n), func() bool { return len(r.messages("")) >= n })
	got := r.messages("")
	if len(got) != n {
		t.Errorf("%d messages came, want %d", len(got), n)
	}
	return got
}

// signed reports whether a message is signed with that secret.
func signed(t *testing.T, m message, secret string) bool {
	t.Helper()
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return wh.Verify([]byte(m.Body), m.header) == nil
}

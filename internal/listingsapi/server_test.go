package listingsapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
	"github.com/vitrine-media/vitrine/internal/openapitest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/setuptest"
	"github.com/vitrine-media/vitrine/internal/store"
)

// server is the API over real HTTP, on a real gallery and database, with a
// queue on which nobody works. Every answer is checked against the document
// that it serves.
type server struct {
	t       testing.TB
	url     string // without Base
	key     string
	account int64
	client  *http.Client
	handler http.Handler
	clock   *clock
	gallery *gallery.Gallery
	db      *store.DB
	blobs   blob.Bucket
	log     *logBuffer
	urls    *urls
}

// newServer starts a server with the contract's limits, as changed by change.
func newServer(t testing.TB, change ...func(*vitrine.Limits)) *server {
	t.Helper()
	return newServerOn(t, func(b blob.Bucket) blob.Bucket { return b }, change...)
}

// newReceiver is newServer for the tests of how uploads are received. An S3
// store receives them itself, which is kept from this server.
func newReceiver(t testing.TB, change ...func(*vitrine.Limits)) *server {
	t.Helper()
	return newServerOn(t, func(b blob.Bucket) blob.Bucket { return struct{ blob.Bucket }{b} }, change...)
}

func newServerOn(t testing.TB, wrap func(blob.Bucket) blob.Bucket, change ...func(*vitrine.Limits)) *server {
	t.Helper()
	limits := vitrine.DefaultLimits()
	for _, fn := range change {
		fn(&limits)
	}
	s := &server{
		t:     t,
		clock: &clock{now: time.Date(2026, 3, 14, 9, 26, 53, 589_793_238, time.UTC)},
		log:   &logBuffer{},
		urls:  &urls{},
	}
	db, bucket := setuptest.Open(t, slog.New(slog.DiscardHandler))
	s.db, s.blobs = db, wrap(bucket)
	listener := httptest.NewUnstartedServer(nil)
	s.url = "http://" + listener.Listener.Addr().String()
	tasks := setuptest.Queue(t, db, queue.DefaultConfig(s.clock.Now, slog.New(slog.DiscardHandler)))
	s.gallery = gallery.New(gallery.Config{
		DB: db, Queue: tasks, Blobs: s.blobs, Limits: limits, PublicURL: s.url, Secret: []byte("of this test"), Now: s.clock.Now,
	})
	s.handler = listingsapi.New(listingsapi.Config{
		Gallery: s.gallery,
		URLs:    s.urls,
		Limits:  limits,
		Version: "v1.2",
		Now:     s.clock.Now,
		Log:     slog.New(slog.NewJSONHandler(s.log, nil)),
	})
	listener.Config.Handler = s.handler
	listener.Start()
	t.Cleanup(listener.Close)
	s.client = listener.Client()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.client.Transport = openapitest.Load(t, s.document()).Transport(s.client.Transport)
	s.key = s.newKey("Riverside Homes")
	s.account = s.agency(s.key)
	return s
}

// in is the server for a subtest, whose failures are its own.
func (s *server) in(t testing.TB) *server {
	sub := *s
	sub.t = t
	return &sub
}

func (s *server) document() []byte {
	s.t.Helper()
	resp, err := s.client.Get(s.url + listingsapi.Base + "/openapi.json")
	if err != nil {
		s.t.Fatal(err)
	}
	doc, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("GET openapi.json: %d, %v", resp.StatusCode, err)
	}
	return doc
}

func (s *server) newKey(account string) string {
	s.t.Helper()
	_, secret, err := s.gallery.CreateKey(s.t.Context(), account)
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

func (s *server) agency(key string) int64 {
	s.t.Helper()
	caller, err := s.gallery.Authenticate(s.t.Context(), key)
	if err != nil {
		s.t.Fatal(err)
	}
	return caller.Account.ID
}

// answer is a response read whole.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any // numbers are json.Number
}

// send sends a request with the server's key; body is sent as JSON, "" for none.
func (s *server) send(method, path, body string) answer {
	s.t.Helper()
	header := http.Header{"X-Api-Key": {s.key}}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return s.sendWith(method, path, header, strings.NewReader(body))
}

// sendAs sends a request without a body with another key.
func (s *server) sendAs(key, method, path string) answer {
	s.t.Helper()
	return s.sendWith(method, path, http.Header{"X-Api-Key": {key}}, http.NoBody)
}

func (s *server) sendWith(method, path string, header http.Header, body io.Reader) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+listingsapi.Base+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header = header
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil {
		s.t.Fatalf("read the response: %v", err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") && len(text) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&a.body); err != nil {
			s.t.Fatalf("%s %s: read %q: %v", method, path, text, err)
		}
	}
	return a
}

// get is a GET that must succeed.
func (s *server) get(path string) map[string]any {
	s.t.Helper()
	a := s.send(http.MethodGet, path, "")
	if a.status != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s", path, a.status, a.text)
	}
	return a.body
}

// put is a PUT /listings that must succeed.
func (s *server) put(body string) map[string]any {
	s.t.Helper()
	a := s.send(http.MethodPut, "/listings", body)
	if a.status != http.StatusOK {
		s.t.Fatalf("PUT %s: %d %s", body, a.status, a.text)
	}
	return a.body
}

// post is a POST that must be answered with that status.
func (s *server) post(path, body string, status int) map[string]any {
	s.t.Helper()
	a := s.send(http.MethodPost, path, body)
	if a.status != status {
		s.t.Fatalf("POST %s %s: %d %s, want %d", path, body, a.status, a.text, status)
	}
	return a.body
}

// wantError checks an answer in the shape of section 1. One message is a
// sentence, and a validation is a list.
func (s *server) wantError(a answer, status int, code string, message any) {
	s.t.Helper()
	text := http.StatusText(status)
	if status == http.StatusRequestEntityTooLarge {
		text = "Payload Too Large"
	}
	want := map[string]any{
		"statusCode": json.Number(fmt.Sprint(status)), "error": text, "code": code, "message": message,
	}
	if list, ok := message.([]string); ok {
		broken := make([]any, len(list))
		for i, rule := range list {
			broken[i] = rule
		}
		want["message"] = broken
	}
	if a.status != status {
		s.t.Errorf("status %d, want %d: %s", a.status, status, a.text)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" {
		s.t.Errorf("an error of content type %q", got)
	}
	equal(s.t, a.body, want)
}

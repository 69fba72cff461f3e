package classifiedsapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/gallery"
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
	keyID   int64
	account int64
	client  *http.Client
	handler http.Handler
	clock   *clock
	gallery *gallery.Gallery
	db      *store.DB
	log     *logBuffer
	urls    *urls
}

// newServer starts a server with the contract's limits, as changed by change.
func newServer(t testing.TB, change ...func(*classifiedsapi.Config)) *server {
	t.Helper()
	s := &server{
		t:     t,
		clock: &clock{now: time.Date(2026, 3, 14, 9, 26, 53, 589_793_238, time.UTC)},
		log:   &logBuffer{},
		urls:  &urls{},
	}
	db, bucket := setuptest.Open(t, slog.New(slog.DiscardHandler))
	s.db = db
	listener := httptest.NewUnstartedServer(nil)
	s.url = "http://" + listener.Listener.Addr().String()
	tasks := setuptest.Queue(t, db, queue.DefaultConfig(s.clock.Now, slog.New(slog.DiscardHandler)))
	s.gallery = gallery.New(gallery.Config{
		DB: db, Queue: tasks, Blobs: bucket, Limits: vitrine.DefaultLimits(), PublicURL: s.url, Secret: []byte("of this test"), Now: s.clock.Now,
	})
	cfg := classifiedsapi.Config{
		Gallery:     s.gallery,
		URLs:        s.urls,
		Limits:      vitrine.DefaultLimits(),
		Portals:     classifiedsapi.DefaultPortals,
		PublicURL:   s.url,
		TokenSecret: []byte("of this test"),
		Now:         s.clock.Now,
		Log:         slog.New(slog.NewJSONHandler(s.log, nil)),
	}
	for _, fn := range change {
		fn(&cfg)
	}
	s.handler = classifiedsapi.New(cfg)
	listener.Config.Handler = s.handler
	listener.Start()
	t.Cleanup(listener.Close)
	s.client = listener.Client()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.client.Transport = openapitest.Load(t, s.document()).Transport(s.client.Transport)
	s.keyID, s.key = s.newKey("Riverside Homes")
	caller, err := s.gallery.Identify(t.Context(), s.key)
	if err != nil {
		t.Fatal(err)
	}
	s.account = caller.Account.ID
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
	resp, err := s.client.Get(s.url + classifiedsapi.Base + "/openapi.json")
	if err != nil {
		s.t.Fatal(err)
	}
	doc, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("GET openapi.json: %d, %v", resp.StatusCode, err)
	}
	return doc
}

func (s *server) newKey(account string, scopes ...string) (id int64, secret string) {
	s.t.Helper()
	key, secret, err := s.gallery.CreateKey(s.t.Context(), account, scopes...)
	if err != nil {
		s.t.Fatal(err)
	}
	return key.ID, secret
}

// answer is a response read whole.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// send sends a request with the server's key; body is sent as JSON, "" for none.
func (s *server) send(method, path, body string) answer {
	s.t.Helper()
	header := http.Header{"Authorization": {"Bearer " + s.key}}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return s.sendWith(method, path, header, strings.NewReader(body))
}

// sendIf is send with an If-Match.
func (s *server) sendIf(match, method, path, body string) answer {
	s.t.Helper()
	header := http.Header{"Authorization": {"Bearer " + s.key}, "If-Match": {match}, "Content-Type": {"application/json"}}
	return s.sendWith(method, path, header, strings.NewReader(body))
}

func (s *server) sendWith(method, path string, header http.Header, body io.Reader) answer {
	s.t.Helper()
	return s.sendTo(method, classifiedsapi.Base+path, header, body)
}

func (s *server) sendTo(method, path string, header http.Header, body io.Reader) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
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
	if len(text) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			s.t.Fatalf("%s %s: read %q: %v", method, path, text, err)
		}
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got := resp.Header.Get(name); got != want {
			s.t.Errorf("%s %s: %s is %q, want %q", method, path, name, got, want)
		}
	}
	return a
}

// want sends a request that must be answered with that status.
func (s *server) want(status int, method, path, body string) answer {
	s.t.Helper()
	a := s.send(method, path, body)
	if a.status != status {
		s.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, a.status, a.text, status)
	}
	return a
}

// post makes a classified with these media and gives its path.
func (s *server) post(media ...string) (path string) {
	s.t.Helper()
	a := s.want(http.StatusAccepted, http.MethodPost, "/classifieds", body(media...))
	return "/classifieds/" + a.body["classifiedId"].(string)
}

// body is a classified with these media.
func body(media ...string) string {
	return `{"portals": ["SL"], "data": {"rooms": 3}, "media": [` + strings.Join(media, ", ") + `]}`
}

// picture is a media object.
func picture(url string) string { return `{"url": "` + url + `", "mediaType": "PICTURE"}` }

// wantProblem checks an answer in the shape of section 1. The errors are pairs
// of name and reason.
func (s *server) wantProblem(a answer, status int, source, detail string, errors ...[2]string) {
	s.t.Helper()
	want := map[string]any{
		"type": problemTypes[status], "title": http.StatusText(status), "detail": detail,
		"status": float64(status), "instance": a.header.Get("Traceparent"),
	}
	if source != "" {
		want["errorSource"] = source
	}
	if len(errors) > 0 {
		var list []any
		for _, e := range errors {
			list = append(list, map[string]any{"name": e[0], "reason": e[1]})
		}
		want["errors"] = list
	}
	if a.status != status {
		s.t.Errorf("status %d, want %d: %s", a.status, status, a.text)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		s.t.Errorf("a problem of content type %q", got)
	}
	if got := a.header.Get("WWW-Authenticate"); (got == "Bearer") != (status == http.StatusUnauthorized) {
		s.t.Errorf("WWW-Authenticate is %q", got)
	}
	equal(s.t, a.body, want)
}

var problemTypes = map[int]string{
	400: "urn:vitrine:problem:invalid",
	401: "urn:vitrine:problem:unauthorized",
	403: "urn:vitrine:problem:forbidden",
	404: "urn:vitrine:problem:not_found",
	405: "urn:vitrine:problem:method_not_allowed",
	412: "urn:vitrine:problem:precondition_failed",
	413: "urn:vitrine:problem:too_large",
	415: "urn:vitrine:problem:unsupported_media_type",
	429: "urn:vitrine:problem:rate_limited",
	500: "urn:vitrine:problem:internal",
}

const (
	oneRule      = "The request breaks a rule"
	severalRules = "The request breaks several rules"
)

func equal(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("not as wanted (-want +got):\n%s", diff)
	}
}

// read decodes JSON that is written in a test.
func read(t testing.TB, text string) any {
	t.Helper()
	var v any
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("read %s: %v", text, err)
	}
	return v
}

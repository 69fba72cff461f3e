package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// seen is a request as the server saw it, and when.
type seen struct {
	Method, Path, Body string
	At                 time.Duration
}

// script is a server that gives its answers in order, and the last for ever.
// It stands where the network would, so that time is synctest's.
type script struct {
	answers  []answer
	start    time.Time
	requests []seen
	header   http.Header // of the last request
	keys     []string    // Idempotency-Key of each request
}

type answer struct {
	status  int
	headers map[string]string
	body    string
	lost    bool // the connection breaks
	absent  bool // nobody is there
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	if s.start.IsZero() {
		s.start = time.Now()
	}
	a := s.answers[min(len(s.requests), len(s.answers)-1)]
	s.requests = append(s.requests, seen{r.Method, r.URL.RequestURI(), string(body), time.Since(s.start)})
	s.header = r.Header
	s.keys = append(s.keys, r.Header.Get("Idempotency-Key"))
	switch {
	case a.lost:
		return nil, errors.New("connection reset by peer")
	case a.absent:
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	res := &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}
	for name, value := range a.headers {
		res.Header.Set(name, value)
	}
	return res, nil
}

// dial makes a client of a server that answers so.
func dial(answers ...answer) (*client.Client, *script) {
	s := &script{answers: answers}
	return client.New("http://vitrine.test/", "k-1", client.WithHTTPClient(&http.Client{Transport: s, Timeout: 30 * time.Second}),
		client.WithRandom(func() float64 { return 0 })), s
}

func ok(body string) answer { return answer{status: 200, body: body} }

func TestPutListing(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(`{"id":7,"externalId":"flat-77","status":"pending_active","publicUrl":"http://x/l/g1","galleryUrl":"http://x/g/g1","created":true,"updated":false,"jobId":9100}`))
	got, err := c.PutListing(t.Context(), client.ListingInput{
		ExternalID: "flat-77",
		Status:     vitrine.StatusActive,
		Files:      []client.File{{URL: "https://x/1.jpg", ExternalID: "a"}, {ID: 502}, {ExternalID: "b"}},
		Fields:     map[string]any{"announcementValue": 125000},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := client.PutResult{ID: 7, ExternalID: "flat-77", Status: vitrine.StatusPendingActive,
		PublicURL: "http://x/l/g1", GalleryURL: "http://x/g/g1", Created: true, JobID: 9100}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantBody := `{"announcementStatus":"active","announcementValue":125000,"externalId":"flat-77","files":[{"url":"https://x/1.jpg","externalFileId":"a"},{"id":502},{"externalFileId":"b"}]}`
	sent := server.requests[0]
	if sent.Method != http.MethodPut || sent.Path != "/api/v1/listings" {
		t.Errorf("sent %s %s", sent.Method, sent.Path)
	}
	if diff := cmp.Diff(wantBody, sent.Body); diff != "" {
		t.Error(diff)
	}
	if got := server.header.Get("Authorization"); got != "ApiKey k-1" {
		t.Errorf("Authorization is %q", got)
	}
	if got := server.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q", got)
	}
}

// An absent list leaves the files alone, an empty one takes them all away: the
// difference must reach the server.
func TestFilesNilAndEmpty(t *testing.T) {
	t.Parallel()
	for want, files := range map[string][]client.File{`{"id":1}`: nil, `{"files":[],"id":1}`: {}} {
		body, err := json.Marshal(client.ListingInput{ID: 1, Files: files})
		if err != nil {
			t.Fatal(err)
		}
		if string(body) != want {
			t.Errorf("got %s, want %s", body, want)
		}
	}
}

func TestRawListing(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(`{}`))
	if _, err := c.PutListing(t.Context(), json.RawMessage(`{"externalId":"a","odd":[1,null]}`)); err != nil {
		t.Fatal(err)
	}
	if got := server.requests[0].Body; got != `{"externalId":"a","odd":[1,null]}` {
		t.Errorf("sent %s", got)
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(`{"id":7,"externalId":null,"publicUrl":"http://x/l/g1","createdAt":"2026-11-22T10:00:00.123Z",
		"formData":{"announcementStatus":"active","announcementValue":125000},
		"files":[{"id":501,"externalId":"a","contentType":"image/jpeg","size":"1830442","optimization":"success"},
		         {"id":502,"externalId":null,"contentType":null,"size":null,"optimization":"pending"}]}`))
	l, err := c.Listing(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	if l.Status() != vitrine.StatusActive {
		t.Errorf("status is %q", l.Status())
	}
	want := []client.ListingFile{
		{ID: 501, ExternalID: "a", ContentType: "image/jpeg", Size: 1830442, Optimization: client.Success},
		{ID: 502, Optimization: client.Pending},
	}
	if diff := cmp.Diff(want, l.Files); diff != "" {
		t.Error(diff)
	}
	if got := server.requests[0].Path; got != "/api/v1/listings/7" {
		t.Errorf("asked %s", got)
	}
}

func TestMediaByExternalID(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(`{"id":501,"externalId":"a/b ü","size":null,"contentType":null,"optimization":"failed","variants":[],
		"failure":{"code":"source_not_found","message":"There is no file at the URL.","owner":"sender","remedy":"Send a URL at which the file is.","retryable":true}}`))
	m, err := c.MediaByExternalID(t.Context(), "a/b ü")
	if err != nil {
		t.Fatal(err)
	}
	if got := server.requests[0].Path; got != "/api/v1/media/external/a%2Fb%20%C3%BC" {
		t.Errorf("asked %s", got)
	}
	want := &client.Failure{Code: vitrine.SourceNotFound, Message: "There is no file at the URL.",
		Owner: vitrine.OwnerSender, Remedy: "Send a URL at which the file is.", Retryable: true}
	if diff := cmp.Diff(want, m.Failure); diff != "" {
		t.Error(diff)
	}
	if !m.Optimization.Ended() {
		t.Error("a failed file has not ended")
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer answer
		want   client.Error
	}{
		"one message": {
			answer{status: 404, body: `{"statusCode":404,"message":"Media 991 not found","error":"Not Found","code":"not_found"}`},
			client.Error{StatusCode: 404, Code: vitrine.CodeNotFound, Messages: []string{"Media 991 not found"}},
		},
		"several": {
			answer{status: 400, body: `{"statusCode":400,"message":["a must be b","c must be d"],"error":"Bad Request","code":"invalid"}`},
			client.Error{StatusCode: 400, Code: vitrine.CodeInvalid, Messages: []string{"a must be b", "c must be d"}},
		},
		"not the server's own": {
			answer{status: 413, body: `<html>too large</html>`},
			client.Error{StatusCode: 413, Messages: []string{"Request Entity Too Large"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, server := dial(row.answer)
			_, err := c.Media(t.Context(), 991)
			got, isRefusal := errors.AsType[*client.Error](err)
			if !isRefusal {
				t.Fatalf("err is %v", err)
			}
			if got.StatusCode != row.want.StatusCode || got.Code != row.want.Code || !slices.Equal(got.Messages, row.want.Messages) {
				t.Errorf("got %+v, want %+v", *got, row.want)
			}
			if len(server.requests) != 1 {
				t.Errorf("%d requests, want 1: a refusal stays one", len(server.requests))
			}
		})
	}
}

func TestWaitJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, server := dial(
			ok(`{"id":9,"status":"pending","queuePosition":3}`),
			ok(`{"id":9,"status":"failed_retryable","queuePosition":0}`),
			answer{status: 502},
			ok(`{"id":9,"status":"failed","publicErrorMessage":"2 of 3 photos are good"}`))
		var statuses []vitrine.JobStatus
		job, err := c.WaitJob(t.Context(), 9, func(j client.Job) { statuses = append(statuses, j.Status) })
		if err != nil {
			t.Fatal(err)
		}
		if job.Error != "2 of 3 photos are good" {
			t.Errorf("job is %+v", job)
		}
		want := []vitrine.JobStatus{vitrine.JobPending, vitrine.JobFailedRetryable, vitrine.JobFailed}
		if diff := cmp.Diff(want, statuses); diff != "" {
			t.Error(diff)
		}
		if got := server.requests[0].Path; got != "/api/v1/job/status?id=9" {
			t.Errorf("asked %s", got)
		}
	})
}

func TestWaitJobGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c, server := dial(ok(`{"id":9,"status":"processing"}`))
		job, err := c.WaitJob(ctx, 9, nil)
		if !errors.Is(err, context.DeadlineExceeded) || job.Status != vitrine.JobProcessing {
			t.Errorf("got %+v, %v", job, err)
		}
		if n := len(server.requests); n > 40 {
			t.Errorf("%d requests in a minute: the rate limit is for work, not for looking", n)
		}
	})
}

// The base URL may be written in several ways.
func TestBaseURL(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://h", "http://h/", "http://h/api/v1", "http://h/api/v1/"} {
		server := &script{answers: []answer{ok(`{}`)}}
		c := client.New(base, "k", client.WithHTTPClient(&http.Client{Transport: server}))
		if _, err := c.Agency(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := server.requests[0].Path; got != "/api/v1/agency" {
			t.Errorf("%s: asked %s", base, got)
		}
	}
}

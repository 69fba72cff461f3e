package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

const flat = "6f6c1f3e-6a52-4c0e-9d1b-2f5c3a7e8b90"

const written = `{"classifiedId":"6f6c1f3e-6a52-4c0e-9d1b-2f5c3a7e8b90","revision":4,
	"links":{"self":"http://x/caas/v4/classifieds/6f","statuses":"http://x/caas/v4/classifieds/6f/statuses"},
	"plan":[{"action":"move","mediaId":"m-1","url":"https://x/1.jpg","from":2,"to":0,"why":null},
		{"action":"refetch","mediaId":"m-2","url":"https://x/2.jpg?timestamp=2","from":1,"to":1,"why":"version changed"},
		{"action":"add","mediaId":null,"url":"https://x/3.jpg","from":null,"to":2,"why":null},
		{"action":"remove","mediaId":"m-0","mediaStays":true,"url":"https://x/0.jpg","from":0,"to":null,"why":null}],"galleryUrl":"https://x/g/1","publicUrl":"https://x/l/1","message":"deleted"}`

func wantWritten(etag string) client.ClassifiedWritten {
	return client.ClassifiedWritten{
		ClassifiedID: flat, Revision: 4, ETag: etag, GalleryURL: "https://x/g/1", PublicURL: "https://x/l/1", Message: "deleted",
		Links: client.ClassifiedLinks{Self: "http://x/caas/v4/classifieds/6f", Statuses: "http://x/caas/v4/classifieds/6f/statuses"},
		Plan: []client.PlanLine{
			{Action: vitrine.Move, MediaID: "m-1", URL: "https://x/1.jpg", From: 2, To: 0},
			{Action: vitrine.Refetch, MediaID: "m-2", URL: "https://x/2.jpg?timestamp=2", From: 1, To: 1, Why: vitrine.VersionChanged},
			{Action: vitrine.Add, URL: "https://x/3.jpg", From: -1, To: 2},
			{Action: vitrine.Remove, MediaID: "m-0", MediaStays: true, URL: "https://x/0.jpg", From: 0, To: -1},
		},
	}
}

// What each call of the Classifieds API sends, and what it makes of the answer.
func TestClassifiedCalls(t *testing.T) {
	t.Parallel()
	input := client.ClassifiedInput{
		Portals: []string{"SL"}, Data: json.RawMessage(`{"rooms":3}`),
		Media: []client.MediaSource{
			{URL: "https://x/1.jpg", MediaType: vitrine.Picture, Category: "KITCHEN", Tags: []vitrine.Category{"INDOOR"}, Title: "Kitchen"},
			{URL: "https://x/2.jpg", MediaType: vitrine.Panorama, Altered: true, AlteredFrom: "https://x/1.jpg"},
		},
	}
	const body = `{"portals":["SL"],"data":{"rooms":3},"media":[{"url":"https://x/1.jpg","mediaType":"PICTURE","category":"KITCHEN","tags":["INDOOR"],"title":"Kitchen"},` +
		`{"url":"https://x/2.jpg","mediaType":"PANORAMA","altered":true,"alteredFrom":"https://x/1.jpg"}]}`
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	const media = `{"mediaId":"m-1","position":0,"url":"https://x/1.jpg","mediaType":"PICTURE","category":null,"tags":[],"title":null,"altered":true,"alteredFrom":"https://x/0.jpg",
		"status":"DOWNLOADED","stale":true,"shown":true,"failure":{"code":"unreadable","message":"a","owner":"sender","remedy":"b","retryable":false}`
	wantMedia := client.ClassifiedMedia{
		MediaID: "m-1", Status: vitrine.MediaDownloaded,
		MediaSource: client.MediaSource{URL: "https://x/1.jpg", MediaType: vitrine.Picture, Tags: []vitrine.Category{}, Altered: true, AlteredFrom: "https://x/0.jpg"},
		Stale:       true, Shown: true, Failure: &client.Failure{Code: vitrine.Unreadable, Message: "a", Owner: vitrine.OwnerSender, Remedy: "b"},
	}
	shown := wantMedia
	shown.ContentType, shown.Width, shown.Height, shown.Blurhash = "image/jpeg", 40, 30, "LEHV"
	shown.Panorama, shown.DigitalSourceType, shown.C2PA = wantPanorama(), "digitalCapture", true
	tour := client.ClassifiedMedia{MediaID: "m-2", MediaSource: client.MediaSource{URL: "https://x/tour", MediaType: vitrine.VirtualTour}, Variants: []client.Variant{},
		Link: &client.Link{Title: "Flat 77", EmbedURL: "https://x/embed", Frameable: true}}
	shown.Variants = []client.Variant{{URL: "https://x/v", VariantSize: "128", Width: 128, Height: 96, Size: 9, ContentType: "image/webp"}}

	type call func(context.Context, *client.Client) (any, error)
	for name, row := range map[string]struct {
		call   call
		method string
		path   string // below /caas/v4/classifieds
		body   string
		match  string // If-Match
		answer answer
		want   any
	}{
		"post": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.PostClassified(ctx, input) },
			method: "POST", body: body,
			answer: answer{status: 202, headers: map[string]string{"ETag": `"r4"`}, body: written}, want: wantWritten(`"r4"`),
		},
		"put": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.PutClassified(ctx, flat, input, client.IfMatch(`"r3"`))
			},
			method: "PUT", path: "/" + flat, body: body, match: `"r3"`,
			answer: answer{status: 202, headers: map[string]string{"ETag": `"r4"`}, body: written}, want: wantWritten(`"r4"`),
		},
		"put as it is": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				written, err := c.PutClassified(ctx, "a/b", json.RawMessage(`{"odd":[1,null]}`))
				return written.Revision, err
			},
			method: "PUT", path: "/a%2Fb", body: `{"odd":[1,null]}`, answer: answer{status: 202, body: written}, want: int64(4),
		},
		"plan": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.PlanClassified(ctx, flat, input, client.IfMatch(`"r3"`))
			},
			method: "PUT", path: "/" + flat + "?dryRun=true", body: body, match: `"r3"`, answer: ok(written), want: wantWritten(""),
		},
		"plan of a new one": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.PlanClassified(ctx, "", client.ClassifiedInput{Data: struct{}{}})
			},
			method: "POST", path: "?dryRun=true", body: `{"portals":[],"data":{},"media":[]}`,
			answer: ok(`{"classifiedId":null,"revision":1,"links":null,"plan":[]}`),
			want:   client.ClassifiedWritten{Revision: 1, Plan: []client.PlanLine{}},
		},
		"delete": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return nil, c.DeleteClassified(ctx, flat, client.IfMatch(`"r4"`))
			},
			method: "DELETE", path: "/" + flat, match: `"r4"`,
			answer: answer{status: 202, body: `{"classifiedId":"6f","links":{"self":"http://x","statuses":"http://x"}}`},
		},
		"plan of a delete": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.PlanDelete(ctx, flat, client.IfMatch(`"r4"`))
			},
			method: "DELETE", path: "/" + flat + "?dryRun=true", match: `"r4"`,
			answer: answer{status: 200, headers: map[string]string{"ETag": `"r4"`}, body: written}, want: wantWritten(`"r4"`),
		},
		"get": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.Classified(ctx, flat) },
			method: "GET", path: "/" + flat,
			answer: answer{status: 200, headers: map[string]string{"ETag": `"r4"`}, body: `{"classifiedId":"6f","revision":4,"status":"UPDATED","subStatus":null,"message":"ok",
				"statusDate":"2026-11-22T10:00:00.000Z","portals":["SL"],"data":{"rooms":3},"media":[` + media + `}],
				"links":{"self":"a","statuses":"b"},"createdAt":"2026-11-22T10:00:00.000Z","updatedAt":"2026-11-22T10:00:00.000Z"}`},
			want: client.Classified{ClassifiedID: "6f", Revision: 4, Status: vitrine.StatusUpdated, Message: "ok", StatusDate: at, Portals: []string{"SL"},
				Data: json.RawMessage(`{"rooms":3}`), Media: []client.ClassifiedMedia{wantMedia}, Links: client.ClassifiedLinks{Self: "a", Statuses: "b"},
				CreatedAt: at, UpdatedAt: at, ETag: `"r4"`},
		},
		"statuses": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.ClassifiedStatuses(ctx, flat, 2, "a b")
			},
			method: "GET", path: "/" + flat + "/statuses?limit=2&nextToken=a+b",
			answer: ok(`{"items":[{"statusId":"s-1","classifiedId":"6f","revision":4,"portals":["SL"],"status":"CREATED_WITH_MEDIA_ERROR","subStatus":null,"subStatusDetails":null,
				"message":"m","statusDate":"2026-11-22T10:00:00.000Z","mediaStatuses":[{"mediaId":"m-1","url":"https://x/1.jpg","status":"DOWNLOADING_FAILED",
				"message":"gone","subStatus":"source_not_found","subStatusDetails":"HTTP 404","statusDate":"2026-11-22T10:00:00.000Z"}]}],"nextToken":"t"}`),
			want: client.StatusPage{NextToken: "t", Items: []client.ClassifiedStatus{{StatusID: "s-1", ClassifiedID: "6f", Revision: 4, Portals: []string{"SL"},
				Status: vitrine.StatusCreatedWithMediaError, Message: "m", StatusDate: at, MediaStatuses: []client.ClassifiedMediaStatus{{MediaID: "m-1", URL: "https://x/1.jpg",
					Status: vitrine.MediaDownloadingFailed, Message: "gone", SubStatus: "source_not_found", SubStatusDetails: "HTTP 404", StatusDate: at}}}}},
		},
		"media": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.ClassifiedMedia(ctx, flat) },
			method: "GET", path: "/" + flat + "/media",
			answer: ok(`{"items":[` + media + `,"contentType":"image/jpeg","width":40,"height":30,"blurhash":"LEHV","variants":[
				{"url":"https://x/v","variantSize":"128","width":128,"height":96,"size":9,"contentType":"image/webp"}],
				"digitalSourceType":"digitalCapture","c2pa":true,"link":null,"panorama":` + panorama + `},
				{"mediaId":"m-2","url":"https://x/tour","mediaType":"VIRTUAL_TOUR","altered":false,"alteredFrom":null,"contentType":null,"variants":[],"panorama":null,
				"digitalSourceType":null,"link":{"title":"Flat 77","embedUrl":"https://x/embed","frameable":true}}]}`),
			want: []client.ClassifiedMedia{shown, tour},
		},
		"check-up": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.CheckUpClassified(ctx, flat) },
			method: "GET", path: "/" + flat + "/checkup",
			answer: ok(`{"items":[{"mediaId":"m-1","position":0,"url":"https://x/1.jpg","measured":true,"warnings":[{"code":"picture_elsewhere","message":"m","remedy":"r",
				"evidence":[],"like":{"mediaId":"m-9","classifiedId":"c-2"}}]}]}`),
			want: []client.Checked{{MediaID: "m-1", URL: "https://x/1.jpg", Measured: true, Warnings: []client.Warning{{
				Code: vitrine.CheckElsewhere, Message: "m", Remedy: "r", Evidence: []client.Evidence{}, Like: &client.Like{MediaID: "m-9", ClassifiedID: "c-2"},
			}}}},
		},
		"timeline": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.ClassifiedMediaTimeline(ctx, flat, "m-1")
			},
			method: "GET", path: "/" + flat + "/media/m-1/timeline",
			answer: ok(`{"items":[{"stage":"scan","number":1,"startedAt":"2026-11-22T10:00:00.000Z","durationMs":3,"httpStatus":null,"bytes":9,"contentType":null,"failure":null}]}`),
			want:   []client.Attempt{{Stage: "scan", Number: 1, StartedAt: at, DurationMs: 3, Bytes: 9}},
		},
		"retry": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return nil, c.RetryClassifiedMedia(ctx, flat, "m-1")
			},
			method: "POST", path: "/" + flat + "/media/m-1/retry", answer: answer{status: 202, body: `{"classifiedId":"6f","mediaId":"m-1"}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, server := dial(row.answer)
			got, err := row.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			sent := server.requests[0]
			if sent.Method != row.method || sent.Path != "/caas/v4/classifieds"+row.path || sent.Body != row.body {
				t.Errorf("sent %s %s %s", sent.Method, sent.Path, sent.Body)
			}
			h := server.header
			if h.Get("Authorization") != "Bearer k-1" || h.Get("If-Match") != row.match || h.Get("Idempotency-Key") != "" {
				t.Errorf("sent %v", h)
			}
		})
	}
}

// All classifieds are read page by page, until the last or until an error.
func TestClassifieds(t *testing.T) {
	t.Parallel()
	first, last := ok(`{"items":[{"classifiedId":"a"},{"classifiedId":"b"}],"nextToken":"t 1"}`), ok(`{"items":[{"classifiedId":"c"}],"nextToken":null}`)
	refused := answer{status: 403, body: `{"message":"no","code":"forbidden"}`}
	for name, row := range map[string]struct {
		answers  []answer
		most     int
		want     []string
		requests int
		ok       bool
	}{
		"all":      {[]answer{first, last}, 9, []string{"a", "b", "c"}, 2, true},
		"some":     {[]answer{first, last}, 1, []string{"a"}, 1, true},
		"an error": {[]answer{first, refused}, 9, []string{"a", "b"}, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, server := dial(row.answers...)
			var got []string
			var failed error
			for classified, err := range c.Classifieds(t.Context()) {
				if failed = err; err != nil {
					continue // there is no more
				}
				if got = append(got, classified.ClassifiedID); len(got) == row.most {
					break
				}
			}
			if !slices.Equal(got, row.want) || (failed == nil) != row.ok || len(server.requests) != row.requests {
				t.Errorf("%v, %v after %d requests", got, failed, len(server.requests))
			}
			for i, path := range []string{"/caas/v4/classifieds?limit=250", "/caas/v4/classifieds?limit=250&nextToken=t+1"}[:row.requests] {
				if server.requests[i].Path != path {
					t.Errorf("asked %s", server.requests[i].Path)
				}
			}
		})
	}
}

// The Classifieds API may insist on a User-Agent of this form (section 1).
func TestUserAgent(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(`{}`))
	if _, err := c.Classified(t.Context(), flat); err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^[^/\s]+/[^/\s]+\s[^/\s]+/[^/\s]+\s[^/\s]+/[^/\s]+$`)
	if got := server.header.Get("User-Agent"); !form.MatchString(got) {
		t.Errorf("User-Agent is %q", got)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status int
		body   string
		code   vitrine.ErrorCode
		want   []string
		of     string // DuplicateOf
	}{
		"broken rules": {
			status: 400, body: `{"type":"urn:vitrine:problem:invalid","title":"Bad Request","detail":"The request breaks several rules","status":400,"errorSource":"body",
				"errors":[{"name":"/media/0/title","reason":"must not be blank"},{"name":"","reason":"is odd"}]}`,
			code: vitrine.CodeInvalid, want: []string{"/media/0/title: must not be blank", "is odd"},
		},
		"one fact": {
			status: 404, body: `{"type":"urn:vitrine:problem:not_found","title":"Not Found","detail":"Classified \"x\" not found","status":404}`,
			code: vitrine.CodeNotFound, want: []string{`Classified "x" not found`},
		},
		"duplicate": {
			status: 400, body: `{"type":"urn:vitrine:problem:duplicated_classified","title":"Duplicated Classified","detail":"The offererEstateId is that of classifiedId: ` + flat + `",
				"status":400,"errorSource":"body","errors":[{"name":"/data/metaData/source/offererEstateId","reason":"is that of another classified"}]}`,
			code: "duplicated_classified", of: flat,
			want: []string{"Duplicated Classified: The offererEstateId is that of classifiedId: " + flat,
				"/data/metaData/source/offererEstateId: is that of another classified"},
		},
		"of another's kind":    {status: 403, body: `{"type":"about:blank","title":"Blocked"}`, want: []string{"Blocked"}},
		"of nothing":           {status: 412, body: `{}`, want: []string{"Precondition Failed"}},
		"not what it says":     {status: 400, body: `<html>`, want: []string{"Bad Request"}},
		"several, not a list":  {status: 400, body: `{"errors":"many"}`, want: []string{"Bad Request"}},
		"duplicate without id": {status: 400, body: `{"type":"urn:vitrine:problem:duplicated_classified","title":"Duplicated Classified"}`, code: "duplicated_classified", want: []string{"Duplicated Classified"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, server := dial(answer{status: row.status, headers: map[string]string{"Content-Type": "application/problem+json; charset=utf-8"}, body: row.body})
			_, err := c.PutClassified(t.Context(), flat, client.ClassifiedInput{})
			got, isRefusal := errors.AsType[*client.Error](err)
			if !isRefusal {
				t.Fatalf("err is %v", err)
			}
			if got.StatusCode != row.status || got.Code != row.code || !slices.Equal(got.Messages, row.want) {
				t.Errorf("got %+v, want %q %q", *got, row.code, row.want)
			}
			if of, ok := client.DuplicateOf(err); of != row.of || ok != (row.of != "") {
				t.Errorf("duplicate of %q, %t", of, ok)
			}
			if len(server.requests) != 1 {
				t.Errorf("%d requests, want 1: a refusal stays one", len(server.requests))
			}
		})
	}
}

// Two classifieds are not what was asked for: a POST whose answer got lost is
// not repeated. All else is.
func TestClassifiedRetries(t *testing.T) {
	t.Parallel()
	post := func(ctx context.Context, c *client.Client) error {
		_, err := c.PostClassified(ctx, struct{}{})
		return err
	}
	plan := func(ctx context.Context, c *client.Client) error {
		_, err := c.PlanClassified(ctx, "", struct{}{})
		return err
	}
	put := func(ctx context.Context, c *client.Client) error {
		_, err := c.PutClassified(ctx, flat, struct{}{})
		return err
	}
	remove := func(ctx context.Context, c *client.Client) error { return c.DeleteClassified(ctx, flat) }
	retry := func(ctx context.Context, c *client.Client) error { return c.RetryClassifiedMedia(ctx, flat, "m-1") }
	lost, broken, limited, missing := answer{lost: true}, answer{status: 502}, answer{status: 429}, answer{status: 404}
	for name, row := range map[string]struct {
		call     func(context.Context, *client.Client) error
		answers  []answer
		requests int
		ok       bool
	}{
		"a lost POST":       {post, []answer{lost, ok(`{}`)}, 1, false},
		"a broken POST":     {post, []answer{broken, ok(`{}`)}, 1, false},
		"a limited POST":    {post, []answer{limited, ok(`{}`)}, 2, true},
		"nobody there":      {post, []answer{{absent: true}, ok(`{}`)}, 2, true},
		"a lost plan":       {plan, []answer{lost, ok(`{}`)}, 2, true},
		"a lost PUT":        {put, []answer{lost, broken, ok(`{}`)}, 3, true},
		"a lost DELETE":     {remove, []answer{lost, missing}, 2, true},
		"a lost retry":      {retry, []answer{lost, ok(`{}`)}, 2, true},
		"DELETE of nothing": {remove, []answer{missing}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, server := dial(row.answers...)
				if err := row.call(t.Context(), c); (err == nil) != row.ok || len(server.requests) != row.requests {
					t.Errorf("%d requests, err is %v", len(server.requests), err)
				}
			})
		})
	}
}

// statusOf is the answer whose newest status is that.
func statusOf(status vitrine.ListingStatus, revision int64) answer {
	body, err := json.Marshal(client.StatusPage{Items: []client.ClassifiedStatus{{Status: status, Revision: revision}}})
	if err != nil {
		panic(err)
	}
	return ok(string(body))
}

func TestWaitClassified(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answers []answer
		want    vitrine.ListingStatus
		looks   int
	}{
		"updated":           {[]answer{ok(`{"items":[]}`), statusOf("RECEIVED", 4), statusOf("UPDATING", 4), {status: 502}, statusOf("UPDATED", 4)}, "UPDATED", 5},
		"of the one before": {[]answer{statusOf("CREATED", 3), statusOf("UPDATED", 4)}, "UPDATED", 2},
		"of a later one":    {[]answer{statusOf("UPDATING", 5), statusOf("CREATED_WITH_MEDIA_ERROR", 5)}, "CREATED_WITH_MEDIA_ERROR", 2},
		"deleted before":    {[]answer{statusOf("UPDATING_FAILED", 4)}, "UPDATING_FAILED", 1},
		"deleted":           {[]answer{statusOf("DELETING", 4), statusOf("DELETED", 4)}, "DELETED", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, server := dial(row.answers...)
				var seen []vitrine.ListingStatus
				got, err := c.WaitClassified(t.Context(), flat, 4, func(s client.ClassifiedStatus) { seen = append(seen, s.Status) })
				if err != nil || got.Status != row.want || len(server.requests) != row.looks {
					t.Errorf("%s after %d looks, %v", got.Status, len(server.requests), err)
				}
				if len(seen) == 0 || seen[len(seen)-1] != row.want {
					t.Errorf("progress was %v", seen)
				}
				if path := server.requests[0].Path; path != "/caas/v4/classifieds/"+flat+"/statuses?limit=1" {
					t.Errorf("asked %s", path)
				}
			})
		})
	}
}

func TestWaitClassifiedGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c, server := dial(statusOf("UPDATING", 4))
		if got, err := c.WaitClassified(ctx, flat, 4, nil); !errors.Is(err, context.DeadlineExceeded) || got.Status != vitrine.StatusUpdating {
			t.Errorf("got %+v, %v", got, err)
		}
		if n := len(server.requests); n > 40 {
			t.Errorf("%d requests in a minute: the rate limit is for work, not for looking", n)
		}
	})
}

package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// panorama is one that the server gives, of a picture that doesn't go all round.
const panorama = `{"url":"https://x/pano.webp","width":2048,"height":900,"size":812345,"projection":"equirectangular","fullWidth":4096,"fullHeight":2048,
	"croppedLeft":1024,"croppedTop":574,"croppedWidth":2048,"croppedHeight":900,"headingDegrees":271.5,"guessed":true}`

func wantPanorama() *client.Panorama {
	return &client.Panorama{
		URL: "https://x/pano.webp", Width: 2048, Height: 900, Size: 812_345, Projection: vitrine.Equirectangular, FullWidth: 4096, FullHeight: 2048,
		CroppedLeft: 1024, CroppedTop: 574, CroppedWidth: 2048, CroppedHeight: 900, HeadingDegrees: 271.5, Guessed: true,
	}
}

const receipt = `{"id":"6f6c1f3e-6a52-4c0e-9d1b-2f5c3a7e8b90","status":"erased","createdAt":"2026-11-22T10:00:00.000Z","endedAt":"2026-11-22T10:00:02.000Z",
	"keys":["original/ab/abc"],"urls":["https://x/v/abc/r/128.webp"],"rows":{"media":1},"kept":["def"]}`

func wantReceipt() client.Erasure {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return client.Erasure{ID: flat, Status: vitrine.ErasureEnded, CreatedAt: at, EndedAt: at.Add(2 * time.Second), Receipt: vitrine.Receipt{
		Keys: []string{"original/ab/abc"}, URLs: []string{"https://x/v/abc/r/128.webp"}, Rows: map[string]int64{"media": 1}, Kept: []string{"def"}}}
}

// What each call sends, and what it makes of the answer.
func TestCalls(t *testing.T) {
	t.Parallel()
	type call func(context.Context, *client.Client) (any, error)
	for name, row := range map[string]struct {
		call   call
		method string
		path   string // below /api/v1
		body   string
		answer string
		want   any
	}{
		"agency": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.Agency(ctx) },
			method: "GET", path: "/agency",
			answer: `{"id":3,"name":"linden","status":"active","limits":{"minPhotos":3,"maxPhotoBytes":50000000,"maxVideos":3,"maxVideoBytes":500000000,"maxVideoSeconds":180}}`,
			want: client.Agency{ID: 3, Name: "linden", Status: "active", Limits: client.Limits{
				MinPhotos: 3, MaxPhotoBytes: 50_000_000, MaxVideos: 3, MaxVideoBytes: 500_000_000, MaxVideoSeconds: 180}},
		},
		"video": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				m, err := c.Media(ctx, 501)
				return fmt.Sprintln(m.Duration, m.Progress, m.Variants[0].Video(), m.Variants[1].Video()), err
			},
			method: "GET", path: "/media/501",
			answer: `{"id":501,"duration":42.375,"progress":null,"variants":[{"variantSize":"128","contentType":"image/webp"},{"variantSize":"720","contentType":"video/mp4"}]}`,
			want:   "42.375 0 false true\n",
		},
		"panorama of a trained model": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.Media(ctx, 501) },
			method: "GET", path: "/media/501",
			answer: `{"id":501,"optimization":"success","variants":[],"digitalSourceType":"trainedAlgorithmicMedia","c2pa":true,"panorama":` + panorama + `}`,
			want: client.Media{ID: 501, Optimization: client.Success, Variants: []client.Variant{}, Panorama: wantPanorama(),
				DigitalSourceType: vitrine.TrainedAlgorithmicMedia, C2PA: true},
		},
		"no panorama": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.Media(ctx, 501) },
			method: "GET", path: "/media/501",
			answer: `{"id":501,"digitalSourceType":null,"c2pa":false,"panorama":null}`, want: client.Media{ID: 501},
		},
		"altered picture": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.PutListing(ctx, client.ListingInput{ExternalID: "a", Files: []client.File{
					{URL: "https://x/1.jpg", ExternalID: "bare"}, {ID: 502, Altered: true, AlteredFrom: "bare"}}})
			},
			method: "PUT", path: "/listings",
			body:   `{"externalId":"a","files":[{"url":"https://x/1.jpg","externalFileId":"bare"},{"id":502,"altered":true,"alteredFrom":"bare"}]}`,
			answer: `{"id":7}`, want: client.PutResult{ID: 7},
		},
		"listing with an altered picture": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				l, err := c.Listing(ctx, 7)
				return l.Files, err
			},
			method: "GET", path: "/listings/7",
			answer: `{"id":7,"files":[{"id":501,"altered":false,"alteredFrom":null,"shown":false},{"id":502,"altered":true,"alteredFrom":"bare","shown":true}]}`,
			want:   []client.ListingFile{{ID: 501}, {ID: 502, Altered: true, AlteredFrom: "bare", Shown: true}},
		},
		"job of a video": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				j, err := c.Job(ctx, 9001)
				return j.Progress, err
			},
			method: "GET", path: "/job/status?id=9001", answer: `{"id":9001,"status":"processing","progress":41}`, want: 41,
		},
		"listing with a video": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				l, err := c.Listing(ctx, 7)
				return l.Files, err
			},
			method: "GET", path: "/listings/7",
			answer: `{"id":7,"files":[{"id":501,"contentType":"video/mp4","size":"9","optimization":"processing","progress":41,"duration":null},{"id":502,"size":"9","optimization":"success","progress":null,"duration":42.375}]}`,
			want: []client.ListingFile{
				{ID: 501, ContentType: "video/mp4", Size: 9, Optimization: client.Processing, Progress: 41},
				{ID: 502, Size: 9, Optimization: client.Success, Duration: 42.375},
			},
		},
		"delete media": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return nil, c.DeleteMedia(ctx, 501) },
			method: "DELETE", path: "/media/501", answer: `{"deleted":true}`,
		},
		"delete media by external id": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return nil, c.DeleteMediaByExternalID(ctx, "flat 77/a%b")
			},
			method: "DELETE", path: "/media/external/flat%2077%2Fa%25b", answer: `{"deleted":true}`,
		},
		"delete listing": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return nil, c.DeleteListing(ctx, 7) },
			method: "DELETE", path: "/listings/7", answer: `{"deleted":true}`,
		},
		"delete listing by external id": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return nil, c.DeleteListingByExternalID(ctx, "flat-77")
			},
			method: "DELETE", path: "/listings/external/flat-77", answer: `{"deleted":true}`,
		},
		"erase media": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.EraseMedia(ctx, 501) },
			method: "DELETE", path: "/media/501?erase=true", answer: receipt, want: wantReceipt(),
		},
		"erase media by external id": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.EraseMediaByExternalID(ctx, "flat 77/a%b")
			},
			method: "DELETE", path: "/media/external/flat%2077%2Fa%25b?erase=true", answer: receipt, want: wantReceipt(),
		},
		"erase listing": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.EraseListing(ctx, 7) },
			method: "DELETE", path: "/listings/7?erase=true", answer: receipt, want: wantReceipt(),
		},
		"erase listing by external id": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.EraseListingByExternalID(ctx, "flat-77")
			},
			method: "DELETE", path: "/listings/external/flat-77?erase=true", answer: receipt, want: wantReceipt(),
		},
		"erasure": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.Erasure(ctx, flat) },
			method: "GET", path: "/erasures/" + flat, answer: receipt, want: wantReceipt(),
		},
		"link media": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return nil, c.LinkMedia(ctx, 501, "a") },
			method: "POST", path: "/media/501/link", body: `{"externalId":"a"}`,
			answer: `{"id":501,"externalId":"a","linked":true}`,
		},
		"unlink media": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.UnlinkMedia(ctx, 501) },
			method: "DELETE", path: "/media/501/link",
			answer: `{"id":501,"externalId":"a","unlinked":true}`, want: "a",
		},
		"link listing": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return nil, c.LinkListing(ctx, 7, "b") },
			method: "POST", path: "/listings/7/link", body: `{"externalId":"b"}`,
			answer: `{"id":7,"externalId":"b","linked":true}`,
		},
		"unlink listing that has none": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.UnlinkListing(ctx, 7) },
			method: "DELETE", path: "/listings/7/link",
			answer: `{"id":7,"externalId":null,"unlinked":true}`, want: "",
		},
		"listing by external id": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				l, err := c.ListingByExternalID(ctx, "flat/77")
				return l.ID, err
			},
			method: "GET", path: "/listings/external/flat%2F77", answer: `{"id":7}`, want: int64(7),
		},
		"check-up": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.CheckUp(ctx, 7) },
			method: "GET", path: "/listings/7/checkup",
			answer: `{"items":[{"id":501,"externalId":"a","position":1,"measured":true,"warnings":[{"code":"same_picture","message":"m","remedy":"r",
				"evidence":[{"figure":"distance","value":3,"limit":"below","of":13}],"like":{"id":500,"listingId":null}}]}]}`,
			want: []client.Checked{{ID: 501, ExternalID: "a", Position: 1, Measured: true, Warnings: []client.Warning{{
				Code: vitrine.CheckSame, Message: "m", Remedy: "r", Like: &client.Like{ID: 500},
				Evidence: []client.Evidence{{Figure: vitrine.FigureDistance, Value: 3, Limit: "below", Of: 13}},
			}}}},
		},
		"check-up by external id": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.CheckUpByExternalID(ctx, "flat/77")
			},
			method: "GET", path: "/listings/external/flat%2F77/checkup", answer: `{"items":[]}`, want: []client.Checked{},
		},
		"upload from URL": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				return c.UploadFromURL(ctx, "https://x/1.jpg", "a")
			},
			method: "POST", path: "/media/upload-from-url", body: `{"url":"https://x/1.jpg","externalId":"a"}`,
			answer: `{"mediaId":501,"status":"pending","externalId":"a","jobId":9001}`,
			want:   client.Import{MediaID: 501, Status: client.Pending, ExternalID: "a", JobID: 9001},
		},
		"request upload": {
			call: func(ctx context.Context, c *client.Client) (any, error) {
				u, err := c.RequestUpload(ctx, client.UploadInput{ContentType: "image/heic", Size: 9})
				return fmt.Sprintln(u.MediaID, u.URL, u.Method, u.Header, u.ExpiresIn), err
			},
			method: "POST", path: "/media/request-upload-url", body: `{"contentType":"image/heic","size":9}`,
			answer: `{"mediaId":502,"uploadUrl":"http://x/u","method":"PUT","headers":{"Content-Type":"image/heic"},"externalId":null,"expiresAt":"2026-11-22T10:30:00.000Z","expiresIn":1800}`,
			want:   "502 http://x/u PUT map[Content-Type:image/heic] 1800\n",
		},
		"confirm upload": {
			call:   func(ctx context.Context, c *client.Client) (any, error) { return c.ConfirmUpload(ctx, 502) },
			method: "POST", path: "/media/502/confirm",
			answer: `{"mediaId":502,"status":"pending","externalId":null,"jobId":9002}`,
			want:   client.Import{MediaID: 502, Status: client.Pending, JobID: 9002},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, server := dial(ok(row.answer))
			got, err := row.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			sent := server.requests[0]
			if sent.Method != row.method || sent.Path != "/api/v1"+row.path || sent.Body != row.body {
				t.Errorf("sent %s %s %s", sent.Method, sent.Path, sent.Body)
			}
		})
	}
}

// Every operation in one request, with what each answers.
func TestBulkMedia(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(`{"results":[
		{"index":0,"op":"upload-from-url","success":true,"mediaId":505,"externalId":"hall","status":"pending","jobId":9002},
		{"index":1,"op":"request-upload-url","success":true,"mediaId":506,"uploadUrl":"http://x/u","method":"PUT","headers":{"Content-Type":"image/png"},"externalId":"bath","expiresAt":"2026-11-22T10:30:00.000Z","expiresIn":1800},
		{"index":2,"op":"confirm-upload","success":false,"mediaId":502,"error":"File has not been uploaded","code":"invalid"},
		{"index":3,"op":"link","success":true,"mediaId":7,"id":7,"externalId":"x","linked":true},
		{"index":4,"op":"unlink","success":true,"mediaId":8,"id":8,"externalId":null,"unlinked":true},
		{"index":5,"op":"delete","success":true,"mediaId":9,"deleted":true}],
		"summary":{"total":6,"succeeded":5,"failed":1}}`))
	got, err := c.BulkMedia(t.Context(), []client.MediaOp{
		{Op: client.OpUploadFromURL, URL: "https://x/hall.jpg", ExternalID: "hall"},
		{Op: client.OpRequestUploadURL, ContentType: "image/png", Size: 5, ExternalID: "bath"},
		{Op: client.OpConfirmUpload, ID: 502},
		{Op: client.OpLink, ID: 7, ExternalID: "x"},
		{Op: client.OpUnlink, ID: 8},
		{Op: client.OpDelete, ExternalID: "old"},
	})
	if err != nil {
		t.Fatal(err)
	}
	done := func(i int, op client.Op) client.Outcome { return client.Outcome{Index: i, Op: op, Success: true} }
	upload := got.Results[1].Upload
	if upload == nil || upload.MediaID != 506 || upload.URL != "http://x/u" || upload.ExternalID != "bath" || upload.ExpiresAt.IsZero() {
		t.Errorf("upload is %+v", upload)
	}
	want := client.Bulk[client.MediaResult]{
		Results: []client.MediaResult{
			{Outcome: done(0, client.OpUploadFromURL), Import: client.Import{MediaID: 505, ExternalID: "hall", Status: client.Pending, JobID: 9002}},
			{Outcome: done(1, client.OpRequestUploadURL), Import: client.Import{MediaID: 506, ExternalID: "bath"}, Upload: upload},
			{Outcome: client.Outcome{Index: 2, Op: client.OpConfirmUpload, Error: "File has not been uploaded", Code: vitrine.CodeInvalid}, Import: client.Import{MediaID: 502}},
			{Outcome: done(3, client.OpLink), Import: client.Import{MediaID: 7, ExternalID: "x"}},
			{Outcome: done(4, client.OpUnlink), Import: client.Import{MediaID: 8}},
			{Outcome: done(5, client.OpDelete), Import: client.Import{MediaID: 9}},
		},
		Summary: client.Summary{Total: 6, Succeeded: 5, Failed: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantBody := `{"operations":[` +
		`{"op":"upload-from-url","externalId":"hall","url":"https://x/hall.jpg"},` +
		`{"op":"request-upload-url","externalId":"bath","contentType":"image/png","size":5},` +
		`{"op":"confirm-upload","id":502},{"op":"link","id":7,"externalId":"x"},{"op":"unlink","id":8},{"op":"delete","externalId":"old"}]}`
	if diff := cmp.Diff(wantBody, server.requests[0].Body); diff != "" {
		t.Error(diff)
	}
}

func TestBulkListings(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(`{"results":[
		{"index":0,"op":"upsert","success":true,"id":7,"externalId":"a","status":"draft","publicUrl":"http://x/l/g","galleryUrl":"http://x/g/g","created":true,"updated":false,"jobId":null},
		{"index":1,"op":"validate","success":true,"externalId":"b","valid":true},
		{"index":2,"op":"unlink","success":true,"id":8,"externalId":"was","unlinked":true},
		{"index":3,"op":"delete","success":false,"id":9,"error":"Listing 9 not found","code":"not_found"}],
		"summary":{"total":4,"succeeded":3,"failed":1}}`))
	got, err := c.BulkListings(t.Context(), []client.ListingOp{
		{Op: client.OpUpsert, Listing: client.ListingInput{ExternalID: "a", Fields: map[string]any{"rooms": 3}}},
		{Op: client.OpValidate, Listing: json.RawMessage(`{"externalId":"b","price":1.50}`)},
		{Op: client.OpUnlink, ID: 8},
		{Op: client.OpDelete, ID: 9},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []client.ListingResult{
		{Outcome: client.Outcome{Op: client.OpUpsert, Success: true}, PutResult: client.PutResult{ID: 7, ExternalID: "a", Status: vitrine.StatusDraft,
			PublicURL: "http://x/l/g", GalleryURL: "http://x/g/g", Created: true}},
		{Outcome: client.Outcome{Index: 1, Op: client.OpValidate, Success: true}, PutResult: client.PutResult{ExternalID: "b"}, Valid: true},
		{Outcome: client.Outcome{Index: 2, Op: client.OpUnlink, Success: true}, PutResult: client.PutResult{ID: 8, ExternalID: "was"}},
		{Outcome: client.Outcome{Index: 3, Op: client.OpDelete, Error: "Listing 9 not found", Code: vitrine.CodeNotFound}, PutResult: client.PutResult{ID: 9}},
	}
	if diff := cmp.Diff(want, got.Results); diff != "" {
		t.Error(diff)
	}
	wantBody := `{"operations":[{"externalId":"a","op":"upsert","rooms":3},{"externalId":"b","op":"validate","price":1.50},{"id":8,"op":"unlink"},{"id":9,"op":"delete"}]}`
	if diff := cmp.Diff(wantBody, server.requests[0].Body); diff != "" {
		t.Error(diff)
	}
}

// A listing that isn't an object can't be sent beside an operation's name.
func TestBulkListingsNotAnObject(t *testing.T) {
	t.Parallel()
	c, server := dial(ok(`{}`))
	if _, err := c.BulkListings(t.Context(), []client.ListingOp{{Op: client.OpUpsert, Listing: []int{1}}}); err == nil || len(server.requests) != 0 {
		t.Errorf("err is %v after %d requests", err, len(server.requests))
	}
}

// 422 has two meanings: all operations failed, which their results tell, and a
// refusal of the whole.
func TestBulkUnprocessable(t *testing.T) {
	t.Parallel()
	ops := []client.MediaOp{{Op: client.OpDelete, ID: 1}}
	c, _ := dial(answer{status: 422, body: `{"statusCode":422,"message":"All operations failed","error":"Unprocessable Entity","code":"unprocessable",
		"results":[{"index":0,"op":"delete","success":false,"mediaId":1,"error":"Media 1 not found","code":"not_found"}],"summary":{"total":1,"succeeded":0,"failed":1}}`})
	got, err := c.BulkMedia(t.Context(), ops)
	if err != nil || len(got.Results) != 1 || got.Results[0].Code != vitrine.CodeNotFound || got.Summary.Failed != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	c, _ = dial(answer{status: 422, body: `{"statusCode":422,"message":"This Idempotency-Key was used for another request","code":"unprocessable"}`})
	_, err = c.BulkMedia(t.Context(), ops)
	if refusal, ok := errors.AsType[*client.Error](err); !ok || refusal.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("err is %v", err)
	}
}

// pageOf is the answer with the listings from first to last.
func pageOf(first, last, total int) answer {
	p := client.ListingPage{Total: total, Items: []client.Listing{}}
	for id := first; id <= last; id++ {
		p.Items = append(p.Items, client.Listing{ID: int64(id)})
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return ok(string(body))
}

func TestAllListings(t *testing.T) {
	t.Parallel()
	c, server := dial(pageOf(1, 100, 230), pageOf(101, 200, 230), pageOf(201, 230, 230))
	var last int64
	for l, err := range c.AllListings(t.Context()) {
		if err != nil || l.ID != last+1 {
			t.Fatalf("after %d: %d, %v", last, l.ID, err)
		}
		last = l.ID
	}
	if last != 230 || len(server.requests) != 3 || server.requests[2].Path != "/api/v1/listings?limit=100&page=3" {
		t.Errorf("%d listings, %d requests, the last is %s", last, len(server.requests), server.requests[len(server.requests)-1].Path)
	}
}

// Who has seen enough asks for no further page.
func TestAllListingsStopped(t *testing.T) {
	t.Parallel()
	c, server := dial(pageOf(1, 100, 230), pageOf(101, 200, 230))
	for l, err := range c.AllListings(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if l.ID == 100 {
			break
		}
	}
	if len(server.requests) != 1 {
		t.Errorf("%d requests", len(server.requests))
	}
}

func TestAllListingsRefused(t *testing.T) {
	t.Parallel()
	c, _ := dial(pageOf(1, 100, 230), answer{status: 401})
	seen, failed := 0, 0
	for _, err := range c.AllListings(t.Context()) {
		if err != nil {
			failed++
		} else {
			seen++
		}
	}
	if seen != 100 || failed != 1 {
		t.Errorf("%d listings, %d errors", seen, failed)
	}
}

// External ids of dots would be taken for steps of the path.
func TestDots(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.EscapedPath())
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(server.Close)
	c := client.New(server.URL, "key")
	for _, id := range []string{".", "..", "a/../b"} {
		if _, err := c.MediaByExternalID(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	want := []string{"/api/v1/media/external/%2E", "/api/v1/media/external/%2E%2E", "/api/v1/media/external/a%2F%2E%2E%2Fb"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}

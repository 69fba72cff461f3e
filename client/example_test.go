package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// Send a listing by the URLs of its photos and wait until it is published.
func Example() {
	server := httptest.NewServer(exampleServer())
	defer server.Close()

	page, err := publish(context.Background(), client.New(server.URL, "your-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(page)
	// Output: https://photos.example.com/l/k3j9x2
}

func publish(ctx context.Context, c *client.Client) (page string, err error) {
	put, err := c.PutListing(ctx, client.ListingInput{
		ExternalID: "flat-77",
		Status:     vitrine.StatusActive,
		Files: []client.File{
			{URL: "https://crm.example.com/77/kitchen.jpg"},
			{URL: "https://crm.example.com/77/hall.jpg"},
			{URL: "https://crm.example.com/77/garden.jpg"},
		},
		Fields: map[string]any{"propertyAddress": "12 Linden Street"},
	})
	if err != nil || put.JobID == 0 { // 0: nothing has changed since the last time
		return put.PublicURL, err
	}
	job, err := c.WaitJob(ctx, put.JobID, nil)
	if err != nil {
		return "", err
	}
	if job.Status == vitrine.JobFailed {
		return "", errors.New(job.Error)
	}
	return put.PublicURL, nil
}

// Upload a file from this machine, tell how far it has come, and wait until its
// pictures are there.
func ExampleClient_Upload() {
	server := httptest.NewServer(exampleServer())
	defer server.Close()
	ctx, c := context.Background(), client.New(server.URL, "your-key")

	photo := strings.NewReader("in practice an *os.File")
	in := client.UploadInput{
		ContentType: "image/jpeg",
		Size:        photo.Size(),
		ExternalID:  "flat-77/kitchen.jpg", // a second run finds it and sends nothing
	}
	file, err := c.Upload(ctx, photo, in, func(sent int64) {
		fmt.Printf("%d of %d bytes\n", sent, in.Size)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if file.JobID != 0 {
		if _, err := c.WaitJob(ctx, file.JobID, nil); err != nil {
			fmt.Println(err)
			return
		}
	}
	media, err := c.Media(ctx, file.MediaID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(media.Optimization, media.Variants[0].URL)
	// Output:
	// 23 of 23 bytes
	// success https://photos.example.com/v/5/128.webp
}

// Import many files with one request. Each has an outcome of its own.
func ExampleClient_BulkMedia() {
	server := httptest.NewServer(exampleServer())
	defer server.Close()
	c := client.New(server.URL, "your-key")

	answer, err := c.BulkMedia(context.Background(), []client.MediaOp{
		{Op: client.OpUploadFromURL, URL: "https://crm.example.com/77/kitchen.jpg", ExternalID: "kitchen"},
		{Op: client.OpConfirmUpload, ID: 502},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range answer.Results {
		if r.Success {
			fmt.Printf("%s: media %d, job %d\n", r.Op, r.MediaID, r.JobID)
		} else {
			fmt.Printf("%s: %s\n", r.Op, r.Error)
		}
	}
	// Output:
	// upload-from-url: media 505, job 9002
	// confirm-upload: File has not been uploaded
}

// Go through all listings of the account, page by page.
func ExampleClient_AllListings() {
	server := httptest.NewServer(exampleServer())
	defer server.Close()
	c := client.New(server.URL, "your-key")

	for listing, err := range c.AllListings(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(listing.ExternalID, listing.Status())
	}
	// Output:
	// flat-77 active
	// flat-78 draft
}

// Send a classified with all its media, see what that does, wait until it has
// settled, and tell what to do about the media that could not be had.
func ExampleClient_PutClassified() {
	server := httptest.NewServer(exampleServer())
	defer server.Close()
	ctx, c := context.Background(), client.New(server.URL, "your-key")

	written, err := c.PutClassified(ctx, "6f6c1f3e-6a52-4c0e-9d1b-2f5c3a7e8b90", client.ClassifiedInput{
		Portals: []string{"SL"},
		Data:    map[string]any{"rooms": 3},
		Media: []client.MediaSource{
			{URL: "https://crm.example.com/77/kitchen.jpg?timestamp=2", MediaType: vitrine.Picture, Category: "KITCHEN"},
			{URL: "https://crm.example.com/77/garden.jpg?timestamp=1", MediaType: vitrine.Picture, Category: "GARDEN"},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range written.Plan {
		fmt.Println(line.Action, line.URL)
	}
	status, err := c.WaitClassified(ctx, written.ClassifiedID, written.Revision, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.Status)
	media, err := c.ClassifiedMedia(ctx, written.ClassifiedID)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range media {
		if m.Failure != nil {
			fmt.Println(m.URL, m.Failure.Message, m.Failure.Remedy)
		}
	}
	// Output:
	// refetch https://crm.example.com/77/kitchen.jpg?timestamp=2
	// add https://crm.example.com/77/garden.jpg?timestamp=1
	// CREATED_WITH_MEDIA_ERROR
	// https://crm.example.com/77/garden.jpg?timestamp=1 There is no file at the URL. Send a URL at which the file is.
}

// Follow what happens, from the last event that was dealt with.
func ExampleClient_Tail() {
	server := httptest.NewServer(exampleServer())
	defer server.Close()
	c := client.New(server.URL, "your-key")

	for event, err := range c.Tail(context.Background(), 117) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(event.ID, event.Type)
		if event.Type == vitrine.EventListingPublished {
			break
		}
	}
	// Output:
	// 118 media.failed
	// 119 listing.published
}

// Have events delivered. The secret is told once; the receiver checks the
// signatures of the Standard Webhooks specification with it.
func ExampleClient_AddWebhook() {
	server := httptest.NewServer(exampleServer())
	defer server.Close()
	c := client.New(server.URL, "your-key")

	webhook, err := c.AddWebhook(context.Background(), "https://crm.example.com/vitrine", []vitrine.EventType{vitrine.EventListingSettled})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(webhook.ID, webhook.Secret)
	// Output: 3 whsec_C2FVsBQIhrscChlQIMV
}

// A refusal has a code for the program and messages for the person. Anything
// else means that the server was not reached or not understood.
func ExampleError() {
	server := httptest.NewServer(exampleServer())
	defer server.Close()
	c := client.New(server.URL, "your-key")

	err := c.LinkMedia(context.Background(), 7, "kitchen")
	if refusal, ok := errors.AsType[*client.Error](err); ok && refusal.Code == vitrine.CodeConflict {
		fmt.Println(strings.Join(refusal.Messages, "; "))
	}
	// Output: externalId is already in use by media 505
}

// exampleServer stands in for vitrined.
func exampleServer() http.Handler {
	mux := http.NewServeMux()
	answer := func(route string, status int, body string) {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			body := strings.ReplaceAll(body, "$SERVER", "http://"+r.Host)
			if _, err := io.WriteString(w, body); err != nil {
				log.Print(err)
			}
		})
	}
	answer("PUT /api/v1/listings", 200, `{"id":1,"status":"pending_active","publicUrl":"https://photos.example.com/l/k3j9x2","jobId":9}`)
	answer("GET /api/v1/listings", 200, `{"total":2,"page":1,"limit":100,"items":[
		{"id":1,"externalId":"flat-77","formData":{"announcementStatus":"active"}},
		{"id":2,"externalId":"flat-78","formData":{"announcementStatus":"draft"}}]}`)
	answer("GET /api/v1/job/status", 200, `{"id":9,"status":"completed"}`)
	answer("POST /api/v1/media/request-upload-url", 201, `{"mediaId":5,"uploadUrl":"$SERVER/bucket/5?signature=1f","method":"PUT","headers":{"Content-Type":"image/jpeg"}}`)
	answer("PUT /bucket/5", 200, "")
	answer("POST /api/v1/media/5/confirm", 200, `{"mediaId":5,"status":"pending","jobId":9}`)
	answer("GET /api/v1/media/5", 200, `{"id":5,"optimization":"success","variants":[{"url":"https://photos.example.com/v/5/128.webp","variantSize":"128"}]}`)
	answer("POST /api/v1/media/bulk", 200, `{"results":[
		{"index":0,"op":"upload-from-url","success":true,"mediaId":505,"externalId":"kitchen","status":"pending","jobId":9002},
		{"index":1,"op":"confirm-upload","success":false,"mediaId":502,"error":"File has not been uploaded","code":"invalid"}],
		"summary":{"total":2,"succeeded":1,"failed":1}}`)
	answer("GET /api/v1/events", 200, `{"items":[
		{"id":118,"type":"media.failed","timestamp":"2026-11-22T10:00:00.000Z","data":{"accountId":1,"mediaId":505,"failure":"source_not_found"}},
		{"id":119,"type":"listing.published","timestamp":"2026-11-22T10:00:01.000Z","data":{"accountId":1,"listingId":12,"revision":3}}],"first":1,"last":119}`)
	answer("POST /api/v1/webhooks", 201, `{"id":3,"url":"https://crm.example.com/vitrine","types":["listing.settled"],"enabled":true,"secret":"whsec_C2FVsBQIhrscChlQIMV"}`)
	answer("PUT /caas/v4/classifieds/{id}", 202, `{"classifiedId":"6f6c1f3e","revision":4,"plan":[
		{"action":"refetch","mediaId":"m-1","url":"https://crm.example.com/77/kitchen.jpg?timestamp=2","from":0,"to":0,"why":"version changed"},
		{"action":"add","mediaId":"m-2","url":"https://crm.example.com/77/garden.jpg?timestamp=1","from":null,"to":1}]}`)
	answer("GET /caas/v4/classifieds/{id}/statuses", 200, `{"items":[{"status":"CREATED_WITH_MEDIA_ERROR","revision":4}]}`)
	answer("GET /caas/v4/classifieds/{id}/media", 200, `{"items":[
		{"mediaId":"m-1","url":"https://crm.example.com/77/kitchen.jpg?timestamp=2","status":"DOWNLOADED"},
		{"mediaId":"m-2","url":"https://crm.example.com/77/garden.jpg?timestamp=1","status":"DOWNLOADING_FAILED",
		 "failure":{"code":"source_not_found","message":"There is no file at the URL.","owner":"sender","remedy":"Send a URL at which the file is."}}]}`)
	answer("POST /api/v1/media/7/link", 409, `{"statusCode":409,"message":"externalId is already in use by media 505","error":"Conflict","code":"conflict"}`)
	return mux
}

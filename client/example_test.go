package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

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

// exampleServer stands in for vitrined.
func exampleServer() http.Handler {
	answer := func(body any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if err := json.NewEncoder(w).Encode(body); err != nil {
				log.Print(err)
			}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /api/v1/listings", answer(client.PutResult{
		ID: 1, Status: vitrine.StatusPendingActive, PublicURL: "https://photos.example.com/l/k3j9x2", JobID: 9}))
	mux.HandleFunc("GET /api/v1/job/status", answer(client.Job{ID: 9, Status: vitrine.JobCompleted}))
	return mux
}

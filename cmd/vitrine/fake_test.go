package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// fakeFile is a file of the fake's only listing.
type fakeFile struct {
	id         int64
	externalID string
	bytes      int64
	endsAt     int // the look at the listing that finds it ended; 1 is the first
	failure    vitrine.FailureCode
	detail     string
}

// fakeAPI is as much of the Listings API as the command line uses, with one
// listing whose files end at the look that they name, and whose job ends one
// look after the last of them.
type fakeAPI struct {
	files  []fakeFile
	noJob  bool                  // the list is unchanged: jobId is null
	before vitrine.ListingStatus // what PUT answers
	after  vitrine.ListingStatus // what the listing ends as
	reason string                // the job's publicErrorMessage
	onLook func(look int)

	mu    sync.Mutex
	looks int
	body  string // of the last PUT
}

// start serves the fake and gives its URL.
func (f *fakeAPI) start(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /api/v1/listings", f.put)
	mux.HandleFunc("GET /api/v1/listings/12", f.listing)
	mux.HandleFunc("GET /api/v1/media/{id}", f.media)
	mux.HandleFunc("GET /api/v1/job/status", f.job)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "ApiKey good" {
			refuse(w, http.StatusUnauthorized, "unauthorized", "Invalid API key")
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func refuse(w http.ResponseWriter, status int, code string, messages ...string) {
	w.WriteHeader(status)
	answer(w, map[string]any{"statusCode": status, "message": messages, "error": http.StatusText(status), "code": code})
}

func answer(w http.ResponseWriter, body any) {
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(err)
	}
}

func (f *fakeAPI) put(w http.ResponseWriter, r *http.Request) {
	var body json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		panic(err)
	}
	f.body = string(body)
	if strings.Contains(f.body, `"bad"`) {
		refuse(w, http.StatusBadRequest, "invalid", "files[0].url must be a URL address", "announcementStatus is unknown")
		return
	}
	var job any = 9100
	if f.noJob {
		job = nil
	}
	answer(w, map[string]any{"id": 12, "externalId": "flat-77", "status": f.before, "created": true, "updated": false, "jobId": job,
		"publicUrl": "https://photos.example.com/l/k3j9x2", "galleryUrl": "https://photos.example.com/g/k3j9x2"})
}

// last is the look that finds the last file ended.
func (f *fakeAPI) last() (look int) {
	for _, file := range f.files {
		look = max(look, file.endsAt)
	}
	return look
}

func (f *fakeAPI) listing(w http.ResponseWriter, _ *http.Request) {
	f.looks++
	if f.onLook != nil {
		f.onLook(f.looks)
	}
	status := f.before
	if f.looks > f.last() {
		status = f.after
	}
	files := []any{}
	for _, file := range f.files {
		files = append(files, map[string]any{"id": file.id, "externalId": orNull(file.externalID), "contentType": "image/jpeg",
			"size": strconv.FormatInt(file.bytes, 10), "optimization": f.state(file)})
	}
	answer(w, map[string]any{"id": 12, "externalId": "flat-77", "formData": map[string]any{"announcementStatus": status}, "files": files})
}

func (f *fakeAPI) state(file fakeFile) client.Optimization {
	switch {
	case f.looks < file.endsAt:
		return client.Processing
	case file.failure != "":
		return client.Failed
	}
	return client.Success
}

func (f *fakeAPI) media(w http.ResponseWriter, r *http.Request) {
	for _, file := range f.files {
		if fmt.Sprint(file.id) != r.PathValue("id") {
			continue
		}
		m := client.Media{ID: file.id, ExternalID: file.externalID, Size: file.bytes, ContentType: "image/jpeg", Optimization: f.state(file), Variants: []client.Variant{}}
		if file.failure != "" {
			failure := vitrine.Failure{Code: file.failure, Detail: file.detail}
			rule := vitrine.RuleOf(file.failure)
			m.Failure = &client.Failure{Code: file.failure, Message: failure.Message(), Owner: rule.Owner, Remedy: rule.Remedy, Retryable: rule.Retryable}
		} else {
			for i, name := range []string{"128", "512", "1024"} {
				m.Variants = append(m.Variants, client.Variant{VariantSize: name, Size: file.bytes / 400 * int64(1+8*i)})
			}
		}
		answer(w, m)
		return
	}
	refuse(w, http.StatusNotFound, "not_found", "Media not found")
}

func (f *fakeAPI) job(w http.ResponseWriter, _ *http.Request) {
	status := vitrine.JobProcessing
	switch {
	case f.looks > f.last() && f.reason != "":
		status = vitrine.JobFailed
	case f.looks > f.last():
		status = vitrine.JobCompleted
	}
	answer(w, map[string]any{"id": 9100, "type": "announcement_finalize", "status": status, "publicErrorMessage": orNull(f.reason)})
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

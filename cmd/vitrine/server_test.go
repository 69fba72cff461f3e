package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// fakeServer is a small server with the API's media, one listing and its jobs.
// A file ends at the second look at it; it fails when its bytes or its URL say
// "broken", and is a panorama when its bytes say "360". A listing takes 4 photos, a photo may have 100 bytes.
type fakeServer struct {
	*httptest.Server

	mu      sync.Mutex
	media   map[int64]*fakeMedia
	listing []int64
	log     []string // what came in, apart from looks
	caas    fakeClassifieds
	feed    fakeFeed
}

type fakeMedia struct {
	client.Media
	awaits bool // its upload
	looks  int
	broken vitrine.FailureCode
	round  bool
}

const externalPath = "/api/v1/media/external/"

func newFakeServer() *fakeServer {
	s := &fakeServer{media: map[int64]*fakeMedia{}}
	api := http.NewServeMux()
	api.HandleFunc("GET /api/v1/agency", s.agency)
	api.HandleFunc("PUT /api/v1/listings", s.putListing)
	api.HandleFunc("GET /api/v1/listings/12", s.getListing)
	api.HandleFunc("POST /api/v1/media/bulk", s.bulk)
	api.HandleFunc("POST /api/v1/media/request-upload-url", s.requestUpload)
	api.HandleFunc("POST /api/v1/media/{id}/confirm", s.confirm)
	api.HandleFunc("POST /api/v1/media/{id}/link", s.link)
	api.HandleFunc("DELETE /api/v1/media/{id}/link", s.unlink)
	api.HandleFunc("GET /api/v1/media/{id}", s.get)
	api.HandleFunc("DELETE /api/v1/media/{id}", s.remove)
	api.HandleFunc("GET /api/v1/job/status", s.job)
	s.serveClassifieds(api)
	s.serveFeed(api)
	s.serveCheckUp(api)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case strings.HasPrefix(r.URL.Path, "/bucket/"):
			s.put(w, r)
		case r.Header.Get("Authorization") == "ApiKey shut":
			refuse(w, http.StatusForbidden, "suspended", "Agency is suspended")
		case r.Header.Get("Authorization") == "Bearer good" && strings.HasPrefix(r.URL.Path, classifiedsPath):
			api.ServeHTTP(w, r)
		case strings.HasSuffix(r.Header.Get("Authorization"), " narrow"):
			refuseProblem(w, http.StatusForbidden, "forbidden", "Forbidden", "The scope caas:classifieds:read is missing")
		case r.Header.Get("Authorization") == "ApiKey late":
			api.ServeHTTP(w, r)
		case r.Header.Get("Authorization") != "ApiKey good":
			refuse(w, http.StatusUnauthorized, "unauthorized", "Invalid API key")
		case strings.HasPrefix(r.URL.Path, externalPath):
			s.external(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	}))
	return s
}

// taken is what has come in since the last time.
func (s *fakeServer) taken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(append(s.log, ""), "\n")
	s.log, s.feed.after = nil, -1
	return text
}

func (s *fakeServer) note(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

func decode(r *http.Request, into any) {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		panic(err)
	}
}

func (s *fakeServer) agency(w http.ResponseWriter, _ *http.Request) {
	answer(w, client.Agency{ID: 1, Name: "linden", Status: "active", Limits: client.Limits{MinPhotos: 3, MaxPhotos: 4}})
}

func (s *fakeServer) add(externalID string) *fakeMedia {
	m := &fakeMedia{Media: client.Media{ID: int64(501 + len(s.media)), ExternalID: externalID, Optimization: client.Pending, Variants: []client.Variant{}}}
	s.media[m.ID] = m
	return m
}

func (s *fakeServer) find(externalID string) *fakeMedia {
	for _, m := range s.media {
		if externalID != "" && m.ExternalID == externalID {
			return m
		}
	}
	return nil
}

// of is the media of the path, whose absence is answered.
func (s *fakeServer) of(w http.ResponseWriter, r *http.Request) *fakeMedia {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err == nil && s.media[id] != nil && s.media[id].ID != 0 {
		return s.media[id]
	}
	refuse(w, http.StatusNotFound, "not_found", "Media "+r.PathValue("id")+" not found")
	return nil
}

func (s *fakeServer) requestUpload(w http.ResponseWriter, r *http.Request) {
	var in client.UploadInput
	decode(r, &in)
	m := s.find(in.ExternalID)
	switch {
	case in.Size > 100:
		refuse(w, http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("The file has %d bytes, 100 are allowed", in.Size))
		return
	case m != nil && !m.awaits:
		refuse(w, http.StatusConflict, "conflict", fmt.Sprintf("Media %d holds a file already", m.ID))
		return
	case m == nil:
		m = s.add(in.ExternalID)
	}
	m.awaits, m.ContentType = true, in.ContentType
	s.note("upload of %s as %q", in.Filename, in.ExternalID)
	answer(w, client.UploadURL{MediaID: m.ID, URL: fmt.Sprintf("http://%s/bucket/%d?signature=s3cret", r.Host, m.ID), Method: "PUT",
		Header: map[string]string{"Content-Type": in.ContentType}, ExternalID: in.ExternalID})
}

func (s *fakeServer) put(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(strings.TrimPrefix(r.URL.Path, "/bucket/"), 10, 64)
	if err != nil {
		panic(err)
	}
	bytes, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	m := s.media[id]
	m.Size = int64(len(bytes))
	if strings.Contains(string(bytes), "broken") {
		m.broken = vitrine.Unreadable
	}
	m.round = strings.Contains(string(bytes), "360")
	s.note("%d bytes of %s", len(bytes), r.Header.Get("Content-Type"))
	w.WriteHeader(http.StatusOK)
}

func (s *fakeServer) confirm(w http.ResponseWriter, r *http.Request) {
	if m := s.of(w, r); m != nil {
		m.awaits = false
		answer(w, client.Import{MediaID: m.ID, Status: client.Pending, ExternalID: m.ExternalID, JobID: 9000 + m.ID})
	}
}

func (s *fakeServer) bulk(w http.ResponseWriter, r *http.Request) {
	var body struct{ Operations []client.MediaOp }
	decode(r, &body)
	var results []any
	failed := 0
	for i, op := range body.Operations {
		result := map[string]any{"index": i, "op": op.Op, "success": true}
		results = append(results, result)
		if !strings.HasPrefix(op.URL, "http") {
			failed++
			result["success"], result["error"], result["code"] = false, "url must be a URL address", "invalid"
			continue
		}
		m, job := s.find(op.ExternalID), any(nil)
		if m == nil {
			m = s.add(op.ExternalID)
			m.Size, m.ContentType, job = 20_000, "image/jpeg", 9000+m.ID
			if strings.Contains(op.URL, "broken") {
				m.broken = vitrine.SourceNotFound
			}
			s.note("import of %s as %q", op.URL, op.ExternalID)
		}
		result["mediaId"], result["status"], result["jobId"] = m.ID, m.Optimization, job
	}
	if failed == len(results) {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	answer(w, map[string]any{"results": results})
}

// look is what brings a file on.
func (m *fakeMedia) look() {
	m.looks++
	switch {
	case m.awaits:
	case m.looks == 1:
		m.Optimization = client.Processing
		if isVideo(&m.Media) {
			m.Progress = 41
		}
	case m.broken != "":
		rule := vitrine.RuleOf(m.broken)
		m.Optimization = client.Failed
		m.Failure = &client.Failure{Code: m.broken, Message: rule.Message, Owner: rule.Owner, Remedy: rule.Remedy, Retryable: rule.Retryable}
	default:
		m.Optimization, m.Width, m.Height, m.Progress = client.Success, 400, 300, 0
		m.Blurhash, m.DominantColor, m.OriginalURL = "LEHV6nWB2yk8", "#a0b1c2", "https://photos.example.com/o/s3cret"
		m.Variants = []client.Variant{}
		for i, name := range []string{"128", "512", "1024"} {
			m.Variants = append(m.Variants, client.Variant{URL: "https://photos.example.com/v/" + name + ".webp", VariantSize: name, Width: 128, Height: 96, Size: m.Size/10 + int64(i)})
		}
		if m.round {
			m.DigitalSourceType = "digitalCapture"
			m.Panorama = &client.Panorama{URL: "https://photos.example.com/v/pano.webp", Width: 4096, Height: 2048, Size: 812_345}
		}
		if isVideo(&m.Media) {
			m.Duration = 42.375
			m.Variants = append(m.Variants, client.Variant{URL: "https://photos.example.com/v/720.mp4", VariantSize: "720",
				ContentType: "video/mp4", Width: 400, Height: 300, Size: m.Size / 2})
		}
	}
}

func (s *fakeServer) get(w http.ResponseWriter, r *http.Request) {
	if m := s.of(w, r); m != nil {
		m.look()
		answer(w, m.Media)
	}
}

func (s *fakeServer) remove(w http.ResponseWriter, r *http.Request) {
	m := s.of(w, r)
	if m == nil {
		return
	}
	id := m.ID
	*m = fakeMedia{}
	if r.URL.RawQuery == "" {
		s.note("deletion of %d", id)
		answer(w, map[string]bool{"deleted": true})
		return
	}
	s.note("deletion of %d with %s", id, r.URL.RawQuery)
	answer(w, map[string]any{"id": "receipt-1", "status": "erasing", "createdAt": "2026-11-22T10:00:00.000Z", "endedAt": nil,
		"keys": []string{"variant/ab/abc/r/128.webp", "original/ab/abc"}, "urls": []string{"https://photos.example.com/v/abc/r/128.webp"},
		"rows": map[string]int{"media": 1, "content": 1, "attempt": 2}, "kept": []string{"def"}})
}

func (s *fakeServer) external(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, externalPath)
	m := s.find(id)
	if m == nil {
		refuse(w, http.StatusNotFound, "not_found", "Media with externalId "+id+" not found")
		return
	}
	r.SetPathValue("id", fmt.Sprint(m.ID))
	if r.Method == http.MethodDelete {
		s.remove(w, r)
		return
	}
	s.get(w, r)
}

func (s *fakeServer) link(w http.ResponseWriter, r *http.Request) {
	var body struct{ ExternalID string }
	decode(r, &body)
	m := s.of(w, r)
	if m == nil {
		return
	}
	if holder := s.find(body.ExternalID); holder != nil && holder != m {
		refuse(w, http.StatusConflict, "conflict", fmt.Sprintf("externalId is already in use by media %d", holder.ID))
		return
	}
	m.ExternalID = body.ExternalID
	answer(w, map[string]any{"id": m.ID, "externalId": m.ExternalID, "linked": true})
}

func (s *fakeServer) unlink(w http.ResponseWriter, r *http.Request) {
	if m := s.of(w, r); m != nil {
		s.note("unlinking of %d", m.ID)
		removed := m.ExternalID
		m.ExternalID = ""
		answer(w, map[string]any{"id": m.ID, "externalId": orNull(removed), "unlinked": true})
	}
}

func (s *fakeServer) putListing(w http.ResponseWriter, r *http.Request) {
	var raw json.RawMessage
	decode(r, &raw)
	s.note("listing %s", raw)
	var body struct{ Files []client.File }
	if err := json.Unmarshal(raw, &body); err != nil {
		panic(err)
	}
	s.listing = nil
	for _, f := range body.Files {
		s.listing = append(s.listing, f.ID)
	}
	answer(w, map[string]any{"id": 12, "externalId": "flat-77", "status": vitrine.StatusPendingActive, "jobId": 9012,
		"publicUrl": "https://photos.example.com/l/k3j9x2", "galleryUrl": "https://photos.example.com/g/k3j9x2"})
}

func (s *fakeServer) getListing(w http.ResponseWriter, _ *http.Request) {
	files := []any{}
	status, good := vitrine.StatusPendingActive, 0
	for _, id := range s.listing {
		m := s.media[id]
		m.look()
		if m.Optimization == client.Success {
			good++
		}
		files = append(files, map[string]any{"id": m.ID, "externalId": orNull(m.ExternalID), "size": fmt.Sprint(m.Size), "optimization": m.Optimization})
	}
	if good == len(files) {
		status = vitrine.StatusActive
	}
	answer(w, map[string]any{"id": 12, "formData": map[string]any{"announcementStatus": status}, "files": files})
}

func (s *fakeServer) job(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.URL.Query().Get("id"), 10, 64)
	m := s.media[id-9000]
	switch {
	case err == nil && id == 9012:
		answer(w, map[string]any{"id": id, "status": vitrine.JobCompleted})
		return
	case err != nil || m == nil:
		refuse(w, http.StatusNotFound, "not_found", "Job not found")
		return
	}
	m.look()
	if m.looks == 2 && isVideo(&m.Media) {
		m.Optimization, m.Progress = client.Processing, 41
	}
	body := map[string]any{"id": id, "progress": m.Progress, "type": "media_import", "status": vitrine.JobProcessing, "createdAt": "2026-11-22T10:00:00.000Z"}
	switch {
	case m.looks == 1:
		body["status"], body["queuePosition"] = vitrine.JobPending, 3
	case m.Optimization == client.Failed:
		body["status"], body["publicErrorMessage"] = vitrine.JobFailed, m.Failure.Message
	case m.looks > 2:
		body["status"], body["resultData"] = vitrine.JobCompleted, map[string]any{"mediaId": m.ID}
	}
	answer(w, body)
}

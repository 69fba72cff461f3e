package listingsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

func TestUploadFromURL(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.send(http.MethodPost, "/media/upload-from-url", `{"url": "https://a.example/1.jpg", "externalId": "kitchen"}`)
	equal(t, a.status, http.StatusCreated)
	media, job := fmt.Sprint(a.body["mediaId"]), fmt.Sprint(a.body["jobId"])
	want := map[string]any{"mediaId": json.Number(media), "status": "pending", "externalId": "kitchen", "jobId": json.Number(job)}
	equal(t, a.body, want)

	again := s.send(http.MethodPost, "/media/upload-from-url", `{"url": "https://a.example/2.jpg", "externalId": "kitchen"}`)
	equal(t, again.status, http.StatusOK)
	equal(t, again.body, want)

	s.failed(media, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	retried := s.send(http.MethodPost, "/media/upload-from-url", `{"url": "https://a.example/2.jpg", "externalId": "kitchen"}`)
	equal(t, retried.status, http.StatusOK)
	equal(t, []any{retried.body["mediaId"], retried.body["status"]}, []any{json.Number(media), "pending"})
	if newJob := fmt.Sprint(retried.body["jobId"]); newJob == job || newJob == "<nil>" {
		t.Errorf("job %s, want a new one after %s", newJob, job)
	}

	s.fetched(media, vitrine.Content{SHA256: digest(1), Bytes: 5, Type: "image/jpeg"})
	done := s.send(http.MethodPost, "/media/upload-from-url", `{"url": "https://a.example/3.jpg", "externalId": "kitchen"}`)
	equal(t, done.status, http.StatusOK)
	equal(t, done.body, map[string]any{"mediaId": json.Number(media), "status": "success", "externalId": "kitchen", "jobId": nil})

	nameless := s.send(http.MethodPost, "/media/upload-from-url", `{"url": "https://a.example/1.jpg", "externalId": null, "more": {}}`)
	equal(t, nameless.status, http.StatusCreated)
	equal(t, nameless.body["externalId"], nil)
}

func TestUploadFromURLRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, tc := range []struct {
		name, body string
		broken     []string
	}{
		{"array", `[{"url": "https://a.example/1.jpg"}]`, []string{"the request body must be an object"}},
		{"no url", `{}`, []string{"url is required"}},
		{"null url", `{"url": null}`, []string{"url is required"}},
		{"number", `{"url": 1, "externalId": 2}`, []string{"url must be a string", "externalId must be a string"}},
		{"both wrong", `{"url": "kitchen.jpg", "externalId": "` + strings.Repeat("k", 256) + `"}`, []string{"url must be a URL address", "externalId must be at most 255 characters"}},
		{"ftp", `{"url": "ftp://a.example/1.jpg"}`, []string{"url must be a URL address"}},
		{"long", `{"url": "https://a.example/` + strings.Repeat("k", 2048) + `"}`, []string{"url must be at most 2048 characters"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := s.in(t)
			s.wantError(s.send(http.MethodPost, "/media/upload-from-url", tc.body), 400, "invalid", tc.broken)
		})
	}
}

// Simultaneous requests with one new external id make one file and one job.
func TestUploadFromURLAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	answers := make([]answer, 50)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = s.send(http.MethodPost, "/media/upload-from-url", `{"url": "https://a.example/1.jpg", "externalId": "kitchen"}`)
		})
	}
	wg.Wait()
	created := 0
	for _, a := range answers {
		if a.status == http.StatusCreated {
			created++
		}
		equal(t, a.body, answers[0].body)
	}
	equal(t, created, 1)
}

func TestMedia(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	media, _ := s.importURL("https://a.example/1.jpg")
	null := map[string]any{
		"id": json.Number(media), "externalId": nil, "size": nil, "contentType": nil, "optimization": "pending", "progress": nil, "blurhash": nil,
		"originalUrl": nil, "variants": []any{}, "width": nil, "height": nil, "duration": nil, "thumbhash": nil, "dominantColor": nil, "failure": nil,
		"digitalSourceType": nil, "c2pa": false, "panorama": nil,
	}
	equal(t, s.get("/media/"+media), null)
	null["optimization"] = "processing"
	s.begin(media)
	equal(t, s.get("/media/"+media), null)

	s.fetched(media, vitrine.Content{
		SHA256: digest(7), Bytes: 1830442, Type: "image/jpeg", Width: 4000, Height: 3000, Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
		Thumbhash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2w", DominantColor: "#8a7f6b", Recipe: "r1",
		Variants: []vitrine.Variant{
			{Name: "128", Type: "image/webp", Width: 128, Height: 96, Bytes: 3890},
			{Name: "512", Type: "image/webp", Width: 512, Height: 384, Bytes: 30112},
			{Name: "1024", Type: "image/webp", Width: 1024, Height: 768, Bytes: 91007},
		},
	})
	variant := func(name string, width, height, size int) map[string]any {
		return map[string]any{
			"url": "https://pictures.example/v/" + digest(7) + "/r1/" + name + ".webp", "variantSize": name, "contentType": "image/webp",
			"width": number(width), "height": number(height), "size": number(size),
		}
	}
	equal(t, s.get("/media/"+media), map[string]any{
		"id": json.Number(media), "externalId": nil, "size": number(1830442), "contentType": "image/jpeg", "optimization": "success", "progress": nil,
		"blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj", "originalUrl": "https://pictures.example/o/" + digest(7) + ".secret",
		"variants": []any{variant("128", 128, 96, 3890), variant("512", 512, 384, 30112), variant("1024", 1024, 768, 91007)},
		"width":    number(4000), "height": number(3000), "duration": nil,
		"thumbhash": "3OcRJYB4d3h/iIeHeEh3eIhw+j2w", "dominantColor": "#8a7f6b", "failure": nil,
		"digitalSourceType": nil, "c2pa": false, "panorama": nil,
	})
}

// A video tells how far its encoding has come, and in the end has a poster and
// what plays.
func TestVideo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	media, job := s.importURL("https://a.example/tour.mov")
	listing := fmt.Sprint(s.put(`{"externalId": "flat-77", "files": [{"id": ` + media + `}]}`)["id"])
	file := func() map[string]any { return s.get("/listings/" + listing)["files"].([]any)[0].(map[string]any) }
	progress := func() []any {
		return []any{s.get("/media/" + media)["progress"], file()["progress"], s.get("/job/status?id=" + job)["progress"]}
	}
	equal(t, progress(), []any{nil, nil, nil})

	content := vitrine.Content{
		SHA256: digest(9), Bytes: 88_000_000, Type: "video/quicktime", Width: 1920, Height: 1080, Duration: 42375 * time.Millisecond,
		Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj", Thumbhash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2w", DominantColor: "#8a7f6b", Recipe: "v1",
		Variants: []vitrine.Variant{
			{Name: "128", Type: "image/webp", Width: 128, Height: 72, Bytes: 3000},
			{Name: "512", Type: "image/webp", Width: 512, Height: 288, Bytes: 30000},
			{Name: "1024", Type: "image/webp", Width: 1024, Height: 576, Bytes: 90000},
			{Name: "720", Type: "video/mp4", Width: 1280, Height: 720, Bytes: 9_000_000},
			{Name: "1080", Type: "video/mp4", Width: 1920, Height: 1080, Bytes: 20_000_000},
		},
	}
	attempt := s.downloaded(media, content)
	equal(t, progress(), []any{number(0), number(0), nil})
	if err := s.gallery.Encoding(t.Context(), finish, content.SHA256, 41); err != nil {
		t.Fatal(err)
	}
	equal(t, progress(), []any{number(41), number(41), number(41)})
	equal(t, file()["duration"], nil)

	s.optimised(attempt, content)
	equal(t, progress(), []any{nil, nil, nil})
	got := s.get("/media/" + media)
	equal(t, []any{got["contentType"], got["optimization"], got["duration"], got["width"], got["height"], got["blurhash"]},
		[]any{"video/quicktime", "success", json.Number("42.375"), number(1920), number(1080), "LEHV6nWB2yk8pyo0adR*.7kCMdnj"})
	equal(t, []any{file()["contentType"], file()["duration"]}, []any{"video/quicktime", json.Number("42.375")})
	variant := func(name, kind string, width, height, size int) map[string]any {
		ending := map[string]string{"image/webp": ".webp", "video/mp4": ".mp4"}[kind]
		return map[string]any{
			"url": "https://pictures.example/v/" + digest(9) + "/v1/" + name + ending, "variantSize": name, "contentType": kind,
			"width": number(width), "height": number(height), "size": number(size),
		}
	}
	equal(t, got["variants"], any([]any{
		variant("128", "image/webp", 128, 72, 3000), variant("512", "image/webp", 512, 288, 30000), variant("1024", "image/webp", 1024, 576, 90000),
		variant("720", "video/mp4", 1280, 720, 9_000_000), variant("1080", "video/mp4", 1920, 1080, 20_000_000),
	}))
}

func number(n int) json.Number { return json.Number(fmt.Sprint(n)) }

// Every failure of the table explains itself.
func TestMediaFailures(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, rule := range vitrine.FailureTable {
		t.Run(string(rule.Code), func(t *testing.T) {
			s := s.in(t)
			media, job := s.importURL("https://a.example/" + string(rule.Code))
			s.failed(media, vitrine.Failf(rule.Code, "HTTP 404"))
			got := s.get("/media/" + media)
			equal(t, got["optimization"], any("failed"))
			message := rule.Message + " (HTTP 404)"
			equal(t, got["failure"], any(map[string]any{
				"code": string(rule.Code), "message": message, "owner": string(rule.Owner), "remedy": rule.Remedy, "retryable": rule.Retryable,
			}))
			ended := s.get("/job/status?id=" + job)
			equal(t, []any{ended["status"], ended["publicErrorMessage"], ended["resultData"]}, []any{"failed", message, nil})
		})
	}
}

func TestMediaNotFound(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	media, job := s.importURL("https://a.example/1.jpg")
	stranger := s.newKey("Hillside Homes")
	s.wantError(s.send("GET", "/media/991", ""), 404, "not_found", "Media 991 not found")
	s.wantError(s.sendAs(stranger, "GET", "/media/"+media), 404, "not_found", "Media "+media+" not found")
	s.wantError(s.sendAs(stranger, "GET", "/job/status?id="+job), 404, "not_found", "Job "+job+" not found")
	s.wantError(s.send("GET", "/media/external/hall", ""), 404, "not_found", "Media with external ID hall not found")
	s.wantError(s.send("GET", "/media/first", ""), 400, "invalid", []string{"id must be a number"})
	s.wantError(s.send("GET", "/media/-1", ""), 400, "invalid", []string{"id must be a positive number"})
}

func TestJobStatus(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	first, firstJob := s.importURL("https://a.example/1.jpg")
	_, secondJob := s.importURL("https://a.example/2.jpg")
	want := map[string]any{
		"id": json.Number(secondJob), "type": "media_import", "status": "pending", "queuePosition": number(1), "progress": nil,
		"createdAt": at, "resultData": nil, "publicErrorMessage": nil,
	}
	equal(t, s.get("/job/status?id="+secondJob), want)

	s.begin(first)
	processing := s.get("/job/status?id=" + firstJob)
	equal(t, []any{processing["status"], processing["queuePosition"]}, []any{"processing", number(0)})

	s.fetched(first, vitrine.Content{SHA256: digest(1), Bytes: 5, Type: "image/jpeg"})
	done := s.get("/job/status?id=" + firstJob)
	equal(t, []any{done["status"], done["queuePosition"], done["resultData"]},
		[]any{"completed", number(0), map[string]any{"mediaId": json.Number(first)}})

	for query, broken := range map[string]string{"": "id must be a number", "?id=": "id must be a number", "?id=abc": "id must be a number", "?id=0": "id must be a positive number"} {
		s.wantError(s.send("GET", "/job/status"+query, ""), 400, "invalid", []string{broken})
	}
	s.wantError(s.send("GET", "/job/status?id=991", ""), 404, "not_found", "Job 991 not found")
}

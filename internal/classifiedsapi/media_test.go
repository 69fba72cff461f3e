package classifiedsapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

func (s *server) media(path string) []map[string]any {
	s.t.Helper()
	var list []map[string]any
	for _, item := range s.want(http.StatusOK, http.MethodGet, path+"/media", "").body["items"].([]any) {
		list = append(list, item.(map[string]any))
	}
	return list
}

func TestMedia(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(
		`{"url": "http://a.example/1.jpg", "mediaType": "PICTURE", "category": "KITCHEN", "tags": ["MISC"], "title": "Kitchen"}`,
		picture("http://a.example/2.jpg"),
		picture("http://a.example/1.jpg"),
	)
	s.fetched(path, 0, photo("a"))
	s.failed(path, 1, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))

	media := s.media(path)
	if media[0]["mediaId"] != media[2]["mediaId"] || media[0]["mediaId"] == media[1]["mediaId"] {
		t.Errorf("the ids %v %v %v", media[0]["mediaId"], media[1]["mediaId"], media[2]["mediaId"])
	}
	for _, m := range media {
		delete(m, "mediaId")
	}
	digest := strings.Repeat("a", 64)
	variants := []any{
		map[string]any{"url": "https://pictures.example/v/" + digest + "/r1/128.webp", "variantSize": "128", "size": 3000.0, "width": 128.0, "height": 85.0, "contentType": "image/webp"},
		map[string]any{"url": "https://pictures.example/v/" + digest + "/r1/512.webp", "variantSize": "512", "size": 30000.0, "width": 512.0, "height": 341.0, "contentType": "image/webp"},
	}
	rule := vitrine.RuleOf(vitrine.SourceNotFound)
	equal(t, media, []map[string]any{
		{
			"position": 0.0, "url": "http://a.example/1.jpg", "mediaType": "PICTURE", "category": "KITCHEN", "tags": []any{"MISC"}, "title": "Kitchen",
			"status": "DOWNLOADED", "stale": false, "failure": nil,
			"contentType": "image/jpeg", "width": 1200.0, "height": 800.0, "duration": nil, "progress": nil, "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj", "variants": variants,
			"altered": false, "alteredFrom": nil, "shown": true, "digitalSourceType": nil, "c2pa": false, "panorama": nil, "link": nil,
		},
		{
			"position": 1.0, "url": "http://a.example/2.jpg", "mediaType": "PICTURE", "category": nil, "tags": []any{}, "title": nil,
			"status": "DOWNLOADING_FAILED", "stale": false,
			"failure": map[string]any{
				"code": "source_not_found", "message": rule.Message + " (HTTP 404)", "owner": string(rule.Owner),
				"remedy": rule.Remedy, "retryable": rule.Retryable,
			},
			"contentType": nil, "width": nil, "height": nil, "duration": nil, "progress": nil, "blurhash": nil, "variants": []any{},
			"altered": false, "alteredFrom": nil, "shown": false, "digitalSourceType": nil, "c2pa": false, "panorama": nil, "link": nil,
		},
		{
			"position": 2.0, "url": "http://a.example/1.jpg", "mediaType": "PICTURE", "category": nil, "tags": []any{}, "title": nil,
			"status": "DOWNLOADED", "stale": false, "failure": nil,
			"contentType": "image/jpeg", "width": 1200.0, "height": 800.0, "duration": nil, "progress": nil, "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj", "variants": variants,
			"altered": false, "alteredFrom": nil, "shown": true, "digitalSourceType": nil, "c2pa": false, "panorama": nil, "link": nil,
		},
	})
}

// A video tells how far its encoding has come, and in the end has a poster and
// what plays.
func TestVideo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(`{"url": "http://a.example/tour.mp4", "mediaType": "VIDEO"}`)
	equal(t, s.media(path)[0]["progress"], nil)

	content := photo("f")
	content.Type, content.Duration = "video/mp4", 42375*time.Millisecond
	content.Variants = append(content.Variants, vitrine.Variant{Name: "720", Type: "video/mp4", Width: 1280, Height: 720, Bytes: 9_000_000})
	attempt := s.downloaded(path, 0, content)
	equal(t, s.media(path)[0]["progress"], any(0.0))
	if err := s.gallery.Encoding(t.Context(), finish, content.SHA256, 41); err != nil {
		t.Fatal(err)
	}
	m := s.media(path)[0]
	equal(t, []any{m["progress"], m["duration"]}, []any{41.0, nil})

	s.optimised(attempt, content)
	m = s.media(path)[0]
	equal(t, []any{m["progress"], m["duration"], m["contentType"]}, []any{nil, 42.375, "video/mp4"})
	var variants []any
	for _, v := range m["variants"].([]any) {
		variants = append(variants, v.(map[string]any)["variantSize"], v.(map[string]any)["contentType"])
	}
	equal(t, variants, []any{"128", "image/webp", "512", "image/webp", "720", "video/mp4"})
	equal(t, m["variants"].([]any)[2], any(map[string]any{
		"url": "https://pictures.example/v/" + content.SHA256 + "/r1/720.mp4", "variantSize": "720", "size": 9_000_000.0,
		"width": 1280.0, "height": 720.0, "contentType": "video/mp4",
	}))
}

// A media whose newest version can't be had shows the one before, and says why.
func TestStale(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg?timestamp=1"))
	s.fetched(path, 0, photo("a"))
	s.want(http.StatusAccepted, http.MethodPut, path, body(picture("http://a.example/1.jpg?timestamp=2")))
	s.failed(path, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))

	m := s.media(path)[0]
	equal(t, []any{m["status"], m["stale"], m["contentType"], len(m["variants"].([]any))}, []any{"DOWNLOADING_FAILED", true, "image/jpeg", 2})
	equal(t, m["failure"].(map[string]any)["code"], any("source_not_found"))
	got := s.want(http.StatusOK, http.MethodGet, path, "").body
	equal(t, got["status"], any("CREATED_WITH_MEDIA_ERROR"))
	equal(t, got["media"].([]any)[0].(map[string]any)["stale"], any(true))
}

func TestTimelineAndRetry(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg"))
	s.failed(path, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	id := s.media(path)[0]["mediaId"].(string)
	media := path + "/media/" + id

	self := s.url + "/caas/v4" + path
	equal(t, s.want(http.StatusAccepted, http.MethodPost, media+"/retry", "").body, map[string]any{
		"classifiedId": strings.TrimPrefix(path, "/classifieds/"), "mediaId": id,
		"links": map[string]any{"self": self, "statuses": self + "/statuses"},
	})
	s.fetched(path, 0, photo("a"))

	const now = "2026-03-14T09:26:53.589Z"
	rule := vitrine.RuleOf(vitrine.SourceNotFound)
	equal(t, s.want(http.StatusOK, http.MethodGet, media+"/timeline", "").body, map[string]any{"items": []any{
		map[string]any{
			"stage": "fetch", "number": 1.0, "startedAt": now, "durationMs": 0.0, "httpStatus": 404.0, "bytes": 0.0, "contentType": nil,
			"failure": map[string]any{
				"code": "source_not_found", "message": rule.Message + " (HTTP 404)", "owner": string(rule.Owner),
				"remedy": rule.Remedy, "retryable": rule.Retryable,
			},
		},
		map[string]any{
			"stage": "fetch", "number": 1.0, "startedAt": now, "durationMs": 0.0, "httpStatus": 200.0, "bytes": 1000.0, "contentType": "image/jpeg", "failure": nil,
		},
		map[string]any{
			"stage": "optimise", "number": 1.0, "startedAt": now, "durationMs": 0.0, "httpStatus": nil, "bytes": 1000.0, "contentType": "image/jpeg", "failure": nil,
		},
	}})
	got := s.want(http.StatusOK, http.MethodGet, path, "").body
	if status := got["status"]; status != "CREATED" && status != "UPDATED" {
		t.Errorf("after a retry that went well the status is %v", status)
	}
}

func TestUnknownMedia(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg"))
	other := s.post(picture("http://a.example/2.jpg"))
	elsewhere := s.media(other)[0]["mediaId"].(string)
	for _, id := range []string{nowhere, elsewhere, "7"} {
		t.Run(id, func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.send(http.MethodGet, path+"/media/"+id+"/timeline", ""), 404, "", "Media "+id+" not found")
			s.wantProblem(s.send(http.MethodPost, path+"/media/"+id+"/retry", ""), 404, "", "Media "+id+" not found")
		})
	}
}

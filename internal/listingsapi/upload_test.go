package listingsapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// requestUpload asks for an upload URL.
func (s *server) requestUpload(body string) (media, uploadURL string) {
	s.t.Helper()
	got := s.post("/media/request-upload-url", body, 201)
	uploadURL, _ = got["uploadUrl"].(string)
	return fmt.Sprint(got["mediaId"]), uploadURL
}

// upload sends bytes to a signed URL, of this server or of the S3 store.
func (s *server) upload(uploadURL, contentType string, body io.Reader) answer {
	s.t.Helper()
	header := http.Header{"Content-Type": {contentType}}
	if path, ours := strings.CutPrefix(uploadURL, s.url+listingsapi.Base); ours {
		return s.sendWith(http.MethodPut, path, header, body)
	}
	if _, ok := s.blobs.(blob.Uploader); !ok {
		s.t.Fatalf("the upload URL is %s", uploadURL)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPut, uploadURL, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil {
		s.t.Fatalf("read the response: %v", err)
	}
	return answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	got := s.post("/media/request-upload-url", `{"contentType": "image/heic", "filename": "IMG_1.HEIC", "size": 5, "externalId": "kitchen"}`, 201)
	media, uploadURL := fmt.Sprint(got["mediaId"]), fmt.Sprint(got["uploadUrl"])
	equal(t, got, map[string]any{
		"mediaId": json.Number(media), "uploadUrl": uploadURL, "method": "PUT", "headers": map[string]any{"Content-Type": "image/heic"},
		"externalId": "kitchen", "expiresAt": "2026-03-14T09:56:53.589Z", "expiresIn": number(1800),
	})
	waiting := s.get("/media/external/kitchen")
	equal(t, []any{waiting["id"], waiting["optimization"], waiting["contentType"]}, []any{json.Number(media), "pending", nil})
	confirm := "/media/" + media + "/confirm"
	s.wantError(s.send("POST", confirm, ""), 400, "invalid", []string{"File has not been uploaded"})

	for _, body := range []string{"first", "other"} {
		a := s.upload(uploadURL, "image/heic", strings.NewReader(body))
		equal(t, []string{fmt.Sprint(a.status), a.text, a.header.Get("X-RateLimit-Limit")}, []string{"200", "", ""})
		if _, direct := s.blobs.(blob.Uploader); !direct { // a store has ETags of its own
			sum := sha256.Sum256([]byte(body))
			equal(t, a.header.Get("ETag"), `"`+hex.EncodeToString(sum[:])+`"`)
		}
	}
	same, _ := s.requestUpload(`{"contentType": "image/heic", "size": 5, "externalId": "kitchen"}`)
	equal(t, same, media)

	s.clock.advance(time.Hour) // it was uploaded in time
	confirmed := s.post(confirm, "", 200)
	job := fmt.Sprint(confirmed["jobId"])
	equal(t, confirmed, map[string]any{"mediaId": json.Number(media), "status": "pending", "externalId": "kitchen", "jobId": json.Number(job)})
	equal(t, s.get("/job/status?id=" + job)["type"], any("media_import"))
	equal(t, s.post(confirm, "", 200), confirmed)
	s.wantError(s.send("POST", "/media/request-upload-url", `{"contentType": "image/heic", "externalId": "kitchen"}`), 409, "conflict",
		"Media "+media+" holds a file already")

	s.fetched(media, vitrine.Content{SHA256: digest(1), Bytes: 5, Type: "image/heic"})
	equal(t, s.get("/media/" + media)["optimization"], any("success"))
	equal(t, s.post(confirm, "", 200)["jobId"], any(json.Number(job)))
}

func TestRequestUploadRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const types = "contentType must be one of the following values: image/jpeg, image/png, image/webp, image/heic, image/heif, image/avif, image/gif, image/tiff, image/bmp, video/mp4, video/quicktime, video/x-msvideo"
	for _, tc := range []struct {
		name, body string
		broken     []string
	}{
		{"array", `[]`, []string{"the request body must be an object"}},
		{"no type", `{}`, []string{"contentType is required"}},
		{"type of another type", `{"contentType": 1}`, []string{"contentType must be a string"}},
		{"SVG", `{"contentType": "image/svg+xml"}`, []string{types}},
		{"PDF", `{"contentType": "application/pdf"}`, []string{types}},
		{"all at once", `{"contentType": "", "filename": 1, "size": 0, "externalId": ""}`, []string{types, "filename must be a string", "size must be a positive integer", "externalId must be at least 1 character"}},
		{"long name", `{"contentType": "image/png", "filename": "` + strings.Repeat("é", 256) + `", "size": 1.5}`, []string{"filename must be at most 255 characters", "size must be a positive integer"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := s.in(t)
			s.wantError(s.send("POST", "/media/request-upload-url", tc.body), 400, "invalid", tc.broken)
		})
	}
	s.wantError(s.send("POST", "/media/request-upload-url", `{"contentType": "image/png", "size": 50000001}`), 413, "too_large",
		"The file has 50000001 bytes, 50000000 are allowed")
	s.wantError(s.send("POST", "/media/request-upload-url", `{"contentType": "video/mp4", "size": 500000001}`), 413, "too_large",
		"The file has 500000001 bytes, 500000000 are allowed")
	s.wantError(s.send("POST", "/media/991/confirm", ""), 404, "not_found", "Media 991 not found")
	s.wantError(s.send("POST", "/media/abc/confirm", ""), 400, "invalid", []string{"id must be a number"})
	imported, _ := s.importURL("https://a.example/1.jpg")
	s.wantError(s.send("POST", "/media/"+imported+"/confirm", ""), 400, "invalid", []string{"Media " + imported + " has no upload to confirm"})
}

func TestUploadRefused(t *testing.T) {
	t.Parallel()
	const forged = "The signature of the upload URL is not valid"
	change := func(name, value string) func(*url.URL) {
		return func(u *url.URL) {
			query := u.Query()
			query.Set(name, value)
			u.RawQuery = query.Encode()
		}
	}
	body := func(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }
	for _, tc := range []struct {
		name        string
		change      func(*url.URL)
		contentType string
		body        io.Reader
		status      int
		code        string
		message     any
	}{
		{"no query", func(u *url.URL) { u.RawQuery = "" }, "image/png", body(5), 403, "forbidden", forged},
		{"broken query", func(u *url.URL) { u.RawQuery += "&%zz" }, "image/png", body(5), 403, "forbidden", forged},
		{"no signature", change("signature", ""), "image/png", body(5), 403, "forbidden", forged},
		{"another signature", change("signature", strings.Repeat("0", 64)), "image/png", body(5), 403, "forbidden", forged},
		{"longer life", change("expires", "99999999999"), "image/png", body(5), 403, "forbidden", forged},
		{"life of words", change("expires", "never"), "image/png", body(5), 403, "forbidden", forged},
		{"another type", change("type", "image/jpeg"), "image/jpeg", body(5), 403, "forbidden", forged},
		{"another size", change("size", "6"), "image/png", body(6), 403, "forbidden", forged},
		{"any size", change("size", "0"), "image/png", body(6), 403, "forbidden", forged},
		{"another file", func(u *url.URL) { u.Path += "0" }, "image/png", body(5), 403, "forbidden", forged},
		{"a type that was not declared", nil, "image/jpeg", body(5), 403, "forbidden", "The upload URL is for Content-Type image/png"},
		{"a size that was not announced", nil, "image/png", body(6), 403, "forbidden", "The upload URL is for 5 bytes"},
		{"no length", nil, "image/png", io.MultiReader(body(5)), 400, "invalid", []string{"Content-Length is required"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newReceiver(t)
			media, signed := s.requestUpload(`{"contentType": "image/png", "size": 5}`)
			u, err := url.Parse(signed)
			if err != nil {
				t.Fatal(err)
			}
			if tc.change != nil {
				tc.change(u)
			}
			s.wantError(s.upload(u.String(), tc.contentType, tc.body), tc.status, tc.code, tc.message)
			s.wantNothing(media)
		})
	}
}

// wantNothing checks that no bytes of a media are kept.
func (s *server) wantNothing(media string) {
	s.t.Helper()
	s.wantError(s.send("POST", "/media/"+media+"/confirm", ""), 400, "invalid", []string{"File has not been uploaded"})
	for object, err := range s.blobs.List(s.t.Context(), "") {
		s.t.Errorf("the bucket has %s, %v", object.Key, err)
	}
}

func TestUploadTooLate(t *testing.T) {
	t.Parallel()
	s := newReceiver(t)
	media, signed := s.requestUpload(`{"contentType": "image/png"}`)
	s.clock.advance(30*time.Minute + time.Second)
	s.wantError(s.upload(signed, "image/png", strings.NewReader("x")), 403, "forbidden", "The upload URL has expired")
	s.wantNothing(media)

	media, signed = s.requestUpload(`{"contentType": "image/png"}`)
	s.clock.advance(29 * time.Minute)
	equal(t, s.upload(signed, "image/png", strings.NewReader("x")).status, http.StatusOK)
	s.post("/media/"+media+"/confirm", "", 200)
	s.wantError(s.upload(signed, "image/png", strings.NewReader("y")), 409, "conflict", "The upload of media "+media+" has been confirmed")

	media, signed = s.requestUpload(`{"contentType": "image/png"}`)
	equal(t, s.send("DELETE", "/media/"+media, "").status, http.StatusOK)
	s.wantError(s.upload(signed, "image/png", strings.NewReader("x")), 404, "not_found", "The media of this upload is gone")
}

func TestUploadTooLarge(t *testing.T) {
	t.Parallel()
	s := newReceiver(t, func(l *vitrine.Limits) { l.MaxPhotoBytes = 1000 })
	media, signed := s.requestUpload(`{"contentType": "image/png"}`)
	s.wantError(s.upload(signed, "image/png", bytes.NewReader(make([]byte, 1001))), 413, "too_large", "The file has 1001 bytes, 1000 are allowed")
	s.wantNothing(media)
	equal(t, s.upload(signed, "image/png", bytes.NewReader(make([]byte, 1000))).status, http.StatusOK)
}

// A video may be larger than a photo, by every way to send it.
func TestUploadVideo(t *testing.T) {
	t.Parallel()
	s := newReceiver(t, func(l *vitrine.Limits) { l.MaxPhotoBytes, l.MaxVideoBytes = 1000, 5000 })
	for _, kind := range vitrine.VideoTypes {
		media, signed := s.requestUpload(fmt.Sprintf(`{"contentType": %q, "size": 5000}`, kind))
		equal(t, s.upload(signed, kind, bytes.NewReader(make([]byte, 5000))).status, http.StatusOK)
		equal(t, s.post("/media/"+media+"/confirm", "", 200)["status"], any("pending"))
	}
	media, signed := s.requestUpload(`{"contentType": "video/mp4"}`)
	s.wantError(s.upload(signed, "video/mp4", bytes.NewReader(make([]byte, 5001))), 413, "too_large", "The file has 5001 bytes, 5000 are allowed")
	s.wantError(s.send("POST", "/media/"+media+"/confirm", ""), 400, "invalid", []string{"File has not been uploaded"})

	bulk := s.post("/media/bulk", `{"operations": [
		{"op": "request-upload-url", "contentType": "video/quicktime", "size": 5000},
		{"op": "request-upload-url", "contentType": "video/quicktime", "size": 5001},
		{"op": "request-upload-url", "contentType": "image/png", "size": 1001}]}`, 200)
	results, _ := bulk["results"].([]any)
	var outcomes []any
	for _, result := range results {
		outcomes = append(outcomes, result.(map[string]any)["success"], result.(map[string]any)["code"])
	}
	equal(t, outcomes, []any{true, nil, false, "too_large", false, "too_large"})
}

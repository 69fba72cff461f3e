package listingsapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// bulk is a bulk request that must be answered with that status.
func (s *server) bulk(path string, status int, operations ...string) (results []map[string]any, whole map[string]any) {
	s.t.Helper()
	whole = s.post(path, `{"operations": [`+strings.Join(operations, ", ")+`]}`, status)
	list, _ := whole["results"].([]any)
	for i, item := range list {
		result, _ := item.(map[string]any)
		if result["index"] != number(i) {
			s.t.Errorf("result %d has the index %v", i, result["index"])
		}
		delete(result, "index")
		results = append(results, result)
	}
	return results, whole
}

func counts(total, succeeded int) any {
	return map[string]any{"total": number(total), "succeeded": number(succeeded), "failed": number(total - succeeded)}
}

func TestMediaBulk(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	kitchen, _ := s.importURL("https://a.example/kitchen.jpg")
	hall, _ := s.importURL("https://a.example/hall.jpg")
	waiting, signed := s.requestUpload(`{"contentType": "image/png", "externalId": "plan"}`)
	equal(t, s.upload(signed, "image/png", strings.NewReader("x")).status, 200)
	empty, _ := s.requestUpload(`{"contentType": "image/png"}`)

	results, whole := s.bulk("/media/bulk", 200,
		`{"op": "upload-from-url", "url": "https://a.example/1.jpg", "externalId": "one"}`,
		`{"op": "upload-from-url", "url": "https://a.example/2.jpg", "externalId": "one"}`,
		`{"op": "upload-from-url", "url": "https://a.example/3.jpg"}`,
		`{"op": "request-upload-url", "contentType": "image/heic", "filename": "a.heic", "size": 7, "externalId": "two"}`,
		`{"op": "confirm-upload", "mediaId": `+empty+`}`,
		`{"op": "confirm-upload", "externalId": "plan"}`,
		`{"op": "confirm-upload", "id": `+waiting+`}`,
		`{"op": "link", "id": `+kitchen+`, "externalId": "kitchen"}`,
		`{"op": "link", "id": `+hall+`, "externalId": "kitchen"}`,
		`{"op": "unlink", "id": `+kitchen+`}`,
		`{"op": "link", "id": `+hall+`, "externalId": "kitchen"}`,
		`{"op": "delete", "externalId": "kitchen"}`,
		`{"op": "delete", "id": `+hall+`}`,
		`{"op": "delete", "id": `+kitchen+`}`,
	)
	equal(t, whole["summary"], counts(14, 11))

	one, job := fmt.Sprint(results[0]["mediaId"]), fmt.Sprint(results[0]["jobId"])
	imported := map[string]any{"op": "upload-from-url", "success": true, "mediaId": json.Number(one), "externalId": "one", "status": "pending", "jobId": json.Number(job)}
	equal(t, results[0], imported)
	equal(t, results[1], imported)
	equal(t, results[2], map[string]any{
		"op": "upload-from-url", "success": true, "mediaId": results[2]["mediaId"], "externalId": nil, "status": "pending", "jobId": results[2]["jobId"],
	})
	equal(t, results[3], map[string]any{
		"op": "request-upload-url", "success": true, "mediaId": results[3]["mediaId"], "externalId": "two", "uploadUrl": results[3]["uploadUrl"],
		"method": "PUT", "headers": map[string]any{"Content-Type": "image/heic"}, "expiresAt": "2026-03-14T09:56:53.589Z", "expiresIn": number(1800),
	})
	equal(t, s.upload(fmt.Sprint(results[3]["uploadUrl"]), "image/heic", strings.NewReader("7 bytes")).status, 200)
	equal(t, results[4], map[string]any{
		"op": "confirm-upload", "success": false, "mediaId": json.Number(empty), "error": "File has not been uploaded", "code": "invalid",
	})
	confirmed := map[string]any{
		"op": "confirm-upload", "success": true, "mediaId": json.Number(waiting), "externalId": "plan", "status": "pending", "jobId": results[5]["jobId"],
	}
	equal(t, results[5:7], []map[string]any{confirmed, confirmed})
	of := func(op, id string, more map[string]any) map[string]any {
		result := map[string]any{"op": op, "success": true, "mediaId": json.Number(id)}
		for name, value := range more {
			result[name] = value
		}
		return result
	}
	equal(t, results[7:], []map[string]any{
		of("link", kitchen, map[string]any{"id": json.Number(kitchen), "externalId": "kitchen", "linked": true}),
		of("link", hall, map[string]any{"success": false, "error": "externalId is already in use by media " + kitchen, "code": "conflict"}),
		of("unlink", kitchen, map[string]any{"id": json.Number(kitchen), "externalId": "kitchen", "unlinked": true}),
		of("link", hall, map[string]any{"id": json.Number(hall), "externalId": "kitchen", "linked": true}),
		of("delete", hall, map[string]any{"deleted": true}),
		of("delete", hall, map[string]any{"success": false, "error": "Media " + hall + " not found", "code": "not_found"}),
		of("delete", kitchen, map[string]any{"deleted": true}),
	})
}

// What is wrong with an operation is that operation's alone.
func TestMediaBulkBrokenOperations(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const ops = "op must be one of the following values: upload-from-url, request-upload-url, confirm-upload, link, unlink, delete"
	for _, tc := range []struct {
		operation, op, broken string
		media                 any // the mediaId that the result has, nil for none
	}{
		{`null`, "", "an operation must be an object", nil},
		{`7`, "", "an operation must be an object", nil},
		{`{}`, "", "op is required", nil},
		{`{"op": 7}`, "", "op must be a string", nil},
		{`{"op": "Delete", "id": 1}`, "Delete", ops, nil},
		{`{"op": "upload-from-url"}`, "upload-from-url", "url is required", nil},
		{`{"op": "upload-from-url", "url": "x", "externalId": 1}`, "upload-from-url", "url must be a URL address; externalId must be a string", nil},
		{`{"op": "request-upload-url", "contentType": 1}`, "request-upload-url", "contentType must be a string", nil},
		{`{"op": "confirm-upload"}`, "confirm-upload", "mediaId, id or externalId is required", nil},
		{`{"op": "confirm-upload", "id": 5, "mediaId": 5}`, "confirm-upload", "only one of mediaId, id or externalId may be sent", number(5)},
		{`{"op": "confirm-upload", "id": 991}`, "confirm-upload", "Media 991 not found", number(991)},
		{`{"op": "link", "id": 1}`, "link", "externalId is required", number(1)},
		{`{"op": "link", "externalId": "a"}`, "link", "id is required", nil},
		{`{"op": "unlink", "externalId": "a"}`, "unlink", "id is required", nil},
		{`{"op": "unlink", "id": "1"}`, "unlink", "id must be a positive integer", nil},
		{`{"op": "delete"}`, "delete", "id or externalId is required", nil},
		{`{"op": "delete", "id": 1, "externalId": "a"}`, "delete", "only one of id or externalId may be sent", number(1)},
		{`{"op": "delete", "externalId": "a"}`, "delete", "Media with external ID a not found", nil},
	} {
		t.Run(tc.operation, func(t *testing.T) {
			s := s.in(t)
			code := "invalid"
			if strings.HasSuffix(tc.broken, "not found") {
				code = "not_found"
			}
			want := map[string]any{"op": tc.op, "success": false, "error": tc.broken, "code": code}
			if tc.media != nil {
				want["mediaId"] = tc.media
			}
			results, whole := s.bulk("/media/bulk", 422, tc.operation)
			equal(t, results, []map[string]any{want})
			delete(whole, "results")
			equal(t, whole, map[string]any{
				"statusCode": number(422), "message": "All operations failed", "error": "Unprocessable Entity", "code": "unprocessable", "summary": counts(1, 0),
			})
		})
	}
	results, whole := s.bulk("/media/bulk", 200, `{}`, `{"op": "upload-from-url", "url": "https://a.example/1.jpg"}`, `{"op": "unlink", "id": 991}`)
	equal(t, whole["summary"], counts(3, 1))
	equal(t, []any{results[0]["success"], results[1]["success"], results[2]["success"]}, []any{false, true, false})
}

// Both bulk endpoints refuse a list that is none, or too long, as a whole.
func TestBulkRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(l *vitrine.Limits) { l.BulkPerMinute = 100 })
	many := func(n int) string {
		return `{"operations": [` + strings.TrimSuffix(strings.Repeat(`{"op": "upload-from-url", "url": "https://a.example/1.jpg"},`, n), ",") + `]}`
	}
	for _, tc := range []struct{ name, body, broken string }{
		{"array", `[]`, "the request body must be an object"},
		{"nothing", `{}`, "operations must be an array"},
		{"null", `{"operations": null}`, "operations must be an array"},
		{"object", `{"operations": {"op": "delete", "id": 1}}`, "operations must be an array"},
		{"empty", `{"operations": []}`, "operations must contain at least 1 element"},
		{"too many", many(101), "operations must contain no more than 100 elements"},
	} {
		for _, path := range []string{"/media/bulk", "/listings/bulk"} {
			t.Run(tc.name+path, func(t *testing.T) {
				s := s.in(t)
				s.wantError(s.send("POST", path, tc.body), 400, "invalid", []string{tc.broken})
			})
		}
	}
	s.wantError(s.send("GET", "/media/1", ""), 404, "not_found", "Media 1 not found") // nothing was run
	equal(t, s.post("/media/bulk", many(100), 200)["summary"], counts(100, 100))
}

// Of another account's things a bulk request knows nothing.
func TestBulkOfStrangers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	media, _ := s.importURL("https://a.example/1.jpg")
	listing := fmt.Sprint(s.put(`{"externalId": "a"}`)["id"])
	stranger := *s
	stranger.key = s.newKey("Hillside Homes")
	results, _ := stranger.bulk("/media/bulk", 422, `{"op": "delete", "id": `+media+`}`, `{"op": "link", "id": `+media+`, "externalId": "x"}`, `{"op": "unlink", "id": `+media+`}`)
	for _, result := range results {
		equal(t, result["error"], any("Media "+media+" not found"))
	}
	results, _ = stranger.bulk("/listings/bulk", 422, `{"op": "delete", "id": `+listing+`}`, `{"op": "upsert", "id": `+listing+`}`, `{"op": "validate", "id": `+listing+`}`)
	for _, result := range results {
		equal(t, result["error"], any("Listing "+listing+" not found"))
	}
}

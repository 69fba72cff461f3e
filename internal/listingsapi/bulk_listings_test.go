package listingsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

func TestListingBulk(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	old := fmt.Sprint(s.put(`{"externalId": "old"}`)["id"])
	results, whole := s.bulk("/listings/bulk", 200,
		`{"op": "upsert", "externalId": "new", "rooms": 3, "files": [{"url": "https://a.example/1.jpg", "externalFileId": "k"}]}`,
		`{"op": "delete", "o\u0070": "upsert", "externalId": "new", "rooms": 4}`,
		`{"op": "upsert", "id": 991}`,
		`{"op": "link", "id": `+old+`, "externalId": "new"}`,
		`{"op": "unlink", "id": `+old+`}`,
		`{"op": "link", "id": `+old+`, "externalId": "older"}`,
		`{"op": "delete", "externalId": "older"}`,
		`{"op": "delete", "id": `+old+`}`,
	)
	equal(t, whole["summary"], counts(8, 5))
	id := fmt.Sprint(results[0]["id"])
	written := func(created bool) map[string]any {
		return map[string]any{
			"op": "upsert", "success": true, "id": json.Number(id), "externalId": "new", "status": "draft", "publicUrl": results[0]["publicUrl"],
			"galleryUrl": results[0]["galleryUrl"], "created": created, "updated": !created, "jobId": nil,
		}
	}
	equal(t, results, []map[string]any{
		written(true),
		written(false),
		{"op": "upsert", "success": false, "id": number(991), "error": "Listing 991 not found", "code": "not_found"},
		{"op": "link", "success": false, "id": json.Number(old), "externalId": "new", "error": "externalId is already in use by listing " + id, "code": "conflict"},
		{"op": "unlink", "success": true, "id": json.Number(old), "externalId": "old", "unlinked": true},
		{"op": "link", "success": true, "id": json.Number(old), "externalId": "older", "linked": true},
		{"op": "delete", "success": true, "externalId": "older", "deleted": true},
		{"op": "delete", "success": false, "id": json.Number(old), "error": "Listing " + old + " not found", "code": "not_found"},
	})
	form, _ := s.get("/listings/" + id)["formData"].(map[string]any)
	equal(t, form, map[string]any{"announcementStatus": "draft", "rooms": number(4)})
}

// Validation finds what an upsert would, and saves nothing.
func TestListingBulkValidate(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	old := fmt.Sprint(s.put(`{"externalId": "old", "rooms": 3}`)["id"])
	results, whole := s.bulk("/listings/bulk", 200,
		`{"op": "validate", "externalId": "new", "files": [{"url": "https://a.example/1.jpg", "externalFileId": "k"}]}`,
		`{"op": "validate", "id": `+old+`, "rooms": 4}`,
		`{"op": "validate", "externalId": "new", "announcementStatus": "active", "files": [{"url": "https://a.example/1.jpg"}]}`,
		`{"op": "validate", "externalId": "new", "files": [{"externalFileId": "k"}]}`,
		`{"op": "validate", "externalId": "new", "announcementType": "lease", "files": {}}`,
		`{"op": "validate", "externalId": "new", "files": [{"url": "https://a.example/1.jpg", "altered": true, "alteredFrom": "k"}]}`,
		`{"op": "validate", "externalId": "new", "files": [{"url": "https://a.example/1.jpg", "altered": 1}, {"id": 1, "alteredFrom": "k"}]}`,
		`{"op": "validate", "id": 991}`,
		`{"op": "validate"}`,
	)
	equal(t, whole["summary"], counts(9, 3))
	refused := func(code, text string) map[string]any {
		return map[string]any{"op": "validate", "success": false, "externalId": "new", "error": text, "code": code}
	}
	equal(t, results, []map[string]any{
		{"op": "validate", "success": true, "externalId": "new", "valid": true},
		{"op": "validate", "success": true, "id": json.Number(old), "valid": true},
		refused("invalid", "At least 3 photos are required to publish"),
		refused("invalid", "files[0]: Media with external ID k not found"),
		refused("invalid", "files must be an array; announcementType must be one of the following values: rent, sale"),
		{"op": "validate", "success": true, "externalId": "new", "valid": true},
		refused("invalid", "files[0].altered must be a boolean value; files[1].alteredFrom must not be sent unless altered is true"),
		{"op": "validate", "success": false, "id": number(991), "error": "Listing 991 not found", "code": "not_found"},
		{"op": "validate", "success": false, "error": "id or externalId is required", "code": "invalid"},
	})
	equal(t, fmt.Sprint(s.get("/listings")["total"]), "1")
	form, _ := s.get("/listings/" + old)["formData"].(map[string]any)
	equal(t, form["rooms"], any(number(3)))
	s.wantError(s.send("GET", "/media/external/k", ""), 404, "not_found", "Media with external ID k not found")
}

func TestListingBulkBrokenOperations(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for operation, want := range map[string]map[string]any{
		`[]`:                           {"op": "", "error": "an operation must be an object"},
		`{"op": null}`:                 {"op": "", "error": "op is required"},
		`{"op": "upload-from-url"}`:    {"op": "upload-from-url", "error": "op must be one of the following values: upsert, link, unlink, delete, validate"},
		`{"op": "upsert"}`:             {"op": "upsert", "error": "id or externalId is required"},
		`{"op": "link", "id": 1}`:      {"op": "link", "id": number(1), "error": "externalId is required"},
		`{"op": "unlink", "id": true}`: {"op": "unlink", "error": "id must be a positive integer"},
		`{"op": "delete", "id": 1, "externalId": ""}`: {
			"op": "delete", "id": number(1), "externalId": "", "error": "only one of id or externalId may be sent; externalId must be at least 1 character",
		},
	} {
		t.Run(operation, func(t *testing.T) {
			s := s.in(t)
			want["success"], want["code"] = false, "invalid"
			results, whole := s.bulk("/listings/bulk", 422, operation)
			equal(t, results, []map[string]any{want})
			equal(t, []any{whole["statusCode"], whole["code"], whole["summary"]}, []any{number(422), "unprocessable", counts(1, 0)})
		})
	}
}

// A fault of ours in one operation says nothing of what it was, and is logged.
// Where nothing else went well it is no refusal: sent again it may go well.
func TestListingBulkFault(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	media, _ := s.importURL("https://a.example/1.jpg")
	old := fmt.Sprint(s.put(`{"externalId": "old"}`)["id"])
	s.exec(`alter table placement rename to mislaid`)
	faulty := `{"op": "upsert", "externalId": "a", "files": [{"id": ` + media + `}]}`
	results, _ := s.bulk("/listings/bulk", 200, faulty, `{"op": "unlink", "id": `+old+`}`)
	equal(t, results[0], map[string]any{"op": "upsert", "success": false, "externalId": "a", "error": "Internal server error", "code": "internal"})
	if lines := s.log.lines(t, "request failed"); len(lines) != 1 {
		t.Errorf("logged %v", lines)
	}
	if a := s.send(http.MethodPost, "/listings/bulk", `{"operations": [`+faulty+`]}`); a.status != http.StatusInternalServerError {
		t.Errorf("a request of which nothing went well: %d %s", a.status, a.text)
	}
}

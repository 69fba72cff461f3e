package listingsapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

type parameter struct{ Name, In string }

func TestDocument(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	text := s.document()
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
			Parameters []parameter
			Responses  map[string]any
		}
		Components struct {
			Schemas map[string]struct{ AdditionalProperties bool }
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	equal(t, doc.OpenAPI, "3.1.0")
	var operations []string
	for path, method := range map[string]string{"/openapi.json": "get", "/media/upload/{uuid}": "put"} { // those that need no key
		if operation, ok := doc.Paths[path][method]; !ok || len(operation.Security) != 0 {
			t.Errorf("%s %s is not there, or needs a key", method, path)
		}
		delete(doc.Paths[path], method)
	}
	for path, methods := range doc.Paths {
		for method, operation := range methods {
			operations = append(operations, strings.ToUpper(method)+" "+path)
			if operation.OperationID == "" || len(operation.Security) != 2 {
				t.Errorf("%s %s has no name or no security", method, path)
			}
			for _, status := range []string{"400", "401", "403", "413", "415", "429", "500"} {
				if operation.Responses[status] == nil {
					t.Errorf("%s %s does not document %s", method, path, status)
				}
			}
			if keyed := slices.ContainsFunc(operation.Parameters, func(p parameter) bool { return p.Name == "Idempotency-Key" }); keyed != (method == "post") {
				t.Errorf("%s %s takes an Idempotency-Key: %t", method, path, keyed)
			}
		}
	}
	slices.Sort(operations)
	equal(t, operations, []string{
		"DELETE /listings/external/{externalId}", "DELETE /listings/{id}", "DELETE /listings/{id}/link",
		"DELETE /media/external/{externalId}", "DELETE /media/{id}", "DELETE /media/{id}/link", "DELETE /webhooks/{id}",
		"GET /agency", "GET /erasures/{id}", "GET /events", "GET /job/status",
		"GET /listings", "GET /listings/external/{externalId}", "GET /listings/external/{externalId}/checkup",
		"GET /listings/{id}", "GET /listings/{id}/checkup",
		"GET /media/external/{externalId}", "GET /media/{id}", "GET /media/{id}/timeline",
		"GET /webhooks", "GET /webhooks/{id}", "GET /webhooks/{id}/deliveries",
		"PATCH /webhooks/{id}",
		"POST /listings/bulk", "POST /listings/{id}/link",
		"POST /media/bulk", "POST /media/request-upload-url", "POST /media/upload-from-url",
		"POST /media/{id}/confirm", "POST /media/{id}/link", "POST /media/{id}/retry",
		"POST /webhooks", "POST /webhooks/{id}/replay", "POST /webhooks/{id}/secret", "POST /webhooks/{id}/test",
		"PUT /listings",
	})
	for name, path := range map[string]string{"put": "/listings", "post": "/media/upload-from-url"} {
		ref := doc.Paths[path][name].RequestBody.Content["application/json"].Schema.Ref
		if !doc.Components.Schemas[ref[strings.LastIndex(ref, "/")+1:]].AdditionalProperties {
			t.Errorf("%s %s: unknown fields are not allowed in %q", name, path, ref)
		}
	}
	for _, foreign := range []string{"ErrorModel", "$schema", "problem+json"} {
		if strings.Contains(string(text), foreign) {
			t.Errorf("the document has %q", foreign)
		}
	}
}

// The page and what it loads come from here alone, and need no key.
func TestDocsPage(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	plain := &http.Client{}
	fetch := func(path string) string {
		t.Helper()
		resp, err := plain.Get(s.url + listingsapi.Base + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: %d, %v", path, resp.StatusCode, err)
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") {
			t.Errorf("GET %s: policy %q", path, policy)
		}
		return string(body)
	}
	page := fetch("/docs")
	loaded := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(loaded) < 3 {
		t.Fatalf("the page loads %v", loaded)
	}
	for _, match := range loaded {
		if content := fetch("/" + match[1]); strings.Contains(content, "//cdn") || len(content) == 0 {
			t.Errorf("%s is empty or loads from elsewhere", match[1])
		}
	}
	if strings.Contains(page, "<style") || regexp.MustCompile(`<script[^>]*>[^<]`).MatchString(page) {
		t.Error("the page has inline code, which its policy forbids")
	}
}

package openapitest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/openapitest"
)

const document = `{
  "openapi": "3.1.0",
  "info": {"title": "Cats", "version": "1"},
  "servers": [{"url": "/v1"}],
  "paths": {
    "/cats/{id}": {"get": {"responses": {
      "200": {
        "description": "ok",
        "headers": {"X-Left": {"required": true, "schema": {"type": "integer"}}},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Cat"}}}
      },
      "204": {"description": "gone"}
    }}},
    "/cats/old/{id}": {"get": {"responses": {"204": {"description": "none"}}}}
  },
  "components": {
    "schemas": {"Cat": {
      "type": "object", "additionalProperties": false, "required": ["name", "born"],
      "properties": {"name": {"type": "string"}, "born": {"type": ["string", "null"], "format": "date-time"}}
    }},
    "responses": {"Unrouted": {"description": "none", "content": {"application/json": {"schema": {"type": "object", "required": ["error"]}}}}}
  }
}`

// recorder is a test that notes its errors.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestTransport(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		method      string
		path        string
		status      int
		contentType string
		left        string
		body        string
		want        string // part of the error, "" for none
	}{
		{"as documented", "GET", "/v1/cats/1", 200, "application/json; charset=utf-8", "3", `{"name":"Ola","born":null}`, ""},
		{"head of a get", "HEAD", "/v1/cats/1", 200, "application/json", "3", "", ""},
		{"missing field", "GET", "/v1/cats/1", 200, "application/json", "3", `{"name":"Ola"}`, "born"},
		{"extra field", "GET", "/v1/cats/1", 200, "application/json", "3", `{"name":"Ola","born":null,"age":2}`, "age"},
		{"wrong type", "GET", "/v1/cats/1", 200, "application/json", "3", `{"name":1,"born":null}`, "string"},
		{"wrong format", "GET", "/v1/cats/1", 200, "application/json", "3", `{"name":"Ola","born":"yesterday"}`, "date-time"},
		{"no JSON", "GET", "/v1/cats/1", 200, "application/json", "3", `{`, "body"},
		{"other content type", "GET", "/v1/cats/1", 200, "text/html", "3", `{"name":"Ola","born":null}`, "text/html"},
		{"header missing", "GET", "/v1/cats/1", 200, "application/json", "", `{"name":"Ola","born":null}`, "X-Left"},
		{"header of another type", "GET", "/v1/cats/1", 200, "application/json", "many", `{"name":"Ola","born":null}`, "X-Left"},
		{"undocumented status", "GET", "/v1/cats/1", 500, "application/json", "3", `{}`, "status 500"},
		{"undocumented body", "GET", "/v1/cats/old/1", 200, "application/json", "3", `{}`, "status 200"},
		{"literal before parameter", "GET", "/v1/cats/old/1", 204, "", "", "", ""},
		{"escaped slash", "GET", "/v1/cats/a%2Fb", 204, "", "", "", ""},
		{"unknown path", "GET", "/v1/dogs", 404, "application/json", "", `{"error":"x"}`, ""},
		{"unknown path in another shape", "GET", "/v1/dogs", 404, "application/json", "", `{}`, "error"},
		{"unknown path that answers", "GET", "/v1/dogs", 200, "application/json", "", `{"error":"x"}`, "no such operation"},
		{"unknown method", "PUT", "/v1/cats/1", 405, "application/json", "", `{"error":"x"}`, ""},
		{"unknown method that answers", "PUT", "/v1/cats/1", 404, "application/json", "", `{"error":"x"}`, "no such operation"},
		{"elsewhere", "GET", "/healthz", 200, "text/plain", "", "ok", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tc.contentType != "" {
					w.Header().Set("Content-Type", tc.contentType)
				}
				if tc.left != "" {
					w.Header().Set("X-Left", tc.left)
				}
				w.WriteHeader(tc.status)
				if _, err := io.WriteString(w, tc.body); err != nil && tc.method != http.MethodHead && tc.body != "" {
					t.Errorf("write: %v", err)
				}
			}))
			defer server.Close()

			rec := &recorder{TB: t}
			client := &http.Client{Transport: openapitest.Load(rec, []byte(document)).Transport(server.Client().Transport)}
			req, err := http.NewRequestWithContext(t.Context(), tc.method, server.URL+tc.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.Body.Close() != nil {
				t.Fatalf("read the response: %v", err)
			}
			if string(body) != tc.body {
				t.Errorf("the caller got %q, want %q", body, tc.body)
			}
			switch {
			case tc.want == "" && len(rec.errors) > 0:
				t.Errorf("refused: %v", rec.errors)
			case tc.want != "" && (len(rec.errors) != 1 || !strings.Contains(rec.errors[0], tc.want)):
				t.Errorf("errors %q, want one with %q", rec.errors, tc.want)
			}
		})
	}
}

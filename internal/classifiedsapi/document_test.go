package classifiedsapi_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestDocument(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
			Parameters  []struct{ Name string }
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(s.document(), &doc); err != nil {
		t.Fatal(err)
	}
	var operations []string
	for path, methods := range doc.Paths {
		for method, operation := range methods {
			line := strings.ToUpper(method) + " " + path + " " + operation.OperationID
			for _, p := range operation.Parameters {
				line += " " + p.Name
			}
			for _, way := range operation.Security {
				line += " " + strings.Join(way["bearer"], " ")
			}
			operations = append(operations, line)
			for _, status := range []string{"400", "413", "415", "429", "500"} {
				if operation.Responses[status] == nil && path != "/openapi.json" {
					t.Errorf("%s %s does not document %s", method, path, status)
				}
			}
		}
	}
	slices.Sort(operations)
	const one, media, scope = "/classifieds/{classifiedId}", "/classifieds/{classifiedId}/media", " caas:classifieds:"
	equal(t, operations, []string{
		"DELETE " + one + " deleteClassified classifiedId dryRun erase If-Match" + scope + "delete",
		"DELETE /webhooks dropWebhook" + scope + "update",
		"GET /classifieds classifieds limit nextToken" + scope + "read",
		"GET " + one + " classified classifiedId" + scope + "read",
		"GET " + one + "/checkup checkUp classifiedId" + scope + "read",
		"GET " + media + " media classifiedId" + scope + "read",
		"GET " + media + "/{mediaId}/timeline mediaTimeline classifiedId mediaId" + scope + "read",
		"GET " + one + "/statuses statuses classifiedId limit nextToken" + scope + "read",
		"GET /erasures/{erasureId} erasure erasureId" + scope + "read",
		"GET /openapi.json openapi",
		"GET /webhooks webhook" + scope + "read",
		"POST /classifieds postClassified dryRun" + scope + "create",
		"POST " + media + "/{mediaId}/retry retryMedia classifiedId mediaId" + scope + "update",
		"POST /oauth/token token",
		"PUT " + one + " putClassified classifiedId dryRun If-Match" + scope + "update",
		"PUT /webhooks setWebhook" + scope + "update",
	})
}

// The document describes the same bodies that are accepted, as far as a schema
// can say it.
func TestDocumentedBody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.document()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("openapi.json#/components/schemas/ClassifiedRequest")
	if err != nil {
		t.Fatal(err)
	}
	with := func(more string) string {
		return `{"url": "http://a.example/1.jpg", "mediaType": "PICTURE"` + more + `}`
	}
	for text, good := range map[string]bool{
		full:                                                            true,
		`{"portals": [], "data": {}}`:                                   true,
		body(picture("http://a.example/1.jpg")):                         true,
		`{"data": {}}`:                                                  false,
		`{"portals": []}`:                                               false,
		`{"portals": ["XX"], "data": {}}`:                               false,
		`{"portals": ["SL", "SL"], "data": {}}`:                         false,
		`{"portals": [], "data": []}`:                                   false,
		`{"portals": [], "data": {}, "media": null}`:                    false,
		`{"portals": [], "data": {}, "specific": null}`:                 false,
		`{"portals": [], "data": {}, "more": 1}`:                        false,
		body(`{"url": "http://a.example/1.jpg"}`):                       false,
		body(`{"url": "http://a.example/1.jpg", "mediaType": "PHOTO"}`): false,
		body(`{"url": "http://a.example/1.jpg", "mediaType": "PICTURE", "category": null}`):  false,
		body(`{"url": "http://a.example/1.jpg", "mediaType": "PICTURE", "tags": ["ATTIC"]}`): false,
		body(`{"url": "http://a.example/1.jpg", "mediaType": "PICTURE", "title": ""}`):       false,
		body(`{"url": "http://a.example/1.jpg", "mediaType": "PICTURE", "foo": ""}`):         false,
		body(with(`, "altered": true, "alteredFrom": "http://a.example/0.jpg"`)):             true,
		body(with(`, "altered": false`)):                                                     true,
		body(with(`, "altered": "true"`)):                                                    false,
		body(with(`, "altered": null`)):                                                      false,
		body(with(`, "altered": true, "alteredFrom": 1`)):                                    false,
		body(with(`, "altered": true, "alteredFrom": ""`)):                                   false,
		body(with(`, "altered": true, "alteredFrom": "` + strings.Repeat("x", 2049) + `"`)):  false,
		body(slices.Repeat([]string{picture("http://a.example/1.jpg")}, 101)...):             false,
	} {
		if err := schema.Validate(read(t, text)); (err == nil) != good {
			t.Errorf("%.200s: by the document %v", text, err)
		}
		if a := s.send("POST", "/classifieds?dryRun=true", text); (a.status == 200) != good {
			t.Errorf("%.200s: %d %s", text, a.status, a.text)
		}
	}
}

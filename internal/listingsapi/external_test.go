package listingsapi_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// External ids hold any characters, and are decoded once.
func TestExternalIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, id := range []string{
		"a/b", "a%2Fb", "100%", "%", "a+b", "a b", "ключ", "😀", "?x=1#y", "..", ".", "/", "link", "external", `"quoted"\`, "\n", "a//b", strings.Repeat("ж", 255),
	} {
		t.Run(id, func(t *testing.T) {
			s := s.in(t)
			text, err := json.Marshal(id)
			if err != nil {
				t.Fatal(err)
			}
			s.put(`{"externalId": ` + string(text) + `, "files": [{"url": "https://a.example/1.jpg", "externalFileId": ` + string(text) + `}]}`)
			segment := strings.ReplaceAll(url.PathEscape(id), ".", "%2E")
			if id == "link" {
				segment = "%6Cink" // for the document, whose /{id}/link is no less specific
			}
			equal(t, s.get("/listings/external/" + segment)["externalId"], any(id))
			equal(t, s.get("/media/external/" + segment)["externalId"], any(id))
		})
	}
	for segment, broken := range map[string]string{
		"a%00":                   "externalId must not contain a zero byte",
		"a%FF":                   "externalId must be valid UTF-8",
		strings.Repeat("a", 256): "externalId must be at most 255 characters",
	} {
		s.wantError(s.send("GET", "/listings/external/"+segment, ""), 400, "invalid", []string{broken})
		s.wantError(s.send("GET", "/media/external/"+segment, ""), 400, "invalid", []string{broken})
	}
	s.wantError(s.send("GET", "/listings/external/LINK", ""), 404, "not_found", "Listing with external ID LINK not found")
}

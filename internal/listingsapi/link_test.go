package listingsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// kinds are the two kinds of resources, for which section 3.7 is the same.
var kinds = []struct {
	name, path string
	make       func(s *server, externalID string) (id string)
}{
	{"Media", "/media", func(s *server, externalID string) string {
		return fmt.Sprint(s.post("/media/upload-from-url", fmt.Sprintf(`{"url": "https://a.example/%[1]s.jpg", "externalId": %[1]q}`, externalID), 201)["mediaId"])
	}},
	{"Listing", "/listings", func(s *server, externalID string) string {
		return fmt.Sprint(s.put(fmt.Sprintf(`{"externalId": %q}`, externalID))["id"])
	}},
}

func TestLink(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			first, second := kind.make(s, "first"), kind.make(s, "second")
			link := kind.path + "/" + second + "/link"
			linked := func(externalID string) map[string]any {
				return map[string]any{"id": json.Number(second), "externalId": externalID, "linked": true}
			}
			unlinked := func(externalID any) map[string]any {
				return map[string]any{"id": json.Number(second), "externalId": externalID, "unlinked": true}
			}

			equal(t, s.post(link, `{"externalId": "second"}`, 200), linked("second"))
			equal(t, s.post(link, `{"externalId": "näxt / 2", "more": 1}`, 200), linked("näxt / 2"))
			equal(t, s.get(kind.path + "/external/n%C3%A4xt%20%2F%202")["id"], any(json.Number(second)))
			s.wantError(s.send("GET", kind.path+"/external/second", ""), 404, "not_found", kind.name+" with external ID second not found")
			s.wantError(s.send("POST", link, `{"externalId": "first"}`), 409, "conflict",
				fmt.Sprintf("externalId is already in use by %s %s", strings.ToLower(kind.name), first))
			equal(t, s.get(kind.path + "/" + second)["externalId"], any("näxt / 2"))

			equal(t, s.send("DELETE", link, "").body, unlinked("näxt / 2"))
			equal(t, s.send("DELETE", link, "").body, unlinked(nil))
			equal(t, s.get(kind.path + "/" + second)["externalId"], nil)

			// What one account uses is free for another.
			stranger := *s
			stranger.key = s.newKey("Hillside Homes")
			kind.make(&stranger, "theirs")
			equal(t, s.post(link, `{"externalId": "theirs"}`, 200), linked("theirs"))
		})
	}
}

func TestLinkRefused(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			id := kind.make(s, "first")
			stranger := *s
			stranger.key = s.newKey("Hillside Homes")
			for _, tc := range []struct {
				body   string
				broken string
			}{
				{`[]`, "the request body must be an object"},
				{`{}`, "externalId is required"},
				{`{"externalId": null}`, "externalId is required"},
				{`{"externalId": 1}`, "externalId must be a string"},
				{`{"externalId": ""}`, "externalId must be at least 1 character"},
				{`{"externalId": "` + strings.Repeat("x", 256) + `"}`, "externalId must be at most 255 characters"},
			} {
				s.wantError(s.send("POST", kind.path+"/"+id+"/link", tc.body), 400, "invalid", []string{tc.broken})
			}
			for _, method := range []string{"POST", "DELETE"} {
				body := map[string]string{"POST": `{"externalId": "x"}`}[method]
				s.wantError(s.send(method, kind.path+"/abc/link", body), 400, "invalid", []string{"id must be a number"})
				s.wantError(s.send(method, kind.path+"/991/link", body), 404, "not_found", kind.name+" 991 not found")
				s.wantError(stranger.send(method, kind.path+"/"+id+"/link", body), 404, "not_found", kind.name+" "+id+" not found")
			}
			equal(t, s.get(kind.path + "/" + id)["externalId"], any("first"))
		})
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			first, second := kind.make(s, "first"), kind.make(s, "sec/ond")
			stranger := s.newKey("Hillside Homes")
			s.wantError(s.sendAs(stranger, "DELETE", kind.path+"/"+first), 404, "not_found", kind.name+" "+first+" not found")
			s.wantError(s.sendAs(stranger, "DELETE", kind.path+"/external/first"), 404, "not_found", kind.name+" with external ID first not found")

			deleted := map[string]any{"deleted": true}
			a := s.send("DELETE", kind.path+"/"+first, "")
			equal(t, a.status, http.StatusOK)
			equal(t, a.body, deleted)
			equal(t, s.send("DELETE", kind.path+"/external/sec%2Fond", "").body, deleted)

			s.wantError(s.send("GET", kind.path+"/"+second, ""), 404, "not_found", kind.name+" "+second+" not found")
			s.wantError(s.send("DELETE", kind.path+"/"+first, ""), 404, "not_found", kind.name+" "+first+" not found")
			s.wantError(s.send("DELETE", kind.path+"/external/first", ""), 404, "not_found", kind.name+" with external ID first not found")
			s.wantError(s.send("DELETE", kind.path+"/abc", ""), 400, "invalid", []string{"id must be a number"})
			s.wantError(s.send("DELETE", kind.path+"/external/%00", ""), 400, "invalid", []string{"externalId must not contain a zero byte"})

			if again := kind.make(s, "first"); again == first {
				t.Errorf("the id %s was given twice", again)
			}
		})
	}
}

// A deleted file leaves its listings; a deleted listing leaves its files.
func TestDeleteShared(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	media, job := s.importURL("https://a.example/1.jpg")
	other, _ := s.importURL("https://a.example/2.jpg")
	list := fmt.Sprintf(`"files": [{"id": %s}, {"id": %s}]}`, media, other)
	s.put(`{"externalId": "a", ` + list)
	s.put(`{"externalId": "b", ` + list)
	s.begin(media)
	equal(t, s.send("DELETE", "/media/"+media, "").status, http.StatusOK)

	for _, listing := range []string{"a", "b"} {
		files, _ := s.get("/listings/external/" + listing)["files"].([]any)
		if len(files) != 1 || files[0].(map[string]any)["id"] != json.Number(other) {
			t.Errorf("listing %s has the files %v", listing, files)
		}
	}
	ended := s.get("/job/status?id=" + job)
	equal(t, []any{ended["status"], ended["publicErrorMessage"]}, []any{"failed", "The file was deleted"})

	equal(t, s.send("DELETE", "/listings/external/a", "").status, http.StatusOK)
	s.fetched(other, vitrine.Content{SHA256: digest(1), Bytes: 5, Type: "image/jpeg"})
	equal(t, s.get("/media/" + other)["optimization"], any("success"))
}

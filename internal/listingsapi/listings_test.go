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
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

const at = "2026-03-14T09:26:53.589Z"

func TestPutListing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	created := s.put(`{"externalId": "flat-77", "announcementStatus": "draft", "announcementValue": 1.50,
		"rooms": {"count": 3}, "files": [{"url": "https://a.example/1.jpg", "externalFileId": "kitchen"}]}`)
	id := fmt.Sprint(created["id"])
	page, _ := created["publicUrl"].(string)
	gallery, _ := created["galleryUrl"].(string)
	if !strings.HasPrefix(page, "https://pictures.example/l/") || !strings.HasPrefix(gallery, "https://pictures.example/g/") {
		t.Errorf("publicUrl %q, galleryUrl %q", page, gallery)
	}
	equal(t, created, map[string]any{
		"id": json.Number(id), "externalId": "flat-77", "status": "draft", "publicUrl": page, "galleryUrl": gallery,
		"created": true, "updated": false, "jobId": nil,
	})

	s.clock.advance(time.Second)
	updated := s.put(`{"id": ` + id + `, "announcementType": "sale", "rooms": null}`)
	equal(t, []any{updated["id"], updated["created"], updated["updated"], updated["publicUrl"]}, []any{json.Number(id), false, true, page})

	s.clock.advance(time.Second)
	again := s.put(`{"id": ` + id + `, "announcementType": "sale", "rooms": null}`)
	equal(t, []any{again["created"], again["updated"]}, []any{false, false})

	media := fmt.Sprint(s.get("/media/external/kitchen")["id"])
	want := map[string]any{
		"id": json.Number(id), "externalId": "flat-77", "publicUrl": page,
		"createdAt": at, "updatedAt": "2026-03-14T09:26:54.589Z", "lastSyncedAt": "2026-03-14T09:26:55.589Z",
		"formData": map[string]any{"announcementStatus": "draft", "announcementValue": json.Number("1.50"), "announcementType": "sale"},
		"files": []any{map[string]any{
			"id": json.Number(media), "externalId": "kitchen", "contentType": nil, "size": nil, "optimization": "pending", "progress": nil, "duration": nil,
			"altered": false, "alteredFrom": nil, "shown": false,
		}},
	}
	equal(t, s.get("/listings/"+id), want)
	equal(t, s.get("/listings/external/flat-77"), want)

	s.fetched(media, vitrine.Content{SHA256: digest(1), Bytes: 1830442, Type: "image/jpeg"})
	files, _ := s.get("/listings/" + id)["files"].([]any)
	equal(t, files, []any{map[string]any{
		"id": json.Number(media), "externalId": "kitchen", "contentType": "image/jpeg", "size": "1830442", "optimization": "success", "progress": nil, "duration": nil,
		"altered": false, "alteredFrom": nil, "shown": false,
	}})
}

// digest is some content's.
func digest(n int) string { return fmt.Sprintf("%064x", n) }

func TestPublish(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const body = `{"externalId": "a", "announcementStatus": "active", "files": [
		{"url": "https://a.example/1.jpg"}, {"url": "https://a.example/2.jpg"}, {"url": "https://a.example/3.jpg"}, {"url": "https://a.example/4.jpg"}]}`
	asked := s.put(body)
	equal(t, asked["status"], any("pending_active"))
	job := fmt.Sprint(asked["jobId"])
	equal(t, s.put(body)["jobId"], asked["jobId"])
	equal(t, s.get("/job/status?id=" + job)["status"], any("pending"))

	files, _ := s.get("/listings/external/a")["files"].([]any)
	for i, file := range files {
		media := fmt.Sprint(file.(map[string]any)["id"])
		if i == 3 {
			s.failed(media, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
			continue
		}
		s.fetched(media, vitrine.Content{SHA256: digest(i), Bytes: 5, Type: "image/jpeg"})
	}
	listing := s.get("/listings/external/a")
	form, _ := listing["formData"].(map[string]any)
	equal(t, form["announcementStatus"], any("active"))
	result, _ := s.get("/job/status?id=" + job)["resultData"].(map[string]any)
	equal(t, []any{result["id"], result["status"]}, []any{listing["id"], "active"})
}

func TestPutListingRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put(`{"externalId": "other"}`)
	text := func(n int) string { return strings.Repeat("é", n) }
	files := func(n int, entry string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(entry+",", n), ",") + "]"
	}
	urls := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`{"url": "https://a.example/%d.jpg"}`, i)
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	for _, tc := range []struct {
		name, body string
		broken     []string
	}{
		{"array", `[]`, []string{"the request body must be an object"}},
		{"null", `null`, []string{"the request body must be an object"}},
		{"no id", `{}`, []string{"id or externalId is required"}},
		{"null ids", `{"id": null, "externalId": null}`, []string{"id or externalId is required"}},
		{"ids in another case", `{"ExternalID": "x"}`, []string{"id or externalId is required"}},
		{"both ids", `{"id": 1, "externalId": "x"}`, []string{"id and externalId must not be sent together"}},
		{"text id", `{"id": "1"}`, []string{"id must be a positive integer"}},
		{"fraction id", `{"id": 1.5}`, []string{"id must be a positive integer"}},
		{"zero id", `{"id": 0}`, []string{"id must be a positive integer"}},
		{"huge id", `{"id": 9223372036854775808}`, []string{"id must be a positive integer"}},
		{"number as external id", `{"externalId": 7}`, []string{"externalId must be a string"}},
		{"empty external id", `{"externalId": ""}`, []string{"externalId must be at least 1 character"}},
		{"long external id", `{"externalId": "` + text(256) + `"}`, []string{"externalId must be at most 255 characters"}},
		{"zero byte in external id", `{"externalId": "a\u0000"}`, []string{"externalId must not contain a zero byte"}},
		{"status of ours", `{"externalId": "x", "announcementStatus": "pending_active"}`, []string{"announcementStatus must be one of the following values: draft, active, hidden, completed"}},
		{"status of another type", `{"externalId": "x", "announcementStatus": 1}`, []string{"announcementStatus must be a string"}},
		{"everything at once", `{"externalId": "x", "announcementType": "lease", "propertyType": [], "announcementCurrency": "eur",
			"announcementDescription": "short", "propertyCoordinates": {"lat": 91, "lng": "2"}}`, []string{
			"announcementType must be one of the following values: rent, sale",
			"propertyType must be a string",
			"announcementCurrency must be one of the following values: EUR, USD, MDL",
			"announcementDescription must be at least 40 characters",
			"propertyCoordinates.lat must be between -90 and 90",
			"propertyCoordinates.lng must be a number",
		}},
		{"long description", `{"externalId": "x", "announcementDescription": "` + text(2001) + `"}`, []string{"announcementDescription must be at most 2000 characters"}},
		{"coordinates of another type", `{"externalId": "x", "propertyCoordinates": "47,28"}`, []string{"propertyCoordinates must be an object"}},
		{"half coordinates", `{"externalId": "x", "propertyCoordinates": {"lng": -180.1}}`, []string{"propertyCoordinates.lat is required", "propertyCoordinates.lng must be between -180 and 180"}},
		{"files of another type", `{"externalId": "x", "files": {}}`, []string{"files must be an array"}},
		{"101 files", `{"externalId": "x", "files": ` + urls(101) + `}`, []string{"files must contain no more than 100 elements"}},
		{"bad files", `{"externalId": "x", "files": [{"url": "https://a.example/1.jpg"}, 5, null, {}, {"id": 1, "externalFileId": "k"},
			{"id": 1, "url": "https://a.example/1.jpg"}, {"url": 1}, {"id": "1"}, {"externalFileId": ""}, {"URL": "https://a.example/1.jpg"}]}`, []string{
			"files[1] must be an object",
			"files[2] must be an object",
			"files[3] must have url, id or externalFileId",
			"files[4] must not have both id and externalFileId",
			"files[5] must not have both id and url",
			"files[6].url must be a string",
			"files[7].id must be a positive integer",
			"files[8].externalFileId must be at least 1 character",
			"files[9] must have url, id or externalFileId",
		}},
		{"bad flags", `{"externalId": "x", "files": [{"id": 1, "altered": "true"}, {"id": 2, "altered": 1, "alteredFrom": "k"}, {"id": 3, "altered": {}},
			{"id": 4, "alteredFrom": "k"}, {"id": 5, "altered": false, "alteredFrom": "k"}, {"id": 6, "altered": null, "alteredFrom": "k"},
			{"id": 7, "altered": true, "alteredFrom": ""}, {"id": 8, "altered": true, "alteredFrom": 8}, {"id": 9, "altered": true, "alteredFrom": "a\u0000"},
			{"url": "https://a.example/1.jpg", "altered": true, "alteredFrom": "` + text(256) + `"}]}`, []string{
			"files[0].altered must be a boolean value",
			"files[1].altered must be a boolean value",
			"files[1].alteredFrom must not be sent unless altered is true",
			"files[2].altered must be a boolean value",
			"files[3].alteredFrom must not be sent unless altered is true",
			"files[4].alteredFrom must not be sent unless altered is true",
			"files[5].alteredFrom must not be sent unless altered is true",
			"files[6].alteredFrom must be at least 1 character",
			"files[7].alteredFrom must be a string",
			"files[8].alteredFrom must not contain a zero byte",
			"files[9].alteredFrom must be at most 255 characters",
		}},
		{"bad urls", `{"externalId": "x", "files": [{"url": "ftp://a.example/1.jpg"}, {"url": ""}, {"url": "a.example/1.jpg"}, {"url": "https:///1.jpg"},
			{"url": "https://a.example/ 1.jpg"}, {"url": "https://a.example/\n"}, {"url": "https://a.example/` + text(2031) + `"}, {"url": "file:///etc/passwd"}]}`, []string{
			"files[0].url must be a URL address",
			"files[1].url must be a URL address",
			"files[2].url must be a URL address",
			"files[3].url must be a URL address",
			"files[4].url must be a URL address",
			"files[5].url must be a URL address",
			"files[6].url must be at most 2048 characters",
			"files[7].url must be a URL address",
		}},
		{"unknown file ids", `{"externalId": "x", "files": [{"id": 999}, {"url": "https://a.example/1.jpg"}, {"externalFileId": "nobody's"}]}`, []string{
			"files[0]: Media 999 not found",
			"files[2]: Media with external ID nobody's not found",
		}},
		{"21 photos", `{"externalId": "x", "files": ` + urls(21) + `}`, []string{"At most 20 photos are allowed, the list has 21"}},
		{"2 photos and active", `{"externalId": "x", "announcementStatus": "active", "files": ` + urls(2) + `}`, []string{"At least 3 photos are required to publish"}},
		{"3 equal photos and active", `{"externalId": "x", "announcementStatus": "active", "files": ` + files(3, `{"url": "https://a.example/1.jpg"}`) + `}`, []string{"At least 3 photos are required to publish"}},
		{"no photos and active", `{"externalId": "x", "announcementStatus": "active"}`, []string{"At least 3 photos are required to publish"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := s.in(t)
			s.wantError(s.send(http.MethodPut, "/listings", tc.body), 400, "invalid", tc.broken)
		})
	}
	s.wantError(s.send(http.MethodPut, "/listings", `{"id": 991}`), 404, "not_found", "Listing 991 not found")
	if total := s.get("/listings")["total"]; fmt.Sprint(total) != "1" {
		t.Errorf("%v listings, want only the one from before", total)
	}
	s.wantError(s.send(http.MethodGet, "/media/1", ""), 404, "not_found", "Media 1 not found")
}

func TestPutListingAccepted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, body := range map[string]string{
		"last of two equal names counts": `{"externalId": "z", "externalId": "a"}`,
		"null is absent":                 `{"externalId": "a", "id": null, "announcementStatus": null, "files": null, "propertyCoordinates": null, "announcementType": null}`,
		"null in a file":                 `{"externalId": "a", "files": [{"url": "https://a.example/1.jpg", "id": null, "externalFileId": null, "title": 1}]}`,
		"null flags":                     `{"externalId": "a", "files": [{"url": "https://a.example/1.jpg", "altered": null, "alteredFrom": null}]}`,
		"an original that is nowhere":    `{"externalId": "a", "files": [{"url": "https://a.example/1.jpg", "altered": true, "alteredFrom": "` + strings.Repeat("ж", 255) + `"}]}`,
		"bounds":                         `{"externalId": "a", "announcementDescription": "` + strings.Repeat("ж", 2000) + `", "propertyCoordinates": {"lat": -90, "lng": 180}}`,
		"short bound":                    `{"externalId": "a", "announcementDescription": "` + strings.Repeat("ж", 40) + `"}`,
		"zero byte in the advert":        `{"externalId": "a", "note\u0000": "\u0000"}`,
		"empty list":                     `{"externalId": "a", "files": []}`,
		"URLs as people write them":      `{"externalId": "a", "files": [{"url": "HTTP://User:pw@a.example:8080/фото.jpg?a=b&c#d"}, {"url": "https://[2001:db8::1]/1"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			equal(t, s.put(body)["externalId"], any("a"))
		})
	}
}

// Of a field that is there twice the last counts, however its name is written,
// among the advert's own too.
func TestFieldTwice(t *testing.T) {
	t.Parallel()
	in, err := listingsapi.ParseListing([]byte(` {"externalId": 7, "rooms": 1, "files": "none", "external\u0049d": "flat", "files": null, "r\u006foms": 2} `), 100)
	if err != nil {
		t.Fatal(err)
	}
	if in.Ref.ExternalID != "flat" || in.Files != nil || len(in.Fields) != 1 || string(in.Fields["rooms"]) != "2" {
		t.Errorf("it was read as %+v", in)
	}
}

func TestListings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	equal(t, s.get("/listings"), map[string]any{"items": []any{}, "total": json.Number("0"), "page": json.Number("1"), "limit": json.Number("20")})
	for i := range 5 {
		s.put(fmt.Sprintf(`{"externalId": "listing %d"}`, i))
	}
	names := func(query string) (names []string) {
		items, _ := s.get("/listings" + query)["items"].([]any)
		for _, item := range items {
			names = append(names, fmt.Sprint(item.(map[string]any)["externalId"]))
		}
		return names
	}
	equal(t, names("?limit=2"), []string{"listing 0", "listing 1"})
	equal(t, names("?limit=2&page=3"), []string{"listing 4"})
	equal(t, names("?limit=2&page=4"), []string(nil))
	equal(t, names("?limit=&page="), []string{"listing 0", "listing 1", "listing 2", "listing 3", "listing 4"})
	equal(t, names("?page=10000000&limit=100"), []string(nil))

	for query, broken := range map[string][]string{
		"?limit=0":                      {"limit must not be less than 1"},
		"?limit=101":                    {"limit must not be greater than 100"},
		"?limit=ten&page=1.5":           {"page must be an integer number", "limit must be an integer number"},
		"?page=-1":                      {"page must not be less than 1"},
		"?page=10000001&limit=5":        {"page must not be greater than 10000000"},
		"?page=99999999999999999999999": {"page must be an integer number"},
	} {
		s.wantError(s.send("GET", "/listings"+query, ""), 400, "invalid", broken)
	}

	stranger := s.newKey("Hillside Homes")
	a := s.sendAs(stranger, "GET", "/listings")
	equal(t, fmt.Sprint(a.body["total"]), "0")
	a = s.sendAs(stranger, "GET", "/listings/1")
	s.wantError(a, 404, "not_found", "Listing 1 not found")
	s.wantError(s.sendAs(stranger, "GET", "/listings/external/listing%200"), 404, "not_found", "Listing with external ID listing 0 not found")
	s.wantError(s.send("GET", "/listings/991", ""), 404, "not_found", "Listing 991 not found")
	s.wantError(s.send("GET", "/listings/abc", ""), 400, "invalid", []string{"id must be a number"})
	s.wantError(s.send("GET", "/listings/0", ""), 400, "invalid", []string{"id must be a positive number"})
}

// Simultaneous PUTs with one new external id make one listing.
func TestPutListingAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	answers := make([]answer, 50)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = s.send(http.MethodPut, "/listings", `{"externalId": "a", "files": [{"url": "https://a.example/1.jpg", "externalFileId": "k"}]}`)
		})
	}
	wg.Wait()
	created := 0
	for _, a := range answers {
		equal(t, a.status, http.StatusOK)
		if a.body["created"] == true {
			created++
		}
		equal(t, a.body["id"], answers[0].body["id"])
	}
	equal(t, created, 1)
	equal(t, fmt.Sprint(s.get("/listings")["total"]), "1")
}

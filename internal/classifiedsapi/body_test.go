package classifiedsapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
)

const (
	types      = "must be one of PICTURE, VIRTUAL_TOUR, PANORAMA, VIDEO"
	portals    = "must be one of SL, BUCOM, BD, SLC, SLN"
	unstorable = "has a zero character or half of a surrogate pair"
	title      = "must be one line, and not blank"
	pictures   = "can be true only of a PICTURE or a PANORAMA"
	unaltered  = "must not be there unless altered is true"
	categories = "must be one of BALCONY, BASEMENT, BATHROOM, BEDROOM, CHILDREN_ROOM, CORRIDOR, COVER_PICTURE, ENERGY_CERTIFICATE, ENTRY_HALL, FLOOR_PLAN, GARAGE, GARDEN, HOUSE_VIEW, INDOOR, KITCHEN, LIVING_ROOM, LOGO, MAP, MISC, OUTDOOR, OUTDOOR_BUILDING, OUTDOOR_HOUSE, OUTSIDE_VIEW, POOL, PROPERTY_INFORMATION, SCHEMA, SITE_PLAN, STAIRS, STORAGE_ROOM, SURROUNDING, TERRACE, TOILETS, VERANDA, VIEW_FROM_PROPERTY, WORK_ROOM"
)

func TestBrokenRules(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(cfg *classifiedsapi.Config) { cfg.Limits.MaxMedia = 3 })
	path := s.post()
	const ok = `"portals": [], "data": {}`
	media := func(fields string) string {
		return `{` + ok + `, "media": [{"url": "http://a.example/1.jpg", "mediaType": "PICTURE"` + fields + `}]}`
	}
	altered := func(mediaType string) string {
		return `{"url": "http://a.example/", "mediaType": "` + mediaType + `", "altered": true}`
	}
	estate := func(id string) string {
		return `{"portals": [], "data": {"metaData": {"source": {"offererEstateId": ` + id + `}}}}`
	}
	for _, tc := range []struct {
		name, body string
		errors     [][2]string
	}{
		{"no object", `[]`, [][2]string{{"", "must be an object"}}},
		{"null", `null`, [][2]string{{"", "must be an object"}}},
		{"empty", `{}`, [][2]string{{"/portals", "is required"}, {"/data", "is required"}}},
		{"wrong types", `{"portals": "SL", "data": [], "specific": null, "media": null}`, [][2]string{
			{"/portals", "must be an array"}, {"/data", "must be an object"}, {"/specific", "must be an object"}, {"/media", "must be an array"},
		}},
		{"unknown and twice", `{"portals": [], "data": {}, "Data": {}, "a/b~": 1, "data": {}}`, [][2]string{
			{"/Data", "is not a property"}, {"/a~1b~0", "is not a property"}, {"/data", "is there twice"},
		}},
		{"twice by an escape", `{"portals": [], "data": {}, "d\u0061ta": {}}`, [][2]string{{"/data", "is there twice"}}},
		{"portals", `{"portals": ["SL", "XX", "SL", 5, "BD"], "data": {}}`, [][2]string{
			{"/portals/1", portals}, {"/portals/2", "is there twice"}, {"/portals/3", "must be a string"},
		}},
		{"media", `{` + ok + `, "media": [1, {}, {"url": 1, "mediaType": null, "category": "ATTIC", "tags": ["MAP", "X", 2], "title": 3, "foo": 4, "url": "http://a.example"}]}`, [][2]string{
			{"/media/0", "must be an object"},
			{"/media/1/url", "is required"}, {"/media/1/mediaType", "is required"},
			{"/media/2/foo", "is not a property"}, {"/media/2/url", "is there twice"},
			{"/media/2/url", "must be a string"}, {"/media/2/mediaType", "must be a string"}, {"/media/2/category", categories},
			{"/media/2/tags/1", categories}, {"/media/2/tags/2", "must be a string"}, {"/media/2/title", "must be a string"},
		}},
		{"media type", `{` + ok + `, "media": [{"url": "http://a.example/", "mediaType": "picture"}]}`, [][2]string{{"/media/0/mediaType", types}}},
		{"altered", media(`, "altered": "true"`), [][2]string{{"/media/0/altered", "must be true or false"}}},
		{"altered null", media(`, "altered": null`), [][2]string{{"/media/0/altered", "must be true or false"}}},
		{"altered twice", media(`, "altered": true, "alter\u0065d": true`), [][2]string{{"/media/0/altered", "is there twice"}}},
		{"altered in another case", media(`, "Altered": true`), [][2]string{{"/media/0/Altered", "is not a property"}}},
		{"altered links", `{` + ok + `, "media": [` + altered("VIDEO") + `, ` + altered("VIRTUAL_TOUR") + `, {"url": "http://a.example/", "mediaType": "ATTIC", "altered": true}]}`, [][2]string{
			{"/media/0/altered", pictures}, {"/media/1/altered", pictures}, {"/media/2/mediaType", types},
		}},
		{"an original of nothing", media(`, "alteredFrom": "http://a.example/0.jpg"`), [][2]string{{"/media/0/alteredFrom", unaltered}}},
		{"an original of what is not altered", media(`, "altered": false, "alteredFrom": "http://a.example/0.jpg"`), [][2]string{{"/media/0/alteredFrom", unaltered}}},
		{"an original of a video", `{` + ok + `, "media": [{"url": "http://a.example/", "mediaType": "VIDEO", "alteredFrom": "http://a.example/0.jpg"}]}`, [][2]string{{"/media/0/alteredFrom", unaltered}}},
		{"original", media(`, "altered": true, "alteredFrom": ["http://a.example/0.jpg"]`), [][2]string{{"/media/0/alteredFrom", "must be a string"}}},
		{"original null", media(`, "altered": true, "alteredFrom": null`), [][2]string{{"/media/0/alteredFrom", "must be a string"}}},
		{"scheme of an original", media(`, "altered": true, "alteredFrom": "ftp://a.example/0.jpg"`), [][2]string{{"/media/0/alteredFrom", "only http and https are fetched"}}},
		{"empty original", media(`, "altered": true, "alteredFrom": ""`), [][2]string{{"/media/0/alteredFrom", "only http and https are fetched"}}},
		{"long original", media(`, "altered": true, "alteredFrom": "http://a.example/` + strings.Repeat("x", 2032) + `"`), [][2]string{
			{"/media/0/alteredFrom", "the URL has 2049 bytes, 2048 are allowed"},
		}},
		{"tags", media(`, "tags": null`), [][2]string{{"/media/0/tags", "must be an array"}}},
		{"too many", `{` + ok + `, "media": [` + strings.TrimSuffix(strings.Repeat(picture("http://a.example/1.jpg")+",", 4), ",") + `]}`, [][2]string{
			{"/media", "must have at most 3 items, and has 4"},
		}},
		{"scheme", `{` + ok + `, "media": [` + picture("ftp://a.example/1.jpg") + `]}`, [][2]string{{"/media/0/url", "only http and https are fetched"}}},
		{"no URL", `{` + ok + `, "media": [` + picture("http://[") + `]}`, [][2]string{{"/media/0/url", "not a URL"}}},
		{"no host", `{` + ok + `, "media": [` + picture("http:///1.jpg") + `]}`, [][2]string{{"/media/0/url", "the URL has no host"}}},
		{"empty URL", `{` + ok + `, "media": [` + picture("") + `]}`, [][2]string{{"/media/0/url", "only http and https are fetched"}}},
		{"empty title", media(`, "title": ""`), [][2]string{{"/media/0/title", title}}},
		{"blank title", media(`, "title": " \t\u00a0\ufeff"`), [][2]string{{"/media/0/title", title}}},
		{"two lines", media(`, "title": "a\nb"`), [][2]string{{"/media/0/title", title}}},
		{"two lines of Unicode", media(`, "title": "a\u2028b"`), [][2]string{{"/media/0/title", title}}},
		{"a zero character", media(`, "title": "a\u0000b"`), [][2]string{{"/media/0/title", unstorable}}},
		{"half a pair", media(`, "title": "a\ud83db"`), [][2]string{{"/media/0/title", unstorable}}},
		{"another half", `{"portals": [], "data": {"a": [1, {"b/c": "\ude00"}], "\u0000": 1}, "specific": {"d": "\ud83d\ud83d"}}`, [][2]string{
			{"/data/a/1/b~1c", unstorable}, {"/data/\x00", unstorable + " in its name"}, {"/specific/d", unstorable},
		}},
		{"estate id", estate(`{}`), [][2]string{{"/data/metaData/source/offererEstateId", "must be a string or a number"}}},
		{"estate id true", estate(`true`), [][2]string{{"/data/metaData/source/offererEstateId", "must be a string or a number"}}},
		{"long estate id", estate(`"` + strings.Repeat("é", 256) + `"`), [][2]string{{"/data/metaData/source/offererEstateId", "must be at most 255 characters"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := s.in(t)
			detail := oneRule
			if len(tc.errors) > 1 {
				detail = severalRules
			}
			s.wantProblem(s.send(http.MethodPost, "/classifieds", tc.body), 400, "body", detail, tc.errors...)
			s.wantProblem(s.send(http.MethodPut, path, tc.body), 400, "body", detail, tc.errors...)
		})
	}
	equal(t, len(s.want(200, http.MethodGet, "/classifieds", "").body["items"].([]any)), 1)
}

func TestBodyIsNotJSON(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post()
	for _, tc := range []struct{ name, body, reason string }{
		{"cut off", `{"portals": `, "is not JSON: unexpected end of JSON input at byte 12"},
		{"a comma too many", `{"portals": [],}`, "is not JSON: invalid character '}' looking for beginning of object key string at byte 16"},
		{"two values", `{} {}`, "is not JSON: invalid character '{' after top-level value at byte 4"},
		{"space", " \n", "the body is empty"},
		{"a mark", "\ufeff" + body(), "begins with a byte order mark"},
		{"not UTF-8", "{\"portals\": [\"\xff\"]}", "is not UTF-8 at byte 14"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.send(http.MethodPost, "/classifieds", tc.body), 400, "body", oneRule, [2]string{"", tc.reason})
			s.wantProblem(s.send(http.MethodPut, path, tc.body), 400, "body", oneRule, [2]string{"", tc.reason})
			s.wantProblem(s.send(http.MethodPut, "/webhooks", tc.body), 400, "body", oneRule, [2]string{"", tc.reason})
		})
	}
	t.Run("nothing", func(t *testing.T) {
		s := s.in(t)
		header := http.Header{"Authorization": {"Bearer " + s.key}, "Content-Type": {"application/json"}}
		a := s.sendWith(http.MethodPost, "/classifieds", header, http.NoBody)
		s.wantProblem(a, 400, "body", oneRule, [2]string{"", "the body is empty"})
	})
}

// What is wrong with a body never makes an answer of many times its size, nor
// is it looked for for long.
func TestManyBrokenRules(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const bytes = 500_000
	name := strings.Repeat("n", bytes/2)
	for what, body := range map[string]string{
		"portals":   `{"portals": [` + strings.Repeat(`"",`, bytes/3) + `""]}`,
		"the same":  `{"portals": [` + strings.Repeat(`"SL",`, bytes/5) + `"SL"]}`,
		"members":   `{` + strings.Repeat(`"x":1,`, bytes/6) + `"x":1}`,
		"media":     `{"media": [` + strings.Repeat(`1,`, bytes/2) + `1]}`,
		"depth":     `{"data": {"a":` + strings.Repeat(`[`, 9000) + `"` + strings.Repeat("x", bytes-20_000) + `\u0000"` + strings.Repeat(`]`, 9000) + `}}`,
		"long name": `{"data": {"` + name + `": [` + strings.Repeat(`"\u0000",`, bytes/2/9) + `1]}}`,
	} {
		t.Run(what, func(t *testing.T) {
			s := s.in(t)
			a := s.send(http.MethodPost, "/classifieds", body)
			if a.status != http.StatusBadRequest || len(a.text) > 2*bytes {
				t.Errorf("%d with %d bytes", a.status, len(a.text))
			}
			if n := len(a.body["errors"].([]any)); n > 100 {
				t.Errorf("%d errors", n)
			}
		})
	}
}

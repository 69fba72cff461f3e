package classifiedsapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
)

const nowhere = "0b0c2b7a-57c2-4f0c-9d3c-1f1d2f6f3a10"

// full is the classified of the contract's example.
const full = `{"portals": ["SL", "BUCOM"],
	"data": {"metaData": {"source": {"offererEstateId": "flat 77"}}, "rooms": 3.50, "text": "größer & <schöner>"},
	"specific": {"SL": {"top": true}},
	"media": [
		{"category": "LIVING_ROOM", "mediaType": "PICTURE", "tags": ["LIVING_ROOM", "INDOOR"], "title": "Double living room", "url": "http://a.example/a.jpg?x=1×tamp=2026-02-13T09:25:57"},
		{"mediaType": "VIRTUAL_TOUR", "url": "https://tours.example/77"}
	]}`

func TestPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.want(http.StatusAccepted, http.MethodPost, "/classifieds", full)
	id, _ := a.body["classifiedId"].(string)
	self := s.url + "/caas/v4/classifieds/" + id
	equal(t, []string{a.header.Get("Location"), a.header.Get("ETag")}, []string{self, `"r1"`})
	plan := a.body["plan"].([]any)
	for _, line := range plan {
		line := line.(map[string]any)
		if m, _ := line["mediaId"].(string); len(m) != 36 {
			t.Errorf("mediaId %v", line["mediaId"])
		}
		delete(line, "mediaId")
	}
	wantShown(t, a.body)
	equal(t, a.body, map[string]any{
		"classifiedId": id, "revision": 1.0, "message": nil,
		"links": map[string]any{"self": self, "statuses": self + "/statuses"},
		"plan": []any{
			map[string]any{"action": "add", "url": "http://a.example/a.jpg?x=1×tamp=2026-02-13T09:25:57", "from": nil, "to": 0.0, "why": nil, "mediaStays": false},
			map[string]any{"action": "add", "url": "https://tours.example/77", "from": nil, "to": 1.0, "why": nil, "mediaStays": false},
		},
	})
}

// wantShown checks that a body says where the public sees a classified, and
// takes that out.
func wantShown(t testing.TB, body map[string]any) {
	t.Helper()
	id, known := strings.CutPrefix(fmt.Sprint(body["galleryUrl"]), "https://pictures.example/g/")
	if !known || id == "" || body["publicUrl"] != "https://pictures.example/l/"+id {
		t.Errorf("galleryUrl %v, publicUrl %v", body["galleryUrl"], body["publicUrl"])
	}
	delete(body, "galleryUrl")
	delete(body, "publicUrl")
}

func TestGet(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.want(http.StatusAccepted, http.MethodPost, "/classifieds", full).body["classifiedId"].(string)
	a := s.want(http.StatusOK, http.MethodGet, "/classifieds/"+strings.ToUpper(id), "")
	equal(t, a.header.Get("ETag"), `"r1"`)
	for _, m := range a.body["media"].([]any) {
		delete(m.(map[string]any), "mediaId")
	}
	self := s.url + "/caas/v4/classifieds/" + id
	const now = "2026-03-14T09:26:53.589Z"
	wantShown(t, s.want(200, http.MethodGet, "/classifieds", "").body["items"].([]any)[0].(map[string]any))
	wantShown(t, a.body)
	equal(t, a.body, map[string]any{
		"classifiedId": id, "revision": 1.0, "status": "CREATING", "subStatus": nil, "message": "", "statusDate": now,
		"portals":  []any{"SL", "BUCOM"},
		"data":     read(t, full).(map[string]any)["data"],
		"specific": read(t, full).(map[string]any)["specific"],
		"media": []any{
			map[string]any{
				"position": 0.0, "url": "http://a.example/a.jpg?x=1×tamp=2026-02-13T09:25:57", "mediaType": "PICTURE", "category": "LIVING_ROOM",
				"tags": []any{"LIVING_ROOM", "INDOOR"}, "title": "Double living room", "status": "RECEIVED", "stale": false, "failure": nil,
				"altered": false, "alteredFrom": nil, "shown": false,
			},
			map[string]any{
				"position": 1.0, "url": "https://tours.example/77", "mediaType": "VIRTUAL_TOUR", "category": nil,
				"tags": []any{}, "title": nil, "status": "RECEIVED", "stale": false, "failure": nil,
				"altered": false, "alteredFrom": nil, "shown": false,
			},
		},
		"links":     map[string]any{"self": self, "statuses": self + "/statuses"},
		"createdAt": now, "updatedAt": now,
	})
	if !strings.Contains(a.text, `"rooms":3.50`) {
		t.Errorf("the data is not as it was sent: %s", a.text)
	}
}

// An answer for a part that was not sent leaves it out.
func TestGetMinimal(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.want(http.StatusAccepted, http.MethodPost, "/classifieds", `{"portals": [], "data": {}}`)
	got := s.want(http.StatusOK, http.MethodGet, "/classifieds/"+a.body["classifiedId"].(string), "").body
	equal(t, []any{got["portals"], got["data"], got["media"]}, []any{[]any{}, map[string]any{}, []any{}})
	if _, ok := got["specific"]; ok {
		t.Errorf("specific is %v", got["specific"])
	}
}

func TestUnknownClassified(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg"))
	media := s.want(200, http.MethodGet, path+"/media", "").body["items"].([]any)[0].(map[string]any)["mediaId"].(string)
	_, other := s.newKey("Gone Fishing")
	for _, tc := range []struct{ method, below, body string }{
		{"GET", "", ""},
		{"PUT", "", body()},
		{"PUT", "?dryRun=true", body()},
		{"DELETE", "", ""},
		{"GET", "/statuses", ""},
		{"GET", "/media", ""},
		{"GET", "/checkup", ""},
		{"GET", "/media/" + media + "/timeline", ""},
		{"POST", "/media/" + media + "/retry", ""},
	} {
		for _, id := range []string{nowhere, "77", nowhere[1:], strings.ReplaceAll(nowhere, "-", ""), "{" + nowhere + "}"} {
			t.Run(tc.method+tc.below+" "+id, func(t *testing.T) {
				s := s.in(t)
				s.wantProblem(s.send(tc.method, "/classifieds/"+id+tc.below, tc.body), 404, "", "Classified "+id+" not found")
			})
		}
		t.Run(tc.method+tc.below+" another's", func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.sendAs(other, tc.method, path+tc.below, tc.body), 404, "", "Classified "+strings.TrimPrefix(path, "/classifieds/")+" not found")
		})
	}
}

func TestDuplicate(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	estate := func(id string) string {
		return `{"portals": [], "data": {"metaData": {"source": {"offererEstateId": ` + id + `}}}}`
	}
	first := s.want(http.StatusAccepted, http.MethodPost, "/classifieds", estate(`"77"`)).body["classifiedId"].(string)
	second := s.want(http.StatusAccepted, http.MethodPost, "/classifieds", estate(`78`)).body["classifiedId"].(string)
	for _, id := range []string{`null`, `""`} { // no id is nobody's
		s.want(http.StatusAccepted, http.MethodPost, "/classifieds", estate(id))
		s.want(http.StatusAccepted, http.MethodPost, "/classifieds", estate(id))
	}
	for _, a := range []answer{
		s.send(http.MethodPost, "/classifieds", estate(`"77"`)),
		s.send(http.MethodPost, "/classifieds", estate(`77`)),
		s.send(http.MethodPost, "/classifieds?dryRun=true", estate(`"77"`)),
		s.send(http.MethodPut, "/classifieds/"+second, estate(`"77"`)),
	} {
		equal(t, a.status, http.StatusBadRequest)
		equal(t, a.body, map[string]any{
			"type": "urn:vitrine:problem:duplicated_classified", "title": "Duplicated Classified",
			"detail": "The offererEstateId is that of classifiedId: " + first, "status": 400.0,
			"instance": a.header.Get("Traceparent"), "errorSource": "body",
			"errors": []any{map[string]any{"name": "/data/metaData/source/offererEstateId", "reason": "is that of another classified"}},
		})
	}
	s.want(http.StatusAccepted, http.MethodPut, "/classifieds/"+first, estate(`"77"`))
	_, other := s.newKey("Gone Fishing")
	equal(t, s.sendAs(other, http.MethodPost, "/classifieds", estate(`"77"`)).status, http.StatusAccepted)
}

func TestDelete(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg"))
	id := strings.TrimPrefix(path, "/classifieds/")
	self := s.url + "/caas/v4" + path
	before := s.want(http.StatusOK, http.MethodGet, path, "").body

	dry := s.want(http.StatusOK, http.MethodDelete, path+"?dryRun=true", "")
	equal(t, lines(dry), []string{"remove 0-><nil> http://a.example/1.jpg"})
	equal(t, []any{dry.body["revision"], dry.header.Get("ETag")}, []any{1.0, `"r1"`})
	equal(t, s.want(http.StatusOK, http.MethodGet, path, "").body, before)

	a := s.want(http.StatusAccepted, http.MethodDelete, path, "")
	equal(t, lines(a), []string{"remove 0-><nil> http://a.example/1.jpg"})
	equal(t, a.header.Get("ETag"), `"r2"`)
	delete(a.body, "plan")
	equal(t, a.body, map[string]any{
		"classifiedId": id, "revision": 2.0, "links": map[string]any{"self": self, "statuses": self + "/statuses"},
		"galleryUrl": nil, "publicUrl": nil, "message": nil,
	})
	again := s.want(http.StatusAccepted, http.MethodDelete, path, "")
	equal(t, []any{again.body["revision"], again.body["plan"], again.header.Get("ETag")}, []any{2.0, []any{}, `"r2"`})

	got := s.want(http.StatusOK, http.MethodGet, path, "").body
	equal(t, []any{got["status"], got["media"], got["galleryUrl"], got["publicUrl"]}, []any{"DELETED", []any{}, nil, nil})
	equal(t, s.want(http.StatusOK, http.MethodGet, "/classifieds", "").body["items"], any([]any{}))

	const gone = "The classified was deleted; a PUT ends as UPDATING_FAILED"
	a = s.want(http.StatusAccepted, http.MethodPut, path, body(picture("http://a.example/1.jpg")))
	equal(t, []any{a.body["message"], a.body["plan"], a.body["galleryUrl"]}, []any{gone, []any{}, nil})
	newest := s.want(http.StatusOK, http.MethodGet, path+"/statuses?limit=1", "").body["items"].([]any)[0].(map[string]any)
	equal(t, newest["status"], any("UPDATING_FAILED"))
	a = s.want(http.StatusOK, http.MethodPut, path+"?dryRun=true", body(picture("http://a.example/1.jpg")))
	equal(t, a.body["message"], any(gone))
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg"), picture("http://a.example/2.jpg"))
	id := strings.TrimPrefix(path, "/classifieds/")
	s.clock.advance(time.Minute)
	s.fetched(path, 0, photo("a"))
	s.failed(path, 1, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))

	items := s.want(http.StatusOK, http.MethodGet, path+"/statuses", "").body["items"].([]any)
	var names []string
	for _, item := range items {
		names = append(names, item.(map[string]any)["status"].(string))
	}
	equal(t, names, []string{"CREATED_WITH_MEDIA_ERROR", "CREATING", "RECEIVED", "RECEIVING"})

	newest := items[0].(map[string]any)
	if statusID, _ := newest["statusId"].(string); len(statusID) != 36 {
		t.Errorf("statusId %v", newest["statusId"])
	}
	delete(newest, "statusId")
	for _, line := range newest["mediaStatuses"].([]any) {
		delete(line.(map[string]any), "mediaId")
	}
	const later = "2026-03-14T09:27:53.589Z"
	rule := vitrine.RuleOf(vitrine.SourceNotFound)
	equal(t, newest, map[string]any{
		"classifiedId": id, "revision": 1.0, "portals": []any{"SL"}, "status": "CREATED_WITH_MEDIA_ERROR", "subStatus": nil, "subStatusDetails": nil,
		"message": "1 of 2 media could not be had; see mediaStatuses for each", "statusDate": later,
		"mediaStatuses": []any{
			map[string]any{
				"url": "http://a.example/1.jpg", "status": "DOWNLOADED", "message": nil, "subStatus": nil, "subStatusDetails": nil, "statusDate": later,
			},
			map[string]any{
				"url": "http://a.example/2.jpg", "status": "DOWNLOADING_FAILED", "message": rule.Message + " (HTTP 404)",
				"subStatus": "source_not_found", "subStatusDetails": "HTTP 404. " + rule.Remedy, "statusDate": later,
			},
		},
	})
	equal(t, items[2].(map[string]any)["subStatus"], any("RECEIVED_POST"))
	equal(t, items[3].(map[string]any)["subStatus"], any("RECEIVING_POST"))
}

func TestPortalsSetting(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(cfg *classifiedsapi.Config) { cfg.Portals = []string{"NORTH", "SOUTH"} })
	s.want(http.StatusAccepted, http.MethodPost, "/classifieds", `{"portals": ["SOUTH"], "data": {}}`)
	s.wantProblem(s.send(http.MethodPost, "/classifieds", `{"portals": ["SL"], "data": {}}`), 400, "body", oneRule,
		[2]string{"/portals/0", "must be one of NORTH, SOUTH"})
}

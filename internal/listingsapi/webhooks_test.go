package listingsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// addWebhook adds a webhook and gives its path and its secret.
func (s *server) addWebhook(body string) (path, secret string) {
	s.t.Helper()
	added := s.post("/webhooks", body, http.StatusCreated)
	secret, _ = added["secret"].(string)
	if !strings.HasPrefix(secret, "whsec_") {
		s.t.Fatalf("the secret is %v", added["secret"])
	}
	return fmt.Sprint("/webhooks/", added["id"]), secret
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	equal(t, s.get("/webhooks"), map[string]any{"items": []any{}})
	path, _ := s.addWebhook(`{"url": "https://crm.example/vitrine", "types": ["media.ready", "listing.settled", "media.ready"]}`)
	other, _ := s.addWebhook(`{"url": "http://crm.example:8080/all?key=1", "other": "ignored"}`)

	const made = "2026-03-14T09:26:53.589Z"
	want := map[string]any{
		"id": json.Number(strings.TrimPrefix(path, "/webhooks/")), "url": "https://crm.example/vitrine", "types": []any{"media.ready", "listing.settled"},
		"enabled": true, "disabledAt": nil, "disabledReason": nil, "rotatedAt": made, "createdAt": made,
	}
	equal(t, s.get(path), want)
	equal(t, s.get("/webhooks")["items"], any([]any{want, s.get(other)}))
	equal(t, s.get(other)["types"], any([]any{}))

	s.clock.advance(time.Hour)
	off := s.send("PATCH", path, `{"enabled": false, "url": "https://crm.example/new"}`)
	if off.body["disabledAt"] == nil || off.body["disabledReason"] == nil {
		t.Errorf("switched off: %s", off.text)
	}
	want["url"], want["enabled"] = "https://crm.example/new", false
	want["disabledAt"], want["disabledReason"] = off.body["disabledAt"], off.body["disabledReason"]
	equal(t, off.body, want)

	on := s.send("PATCH", path, `{"enabled": true, "types": [], "url": null}`)
	want["types"], want["enabled"], want["disabledAt"], want["disabledReason"] = []any{}, true, nil, nil
	equal(t, on.body, want)
	equal(t, s.send("PATCH", path, `{}`).body, want)

	equal(t, s.send("DELETE", path, "").body, map[string]any{"deleted": true})
	for _, gone := range []answer{s.send("GET", path, ""), s.send("DELETE", path, ""), s.send("PATCH", path, `{}`)} {
		s.wantError(gone, 404, "not_found", gone.body["message"])
	}
	equal(t, len(s.get("/webhooks")["items"].([]any)), 1)
}

// A secret is told when it is made and never again.
func TestWebhookSecret(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, first := s.addWebhook(`{"url": "https://crm.example/vitrine"}`)
	s.clock.advance(time.Hour)
	rotated := s.post(path+"/secret", "", http.StatusOK)
	second, _ := rotated["secret"].(string)
	if second == first || !strings.HasPrefix(second, "whsec_") {
		t.Errorf("the new secret is %q, the old one was %q", second, first)
	}
	equal(t, rotated["rotatedAt"], any("2026-03-14T10:26:53.589Z"))
	for _, a := range []answer{
		s.send("GET", path, ""), s.send("GET", "/webhooks", ""), s.send("PATCH", path, `{"enabled": true}`),
		s.send("POST", path+"/test", ""), s.send("GET", path+"/deliveries", ""), s.send("DELETE", path, ""),
	} {
		if a.status > 299 || strings.Contains(a.text, "secret") || strings.Contains(a.text, "whsec_") {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
}

// A POST that is sent again makes no second webhook, and shows the secret to
// the client that has not seen the first answer.
func TestWebhookIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const body = `{"url": "https://crm.example/vitrine"}`
	first, again := s.sendKeyed("one", "/webhooks", body), s.sendKeyed("one", "/webhooks", body)
	equal(t, []any{again.status, again.text, again.header.Get("Idempotency-Replayed")}, []any{201, first.text, "true"})
	equal(t, len(s.get("/webhooks")["items"].([]any)), 1)
}

func TestWebhookRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, _ := s.addWebhook(`{"url": "https://crm.example/vitrine"}`)
	types := make([]string, len(vitrine.EventTypes))
	for i, known := range vitrine.EventTypes {
		types[i] = string(known)
	}
	many := "[" + strings.Repeat("1,", 1000) + "1]"
	for _, row := range []struct {
		method, path, body string
		broken             []string
	}{
		{"POST", "/webhooks", `{}`, []string{"url is required"}},
		{"POST", "/webhooks", `[]`, []string{"the request body must be an object"}},
		{"POST", "/webhooks", `{"url": "ftp://a.example", "types": ["media.gone", 1]}`, []string{
			"url must be a URL address", "types[0] must be one of the following values: " + strings.Join(types, ", "), "types[1] must be a string"}},
		{"POST", "/webhooks", `{"url": "https://a.example/` + strings.Repeat("a", 2048) + `"}`, []string{"url must be at most 2048 characters"}},
		{"PATCH", path, `{"url": 1, "types": "all", "enabled": "yes"}`, []string{
			"url must be a string", "types must be an array", "enabled must be a boolean value"}},
		{"PATCH", path, `{"url": ""}`, []string{"url must be a URL address"}},
		{"POST", path + "/replay", `{}`, []string{"ids or after is required"}},
		{"POST", path + "/replay", `{"ids": [1], "after": 1}`, []string{"only one of ids and after may be sent"}},
		{"POST", path + "/replay", `{"ids": [1], "until": 1}`, []string{"until goes with after only"}},
		{"POST", path + "/replay", `{"ids": []}`, []string{"ids must contain at least 1 element"}},
		{"POST", path + "/replay", `{"ids": ` + many + `}`, []string{"ids must contain no more than 1000 elements"}},
		{"POST", path + "/replay", `{"ids": [0, "1"]}`, []string{"ids[0] must not be less than 1", "ids[1] must be an integer number"}},
		{"POST", path + "/replay", `{"after": -1}`, []string{"after must not be less than 0"}},
		{"POST", path + "/replay", `{"after": 5, "until": 5}`, []string{"until must be greater than after"}},
		{"GET", path + "/deliveries?limit=101&before=0", "", []string{"before must not be less than 1", "limit must not be greater than 100"}},
		{"GET", "/webhooks/first", "", []string{"id must be a number"}},
		{"DELETE", "/webhooks/0", "", []string{"id must be a positive number"}},
	} {
		s.wantError(s.send(row.method, row.path, row.body), 400, "invalid", row.broken)
	}
	equal(t, len(s.get("/webhooks")["items"].([]any)), 1)
}

// A PATCH passes the same guard as every other request with a body.
func TestWebhookPatchGuarded(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(l *vitrine.Limits) { l.RatePerMinute = 5 })
	path, _ := s.addWebhook(`{"url": "https://crm.example/vitrine"}`)
	patch := func(contentType, body string) answer {
		return s.sendWith("PATCH", path, http.Header{"X-Api-Key": {s.key}, "Content-Type": {contentType}}, strings.NewReader(body))
	}
	s.wantError(patch("text/plain", `{}`), 415, "unsupported_media_type", "Content-Type must be application/json")
	s.wantError(patch("application/json", `{`), 400, "invalid", "Request body is not valid JSON")
	s.wantError(patch("application/json", `"`+strings.Repeat("a", 512<<10)+`"`), 413, "too_large", "Request body must be at most 524288 bytes")
	s.wantError(s.sendAs("vtr_other", "PATCH", path), 401, "unauthorized", "Invalid API key")
	equal(t, patch("application/json; charset=utf-8", `{}`).status, http.StatusOK)
	s.wantError(patch("application/json", `{}`), 429, "rate_limited", "Too many requests")
}

// What belongs to another account is as unknown as what isn't there.
func TestWebhookOfAnotherAccount(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, _ := s.addWebhook(`{"url": "https://crm.example/vitrine"}`)
	stranger := s.in(t)
	stranger.key = s.newKey("Hillside Homes")
	equal(t, stranger.get("/webhooks"), map[string]any{"items": []any{}})
	for _, row := range []struct{ method, path, body string }{
		{"GET", "", ""}, {"PATCH", "", `{"enabled": false}`}, {"DELETE", "", ""}, {"POST", "/secret", ""}, {"POST", "/test", ""},
		{"POST", "/replay", `{"after": 0}`}, {"GET", "/deliveries", ""},
	} {
		theirs := stranger.send(row.method, path+row.path, row.body)
		s.wantError(theirs, 404, "not_found", theirs.body["message"])
	}
	equal(t, s.get(path)["enabled"], any(true))
}

func TestWebhookTest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, _ := s.addWebhook(`{"url": "https://crm.example/vitrine", "types": ["media.ready"]}`)
	other, _ := s.addWebhook(`{"url": "https://crm.example/other"}`)
	test := s.post(path+"/test", "", http.StatusAccepted)
	equal(t, []any{test["type"], test["state"], test["endedAt"], test["attempts"]}, []any{"webhook.test", "pending", nil, []any{}})
	equal(t, s.get(path + "/deliveries")["items"], any([]any{test}))
	equal(t, s.get(other+"/deliveries"), map[string]any{"items": []any{}})
}

func TestWebhookDeliveries(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, _ := s.addWebhook(`{"url": "https://crm.example/vitrine"}`)
	s.happen(3)
	log := s.get(path + "/deliveries")["items"].([]any)
	if len(log) != 3 {
		t.Fatalf("the log has %v", log)
	}
	newest := log[0].(map[string]any)
	equal(t, []any{newest["eventId"], newest["type"], newest["state"], newest["createdAt"]}, []any{json.Number("3"), "media.failed", "pending", "2026-03-14T09:26:53.589Z"})
	page := s.get(path + "/deliveries?limit=2")
	equal(t, page["items"], any(log[:2]))
	equal(t, s.get(path + "/deliveries?before=" + ids(page)[1])["items"], any(log[2:]))
}

// The log tells of each attempt, as ingest notes them.
func TestWebhookAttempts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, _ := s.addWebhook(`{"url": "https://crm.example/vitrine"}`)
	s.post(path+"/test", "", http.StatusAccepted)
	endpoint, err := strconv.ParseInt(strings.TrimPrefix(path, "/webhooks/"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	begin := func() gallery.Outgoing {
		t.Helper()
		round, err := s.gallery.BeginDeliveries(t.Context(), gallery.DeliverTask{EndpointID: endpoint})
		if err != nil || len(round) != 1 {
			t.Fatalf("begin the delivery: %d, %v", len(round), err)
		}
		return round[0]
	}
	entry := func() map[string]any { return s.get(path + "/deliveries")["items"].([]any)[0].(map[string]any) }

	silent := vitrine.DeliveryAttempt{At: s.clock.Now(), Duration: 20 * time.Second, Detail: "no answer within 20 s"}
	if err := s.gallery.DeliveryPostponed(t.Context(), begin(), silent, s.clock.Now().Add(5*time.Second)); err != nil {
		t.Fatal(err)
	}
	first := map[string]any{"at": "2026-03-14T09:26:53.589Z", "durationMs": json.Number("20000"), "httpStatus": nil, "detail": "no answer within 20 s"}
	postponed := entry()
	equal(t, []any{postponed["state"], postponed["nextAttemptAt"], postponed["endedAt"]}, []any{"pending", "2026-03-14T09:26:58.589Z", nil})
	equal(t, postponed["attempts"], any([]any{first}))

	s.clock.advance(5 * time.Second)
	good := vitrine.DeliveryAttempt{At: s.clock.Now(), Duration: 12 * time.Millisecond, HTTPStatus: 204}
	if err := s.gallery.Delivered(t.Context(), begin(), good); err != nil {
		t.Fatal(err)
	}
	second := map[string]any{"at": "2026-03-14T09:26:58.589Z", "durationMs": json.Number("12"), "httpStatus": json.Number("204"), "detail": nil}
	delivered := entry()
	equal(t, []any{delivered["state"], delivered["nextAttemptAt"], delivered["endedAt"]}, []any{"delivered", nil, "2026-03-14T09:26:58.589Z"})
	equal(t, delivered["attempts"], any([]any{first, second}))
}

// What is switched off is neither tested nor replayed to.
func TestWebhookSwitchedOff(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, _ := s.addWebhook(`{"url": "https://crm.example/vitrine"}`)
	s.send("PATCH", path, `{"enabled": false}`)
	for _, row := range []struct{ path, body string }{{"/test", ""}, {"/replay", `{"after": 0}`}} {
		refused := s.send("POST", path+row.path, row.body)
		s.wantError(refused, 409, "conflict", refused.body["message"])
	}
	s.happen(1)
	equal(t, s.get(path + "/deliveries")["items"], any([]any{}))
	s.send("PATCH", path, `{"enabled": true}`)
	s.happen(1)
	equal(t, len(s.get(path + "/deliveries")["items"].([]any)), 1)
}

// Events are delivered again under the message ids that they had.
func TestWebhookReplay(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.happen(3)
	path, _ := s.addWebhook(`{"url": "https://crm.example/vitrine"}`)
	messages := func() map[string]map[string]int { // event → message → deliveries
		counted := map[string]map[string]int{}
		for _, item := range s.get(path + "/deliveries")["items"].([]any) {
			d := item.(map[string]any)
			id := fmt.Sprint(d["eventId"])
			if counted[id] == nil {
				counted[id] = map[string]int{}
			}
			counted[id][d["messageId"].(string)]++
		}
		return counted
	}
	for _, row := range []struct {
		body string
		want string
	}{
		{`{"after": 0}`, "3"}, {`{"after": 1, "until": 2}`, "1"}, {`{"ids": [3, 1]}`, "2"}, {`{"after": 3}`, "0"},
	} {
		equal(t, s.post(path+"/replay", row.body, http.StatusAccepted), map[string]any{"replayed": json.Number(row.want)})
	}
	for event, byMessage := range messages() {
		if len(byMessage) != 1 {
			t.Errorf("event %s has messages %v", event, byMessage)
		}
	}
	equal(t, len(messages()), 3)
	unknown := s.send("POST", path+"/replay", `{"ids": [1, 4]}`)
	s.wantError(unknown, 404, "not_found", unknown.body["message"])
}

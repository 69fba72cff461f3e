package classifiedsapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const url = "https://crm.example/hook?k=1&l=2"
	a := s.want(http.StatusOK, http.MethodPut, "/webhooks", `{"url": "`+url+`"}`)
	equal(t, a.body, map[string]any{"url": url})
	enabled := map[string]any{"url": url, "enabled": true, "disabledAt": nil, "disabledReason": nil}
	equal(t, s.want(http.StatusOK, http.MethodGet, "/webhooks", "").body, enabled)
	a = s.want(http.StatusOK, http.MethodPut, "/webhooks", `{"url": "http://crm.example", "statuses": ["CREATED", "UPDATED"]}`)
	equal(t, a.body, map[string]any{"url": "http://crm.example", "statuses": []any{"CREATED", "UPDATED"}})
	s.exec(`update endpoint set disabled_at = 1773480413589, disabled_why = 'HTTP 410'`)
	equal(t, s.want(http.StatusOK, http.MethodGet, "/webhooks", "").body, map[string]any{
		"url": "http://crm.example", "statuses": []any{"CREATED", "UPDATED"}, "enabled": false, "disabledAt": "2026-03-14T09:26:53.589Z", "disabledReason": "HTTP 410",
	})
	gone := s.want(http.StatusNoContent, http.MethodDelete, "/webhooks", "")
	equal(t, gone.text, "")
	if a := s.send(http.MethodDelete, "/webhooks", ""); a.status != http.StatusNotFound {
		t.Errorf("DELETE of no webhook: %d %s", a.status, a.text)
	}
	s.wantProblem(s.send(http.MethodGet, "/webhooks", ""), 404, "", "There is no subscription")
}

func TestWebhookRules(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var statuses []string
	for _, status := range vitrine.ClassifiedStatuses {
		statuses = append(statuses, string(status))
	}
	oneOf := "must be one of " + strings.Join(statuses, ", ")
	const badURL = "must be an http or https URL of at most 2048 bytes"
	for _, tc := range []struct {
		name, body string
		errors     [][2]string
	}{
		{"nothing", `{}`, [][2]string{{"/url", "is required"}}},
		{"no object", `7`, [][2]string{{"", "must be an object"}}},
		{"all wrong", `{"url": 7, "statuses": "CREATED", "secret": "x"}`, [][2]string{
			{"/secret", "is not a property"}, {"/url", "must be a string"}, {"/statuses", "must be an array"},
		}},
		{"statuses", `{"url": "http://a.example", "statuses": ["CREATED", "MADE", "CREATED"]}`, [][2]string{{"/statuses/1", oneOf}, {"/statuses/2", "is there twice"}}},
		{"no status", `{"url": "http://a.example", "statuses": [ ]}`, [][2]string{{"/statuses", "must have an item; leave it out for all statuses"}}},
		{"scheme", `{"url": "ftp://a.example"}`, [][2]string{{"/url", badURL}}},
		{"no host", `{"url": "http://"}`, [][2]string{{"/url", badURL}}},
		{"a space", `{"url": "http://a.example/a b"}`, [][2]string{{"/url", badURL}}},
		{"too long", `{"url": "http://a.example/` + strings.Repeat("x", 2048) + `"}`, [][2]string{{"/url", badURL}}},
		{"a zero", `{"url": "http://a.example/\u0000"}`, [][2]string{{"/url", unstorable}, {"/url", badURL}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := s.in(t)
			detail := oneRule
			if len(tc.errors) > 1 {
				detail = severalRules
			}
			s.wantProblem(s.send(http.MethodPut, "/webhooks", tc.body), 400, "body", detail, tc.errors...)
		})
	}
}

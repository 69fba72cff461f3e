package classifiedsapi_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

const noToken, badToken = "A bearer token is required", "The bearer token is invalid or has expired"

// token asks for an access token of a key.
func (s *server) token(id int64, key string) string {
	s.t.Helper()
	a := s.tokenOf(fmt.Sprintf(`{"client_id": "%d", "client_secret": %q, "grant_type": "client_credentials", "audience": "caas", "intermediary_id": "crm-7"}`, id, key))
	if a.status != http.StatusOK {
		s.t.Fatalf("POST /oauth/token: %d %s", a.status, a.text)
	}
	return a.body["access_token"].(string)
}

func (s *server) tokenOf(body string) answer {
	s.t.Helper()
	return s.sendWith(http.MethodPost, "/oauth/token", http.Header{"Content-Type": {"application/json"}}, strings.NewReader(body))
}

func (s *server) sendAs(bearer, method, path, body string) answer {
	s.t.Helper()
	header := http.Header{"Authorization": {"Bearer " + bearer}}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return s.sendWith(method, path, header, strings.NewReader(body))
}

func TestToken(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	cred := fmt.Sprintf(`{"client_id": "%d", "client_secret": %q, "grant_type": "client_credentials"}`, s.keyID, s.key)
	header := http.Header{"Content-Type": {"application/json"}}
	for _, path := range []string{"/oauth/token", "/caas/v4/oauth/token"} {
		a := s.sendTo(http.MethodPost, path, header, strings.NewReader(cred))
		token, _ := a.body["access_token"].(string)
		equal(t, a.body, map[string]any{"access_token": token, "expires_in": 86400.0, "token_type": "Bearer"})
		equal(t, s.sendAs(token, http.MethodGet, "/classifieds", "").status, http.StatusOK)
	}
}

// A token is worth what its key is worth, and for a day.
func TestTokenEnds(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	token := s.token(s.keyID, s.key)
	id, key := s.newKey("Riverside Homes")
	revoked := s.token(id, key)
	if err := s.gallery.RevokeKey(t.Context(), "Riverside Homes", id); err != nil {
		t.Fatal(err)
	}
	s.wantProblem(s.sendAs(revoked, http.MethodGet, "/classifieds", ""), 401, "header", badToken)
	s.wantProblem(s.sendAs(key, http.MethodGet, "/classifieds", ""), 401, "header", badToken)

	s.clock.advance(24*time.Hour - time.Second)
	equal(t, s.sendAs(token, http.MethodGet, "/classifieds", "").status, http.StatusOK)
	s.clock.advance(2 * time.Second)
	s.wantProblem(s.sendAs(token, http.MethodGet, "/classifieds", ""), 401, "header", badToken)
	equal(t, s.sendAs(s.key, http.MethodGet, "/classifieds", "").status, http.StatusOK)
}

// What a key may see of others is not for the receiver of a token to know.
func TestTokenOfOperator(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	token := s.token(s.newKey("ops", gallery.ScopeAll, gallery.ScopeOperator))
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("the token is %q", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Scope string }
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	equal(t, claims.Scope, gallery.ScopeAll)
	equal(t, s.sendAs(token, http.MethodGet, "/classifieds", "").status, http.StatusOK)
}

func TestTokenRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const wrong = "The client_id and client_secret are not those of a key"
	other, _ := s.newKey("Riverside Homes")
	pair := func(id, key any) string {
		return fmt.Sprintf(`{"client_id": "%v", "client_secret": "%v", "grant_type": "client_credentials"}`, id, key)
	}
	for name, body := range map[string]string{
		"unknown secret": pair(s.keyID, "vtr_UNKNOWN"),
		"another's id":   pair(other, s.key),
		"an id of ink":   pair("me", s.key),
		"an id with 0":   pair(fmt.Sprintf("0%d", s.keyID), s.key),
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.tokenOf(body), 401, "body", wrong)
		})
	}
	t.Run("rules", func(t *testing.T) {
		s := s.in(t)
		s.wantProblem(s.tokenOf(`{"client_id": 12, "grant_type": "password", "scope": "x", "audience": null}`), 400, "body", severalRules,
			[2]string{"/scope", "is not a property"},
			[2]string{"/client_id", "must be a string"},
			[2]string{"/client_secret", "is required"},
			[2]string{"/grant_type", "must be client_credentials"},
			[2]string{"/audience", "must be a string"})
	})
	if strings.Contains(s.log.String(), s.key) {
		t.Error("a key is in the log")
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, tc := range map[string]struct {
		header http.Header
		detail string
	}{
		"none":           {http.Header{}, noToken},
		"another scheme": {http.Header{"Authorization": {"ApiKey " + s.key}}, noToken},
		"two":            {http.Header{"Authorization": {"Bearer " + s.key, "Bearer " + s.key}}, noToken},
		"another header": {http.Header{"X-Api-Key": {s.key}}, noToken},
		"unknown":        {http.Header{"Authorization": {"Bearer vtr_UNKNOWN"}}, badToken},
		"a bad token":    {http.Header{"Authorization": {"Bearer a.b.c"}}, badToken},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.sendWith(http.MethodGet, "/classifieds", tc.header, http.NoBody), 401, "header", tc.detail)
		})
	}
}

func TestSuspended(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	token := s.token(s.keyID, s.key)
	if err := s.gallery.SuspendAccount(t.Context(), "Riverside Homes", true); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{
		s.send(http.MethodGet, "/classifieds", ""),
		s.sendAs(token, http.MethodGet, "/classifieds", ""),
		s.tokenOf(fmt.Sprintf(`{"client_id": "%d", "client_secret": %q, "grant_type": "client_credentials"}`, s.keyID, s.key)),
	} {
		equal(t, []any{a.status, a.body["type"], a.body["detail"]}, []any{403, "urn:vitrine:problem:suspended", "Agency is suspended"})
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, granted := range []string{"read", "create", "update", "delete", "*"} {
		path := s.post(picture("http://a.example/1.jpg"))
		media := s.want(200, http.MethodGet, path+"/media", "").body["items"].([]any)[0].(map[string]any)["mediaId"].(string)
		requests := []struct{ scope, method, path, body string }{
			{"read", "GET", "/classifieds", ""},
			{"read", "GET", path, ""},
			{"read", "GET", path + "/statuses", ""},
			{"read", "GET", path + "/media", ""},
			{"read", "GET", path + "/checkup", ""},
			{"read", "GET", path + "/media/" + media + "/timeline", ""},
			{"create", "POST", "/classifieds", body()},
			{"update", "PUT", path, body(picture("http://a.example/1.jpg"))},
			{"update", "POST", path + "/media/" + media + "/retry", ""},
			{"update", "PUT", "/webhooks", `{"url": "https://crm.example/hook"}`},
			{"read", "GET", "/webhooks", ""},
			{"update", "DELETE", "/webhooks", ""},
			{"delete", "DELETE", path, ""},
		}
		scope := "caas:classifieds:" + granted
		if granted == "*" {
			scope = "caas:*"
		}
		id, key := s.newKey("Riverside Homes", scope)
		bearer := s.token(id, key)
		for _, r := range requests {
			t.Run(granted+" "+r.method+" "+r.path, func(t *testing.T) {
				s := s.in(t)
				a := s.sendAs(bearer, r.method, r.path, r.body)
				if granted == r.scope || granted == "*" {
					if a.status >= 300 && (a.status != http.StatusNotFound || r.path != "/webhooks" || granted == "*") {
						t.Errorf("%d %s", a.status, a.text)
					}
					return
				}
				s.wantProblem(a, 403, "header", "The scope caas:classifieds:"+r.scope+" is missing")
			})
		}
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	strict := newServer(t, func(cfg *classifiedsapi.Config) { cfg.StrictUserAgent = true })
	free := newServer(t)
	const reason = "must be three of name/version, one space between them"
	for _, tc := range []struct {
		agent  string
		status int
	}{
		{"crm/1.0 sync/2.3 agency/77", 200},
		{"", 403},
		{"crm/1.0", 400},
		{"crm/1.0 sync/2.3  agency/77", 400},
		{"crm/1.0 sync/2.3 agency", 400},
		{"crm/1.0/2 sync/2.3 agency/77", 400},
		{"crm/1.0 sync/2.3 agency/77 more/1", 400},
	} {
		t.Run(tc.agent, func(t *testing.T) {
			header := func(key string) http.Header {
				return http.Header{"User-Agent": {tc.agent}, "Authorization": {"Bearer " + key}}
			}
			s := strict.in(t)
			a := s.sendWith(http.MethodGet, "/classifieds", header(s.key), http.NoBody)
			switch tc.status {
			case 403:
				s.wantProblem(a, 403, "header", "The User-Agent is missing")
			case 400:
				s.wantProblem(a, 400, "header", oneRule, [2]string{"User-Agent", reason})
			default:
				equal(t, a.status, http.StatusOK)
			}
			equal(t, free.in(t).sendWith(http.MethodGet, "/classifieds", header(free.key), http.NoBody).status, http.StatusOK)
		})
	}
}

func TestTraceparent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	form := regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$`)
	send := func(t *testing.T, sent ...string) []string {
		header := http.Header{"Authorization": {"Bearer " + s.key}, "Traceparent": sent}
		a := s.in(t).sendWith(http.MethodGet, "/classifieds", header, http.NoBody)
		got := form.FindStringSubmatch(a.header.Get("Traceparent"))
		if got == nil {
			t.Fatalf("traceparent %q", a.header.Get("Traceparent"))
		}
		return got[1:]
	}
	got := send(t, "00-"+id+"-"+parent+"-01")
	if got[0] != id || got[1] == parent || got[2] != "01" {
		t.Errorf("the trace goes on as %v", got)
	}
	for name, sent := range map[string][]string{
		"none":            nil,
		"two":             {"00-" + id + "-" + parent + "-01", "00-" + id + "-" + parent + "-01"},
		"another version": {"01-" + id + "-" + parent + "-01"},
		"no trace":        {"00-" + strings.Repeat("0", 32) + "-" + parent + "-01"},
		"no parent":       {"00-" + id + "-" + strings.Repeat("0", 16) + "-01"},
		"upper case":      {"00-" + strings.ToUpper(id) + "-" + parent + "-01"},
		"too short":       {"00-" + id[1:] + "-" + parent + "-01"},
		"too long":        {"00-" + id + "-" + parent + "-01-x"},
		"no flags":        {"00-" + id + "-" + parent + "-"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := send(t, sent...); got[0] == id || got[2] != "00" {
				t.Errorf("no new trace: %v", got)
			}
		})
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, contentType := range []string{"", "text/plain", "application/json-patch+json", "application/json; ="} {
		t.Run(contentType, func(t *testing.T) {
			s := s.in(t)
			header := http.Header{"Authorization": {"Bearer " + s.key}}
			if contentType != "" {
				header.Set("Content-Type", contentType)
			}
			a := s.sendWith(http.MethodPost, "/classifieds", header, strings.NewReader(body()))
			s.wantProblem(a, 415, "contentType", "Content-Type must be application/json")
		})
	}
	for _, contentType := range []string{"application/json; charset=utf-8", "Application/JSON"} {
		t.Run(contentType, func(t *testing.T) {
			s := s.in(t)
			header := http.Header{"Authorization": {"Bearer " + s.key}, "Content-Type": {contentType}}
			equal(t, s.sendWith(http.MethodPost, "/classifieds", header, strings.NewReader(body())).status, http.StatusAccepted)
		})
	}
}

func TestServes(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/caas/v4": true, "/caas/v4/": true, "/caas/v4//classifieds": true, "/caas/v4/../x": true, "/caas/v4/classifieds": true,
		"/oauth": true, "/oauth/": true, "/oauth/token": true, "/oauth/other": true,
		"/": false, "": false, "/caas": false, "/caas/v40": false, "/caas/v5/classifieds": false, "/oauth2/token": false, "/x/oauth": false,
	} {
		if got := classifiedsapi.Serves(path); got != want {
			t.Errorf("%q: %t", path, got)
		}
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{"/nothing", "/classifieds/", "//classifieds", "/classifieds/../classifieds", "/classifieds/1/2"} {
		t.Run(path, func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.send(http.MethodGet, path, ""), 404, "", "Cannot GET /caas/v4"+path)
		})
	}
	for path, allow := range map[string]string{
		"/classifieds":            "GET, HEAD, POST",
		"/classifieds/1":          "DELETE, GET, HEAD, PUT",
		"/classifieds/1/statuses": "GET, HEAD",
		"/webhooks":               "DELETE, GET, HEAD, PUT",
		"/oauth/token":            "POST",
	} {
		t.Run("PATCH "+path, func(t *testing.T) {
			s := s.in(t)
			a := s.send(http.MethodPatch, path, "{}")
			s.wantProblem(a, 405, "", "Cannot PATCH /caas/v4"+path)
			equal(t, a.header.Get("Allow"), allow)
		})
	}
	for _, path := range []string{"/caas/v4", "/caas/v4/", "/caas/v4/..", "/oauth", "/oauth/", "/oauth/other", "/oauth//token"} {
		t.Run(path, func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.sendTo(http.MethodPost, path, http.Header{}, http.NoBody), 404, "", "Cannot POST "+path)
		})
	}
	t.Run("GET /oauth/token", func(t *testing.T) {
		s := s.in(t)
		s.wantProblem(s.sendTo(http.MethodGet, "/oauth/token", http.Header{}, http.NoBody), 405, "", "Cannot GET /oauth/token")
	})
	t.Run("HEAD", func(t *testing.T) {
		s := s.in(t)
		a := s.send(http.MethodHead, s.post(), "")
		equal(t, []string{fmt.Sprint(a.status), a.text, a.header.Get("ETag")}, []string{"200", "", `"r1"`})
	})
	t.Run("a body with a GET", func(t *testing.T) {
		s := s.in(t)
		header := http.Header{"Authorization": {"Bearer " + s.key}}
		a := s.sendWith(http.MethodGet, "/classifieds", header, strings.NewReader("x"))
		s.wantProblem(a, 415, "contentType", "Content-Type must be application/json")
	})
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	header := func() http.Header {
		return http.Header{"Authorization": {"Bearer " + s.key}, "Traceparent": {"00-" + id + "-00f067aa0ba902b7-00"}}
	}
	s.sendWith(http.MethodGet, "/classifieds/7", header(), http.NoBody)
	s.sendWith(http.MethodGet, "/nothing", header(), http.NoBody)
	lines := s.log.lines(t, "request")
	lines = lines[len(lines)-2:]
	for _, line := range lines {
		delete(line, "time")
		delete(line, "duration")
	}
	equal(t, lines, []map[string]any{
		{"level": "INFO", "msg": "request", "method": "GET", "route": "/caas/v4/classifieds/{classifiedId}", "status": 404.0, "account": float64(s.account), "trace": id},
		{"level": "INFO", "msg": "request", "method": "GET", "route": "", "status": 404.0, "account": 0.0, "trace": id},
	})
}

func TestFaultsOfOurs(t *testing.T) {
	t.Parallel()
	const detail = "Something went wrong on our side"
	t.Run("panic", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		path := s.post(picture("http://a.example/1.jpg"))
		s.fetched(path, 0, photo("a"))
		s.urls.broken = true
		s.wantProblem(s.send(http.MethodGet, path+"/media", ""), 500, "", detail)
		lines := s.log.lines(t, "request panicked")
		if len(lines) != 1 || lines[0]["err"] != "the wire to the pictures is cut" || !strings.Contains(fmt.Sprint(lines[0]["stack"]), "fakes_test.go") {
			t.Errorf("logged %v", lines)
		}
	})
	t.Run("error", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		path := s.post()
		s.exec(`alter table placement rename to mislaid`)
		s.wantProblem(s.send(http.MethodGet, path, ""), 500, "", detail)
		lines := s.log.lines(t, "request failed")
		if len(lines) != 1 || !strings.Contains(fmt.Sprint(lines[0]["err"]), "placement") || lines[0]["account"] != float64(s.account) {
			t.Errorf("logged %v", lines)
		}
	})
}

package listingsapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

func equal(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("not as wanted (-want +got):\n%s", diff)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	revoked := s.newKey("Riverside Homes")
	keys, err := s.gallery.Keys(t.Context(), "Riverside Homes")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.gallery.RevokeKey(t.Context(), "Riverside Homes", keys[len(keys)-1].ID); err != nil {
		t.Fatal(err)
	}
	suspended := s.newKey("Gone Fishing")
	if err := s.gallery.SuspendAccount(t.Context(), "Gone Fishing", true); err != nil {
		t.Fatal(err)
	}

	const (
		multiple = "Multiple authentication methods provided"
		required = "API key is required"
		invalid  = "Invalid API key"
	)
	for _, tc := range []struct {
		name    string
		header  http.Header
		status  int
		message string // "" for an answer
	}{
		{"X-API-Key", http.Header{"X-Api-Key": {s.key}}, 200, ""},
		{"scheme", http.Header{"Authorization": {"ApiKey " + s.key}}, 200, ""},
		{"scheme in another case", http.Header{"Authorization": {"aPIkEY   " + s.key}}, 200, ""},
		{"both", http.Header{"Authorization": {"ApiKey " + s.key}, "X-Api-Key": {"other"}}, 400, multiple},
		{"both and equal", http.Header{"Authorization": {"ApiKey " + s.key}, "X-Api-Key": {s.key}}, 400, multiple},
		{"both, one of another scheme", http.Header{"Authorization": {"Bearer x"}, "X-Api-Key": {s.key}}, 400, multiple},
		{"one header twice", http.Header{"X-Api-Key": {s.key, s.key}}, 400, multiple},
		{"none", http.Header{}, 401, required},
		{"empty", http.Header{"X-Api-Key": {""}}, 401, required},
		{"empty scheme", http.Header{"Authorization": {"ApiKey"}}, 401, required},
		{"empty after the scheme", http.Header{"Authorization": {"ApiKey  "}}, 401, required},
		{"another scheme", http.Header{"Authorization": {"Bearer " + s.key}}, 401, required},
		{"no scheme", http.Header{"Authorization": {s.key}}, 401, required},
		{"unknown", http.Header{"X-Api-Key": {"vtr_UNKNOWN"}}, 401, invalid},
		{"in another case", http.Header{"X-Api-Key": {strings.ToLower(s.key)}}, 401, invalid},
		{"revoked", http.Header{"X-Api-Key": {revoked}}, 401, invalid},
		{"suspended", http.Header{"X-Api-Key": {suspended}}, 403, "Agency is suspended"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := s.in(t)
			a := s.sendWith(http.MethodGet, "/agency", tc.header, http.NoBody)
			if tc.message == "" {
				if a.status != http.StatusOK {
					t.Errorf("%d %s", a.status, a.text)
				}
				return
			}
			code := map[int]string{400: "invalid", 401: "unauthorized", 403: "suspended"}[tc.status]
			s.wantError(a, tc.status, code, tc.message)
			if got := a.header.Get("WWW-Authenticate"); (got == "ApiKey") != (tc.status == 401) {
				t.Errorf("WWW-Authenticate is %q", got)
			}
		})
	}
}

// A key stops to work with the request after its revocation, and so does one of
// an account that is suspended.
func TestKeysAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	suspend := func(suspended bool) {
		t.Helper()
		if err := s.gallery.SuspendAccount(t.Context(), "Riverside Homes", suspended); err != nil {
			t.Fatal(err)
		}
	}
	suspend(true)
	s.wantError(s.send("GET", "/agency", ""), 403, "suspended", "Agency is suspended")
	suspend(false)
	equal(t, s.send("GET", "/agency", "").status, http.StatusOK)

	keys, err := s.gallery.Keys(t.Context(), "Riverside Homes")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.gallery.RevokeKey(t.Context(), "Riverside Homes", keys[0].ID); err != nil {
		t.Fatal(err)
	}
	s.wantError(s.send("GET", "/agency", ""), 401, "unauthorized", "Invalid API key")
}

func TestAgency(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(l *vitrine.Limits) { l.MaxPhotos, l.BulkPerMinute, l.MaxVideo = 25, 7, 90*time.Second })
	got := s.get("/agency")
	limits, _ := got["limits"].(map[string]any)
	equal(t, []string{fmt.Sprint(got["id"]), fmt.Sprint(got["name"]), fmt.Sprint(got["status"]),
		fmt.Sprint(limits["minPhotos"]), fmt.Sprint(limits["maxPhotos"]), fmt.Sprint(limits["bulkPerMinute"]),
		fmt.Sprint(limits["maxVideos"]), fmt.Sprint(limits["maxVideoBytes"]), fmt.Sprint(limits["maxVideoSeconds"]), fmt.Sprint(got["version"])},
		[]string{fmt.Sprint(s.account), "Riverside Homes", "active", "3", "25", "7", "3", "500000000", "90", "v1.2"})
}

func TestBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const small = `{"externalId": "a"}`
	large := `{"externalId": "a", "note": "` + strings.Repeat("x", 600<<10) + `"}`
	fits := `{"externalId": "b", "note": "`
	fits += strings.Repeat("x", 512<<10-len(fits)-2) + `"}`
	const mediaType = "Content-Type must be application/json"
	const broken = "Request body is not valid JSON"

	for _, tc := range []struct {
		name        string
		contentType string
		body        io.Reader
		status      int
		code        string
		message     string
	}{
		{"charset", "application/json; charset=utf-8", strings.NewReader(small), 200, "", ""},
		{"another case", "Application/JSON", strings.NewReader(small), 200, "", ""},
		{"just not too large", "application/json", strings.NewReader(fits), 200, "", ""},
		{"no type", "", strings.NewReader(small), 415, "unsupported_media_type", mediaType},
		{"another type", "text/plain", strings.NewReader(small), 415, "unsupported_media_type", mediaType},
		{"a type like it", "application/json-patch+json", strings.NewReader(small), 415, "unsupported_media_type", mediaType},
		{"a broken type", "application/json; =", strings.NewReader(small), 415, "unsupported_media_type", mediaType},
		{"no type and no body", "", http.NoBody, 415, "unsupported_media_type", mediaType},
		{"one byte too large", "application/json", strings.NewReader(fits + " "), 413, "too_large", "Request body must be at most 524288 bytes"},
		{"600 KB", "application/json", strings.NewReader(large), 413, "too_large", "Request body must be at most 524288 bytes"},
		{"600 KB in chunks", "application/json", io.MultiReader(strings.NewReader(large)), 413, "too_large", "Request body must be at most 524288 bytes"},
		{"no body", "application/json", http.NoBody, 400, "invalid", broken},
		{"cut off", "application/json", strings.NewReader(`{"externalId": `), 400, "invalid", broken},
		{"two values", "application/json", strings.NewReader(small + small), 400, "invalid", broken},
		{"not UTF-8", "application/json", strings.NewReader("{\"externalId\": \"\xff\"}"), 400, "invalid", broken},
		{"too deep", "application/json", strings.NewReader(strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)), 400, "invalid", broken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := s.in(t)
			header := http.Header{"X-Api-Key": {s.key}}
			if tc.contentType != "" {
				header.Set("Content-Type", tc.contentType)
			}
			a := s.sendWith(http.MethodPut, "/listings", header, tc.body)
			if tc.status == http.StatusOK {
				if a.status != http.StatusOK {
					t.Errorf("%d %s", a.status, a.text)
				}
				return
			}
			s.wantError(a, tc.status, tc.code, tc.message)
			if a.header.Get("X-RateLimit-Remaining") == "" {
				t.Error("an answer to a known key without its rate")
			}
		})
	}
	if total := s.get("/listings")["total"]; fmt.Sprint(total) != "2" {
		t.Errorf("%v listings, want the 2 of good bodies", total)
	}
	t.Run("a body with a GET", func(t *testing.T) {
		s := s.in(t)
		a := s.sendWith(http.MethodGet, "/agency", http.Header{"X-Api-Key": {s.key}}, strings.NewReader("x"))
		s.wantError(a, 415, "unsupported_media_type", mediaType)
	})
}

func TestNoSuchRoute(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{"/nothing", "/media/1/2/3", "/media/", "//agency", "/media/../agency", "/agency/"} {
		t.Run(path, func(t *testing.T) {
			s := s.in(t)
			s.wantError(s.sendWith("GET", path, http.Header{}, http.NoBody), 404, "not_found", "Cannot GET /api/v1"+path)
		})
	}
	for path, allow := range map[string]string{
		"/listings":              "GET, HEAD, PUT",
		"/listings/external/a":   "DELETE, GET, HEAD",
		"/media/upload-from-url": "POST",
		"/job/status":            "GET, HEAD",
	} {
		t.Run("PATCH "+path, func(t *testing.T) {
			s := s.in(t)
			a := s.send("PATCH", path, "{}")
			s.wantError(a, 405, "method_not_allowed", "Cannot PATCH /api/v1"+path)
			equal(t, a.header.Get("Allow"), allow)
		})
	}
}

func TestFaultsOfOurs(t *testing.T) {
	t.Parallel()
	t.Run("panic", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.put(`{"externalId": "a"}`)
		s.urls.broken = true
		a := s.send("GET", "/listings/external/a", "")
		s.wantError(a, 500, "internal", "Internal server error")
		lines := s.log.lines(t, "request panicked")
		if len(lines) != 1 || lines[0]["err"] != "the wire to the page is cut" || !strings.Contains(fmt.Sprint(lines[0]["stack"]), "fakes_test.go") {
			t.Errorf("logged %v", lines)
		}
	})
	t.Run("error", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.put(`{"externalId": "a"}`)
		s.exec(`alter table placement rename to mislaid`)
		s.wantError(s.send("GET", "/listings/external/a", ""), 500, "internal", "Internal server error")
		lines := s.log.lines(t, "request failed")
		if len(lines) != 1 || !strings.Contains(fmt.Sprint(lines[0]["err"]), "placement") || lines[0]["account"] != float64(s.account) {
			t.Errorf("logged %v", lines)
		}
	})
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.send("GET", "/media/991", "")
	s.sendWith("GET", "/nothing", http.Header{}, http.NoBody)
	lines := s.log.lines(t, "request")
	lines = lines[len(lines)-2:]
	for _, line := range lines {
		if _, ok := line["duration"].(float64); !ok || line["level"] != "INFO" {
			t.Errorf("logged %v", line)
		}
		delete(line, "time")
		delete(line, "duration")
	}
	equal(t, lines, []map[string]any{
		{"level": "INFO", "msg": "request", "method": "GET", "route": "/api/v1/media/{id}", "status": 404.0, "account": float64(s.account)},
		{"level": "INFO", "msg": "request", "method": "GET", "route": "", "status": 404.0, "account": 0.0},
	})
}

func TestHead(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.send("HEAD", "/agency", "")
	if a.status != http.StatusOK || a.text != "" || a.header.Get("X-RateLimit-Remaining") != "299" {
		t.Errorf("%d %q %v", a.status, a.text, a.header)
	}
}

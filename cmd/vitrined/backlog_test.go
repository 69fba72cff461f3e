package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// An account for which enough waits is asked to come back, by both APIs, alone
// or in bulk.
func TestBacklogIsTold(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--max-queued", "1")
	a := newAgency(t, s)
	defer a.host.hold("/held.jpg")()
	a.postMedia(t, pictures(a.host.URL+"/held.jpg")...)

	key := a.admin(t, "keys", "create")
	for path, body := range map[string]string{
		"/api/v1/media/upload-from-url": `{"url":"%s"}`,
		"/api/v1/media/bulk":            `{"operations":[{"op":"upload-from-url","url":"%s"}]}`,
		"/caas/v4/classifieds":          `{"portals":["SL"],"data":{},"media":[{"mediaType":"PICTURE","url":"%s"}]}`,
	} {
		text := fmt.Sprintf(body, a.host.URL+"/c.jpg")
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+path, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		if strings.HasPrefix(path, "/caas") {
			request.Header.Set("Authorization", "Bearer "+key)
		} else {
			request.Header.Set("Authorization", "ApiKey "+key)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") != "60" ||
			!strings.Contains(string(answer), "backlog_full") {
			t.Errorf("%s answers %s, Retry-After %q: %s, %v", path, response.Status, response.Header.Get("Retry-After"), answer, err)
		}
	}
	if _, err := a.PostClassified(t.Context(), a.classified()); err != nil {
		t.Errorf("what needs no download gave %v", err)
	}
}

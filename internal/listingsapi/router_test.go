package listingsapi

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The more specific path wins, in whatever order they were added.
func TestRouterOrder(t *testing.T) {
	t.Parallel()
	templates := []string{"/media/{id}", "/agency", "/media/bulk", "/media/{id}/link", "/media/external/{externalId}", "/media/upload/{uuid}"}
	want := map[string]string{
		"/media/bulk": "/media/bulk", "/media/7": "/media/{id}", "/media/external/link": "/media/external/{externalId}",
		"/media/7/link": "/media/{id}/link", "/media/upload/link": "/media/upload/{uuid}", "/agency": "/agency",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		rt := &router{unrouted: func(w http.ResponseWriter, _ *http.Request, _ *errorBody) { w.WriteHeader(http.StatusNotFound) }}
		for _, i := range random.Perm(len(templates)) {
			rt.add(http.MethodGet, templates[i], http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Template", templates[i]) }))
		}
		a := &api{now: time.Now, log: slog.New(slog.DiscardHandler)}
		for path, template := range want {
			w := httptest.NewRecorder()
			a.observe(rt).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
			if got := w.Header().Get("Template"); got != template {
				t.Errorf("%s went to %q, want %q", path, got, template)
			}
		}
	}
}

package classifiedsapi_test

import (
	"net/http"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// A classified's check-up goes by the categories that its sender gave: a plan
// among the photos, and a photo called a plan.
func TestCheckUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	photo := vitrine.Measures{Sharpness: 1, Edges: 0.5, Lights: 200, Flat: 0.4, Hard: 0.1, Plain: 0.2}
	plan := vitrine.Measures{Sharpness: 3, Edges: 0.4, Lights: 255, White: 0.9, Flat: 0.9, Hard: 0.06, Plain: 0.9}
	of := func(category string) string {
		return `{"url": "http://a.example/` + category + `.jpg", "mediaType": "PICTURE", "category": "` + category + `"}`
	}
	path := s.post(of("KITCHEN"), of("FLOOR_PLAN"), of("BATHROOM"), of("SITE_PLAN"))
	for place, measures := range []vitrine.Measures{plan, plan, photo, photo} {
		s.fetched(path, place, vitrine.Content{
			SHA256: "sha-" + string(rune('a'+place)), Bytes: 9, Type: "image/jpeg", Width: 2000, Height: 1500, Recipe: "r",
			Figures: &vitrine.Figures{Measures: measures},
		})
	}
	var warned [][]any
	for _, item := range s.want(http.StatusOK, http.MethodGet, path+"/checkup", "").body["items"].([]any) {
		item := item.(map[string]any)
		line := []any{item["position"], item["measured"]}
		for _, w := range item["warnings"].([]any) {
			line = append(line, w.(map[string]any)["code"], w.(map[string]any)["like"])
		}
		warned = append(warned, line)
	}
	equal(t, warned, [][]any{{0.0, true, "drawing_as_photo", nil}, {1.0, true}, {2.0, true}, {3.0, true, "photo_as_drawing", nil}})
}

package listingsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// sharp are figures with nothing to be warned of; those of one seed look the same.
func sharp(seed byte) *vitrine.Figures {
	thumb := make([]byte, vitrine.ThumbFields)
	for i := range thumb {
		thumb[i] = byte(i*int(seed)*37) ^ seed
	}
	return &vitrine.Figures{
		Measures: vitrine.Measures{Sharpness: 1, Edges: 0.5, Lights: 200, Flat: 0.4, Hard: 0.1, Plain: 0.2},
		Likeness: vitrine.Likeness{Hash: uint64(seed) * 0x0101_0101_0101_0101, Information: 50, Thumb: thumb},
	}
}

// A listing's check-up tells of each of its files what there is to say, with the
// figures, and names the pictures that look the same.
func TestCheckUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dark := sharp(3)
	dark.Measures.Lights = 60
	for url, figures := range map[string]*vitrine.Figures{"1": sharp(1), "2": sharp(1), "3": dark, "4": sharp(3)} {
		media := s.post("/media/upload-from-url", `{"url": "https://a.example/`+url+`.jpg", "externalId": "`+url+`"}`, http.StatusCreated)["mediaId"]
		s.fetched(fmt.Sprint(media), vitrine.Content{
			SHA256: "sha-" + url, Bytes: 9, Type: "image/jpeg", Width: 2000, Height: 1500, Recipe: "r", Figures: figures,
		})
	}
	id := s.put(`{"externalId": "a", "files": [{"externalFileId": "1"}, {"externalFileId": "2"}, {"externalFileId": "3"}, {"url": "https://a.example/5.jpg"}]}`)["id"]
	other := s.put(`{"externalId": "b", "files": [{"externalFileId": "4"}]}`)["id"]

	got := s.get("/listings/external/a/checkup")
	equal(t, s.get(fmt.Sprintf("/listings/%v/checkup", id)), got)
	items := got["items"].([]any)
	var warned [][]any
	for _, item := range items {
		item := item.(map[string]any)
		line := []any{item["externalId"], item["position"], item["measured"]}
		for _, w := range item["warnings"].([]any) {
			line = append(line, w.(map[string]any)["code"])
		}
		warned = append(warned, line)
	}
	equal(t, warned, [][]any{
		{"1", json.Number("0"), true}, {"2", json.Number("1"), true, "same_picture"}, {"3", json.Number("2"), true, "too_dark", "picture_elsewhere"}, {nil, json.Number("3"), false},
	})
	warnings := items[2].(map[string]any)["warnings"].([]any)
	rule := vitrine.RuleOfCheck(vitrine.CheckTooDark)
	equal(t, warnings[0], any(map[string]any{
		"code": "too_dark", "message": rule.Message, "remedy": rule.Remedy, "like": nil,
		"evidence": []any{map[string]any{"figure": "lights", "value": json.Number("60"), "limit": "below", "of": json.Number(fmt.Sprint(rule.Limits[0].Value))}},
	}))
	equal(t, warnings[1].(map[string]any)["like"], any(map[string]any{"id": s.get("/media/external/4")["id"], "listingId": other}))
	same := items[1].(map[string]any)["warnings"].([]any)[0].(map[string]any)
	equal(t, same["like"], any(map[string]any{"id": s.get("/media/external/1")["id"], "listingId": nil}))

	for _, path := range []string{"/listings/77/checkup", "/listings/external/nobody/checkup"} {
		if a := s.send(http.MethodGet, path, ""); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

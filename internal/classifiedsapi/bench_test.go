package classifiedsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
)

// nightly is what a CRM sends each night: the whole classified, whose list has
// not changed.
func nightly() string {
	var media []string
	for i := range 20 {
		media = append(media, fmt.Sprintf(`{"url": "https://images.crm.example/agency/77/estate/4711/photo-%02d.jpg?size=large&timestamp=2026-02-13T09:25:57", `+
			`"mediaType": "PICTURE", "category": "LIVING_ROOM", "tags": ["LIVING_ROOM", "INDOOR"], "title": "Living room with a view, picture %d"}`, i, i))
	}
	return `{"portals": ["SL", "BUCOM"], "data": {"metaData": {"source": {"offererEstateId": "4711"}}, "rooms": 3.5, "text": "` +
		strings.Repeat("A bright flat near the river. ", 40) + `"}, "media": [` + strings.Join(media, ", ") + `]}`
}

// BenchmarkParse reads a body, by this package and by encoding/json, which
// checks nothing.
func BenchmarkParse(b *testing.B) {
	body := []byte(nightly())
	b.Run("contract", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if err := classifiedsapi.CheckJSON(body); err != nil {
				b.Fatal(err)
			}
			if _, err := classifiedsapi.Parse(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(body, new(bare)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// bare is a classified as a plain handler would decode it.
type bare struct {
	Portals  []string
	Data     json.RawMessage
	Specific json.RawMessage
	Media    []struct {
		URL, MediaType, Category, Title string
		Tags                            []string
	}
}

// BenchmarkPutUnchanged sends the same list again, without the network.
func BenchmarkPutUnchanged(b *testing.B) {
	s := newServer(b)
	body := nightly()
	a := s.want(http.StatusAccepted, http.MethodPost, "/classifieds", body)
	path := classifiedsapi.Base + "/classifieds/" + a.body["classifiedId"].(string)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPut, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+s.key)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code != http.StatusAccepted {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

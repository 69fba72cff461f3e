package main

import (
	"net/http"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// serveCheckUp serves the check-ups of a listing and a classified of which a
// picture is dark and another one looks like its neighbour and like one elsewhere.
func (s *fakeServer) serveCheckUp(api *http.ServeMux) {
	dark := client.Warning{Code: vitrine.CheckTooDark, Message: "The picture is very dark.", Remedy: "Send another shot.",
		Evidence: []client.Evidence{{Figure: vitrine.FigureLights, Value: 60, Limit: "below", Of: 95}}}
	alike := []client.Evidence{{Figure: vitrine.FigureDistance, Value: 2, Limit: "below", Of: 13}, {Figure: vitrine.FigureCorrelation, Value: 0.998, Limit: "atLeast", Of: 0.94}}
	same := client.Warning{Code: vitrine.CheckSame, Message: "Another picture of the listing looks the same.", Remedy: "Keep the better of the two.", Evidence: alike}
	elsewhere := client.Warning{Code: vitrine.CheckElsewhere, Message: "A picture of another listing looks the same.", Remedy: "Check that it stands in the right listing.", Evidence: alike}

	listing := func(w http.ResponseWriter, _ *http.Request) {
		same, elsewhere := same, elsewhere
		same.Like, elsewhere.Like = &client.Like{ID: 501}, &client.Like{ID: 77, ListingID: 13}
		answer(w, map[string]any{"items": []client.Checked{
			{ID: 501, ExternalID: "hall", Measured: true, Warnings: []client.Warning{}},
			{ID: 502, ExternalID: "kitchen", Position: 1, Measured: true, Warnings: []client.Warning{dark, same}},
			{ID: 503, Position: 2, Measured: true, Warnings: []client.Warning{elsewhere}},
			{ID: 504, Position: 3, Warnings: []client.Warning{}},
		}})
	}
	api.HandleFunc("GET /api/v1/listings/12/checkup", listing)
	api.HandleFunc("GET /api/v1/listings/external/flat-77/checkup", listing)
	api.HandleFunc("GET "+classifiedsPath+"classifieds/{id}/checkup", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") != "00000000-0000-4000-8000-000000000001" {
			s.classified(w, r)
			return
		}
		elsewhere := elsewhere
		elsewhere.Like = &client.Like{MediaID: "media-9", ClassifiedID: "c-\x1b[2J2"}
		answer(w, map[string]any{"items": []client.Checked{
			{MediaID: "media-1", URL: "https://crm.example.com/77/hall.jpg", Measured: true, Warnings: []client.Warning{elsewhere}},
		}})
	})
}

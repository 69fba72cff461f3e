package listingsapi_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// flags are what a listing says of each of its files: altered, alteredFrom and
// shown.
func (s *server) flags(listing string) [][]any {
	s.t.Helper()
	var flags [][]any
	for _, file := range s.get(listing)["files"].([]any) {
		file := file.(map[string]any)
		flags = append(flags, []any{file["altered"], file["alteredFrom"], file["shown"]})
	}
	return flags
}

// What a list says of its pictures is given back, counts as a change, and is
// forgotten when the next list doesn't say it.
func TestAltered(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	put := func(files string) any { return s.put(`{"externalId": "flat-77", "files": ` + files + `}`)["updated"] }
	media, _ := s.importURL("https://a.example/3.jpg")
	all := `[{"url": "https://a.example/1.jpg", "externalFileId": "bare"},
		{"url": "https://a.example/2.jpg", "externalFileId": "staged", "altered": true, "alteredFrom": "bare"},
		{"id": ` + media + `, "altered": true}]`
	put(all)
	equal(t, s.flags("/listings/external/flat-77"), [][]any{{false, nil, false}, {true, "bare", false}, {true, nil, false}})
	equal(t, put(all), any(false))

	plain := `[{"externalFileId": "bare", "altered": false}, {"externalFileId": "staged", "altered": true}, {"id": ` + media + `}]`
	equal(t, put(plain), any(true))
	equal(t, s.flags("/listings/external/flat-77"), [][]any{{false, nil, false}, {true, nil, false}, {false, nil, false}})
	equal(t, put(plain), any(false))

	s.put(`{"externalId": "flat-77", "rooms": 3}`) // without files all stays
	equal(t, s.flags("/listings/external/flat-77"), [][]any{{false, nil, false}, {true, nil, false}, {false, nil, false}})
	page, _ := s.get("/listings")["items"].([]any)
	equal(t, page[0].(map[string]any)["files"], s.get("/listings/external/flat-77")["files"])
}

func TestAlteredInBulk(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	results, whole := s.bulk("/listings/bulk", 200,
		`{"op": "upsert", "externalId": "a", "files": [{"url": "https://a.example/1.jpg", "altered": true, "alteredFrom": "bare"}]}`,
		`{"op": "upsert", "externalId": "b", "files": [{"url": "https://a.example/1.jpg", "alteredFrom": "bare"}]}`)
	equal(t, whole["summary"], counts(2, 1))
	equal(t, results[1]["error"], any("files[0].alteredFrom must not be sent unless altered is true"))
	equal(t, s.flags("/listings/external/a"), [][]any{{true, "bare", false}})
}

// What the public sees is marked: good pictures and the first video, once the
// listing is published and as long as it is.
func TestShown(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put(`{"externalId": "a", "announcementStatus": "active", "files": [
		{"url": "https://a.example/1.jpg"}, {"url": "https://a.example/2.jpg"}, {"url": "https://a.example/3.jpg"}, {"url": "https://a.example/4.jpg"},
		{"url": "https://a.example/1.mp4"}, {"url": "https://a.example/2.mp4"}]}`)
	shown := func() (list []any) {
		for _, flags := range s.flags("/listings/external/a") {
			list = append(list, flags[2])
		}
		return list
	}
	equal(t, shown(), []any{false, false, false, false, false, false})
	files, _ := s.get("/listings/external/a")["files"].([]any)
	for i, file := range files {
		media := fmt.Sprint(file.(map[string]any)["id"])
		switch {
		case i == 3:
			s.failed(media, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
		case i > 3:
			s.fetched(media, vitrine.Content{SHA256: digest(i), Bytes: 5, Type: "video/mp4"})
		default:
			s.fetched(media, vitrine.Content{SHA256: digest(i), Bytes: 5, Type: "image/jpeg"})
		}
	}
	equal(t, shown(), []any{true, true, true, false, true, false})
	s.put(`{"externalId": "a", "announcementStatus": "hidden"}`)
	equal(t, shown(), []any{false, false, false, false, false, false})
}

// pano is a content with the rendition of a panorama beside its pictures.
func pano(n int, data vitrine.PanoData) vitrine.Content {
	return vitrine.Content{
		SHA256: digest(n), Bytes: 12_000_000, Type: "image/jpeg", Width: 8000, Height: 4000, Recipe: "r1",
		Variants: []vitrine.Variant{
			{Name: "128", Type: "image/webp", Width: 128, Height: 64, Bytes: 3000},
			{Name: vitrine.PanoVariant, Type: "image/webp", Width: 4096, Height: 2000, Bytes: 812_345},
		},
		Facts: vitrine.ContentFacts{Panorama: &data, DigitalSourceType: "digitalCapture", C2PA: true},
	}
}

func TestPanorama(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	data := vitrine.PanoData{
		Projection: vitrine.Equirectangular, FullWidth: 4096, FullHeight: 2048, CroppedTop: 24, CroppedWidth: 4096, CroppedHeight: 2000, HeadingDegrees: 271.5,
	}
	cylinder := data
	cylinder.Projection, cylinder.CroppedTop, cylinder.HeadingDegrees, cylinder.Guessed = vitrine.Cylindrical, -24, 0, true
	called := data
	called.Called = true
	object := func(projection string, n, top int, heading string, guessed bool) any {
		return map[string]any{
			"url": "https://pictures.example/v/" + digest(n) + "/r1/pano.webp", "width": number(4096), "height": number(2000), "size": number(812_345),
			"projection": projection, "fullWidth": number(4096), "fullHeight": number(2048), "croppedLeft": number(0), "croppedTop": number(top),
			"croppedWidth": number(4096), "croppedHeight": number(2000), "headingDegrees": json.Number(heading), "guessed": guessed,
		}
	}
	for i, row := range []struct {
		name string
		data vitrine.PanoData
		want any
	}{
		{"by its file", data, object("equirectangular", 0, 24, "271.5", false)},
		{"by its shape", cylinder, object("cylindrical", 1, -24, "0", true)},
		{"by its sender, in a classified", called, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := s.in(t)
			media, _ := s.importURL(fmt.Sprintf("https://a.example/%d.jpg", i))
			s.fetched(media, pano(i, row.data))
			got := s.get("/media/" + media)
			equal(t, got["panorama"], row.want)
			equal(t, []any{got["digitalSourceType"], got["c2pa"]}, []any{"digitalCapture", true})
			variants, _ := got["variants"].([]any)
			if len(variants) != 1 || variants[0].(map[string]any)["variantSize"] != "128" {
				t.Errorf("the panorama is among the variants: %v", variants)
			}
		})
	}
}

// The poster of a link of the other API may be shaped like a panorama, and is
// none.
func TestPosterIsNoPanorama(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	media, _ := s.importURL("https://a.example/1.jpg")
	s.fetched(media, pano(1, vitrine.PanoData{Projection: vitrine.Equirectangular, Guessed: true}))
	s.exec(`update media set kind = 'tour'`)
	equal(t, s.get("/media/" + media)["panorama"], nil)
}

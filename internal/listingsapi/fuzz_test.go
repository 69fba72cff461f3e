package listingsapi_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// FuzzParseListing checks that whatever is accepted keeps the rules, and that
// it reads the same when it is written out and sent again.
func FuzzParseListing(f *testing.F) {
	for _, seed := range []string{
		`{"externalId": "flat-77", "announcementStatus": "active", "files": [{"url": "https://a.example/1.jpg", "externalFileId": "k"}, {"id": 7}, {"externalFileId": "h"}]}`,
		`{"id": 5, "announcementType": "rent", "propertyType": "parking", "announcementCurrency": "MDL", "propertyCoordinates": {"lat": 47.0, "lng": 28.8}, "rooms": 3}`,
		`{"externalId": "x", "files": [{"id": 7, "altered": true, "alteredFrom": "k"}, {"id": 8, "altered": false}, {"externalFileId": "h", "altered": true}]}`,
		`{"externalId": "x", "files": [{"id": 7, "altered": "true"}, {"id": 8, "alteredFrom": "k"}, {"id": 9, "altered": true, "alteredFrom": "\u0000"}]}`,
		`{"id": 1e3, "files": [null, 1, "x", {}, []]}`,
		`{"externalId": "\ud800", "files": []}`,
		`[]`, `null`, `"x"`, `{"files": null, "id": 9223372036854775807}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !utf8.Valid(raw) || !json.Valid(raw) {
			return // the guard has refused it
		}
		in, err := listingsapi.ParseListing(raw, 100)
		if err != nil {
			if vitrine.CodeOf(err) != vitrine.CodeInvalid {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if (in.Ref.ID > 0) == (in.Ref.ExternalID != "") {
			t.Errorf("accepted with the ids %+v", in.Ref)
		}
		if in.Status != "" && !in.Status.Sendable() {
			t.Errorf("accepted with the status %s", in.Status)
		}
		for i, file := range in.Files {
			if file.ID != 0 && (file.URL != "" || file.ExternalID != "") || file.ID == 0 && file.URL == "" && file.ExternalID == "" {
				t.Errorf("accepted with the file %d: %+v", i, file)
			}
			if file.AlteredFrom != "" && !file.Altered {
				t.Errorf("accepted with the file %d, altered from another and not altered: %+v", i, file)
			}
		}
		first := written(t, in)
		again, err := listingsapi.ParseListing(first, 100)
		if err != nil {
			t.Fatalf("accepted once, then refused: %v", err)
		}
		if diff := cmp.Diff(string(first), string(written(t, again))); diff != "" {
			t.Errorf("read again (-first +second):\n%s", diff)
		}
	})
}

// written is a body that asks for in.
func written(t *testing.T, in gallery.ListingInput) []byte {
	t.Helper()
	body := map[string]any{}
	for name, value := range in.Fields {
		body[name] = value
	}
	if in.Ref.ID != 0 {
		body["id"] = in.Ref.ID
	} else {
		body["externalId"] = in.Ref.ExternalID
	}
	if in.Status != "" {
		body["announcementStatus"] = in.Status
	}
	if in.Files != nil {
		files := make([]map[string]any, len(in.Files))
		for i, file := range in.Files {
			files[i] = map[string]any{}
			if file.URL != "" {
				files[i]["url"] = file.URL
			}
			if file.ID != 0 {
				files[i]["id"] = file.ID
			}
			if file.ExternalID != "" {
				files[i]["externalFileId"] = file.ExternalID
			}
			if file.Altered {
				files[i]["altered"] = true
			}
			if file.AlteredFrom != "" {
				files[i]["alteredFrom"] = file.AlteredFrom
			}
		}
		body["files"] = files
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

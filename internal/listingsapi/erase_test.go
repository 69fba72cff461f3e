package listingsapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// pruned plays the part of ingest: the bytes of a content are deleted.
func (s *server) pruned(ctx context.Context, sha256 string) {
	s.t.Helper()
	task := gallery.PruneTask{SHA256: sha256}
	if _, found, err := s.gallery.BeginPrune(ctx, finish, task); err != nil || !found {
		s.t.Fatalf("prune %s: found %t, %v", sha256, found, err)
	}
	if err := s.gallery.EndPrune(ctx, finish, task); err != nil {
		s.t.Fatal(err)
	}
}

// Erased by either id, a file or a listing gives a receipt, which can be had
// again.
func TestErase(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	stranger := *s
	stranger.key = s.newKey("Hillside Homes")
	for i, kind := range []struct{ path, table string }{
		{"/media/%v", "media"}, {"/media/external/house-1", "media"}, {"/listings/%v", "listing"}, {"/listings/external/house-3", "listing"},
	} {
		content := vitrine.Content{SHA256: digest(i), Bytes: 5, Type: "image/jpeg", Recipe: "r", Variants: []vitrine.Variant{{Name: "128", Type: "image/webp"}}}
		name := fmt.Sprintf("house-%d", i)
		media := s.post("/media/upload-from-url", fmt.Sprintf(`{"url": "https://a.example/%[1]s.jpg", "externalId": %[1]q}`, name), 201)["mediaId"]
		s.fetched(fmt.Sprint(media), content)
		id := media
		if kind.table == "listing" {
			id = s.put(fmt.Sprintf(`{"externalId": %q, "files": [{"id": %v}]}`, name, media))["id"]
		}
		path := kind.path
		if i%2 == 0 {
			path = fmt.Sprintf(path, id)
		}
		a := s.send(http.MethodDelete, path+"?erase=true", "")
		equal(t, a.status, http.StatusOK)
		equal(t, []any{a.body["status"], a.body["endedAt"]}, []any{"erasing", nil})
		equal(t, a.body["createdAt"], any("2026-03-14T09:26:53.589Z"))
		equal(t, a.body["keys"], any([]any{
			gallery.VariantKey(content.SHA256, "r", content.Variants[0]), gallery.OriginalKey(content.SHA256),
		}))
		equal(t, a.body["kept"], any([]any{}))
		if urls, _ := a.body["urls"].([]any); len(urls) != 2 {
			t.Errorf("%s: the addresses are %v", path, urls)
		}
		rows := map[string]any{"media": json.Number("1"), "attempt": json.Number("2"), "content": json.Number("1"), "variant": json.Number("1")}
		if kind.table == "listing" {
			rows["listing"], rows["placement"], rows["listing_revision"] = json.Number("1"), json.Number("1"), json.Number("1")
		}
		equal(t, a.body["rows"], any(rows))
		s.wantError(s.send(http.MethodGet, fmt.Sprintf("/media/%v", media), ""), 404, "not_found", fmt.Sprintf("Media %v not found", media))

		receipt := fmt.Sprintf("/erasures/%v", a.body["id"])
		equal(t, s.get(receipt), a.body)
		s.pruned(t.Context(), content.SHA256)
		a.body["status"], a.body["endedAt"] = "erased", a.body["createdAt"]
		equal(t, s.get(receipt), a.body)
		s.wantError(stranger.send(http.MethodGet, receipt, ""), 404, "not_found", fmt.Sprintf("Erasure %v not found", a.body["id"]))
		again := s.send(http.MethodDelete, path+"?erase=true", "")
		equal(t, again.status, http.StatusNotFound)
	}
	for _, id := range []string{uuid.NewString(), "1", "%00", "%ff"} {
		if a := s.send(http.MethodGet, "/erasures/"+id, ""); a.status != http.StatusNotFound {
			t.Errorf("erasure %s: %d %s", id, a.status, a.text)
		}
	}
}

// Only a plain yes erases, and what isn't plain does nothing.
func TestEraseSpelling(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	media, _ := s.importURL("https://a.example/1.jpg")
	for _, query := range []string{"erase", "erase=", "erase=1", "erase=TRUE", "erase=yes", "erase=true&erase=true", "erase=true&erase=false", "erase=tr%ue", "erase=true;"} {
		s.wantError(s.send(http.MethodDelete, "/media/"+media+"?"+query, ""), 400, "invalid", []string{"erase must be true or false"})
	}
	for _, query := range []string{"erase=false", "Erase=true", "other=%zz", ""} {
		media, _ := s.importURL("https://a.example/1.jpg")
		a := s.send(http.MethodDelete, "/media/"+media+"?"+query, "")
		equal(t, a.body, map[string]any{"deleted": true})
	}
	equal(t, s.get("/media/" + media)["optimization"], any("pending"))
}

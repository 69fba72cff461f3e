package classifiedsapi_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

// A deletion that erases answers what any does, and the receipt.
func TestErase(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg"))
	s.fetched(path, 0, photo("a"))
	want := s.want(http.StatusOK, "DELETE", path+"?erase=true&dryRun=true", "").body
	if _, there := want["erasure"]; there {
		t.Errorf("a dry run gives a receipt: %v", want)
	}
	sha256 := photo("a").SHA256
	s.wantProblem(s.send("DELETE", path+"?erase=1", ""), 400, "requestParameter", oneRule, [2]string{"erase", "must be true or false"})
	s.wantProblem(s.send("PUT", path+"?erase=true", body()), 400, "requestParameter", oneRule, [2]string{"erase", "is not a parameter"})
	if a := s.sendIf(`"r9"`, "DELETE", path+"?erase=true", ""); a.status != http.StatusPreconditionFailed {
		t.Errorf("another revision is erased: %d %s", a.status, a.text)
	}

	got := s.want(http.StatusAccepted, "DELETE", path+"?erase=true", "").body
	receipt, _ := got["erasure"].(map[string]any)
	delete(got, "erasure")
	want["revision"], want["galleryUrl"], want["publicUrl"] = float64(2), nil, nil
	equal(t, got, want)
	keys := []any{gallery.OriginalKey(sha256)}
	for i := len(photo("a").Variants) - 1; i >= 0; i-- {
		keys = append([]any{gallery.VariantKey(sha256, "r1", photo("a").Variants[i])}, keys...)
	}
	equal(t, receipt["keys"], any(keys))
	equal(t, []any{receipt["status"], receipt["endedAt"], receipt["kept"]}, []any{"erasing", nil, []any{}})

	again := "/erasures/" + receipt["id"].(string)
	equal(t, s.want(http.StatusOK, "GET", again, "").body, receipt)
	task := gallery.PruneTask{SHA256: sha256}
	if _, found, err := s.gallery.BeginPrune(t.Context(), finish, task); err != nil || !found {
		t.Fatalf("prune: found %t, %v", found, err)
	}
	if err := s.gallery.EndPrune(t.Context(), finish, task); err != nil {
		t.Fatal(err)
	}
	receipt["status"], receipt["endedAt"] = "erased", receipt["createdAt"]
	equal(t, s.want(http.StatusOK, "GET", again, "").body, receipt)

	_, stranger := s.newKey("Hillside Homes")
	s.wantProblem(s.sendAs(stranger, "GET", again, ""), 404, "", "Erasure "+again[len("/erasures/"):]+" not found")
	for _, id := range []string{uuid.NewString(), "1", "%00"} {
		if a := s.send("GET", "/erasures/"+id, ""); a.status != http.StatusNotFound {
			t.Errorf("erasure %s: %d %s", id, a.status, a.text)
		}
	}
}

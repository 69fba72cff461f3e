package listingsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// sendKeyed is a POST with an Idempotency-Key.
func (s *server) sendKeyed(key, path, body string) answer {
	s.t.Helper()
	header := http.Header{"X-Api-Key": {s.key}, "Idempotency-Key": {key}}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return s.sendWith(http.MethodPost, path, header, strings.NewReader(body))
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const path, body = "/media/upload-from-url", `{"url": "https://a.example/1.jpg"}`
	first := s.sendKeyed("one", path, body)
	equal(t, []string{fmt.Sprint(first.status), first.header.Get("Idempotency-Replayed")}, []string{"201", ""})

	s.clock.advance(23 * time.Hour)
	again := s.sendKeyed("one", path, body)
	equal(t, []string{fmt.Sprint(again.status), again.header.Get("Idempotency-Replayed"), again.text, again.header.Get("Content-Type")},
		[]string{"201", "true", first.text, "application/json"})

	const clash = "This Idempotency-Key was used for another request"
	s.wantError(s.sendKeyed("one", path, body+" "), 422, "unprocessable", clash)
	s.wantError(s.sendKeyed("one", "/media/request-upload-url", body), 422, "unprocessable", clash)
	if other := s.sendKeyed("two", path, body); other.status != 201 || other.text == first.text {
		t.Errorf("another key: %d %s", other.status, other.text)
	}
	stranger := *s
	stranger.key = s.newKey("Hillside Homes")
	if other := stranger.sendKeyed("one", path, `{"url": "https://b.example/1.jpg"}`); other.status != 201 {
		t.Errorf("the key of another account: %d %s", other.status, other.text)
	}

	s.clock.advance(2 * time.Hour)
	if err := s.gallery.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if late := s.sendKeyed("one", path, body+" "); late.status != 201 || late.text == first.text {
		t.Errorf("after 25 hours: %d %s", late.status, late.text)
	}
}

// Every POST takes a key, and what it refused is saved as well.
func TestIdempotencyKeyOfEveryPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	media, _ := s.requestUpload(`{"contentType": "image/png"}`)
	s.put(`{"externalId": "a"}`)
	for _, tc := range []struct {
		path, body string
		status     int
	}{
		{"/media/request-upload-url", `{"contentType": "image/png"}`, 201},
		{"/media/bulk", `{"operations": [{"op": "upload-from-url", "url": "https://a.example/1.jpg"}]}`, 200},
		{"/media/bulk", `{"operations": [{"op": "nothing"}]}`, 422},
		{"/media/" + media + "/confirm", "", 400},
		{"/media/" + media + "/link", `{"externalId": "b"}`, 200},
		{"/media/991/link", `{"externalId": "b"}`, 404},
		{"/listings/bulk", `{"operations": [{"op": "upsert", "externalId": "c"}, {"op": "delete", "externalId": "a"}]}`, 200},
		{"/listings/1/link", `{}`, 400},
	} {
		key := fmt.Sprintf("%s-%d", tc.path, tc.status)
		first, again := s.sendKeyed(key, tc.path, tc.body), s.sendKeyed(key, tc.path, tc.body)
		equal(t, []any{first.status, again.status, again.text, again.header.Get("Idempotency-Replayed")}, []any{tc.status, tc.status, first.text, "true"})
	}
}

func TestIdempotencyKeyAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	answers := make([]answer, 20)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = s.sendKeyed("one", "/media/upload-from-url", `{"url": "https://a.example/1.jpg"}`)
		})
	}
	wg.Wait()
	created := map[string]bool{}
	for _, a := range answers {
		if a.status == http.StatusConflict {
			s.wantError(a, 409, "conflict", a.body["message"])
			continue
		}
		equal(t, a.status, http.StatusCreated)
		created[a.text] = true
	}
	if len(created) != 1 {
		t.Errorf("created %v", created)
	}
}

func TestIdempotencyKeyStillRunning(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const path, body = "/media/1/link", `{"externalId": "b"}`
	s.sendKeyed("one", path, body)
	s.exec(`update saved_answer set status = 0`)
	s.wantError(s.sendKeyed("one", path, body), 409, "conflict", "A request with this Idempotency-Key is still running")
}

// What went wrong on our side, and what came too fast, may be sent again.
func TestIdempotencyKeyNotSaved(t *testing.T) {
	t.Parallel()
	t.Run("error", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		const path, body = "/media/upload-from-url", `{"url": "https://a.example/1.jpg"}`
		s.exec(`alter table job rename to mislaid`)
		s.wantError(s.sendKeyed("one", path, body), 500, "internal", "Internal server error")
		s.exec(`alter table mislaid rename to job`)
		a := s.sendKeyed("one", path, body)
		equal(t, []string{fmt.Sprint(a.status), a.header.Get("Idempotency-Replayed")}, []string{"201", ""})
	})
	t.Run("panic", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		const path, body = "/listings/bulk", `{"operations": [{"op": "upsert", "externalId": "a"}]}`
		s.urls.broken = true
		s.wantError(s.sendKeyed("one", path, body), 500, "internal", "Internal server error")
		s.urls.broken = false
		equal(t, s.sendKeyed("one", path, body).status, http.StatusOK)
	})
	t.Run("rate", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, func(l *vitrine.Limits) { l.RatePerMinute = 1 })
		const path, body = "/media/upload-from-url", `{"url": "https://a.example/1.jpg"}`
		s.send("GET", "/agency", "")
		equal(t, s.sendKeyed("one", path, body).status, http.StatusTooManyRequests)
		s.clock.advance(time.Minute)
		equal(t, s.sendKeyed("one", path, body).status, http.StatusCreated)
	})
}

// exec changes the database behind the program's back.
func (s *server) exec(statement string) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(s.t.Context(), statement)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestIdempotencyKeyRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const broken = "Idempotency-Key must be sent once and be 1 to 255 visible ASCII characters"
	for name, values := range map[string][]string{
		"empty": {""}, "space": {"a b"}, "long": {strings.Repeat("k", 256)}, "two": {"a", "b"}, "not ASCII": {"ключ"},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			header := http.Header{"X-Api-Key": {s.key}, "Content-Type": {"application/json"}, "Idempotency-Key": values}
			s.wantError(s.sendWith("POST", "/media/upload-from-url", header, strings.NewReader(`{"url": "https://a.example/1.jpg"}`)), 400, "invalid", broken)
		})
	}
	equal(t, s.sendKeyed(strings.Repeat("~", 255), "/media/upload-from-url", `{"url": "https://a.example/1.jpg"}`).status, http.StatusCreated)

	// Other methods are idempotent without it.
	header := http.Header{"X-Api-Key": {s.key}, "Idempotency-Key": {"a b"}}
	equal(t, s.sendWith("GET", "/media/1", header, http.NoBody).body["id"], any(json.Number("1")))
}

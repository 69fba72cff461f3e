package listingsapi_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// importURL sends a URL and gives the ids of the media and of its job.
func (s *server) importURL(url string) (media, job string) {
	s.t.Helper()
	a := s.send(http.MethodPost, "/media/upload-from-url", fmt.Sprintf(`{"url": %q}`, url))
	if a.status != http.StatusCreated {
		s.t.Fatalf("import %s: %d %s", url, a.status, a.text)
	}
	return fmt.Sprint(a.body["mediaId"]), fmt.Sprint(a.body["jobId"])
}

// finish is the end of a task that no queue has.
func finish(context.Context, *store.Tx) error { return nil }

// fetched plays the part of ingest: the media is downloaded and optimised well.
func (s *server) fetched(media string, content vitrine.Content) {
	s.t.Helper()
	s.optimised(s.downloaded(media, content), content)
}

// downloaded plays the part of ingest: the bytes of the media are there.
func (s *server) downloaded(media string, content vitrine.Content) vitrine.Attempt {
	s.t.Helper()
	m := s.begin(media)
	attempt := vitrine.Attempt{MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", StartedAt: s.clock.Now(), Bytes: content.Bytes, Type: content.Type, Outcome: "ok"}
	if wanted, _, err := s.gallery.Claim(s.t.Context(), finish, attempt, content.SHA256, nil); err != nil || !wanted {
		s.t.Fatalf("claim the content of media %s: wanted %t, %v", media, wanted, err)
	}
	if err := s.gallery.Fetched(s.t.Context(), finish, attempt, content.SHA256, vitrine.Validator{}, gallery.PrioritySingle); err != nil {
		s.t.Fatal(err)
	}
	return attempt
}

// optimised plays the part of ingest: what was downloaded is optimised well.
func (s *server) optimised(attempt vitrine.Attempt, content vitrine.Content) {
	s.t.Helper()
	attempt.Stage = "optimise"
	if err := s.db.View(s.t.Context(), func(tx *store.Tx) error {
		row, err := tx.Content(s.t.Context(), content.SHA256)
		content.CreatedAt = row.CreatedAt // as BeginOptimise gives it
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	if err := s.gallery.Optimised(s.t.Context(), finish, content, attempt); err != nil {
		s.t.Fatal(err)
	}
}

// failed plays the part of ingest: the media can't be had.
func (s *server) failed(media string, f *vitrine.Failure) {
	s.t.Helper()
	m := s.begin(media)
	attempt := vitrine.Attempt{MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", StartedAt: s.clock.Now(), Outcome: string(f.Code)}
	if err := s.gallery.FetchFailed(s.t.Context(), finish, attempt, f); err != nil {
		s.t.Fatal(err)
	}
}

// begin makes a media be processed.
func (s *server) begin(media string) vitrine.Media {
	s.t.Helper()
	var id int64
	if _, err := fmt.Sscan(media, &id); err != nil {
		s.t.Fatal(err)
	}
	m, err := s.gallery.Media(s.t.Context(), s.account, gallery.Ref{ID: id})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, wanted, err := s.gallery.BeginFetch(s.t.Context(), gallery.FetchTask{MediaID: m.ID, Seq: m.Seq}); err != nil || !wanted {
		s.t.Fatalf("begin the fetch of media %s: wanted %t, %v", media, wanted, err)
	}
	return m
}

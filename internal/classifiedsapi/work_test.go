package classifiedsapi_test

import (
	"context"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// finish is the end of a task that no queue has.
func finish(context.Context, *store.Tx) error { return nil }

// fetched plays the part of ingest: the media of that place is downloaded and
// optimised well.
func (s *server) fetched(classified string, place int, content vitrine.Content) {
	s.t.Helper()
	s.optimised(s.downloaded(classified, place, content), content)
}

// downloaded plays the part of ingest: the bytes of the media of that place are
// there.
func (s *server) downloaded(classified string, place int, content vitrine.Content) vitrine.Attempt {
	s.t.Helper()
	m := s.begin(classified, place)
	attempt := vitrine.Attempt{
		MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", StartedAt: s.clock.Now(),
		HTTPStatus: 200, Bytes: content.Bytes, Type: content.Type, Outcome: vitrine.OutcomeOK,
	}
	if wanted, _, err := s.gallery.Claim(s.t.Context(), finish, attempt, content.SHA256, nil); err != nil || !wanted {
		s.t.Fatalf("claim the content of media %d: wanted %t, %v", m.ID, wanted, err)
	}
	if err := s.gallery.Fetched(s.t.Context(), finish, attempt, content.SHA256, vitrine.Validator{}, gallery.PrioritySingle); err != nil {
		s.t.Fatal(err)
	}
	return attempt
}

// optimised plays the part of ingest: what was downloaded is optimised well.
func (s *server) optimised(attempt vitrine.Attempt, content vitrine.Content) {
	s.t.Helper()
	attempt.Stage, attempt.HTTPStatus = "optimise", 0
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

// failed plays the part of ingest: the media of that place can't be had.
func (s *server) failed(classified string, place int, f *vitrine.Failure) {
	s.t.Helper()
	m := s.begin(classified, place)
	attempt := vitrine.Attempt{
		MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", StartedAt: s.clock.Now(),
		HTTPStatus: 404, Outcome: string(f.Code), Detail: f.Detail,
	}
	if err := s.gallery.FetchFailed(s.t.Context(), finish, attempt, f); err != nil {
		s.t.Fatal(err)
	}
}

// begin makes the media of a place be processed.
func (s *server) begin(classified string, place int) vitrine.Media {
	s.t.Helper()
	placed, err := s.gallery.ClassifiedMedia(s.t.Context(), s.account, strings.TrimPrefix(classified, "/classifieds/"))
	if err != nil {
		s.t.Fatal(err)
	}
	m := placed[place].Media
	if _, wanted, err := s.gallery.BeginFetch(s.t.Context(), gallery.FetchTask{MediaID: m.ID, Seq: m.Seq}); err != nil || !wanted {
		s.t.Fatalf("begin the fetch of media %d: wanted %t, %v", m.ID, wanted, err)
	}
	return m
}

// photo is the content of a good picture; name makes its bytes its own.
func photo(name string) vitrine.Content {
	return vitrine.Content{
		SHA256: strings.Repeat(name, 64)[:64], Bytes: 1000, Type: "image/jpeg", Width: 1200, Height: 800,
		Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj", Thumbhash: "1QcSHQRnh493V4dIh4eXh1h4kJUI", DominantColor: "#336699", Recipe: "r1",
		Variants: []vitrine.Variant{
			{Name: "128", Type: "image/webp", Width: 128, Height: 85, Bytes: 3000},
			{Name: "512", Type: "image/webp", Width: 512, Height: 341, Bytes: 30000},
		},
	}
}

// exec changes the database behind everyone's back.
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

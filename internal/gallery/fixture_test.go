package gallery_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// fixture is the rules on a real database, with nobody at work: the tests say
// themselves what became of a media.
type fixture struct {
	*gallery.Gallery
	db      *store.DB
	queue   queue.Backend
	blobs   blob.Bucket
	ahead   *atomic.Int64 // nanoseconds that the clock of the rules is ahead
	account int64
	told    *told
}

// later lets time pass.
func (f fixture) later(d time.Duration) { f.ahead.Add(int64(d)) }

// onEngines runs a test on both databases.
func onEngines(t *testing.T, test func(t *testing.T, f fixture)) {
	t.Helper()
	onEnginesWithin(t, vitrine.DefaultLimits(), test)
}

func onEnginesWithin(t *testing.T, limits vitrine.Limits, test func(t *testing.T, f fixture)) {
	t.Helper()
	t.Parallel()
	urls := map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "test.db") },
		"postgres": func(t *testing.T) string { return pgtest.Start(t) },
	}
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := store.Open(t.Context(), url(t), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			backend, err := queue.New(t.Context(), db, queue.DefaultConfig(time.Now, slog.New(slog.DiscardHandler)))
			if err != nil {
				t.Fatal(err)
			}
			f := fixture{db: db, queue: backend, ahead: new(atomic.Int64), told: &told{}}
			if f.blobs, err = blob.Open(t.Context(), "file://"+t.TempDir()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := f.blobs.Close(); err != nil {
					t.Error(err)
				}
			})
			f.Gallery = gallery.New(gallery.Config{
				DB: db, Queue: backend, Blobs: f.blobs, Limits: limits,
				PublicURL: "https://vitrine.example", Secret: []byte("secret"),
				Now:       func() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) },
				Published: f.told.published, Failed: f.told.failed,
			})
			key, _, err := f.CreateKey(t.Context(), "acme")
			if err != nil {
				t.Fatal(err)
			}
			f.account = key.Account.ID
			test(t, f)
		})
	}
}

func files(names ...string) []gallery.File {
	list := []gallery.File{}
	for _, name := range names {
		list = append(list, gallery.File{URL: "https://origin.example/" + name})
	}
	return list
}

func (f fixture) put(t *testing.T, status vitrine.ListingStatus, list []gallery.File) gallery.PutResult {
	t.Helper()
	result, err := f.PutListing(t.Context(), f.account, gallery.ListingInput{
		Ref: gallery.Ref{ExternalID: "house-1"}, Status: status, Files: list,
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func noFinish(context.Context, *store.Tx) error { return nil }

// fetched has the newest wish of a media end with these bytes in the bucket.
func (f fixture) fetched(t *testing.T, m vitrine.Media, sha256 string) {
	t.Helper()
	attempt := vitrine.Attempt{MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", Bytes: 1000, Type: "image/jpeg"}
	if _, _, err := f.Claim(t.Context(), noFinish, attempt, sha256, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Fetched(t.Context(), noFinish, attempt, sha256, vitrine.Validator{}, gallery.PriorityFirst); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) optimised(t *testing.T, sha256 string) {
	t.Helper()
	content := vitrine.Content{SHA256: sha256, Type: "image/jpeg", Width: 4, Height: 3, Recipe: "r", Variants: []vitrine.Variant{{Name: "128", Type: "image/webp", Width: 4, Height: 3, Bytes: 9}}}
	if err := f.Optimised(t.Context(), noFinish, f.asBegun(t, content), vitrine.Attempt{Number: 1, Stage: "optimise"}); err != nil {
		t.Fatal(err)
	}
}

// asBegun is a content as BeginOptimise would have given it, if there is one.
func (f fixture) asBegun(t *testing.T, content vitrine.Content) vitrine.Content {
	t.Helper()
	err := f.db.View(t.Context(), func(tx *store.Tx) error {
		row, err := tx.Content(t.Context(), content.SHA256)
		content.CreatedAt = row.CreatedAt
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		t.Fatal(err)
	}
	return content
}

// good ends every media of the listing well that has not ended; its bytes are
// named by its URL.
func (f fixture) good(t *testing.T, listing int64) {
	t.Helper()
	for _, m := range f.media(t, listing) {
		if !m.State.Ended() {
			f.fetched(t, m, digest(m))
			f.optimised(t, digest(m))
		}
	}
}

func digest(m vitrine.Media) string {
	return "sha-" + m.Source.URL[strings.LastIndex(m.Source.URL, "/")+1:]
}

func (f fixture) bad(t *testing.T, m vitrine.Media) {
	t.Helper()
	attempt := vitrine.Attempt{MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch"}
	if err := f.FetchFailed(t.Context(), noFinish, attempt, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404")); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) media(t *testing.T, listing int64) []vitrine.Media {
	t.Helper()
	view, err := f.Listing(t.Context(), f.account, gallery.Ref{ID: listing})
	if err != nil {
		t.Fatal(err)
	}
	media := make([]vitrine.Media, len(view.Media))
	for i, m := range view.Media {
		media[i] = m.Media
	}
	return media
}

func (f fixture) status(t *testing.T, listing int64) vitrine.ListingStatus {
	t.Helper()
	view, err := f.Listing(t.Context(), f.account, gallery.Ref{ID: listing})
	if err != nil {
		t.Fatal(err)
	}
	return view.Listing.Status
}

// shown gives the digests that the public sees; nil when it sees nothing.
func (f fixture) shown(t *testing.T, galleryID string) []string {
	t.Helper()
	shown, err := f.Public(t.Context(), galleryID)
	if vitrine.CodeOf(err) == vitrine.CodeNotFound {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, place := range shown.Pictures {
		digests = append(digests, place.Content.SHA256)
	}
	return digests
}

func (f fixture) wantShown(t *testing.T, result gallery.PutResult, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.shown(t, result.Listing.Gallery)); diff != "" {
		t.Errorf("the public sees (-want +got)\n%s", diff)
	}
}

func (f fixture) wantJob(t *testing.T, id int64, want vitrine.JobStatus) {
	t.Helper()
	job, err := f.Job(t.Context(), f.account, id)
	if err != nil || job.Job.Status != want {
		t.Errorf("job %d is %s, %v; want %s", id, job.Job.Status, err, want)
	}
}

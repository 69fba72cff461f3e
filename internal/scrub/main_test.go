package scrub_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/ingest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/scrub"
	"github.com/vitrine-media/vitrine/internal/setuptest"
	"github.com/vitrine-media/vitrine/internal/store"
)

func TestMain(m *testing.M) { os.Exit(setuptest.Main(m)) }

// grace is how long objects that nobody knows are left alone in these tests.
const grace = 24 * time.Hour

// fixture is an installation of which the tests say what was downloaded and
// made. Its clock is ahead, so that objects put just now are old.
type fixture struct {
	*gallery.Gallery
	db      *store.DB
	blobs   blob.Bucket
	queue   queue.Backend
	ahead   *atomic.Int64
	account int64
	ctx     context.Context // of the test
}

// fataler is a test, or one check of a property.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Errorf(format string, args ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{ahead: new(atomic.Int64), ctx: t.Context()}
	f.db, f.blobs = setuptest.Open(t, slog.New(slog.DiscardHandler))
	f.queue = setuptest.Queue(t, f.db, queue.DefaultConfig(f.now, slog.New(slog.DiscardHandler)))
	f.Gallery = gallery.New(gallery.Config{
		DB: f.db, Queue: f.queue, Blobs: f.blobs, Limits: vitrine.DefaultLimits(),
		PublicURL: "https://vitrine.example", Secret: []byte("secret"), Now: f.now,
	})
	key, _, err := f.CreateKey(t.Context(), "acme")
	must(t, err)
	f.account = key.Account.ID
	return f
}

func (f *fixture) now() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) }

// work does what is to be tidied and deleted, until stop.
func (f *fixture) work(t fataler) (stop func()) {
	jobs := ingest.New(ingest.Config{Gallery: f.Gallery, Blobs: f.blobs, Now: f.now, Log: slog.New(slog.DiscardHandler)})
	handlers := jobs.Handlers()
	tidying := map[string]queue.Handlers{}
	for _, kind := range []string{gallery.TaskPrune, gallery.TaskTidy, gallery.TaskDiscard} {
		tidying[kind] = handlers[kind]
	}
	ctx, cancel := context.WithCancel(f.ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- f.queue.Work(ctx, []queue.LaneWorkers{{Lane: gallery.LaneSweep, Workers: 2}}, tidying)
	}()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("work: %v", err)
		}
	}
}

func noFinish(context.Context, *store.Tx) error { return nil }

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// put has a file in the account's listing, whose bytes have come and been
// optimised. It gives its content.
func (f *fixture) put(t fataler, name string, body []byte) vitrine.Content {
	t.Helper()
	m := f.add(t, name)
	wanted, err := f.arrive(f.ctx, m, body)
	must(t, err)
	if !wanted {
		t.Fatal("the bytes of " + name + " are not wanted")
	}
	return f.content(t, digestOf(body))
}

// add has a file in a listing of its own, to be downloaded.
func (f *fixture) add(t fataler, name string) vitrine.Media {
	t.Helper()
	result, err := f.PutListing(f.ctx, f.account, gallery.ListingInput{
		Ref: gallery.Ref{ExternalID: name}, Status: vitrine.StatusDraft, Files: []gallery.File{{URL: "https://origin.example/" + name}},
	})
	must(t, err)
	listing, err := f.Listing(f.ctx, f.account, gallery.Ref{ID: result.Listing.ID})
	must(t, err)
	return listing.Media[0].Media
}

// arrive ends the newest wish of a media with these bytes, as ingest does.
func (f *fixture) arrive(ctx context.Context, m vitrine.Media, body []byte) (wanted bool, err error) {
	sha256 := digestOf(body)
	attempt := vitrine.Attempt{MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", Bytes: int64(len(body)), Type: "image/jpeg"}
	wanted, known, err := f.Claim(ctx, noFinish, attempt, sha256, nil)
	if err != nil || !wanted {
		return wanted, err
	}
	if !known {
		if err := f.blobs.Put(ctx, gallery.OriginalKey(sha256), bytes.NewReader(body), int64(len(body))); err != nil {
			return false, err
		}
	}
	if err := f.Fetched(ctx, noFinish, attempt, sha256, vitrine.Validator{}, gallery.PriorityFirst); err != nil || known {
		return wanted, err
	}
	return wanted, f.optimise(ctx, sha256)
}

// optimise puts two variants and ends the content with them.
func (f *fixture) optimise(ctx context.Context, sha256 string) error {
	wish, wanted, err := f.BeginOptimise(ctx, noFinish, gallery.OptimiseTask{SHA256: sha256})
	if err != nil || !wanted {
		return err
	}
	c := wish.Content
	c.Width, c.Height, c.Recipe = 640, 480, "r1"
	for _, name := range []string{"128", "256"} {
		text := []byte(name + " of " + sha256)
		v := vitrine.Variant{Name: name, Type: "image/webp", Width: 4, Height: 3, Bytes: int64(len(text)), Digest: digestOf(text)}
		if err := f.blobs.Put(ctx, gallery.VariantKey(sha256, c.Recipe, v), bytes.NewReader(text), v.Bytes); err != nil {
			return err
		}
		c.Variants = append(c.Variants, v)
	}
	return f.Optimised(ctx, noFinish, c, vitrine.Attempt{Number: 1, Stage: "optimise"})
}

func (f *fixture) content(t fataler, sha256 string) (c vitrine.Content) {
	t.Helper()
	must(t, f.db.View(f.ctx, func(tx *store.Tx) (err error) {
		c, err = tx.Content(f.ctx, sha256)
		return err
	}))
	return c
}

// scrub gives what a scrub finds, by key.
func (f *fixture) scrub(t fataler, read bool) map[string]scrub.Problem {
	t.Helper()
	found := map[string]scrub.Problem{}
	cfg := scrub.Config{DB: f.db, Blobs: f.blobs, Now: f.now, Grace: grace, Read: func(string) bool { return read }}
	_, err := scrub.Run(f.ctx, cfg, func(finding scrub.Finding) error {
		if found[finding.Key] != "" {
			return errors.New(finding.Key + " was found twice")
		}
		found[finding.Key] = finding.Problem
		return scrub.Mend(f.ctx, f.Gallery, finding)
	})
	must(t, err)
	return found
}

// keys are all that the bucket has.
func (f *fixture) keys(t fataler) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for info, err := range f.blobs.List(f.ctx, "") {
		must(t, err)
		keys[info.Key] = true
	}
	return keys
}

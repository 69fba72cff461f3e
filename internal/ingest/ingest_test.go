package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/ingest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/sandbox"
	"github.com/vitrine-media/vitrine/internal/setuptest"
	"github.com/vitrine-media/vitrine/internal/store"
)

// TestMain runs the tests on each set-up, and lets this binary be the children
// that decode.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "locked" {
		os.Exit(sandbox.Exec(os.Args[2:], os.Stderr))
	}
	if len(os.Args) > 1 && os.Args[1] == "imaging-worker" {
		if err := imaging.Child(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(setuptest.Main(m))
}

// works is all of the pipeline in this process, at work.
type works struct {
	*gallery.Gallery
	db      *store.DB
	queue   queue.Backend
	blobs   *faultyBucket
	ahead   *atomic.Int64 // nanoseconds that the clock is ahead
	account int64
	said    *logbook
}

// faultyBucket fails its first Puts, and is full for some keys while it is.
type faultyBucket struct {
	blob.Bucket
	faults  atomic.Int64
	full    atomic.Pointer[string] // the prefix of those keys
	refused atomic.Int64           // because it was full
}

func (b *faultyBucket) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if b.faults.Add(-1) >= 0 {
		return errors.New("the bucket is not well")
	}
	if prefix := b.full.Load(); prefix != nil && strings.HasPrefix(key, *prefix) {
		b.refused.Add(1)
		return fmt.Errorf("put %s: %w", key, blob.ErrNoSpace)
	}
	return b.Bucket.Put(ctx, key, r, size)
}

// logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// count is how often a message was logged.
func (l *logbook) count(message string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), strconv.Quote(message))
}

// start has the pipeline work until the test ends. exe is the program of the
// children.
func start(t *testing.T, exe string, args ...string) *works {
	t.Helper()
	w := &works{ahead: new(atomic.Int64), said: &logbook{}}
	log := slog.New(slog.NewTextHandler(w.said, nil))
	now := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	db, bucket := setuptest.Open(t, log)
	w.db, w.blobs = db, &faultyBucket{Bucket: bucket}
	tuning := queue.DefaultConfig(now, log)
	tuning.Backoff = func(int) time.Duration { return 10 * time.Millisecond }
	tuning.MaxAttempts = 4
	w.queue = setuptest.Queue(t, db, tuning)
	limits := vitrine.DefaultLimits()
	w.Gallery = gallery.New(gallery.Config{
		DB: db, Queue: w.queue, Blobs: w.blobs, Limits: limits, PublicURL: "https://vitrine.example", Secret: []byte("secret"), Now: now,
	})
	key, _, err := w.CreateKey(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	w.account = key.Account.ID
	temp := t.TempDir()
	pool := imaging.NewPool(imaging.Config{
		Exe: exe, Args: args, Workers: 2, MaxPixels: limits.MaxPixels, PixelsInFlight: 2 * limits.MaxPixels, MaxSidePx: limits.MaxSidePx,
		Timeout: time.Minute, MemoryBytes: 1 << 30, RecycleAfter: 100, Recipe: imaging.DefaultRecipe(), Log: log,
	})
	fetcher := fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Limits: limits, Now: now})
	jobs := ingest.New(ingest.Config{
		Gallery: w.Gallery, Fetcher: fetcher, Imaging: pool, Recipe: imaging.DefaultRecipe(),
		// A byte of room: each file takes all of it, and one that didn't give it
		// back would be the last.
		Blobs: w.blobs, TempDir: temp, TempBytes: 1, Now: now, Log: log,
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error)
	go func() {
		ended <- w.queue.Work(ctx, []queue.LaneWorkers{
			{Lane: gallery.LaneFetch, Workers: 4}, {Lane: gallery.LaneBulk, Workers: 4}, {Lane: gallery.LaneOptimise, Workers: 2}, {Lane: gallery.LaneSweep, Workers: 1},
		}, jobs.Handlers())
	}()
	t.Cleanup(func() {
		stop()
		err := errors.Join(<-ended, pool.Close())
		fetcher.Close()
		if err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("the temp folder holds %v, %v", left, err)
		}
	})
	return w
}

func self(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func (w *works) ended(t *testing.T, id int64) vitrine.Media {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		m, err := w.Media(t.Context(), w.account, gallery.Ref{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		if m.State.Ended() {
			return m
		}
		if time.Now().After(deadline) {
			t.Fatalf("media %d is still %s", id, m.State)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (w *works) timeline(t *testing.T, media int64) (lines []string) {
	t.Helper()
	err := w.db.View(t.Context(), func(tx *store.Tx) error {
		attempts, err := tx.Attempts(t.Context(), media)
		for _, a := range attempts {
			lines = append(lines, a.Stage+" "+a.Outcome)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func (w *works) keys(t *testing.T) (keys []string) {
	t.Helper()
	for info, err := range w.blobs.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	return keys
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 200, 100))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func serve(t *testing.T, content []byte) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }))
	t.Cleanup(server.Close)
	return server.URL + "/photo"
}

// A file whose decoder dies costs one attempt each time, told in its timeline,
// and in the end it has failed.
func TestDecoderDies(t *testing.T) {
	t.Parallel()
	w := start(t, "/bin/sh", "-c", "read terms; read task; exit 1")
	imported, err := w.Import(t.Context(), w.account, serve(t, picture(t)), "")
	if err != nil {
		t.Fatal(err)
	}
	m := w.ended(t, imported.Media.ID)
	if m.State != vitrine.MediaFailed || m.Failure == nil || m.Failure.Code != vitrine.Unreadable {
		t.Errorf("the media is %s, %v", m.State, m.Failure)
	}
	want := []string{"fetch ok", "optimise unreadable", "optimise unreadable", "optimise unreadable"}
	if diff := cmp.Diff(want, w.timeline(t, m.ID)); diff != "" {
		t.Errorf("timeline (-want +got)\n%s", diff)
	}
}

// A fault of ours passes, or ends in the internal failure: never in silence.
func TestOurFault(t *testing.T) {
	t.Parallel()
	w := start(t, self(t), "imaging-worker")
	w.blobs.faults.Store(2)
	url := serve(t, picture(t))
	imported, err := w.Import(t.Context(), w.account, url, "photo-1")
	if err != nil {
		t.Fatal(err)
	}
	if m := w.ended(t, imported.Media.ID); m.State != vitrine.MediaReady {
		t.Fatalf("the media is %s, %v", m.State, m.Failure)
	}
	want := []string{"fetch internal", "fetch internal", "fetch ok", "optimise ok"}
	if diff := cmp.Diff(want, w.timeline(t, imported.Media.ID)); diff != "" {
		t.Errorf("timeline (-want +got)\n%s", diff)
	}

	w.blobs.faults.Store(1000)
	broken, err := w.Import(t.Context(), w.account, serve(t, append(picture(t), 0)), "photo-2")
	if err != nil {
		t.Fatal(err)
	}
	m := w.ended(t, broken.Media.ID)
	if m.State != vitrine.MediaFailed || m.Failure.Code != vitrine.Internal {
		t.Fatalf("the media is %s, %v", m.State, m.Failure)
	}
	w.blobs.faults.Store(0)
	again, err := w.Import(t.Context(), w.account, url, "photo-2")
	if err != nil {
		t.Fatal(err)
	}
	if m := w.ended(t, again.Media.ID); m.State != vitrine.MediaReady || m.Failure != nil {
		t.Errorf("tried again, the media is %s, %v", m.State, m.Failure)
	}
}

// Uploaded bytes become a media like any other; uploads that vanish between
// confirmation and import are told as such.
func TestUpload(t *testing.T) {
	t.Parallel()
	w := start(t, self(t), "imaging-worker")
	content := picture(t)
	ids := map[string]int64{}
	for _, name := range []string{"kept", "vanished"} {
		upload, err := w.RequestUpload(t.Context(), w.account, gallery.UploadInput{ContentType: "image/png", ExternalID: name})
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = upload.Media.ID
		if err := w.StoreUpload(t.Context(), w.account, upload.Media.ID, bytes.NewReader(content), int64(len(content))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.ConfirmUpload(t.Context(), w.account, gallery.Ref{ExternalID: "kept"}); err != nil {
		t.Fatal(err)
	}
	if m := w.ended(t, ids["kept"]); m.State != vitrine.MediaReady || m.Content.Type != "image/png" || m.Content.Bytes != int64(len(content)) {
		t.Errorf("the media is %+v", m)
	}

	w.blobs.Bucket = emptyBucket{w.blobs.Bucket}
	if _, err := w.ConfirmUpload(t.Context(), w.account, gallery.Ref{ExternalID: "vanished"}); err != nil {
		t.Fatal(err)
	}
	if m := w.ended(t, ids["vanished"]); m.Failure == nil || m.Failure.Code != vitrine.UploadMissing {
		t.Errorf("the media failed with %v", m.Failure)
	}
}

// emptyBucket has lost its uploads, but for their names.
type emptyBucket struct{ blob.Bucket }

func (b emptyBucket) Open(ctx context.Context, key string) (*blob.Object, error) {
	object, err := b.Bucket.Open(ctx, key)
	if err == nil && filepath.Dir(key) == "upload" {
		// The next look finds nothing.
		err = b.Delete(ctx, key)
	}
	return object, err
}

// Deleting frees the space: variants at once, the original after its time.
func TestPrune(t *testing.T) {
	t.Parallel()
	w := start(t, self(t), "imaging-worker")
	imported, err := w.Import(t.Context(), w.account, serve(t, picture(t)), "")
	if err != nil {
		t.Fatal(err)
	}
	m := w.ended(t, imported.Media.ID)
	if n := len(w.keys(t)); n != 4 {
		t.Fatalf("the bucket has %v", w.keys(t))
	}
	if f := w.figures(t, m.Content.SHA256); f == nil || f.Measures.Plain != 1 || f.Likeness.Informed() {
		t.Errorf("a black picture has the figures %+v", f)
	}
	if err := w.DeleteMedia(t.Context(), w.account, gallery.Ref{ID: m.ID}); err != nil {
		t.Fatal(err)
	}
	w.wantKeys(t, gallery.OriginalKey(m.Content.SHA256))
	// What a worker left that died between its variants and their rows.
	stray := gallery.VariantKey(m.Content.SHA256, "recipe", vitrine.Variant{Name: "128"})
	if err := w.blobs.Put(t.Context(), stray, strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	w.ahead.Add(int64(25 * time.Hour))
	w.wantKeys(t)
	for deadline := time.Now().Add(time.Minute); w.figures(t, m.Content.SHA256) != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the figures of what is gone stay")
		}
	}
}

func (w *works) figures(t *testing.T, sha256 string) (f *vitrine.Figures) {
	t.Helper()
	err := w.db.View(t.Context(), func(tx *store.Tx) (err error) {
		f, err = tx.Figures(t.Context(), sha256)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// wantKeys sweeps until the bucket has these keys. Once isn't enough: a sweep
// while the task that deleted the variants is just ending adds no second one.
func (w *works) wantKeys(t *testing.T, want ...string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if err := w.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		diff := cmp.Diff(want, w.keys(t))
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the bucket (-want +got)\n%s", diff)
		}
	}
}

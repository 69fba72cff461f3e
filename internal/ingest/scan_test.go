package ingest_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/clamtest"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/ingest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/scan"
	"github.com/vitrine-media/vitrine/internal/setuptest"
)

// startScan has what comes fetched and scanned until the test ends; nobody
// optimises it.
func startScan(t *testing.T, scannerURL string, wrap func(blob.Bucket) blob.Bucket) *works {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	w := &works{ahead: new(atomic.Int64)}
	now := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	db, bucket := setuptest.Open(t, log)
	w.db = db
	scanner, err := scan.Open(scannerURL, scan.Config{})
	if err != nil {
		t.Fatal(err)
	}
	tuning := queue.DefaultConfig(now, log)
	tuning.Backoff = func(int) time.Duration { return 10 * time.Millisecond }
	tuning.MaxAttempts = 3
	w.queue = setuptest.Queue(t, db, tuning)
	limits := vitrine.DefaultLimits()
	w.Gallery = gallery.New(gallery.Config{
		DB: db, Queue: w.queue, Blobs: bucket, Limits: limits, PublicURL: "https://vitrine.example", Scan: true, Now: now,
	})
	key, _, err := w.CreateKey(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	w.account = key.Account.ID
	fetcher := fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Limits: limits, Now: now})
	jobs := ingest.New(ingest.Config{
		Gallery: w.Gallery, Fetcher: fetcher, Scanner: scanner, Blobs: wrap(bucket), TempDir: t.TempDir(), TempBytes: 4 << 30, Now: now, Log: log,
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error)
	go func() {
		ended <- w.queue.Work(ctx, []queue.LaneWorkers{{Lane: gallery.LaneFetch, Workers: 2}, {Lane: gallery.LaneBulk, Workers: 2}, {Lane: gallery.LaneScan, Workers: 2}}, jobs.Handlers())
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		fetcher.Close()
	})
	return w
}

func asItIs(b blob.Bucket) blob.Bucket { return b }

// send imports a file of those bytes.
func (w *works) send(t *testing.T, content []byte) int64 {
	t.Helper()
	imported, err := w.Import(t.Context(), w.account, serve(t, content), "")
	if err != nil {
		t.Fatal(err)
	}
	return imported.Media.ID
}

func (w *works) wantTimeline(t *testing.T, media int64, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, w.timeline(t, media)); diff != "" {
		t.Errorf("timeline (-want +got)\n%s", diff)
	}
}

// front is what stands before a clamd: it counts who calls, and hangs up on
// them while it is ill.
type front struct {
	url   string
	calls atomic.Int64
	ill   atomic.Bool
}

func newFront(t *testing.T, clamd *clamtest.Server) *front {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{url: "clamav://" + listener.Addr().String()}
	behind := strings.TrimPrefix(clamd.URL, "clamav://")
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.calls.Add(1)
			open.Go(func() { f.pass(conn, behind) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		open.Wait()
	})
	return f
}

// pass passes a call on, until clamd has answered.
func (f *front) pass(conn net.Conn, behind string) {
	defer func() { _ = conn.Close() }()
	if f.ill.Load() {
		return
	}
	clamd, err := net.Dial("tcp", behind)
	if err != nil {
		return
	}
	var asking sync.WaitGroup
	asking.Go(func() { _, _ = io.Copy(clamd, conn) })
	_, _ = io.Copy(conn, clamd)
	_ = clamd.Close()
	_ = conn.Close()
	asking.Wait()
}

// A scanner that is down is waited for, longer than any fault of ours is tried
// again; the timeline says so once.
func TestScannerDownForLong(t *testing.T) {
	t.Parallel()
	f := newFront(t, clamtest.Start(t))
	f.ill.Store(true)
	w := startScan(t, f.url, asItIs)
	id := w.send(t, picture(t))
	until(t, "many tries", func() bool {
		w.ahead.Add(int64(time.Second))
		return f.calls.Load() >= 10
	})
	if m, err := w.Media(t.Context(), w.account, gallery.Ref{ID: id}); err != nil || m.State.Ended() {
		t.Errorf("the media is %s, %v; want it to wait", m.State, err)
	}
	w.wantTimeline(t, id, "fetch ok", "scan internal")
	f.ill.Store(false)
	until(t, "the scan", func() bool {
		w.ahead.Add(int64(time.Second))
		return len(w.timeline(t, id)) == 3
	})
	w.wantTimeline(t, id, "fetch ok", "scan internal", "scan ok")
}

// What was clean is not scanned again, what was not is: it may have been a
// mistake that the next signatures don't make.
func TestScannedOnce(t *testing.T) {
	t.Parallel()
	f := newFront(t, clamtest.Start(t))
	w := startScan(t, f.url, asItIs)
	first := w.send(t, picture(t))
	until(t, "the scan", func() bool { return len(w.timeline(t, first)) == 2 })
	again := w.send(t, picture(t))
	dirty := append(picture(t), clamtest.EICAR()...)
	for calls := range int64(2) {
		id := w.send(t, dirty)
		m := w.ended(t, id)
		if m.State != vitrine.MediaFailed || m.Failure == nil || m.Failure.Code != vitrine.Infected || m.Failure.Detail != clamtest.Signature {
			t.Errorf("the media is %s, %v", m.State, m.Failure)
		}
		w.wantTimeline(t, id, "fetch ok", "scan infected")
		until(t, "the clean one to be fetched", func() bool { return len(w.timeline(t, again)) == 1 })
		if n := f.calls.Load(); n != 2+calls {
			t.Errorf("the scanner was called %d times, want %d", n, 2+calls)
		}
	}
	w.wantTimeline(t, again, "fetch ok")
}

// What is more than the scanner takes can't be looked at, and so is not passed.
func TestScanTooLarge(t *testing.T) {
	t.Parallel()
	w := startScan(t, clamtest.Start(t, "StreamMaxLength 1M").URL, asItIs)
	m := w.ended(t, w.send(t, append(picture(t), make([]byte, 2<<20)...)))
	if m.State != vitrine.MediaFailed || m.Failure == nil || m.Failure.Code != vitrine.TooLarge || m.Content != nil {
		t.Errorf("the media is %s, %v", m.State, m.Failure)
	}
	w.wantTimeline(t, m.ID, "fetch ok", "scan too_large")
}

// lostBucket can't give what it was given.
type lostBucket struct{ blob.Bucket }

func (lostBucket) Open(context.Context, string) (*blob.Object, error) {
	return nil, errors.New("the bucket is not well")
}

// Bytes of ours that can't be read are never passed either: the media ends.
func TestScanOurFault(t *testing.T) {
	t.Parallel()
	w := startScan(t, clamtest.Start(t).URL, func(b blob.Bucket) blob.Bucket { return lostBucket{b} })
	m := w.ended(t, w.send(t, picture(t)))
	if m.State != vitrine.MediaFailed || m.Failure == nil || m.Failure.Code != vitrine.Internal || m.Content != nil {
		t.Errorf("the media is %s, %v", m.State, m.Failure)
	}
	w.wantTimeline(t, m.ID, "fetch ok", "scan internal", "scan internal", "scan internal", "scan internal")
}

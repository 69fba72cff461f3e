package ingest

import (
	"bytes"
	"context"
	"errors"
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

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// The sizes of these tests.
const (
	photoBytes = 1000
	videoBytes = 4000
)

// roomy gives the jobs as far as they download.
func roomy(t *testing.T, tempBytes int64) *Ingest {
	t.Helper()
	limits := vitrine.DefaultLimits()
	limits.MaxPhotoBytes, limits.MaxVideoBytes = photoBytes, videoBytes
	fetcher := fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Limits: limits})
	t.Cleanup(fetcher.Close)
	return New(Config{
		Gallery: gallery.New(gallery.Config{Limits: limits}), Fetcher: fetcher, TempBytes: tempBytes, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

// request asks for what may be a video: that begins with a v.
func request(url string) fetch.Request {
	return fetch.Request{URL: url, MaxBytes: videoBytes, Bounds: func(head []byte) (int64, time.Duration) {
		if bytes.HasPrefix(head, []byte("v")) {
			return videoBytes, time.Minute
		}
		return photoBytes, time.Minute
	}}
}

// sized is an origin of files of the kind and the size in their path, which it
// announces but for those under /chunked. It counts the requests.
func sized(t *testing.T) (url string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		kind, size := filepath.Base(r.URL.Path)[:1], filepath.Base(r.URL.Path)[1:]
		n, err := strconv.Atoi(size)
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/chunked/") {
			_ = http.NewResponseController(w).Flush()
		} else {
			w.Header().Set("Content-Length", size)
		}
		_, _ = io.WriteString(w, strings.Repeat(kind, n))
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

// A download has as much room in the end as it has bytes.
func TestRoomOfDownload(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what      string
		path      string
		tempBytes int64
		once      bool
		held      int64
		failed    bool
	}{
		{"a photo", "/p700", 10_000, false, 700, false},
		{"one that doesn't say its size", "/chunked/p700", 10_000, false, 700, false},
		{"a video", "/v3000", 10_000, false, 3000, false},
		{"a video that comes once", "/v3000", 10_000, true, 3000, false},
		{"a video larger than all room", "/chunked/v3000", 500, false, 500, false},
		{"a photo that is too large", "/p1001", 10_000, false, 0, true},
		{"nothing", "/none", 10_000, false, 0, true},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			url, requests := sized(t)
			in := roomy(t, row.tempBytes)
			room := in.newRoom()
			result, err := in.fetchTo(t.Context(), request(url+row.path), row.once, io.Discard, room)
			if (err != nil) != row.failed || requests.Load() != 1 {
				t.Fatalf("got %+v, %v by %d requests", result, err, requests.Load())
			}
			if err == nil && room.held != row.held {
				t.Errorf("%d bytes of room, want %d", room.held, row.held)
			}
			room.free()
			if !in.temp.TryAcquire(row.tempBytes) {
				t.Error("not all room is free in the end")
			}
		})
	}
}

// waiting returns when somebody waits for room: nobody gets any then.
func (r *room) waiting(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); r.fit(r.held + 1); time.Sleep(time.Millisecond) {
		r.fit(r.held - 1)
		if time.Now().After(deadline) {
			t.Fatal("nobody waits for room")
		}
	}
}

// A photo waits before its origin is asked. A video that finds too little room
// gives back what it has, and asks again when there is enough; one that can't be
// asked for again waits first.
func TestWaitForRoom(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what     string
		path     string
		once     bool
		taken    int64 // of 5000
		asked    int64 // while it waits
		requests int64
	}{
		{"photo", "/p700", false, 4500, 0, 1},
		{"video", "/v3000", false, 3000, 1, 2},
		{"video that comes once", "/v3000", true, 3000, 0, 1},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			url, requests := sized(t)
			in := roomy(t, 5000)
			other := in.newRoom()
			if err := other.take(t.Context(), row.taken); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			download := func() <-chan error {
				ended := make(chan error, 1)
				go func() {
					room := in.newRoom()
					defer room.free()
					_, err := in.fetchTo(ctx, request(url+row.path), row.once, io.Discard, room)
					ended <- err
				}()
				return ended
			}
			ended := download()
			other.waiting(t)
			if n := requests.Load(); n != row.asked {
				t.Errorf("the origin was asked %d times, want %d", n, row.asked)
			}
			other.free()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if n := requests.Load(); n != row.requests {
				t.Errorf("the origin was asked %d times, want %d", n, row.requests)
			}

			if err := other.take(t.Context(), row.taken); err != nil {
				t.Fatal(err)
			}
			ended = download()
			other.waiting(t)
			stopped := errors.New("stopped")
			cancel(stopped)
			if err := <-ended; !errors.Is(err, stopped) {
				t.Errorf("stopped while it waits: %v", err)
			}
			other.free()
			if !in.temp.TryAcquire(5000) {
				t.Error("not all room is free in the end")
			}
		})
	}
}

// gauge counts the bytes of all files, and the most there were.
type gauge struct {
	mu        sync.Mutex
	now, most int64
}

func (g *gauge) add(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now += n
	g.most = max(g.most, g.now)
}

// gaugedFile is a file that is only counted.
type gaugedFile struct {
	all  *gauge
	size int64
}

func (f *gaugedFile) Write(p []byte) (int, error) {
	f.size += int64(len(p))
	f.all.add(int64(len(p)))
	return len(p), nil
}

// However many there are, all come in, and never have more than there is.
func TestRoomOfMany(t *testing.T) {
	t.Parallel()
	url, _ := sized(t)
	in := roomy(t, 5000)
	var all gauge
	var downloads sync.WaitGroup
	for i := range 60 {
		path := []string{"/p900", "/v3500", "/chunked/p10", "/chunked/v4000", "/p1001"}[i%5]
		downloads.Go(func() {
			room := in.newRoom()
			defer room.free()
			file := &gaugedFile{all: &all}
			_, err := in.fetchTo(t.Context(), request(url+path), i%2 == 0, file, room)
			if (err != nil) != (path == "/p1001") {
				t.Errorf("%s: %v", path, err)
			}
			all.add(-file.size)
		})
	}
	downloads.Wait()
	if all.most > 5000 || all.now != 0 {
		t.Errorf("there were %d bytes at one time, and %d are left", all.most, all.now)
	}
	if !in.temp.TryAcquire(5000) {
		t.Error("not all room is free in the end")
	}
}

// nopSeeker is an object that stands elsewhere.
type nopSeeker struct{ *strings.Reader }

func (nopSeeker) Close() error { return nil }

// A copy of what stands elsewhere needs room, a file at hand none.
func TestRoomOfCopy(t *testing.T) {
	t.Parallel()
	in := roomy(t, 10)
	far := func() *blob.Object {
		return &blob.Object{ReadSeekCloser: nopSeeker{strings.NewReader("1234567")}, Info: blob.Info{Size: 7}}
	}
	first, second := in.newRoom(), in.newRoom()
	path, err := localPath(t.Context(), far(), filepath.Join(t.TempDir(), "copy"), first)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "1234567" || first.held != 7 {
		t.Errorf("copied %q, %v with %d bytes of room", text, err, first.held)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := localPath(t.Context(), &blob.Object{ReadSeekCloser: file}, "", second); got != path || err != nil || second.held != 0 {
		t.Errorf("a file at hand gave %s, %v with %d bytes of room", got, err, second.held)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if _, err := localPath(ctx, far(), "", second); !errors.Is(err, stopped) {
		t.Errorf("stopped while it waits: %v", err)
	}
}

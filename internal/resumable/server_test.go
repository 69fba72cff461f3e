package resumable_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
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
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/resumable"
	"github.com/vitrine-media/vitrine/internal/store"
)

// patience bounds every wait; it is no assertion about speed.
const patience = time.Minute

// server is the face over real HTTP, on a real gallery, database and bucket,
// with a queue on which nobody works. It can be started anew on what is on
// disk.
type server struct {
	t       *testing.T
	address string
	dir     string // of the uploads
	limits  vitrine.Limits
	clock   *clock
	gallery *gallery.Gallery
	bucket  *bucket
	log     *logBuffer
	key     string
	account int64

	handler *resumable.Handler
	http    *httptest.Server
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{
		t: t, address: "127.0.0.1:0", dir: filepath.Join(t.TempDir(), "uploads"), limits: vitrine.DefaultLimits(), log: &logBuffer{},
		clock: &clock{now: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)},
	}
	s.limits.MaxPhotoBytes, s.limits.MaxVideoBytes = 4<<20, 6<<20
	quiet := slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), "sqlite://"+filepath.ToSlash(filepath.Join(t.TempDir(), "vitrine.db")), quiet)
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, db.Close)
	folder, err := blob.Open(t.Context(), "file://"+filepath.ToSlash(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, folder.Close)
	s.bucket = &bucket{Bucket: folder}
	s.gallery = gallery.New(gallery.Config{
		DB: db, Queue: queue.NewEmbedded(db, queue.DefaultConfig(s.clock.Now, quiet)), Blobs: s.bucket,
		Limits: s.limits, PublicURL: "http://pictures.example", Secret: []byte("secret"), Now: s.clock.Now,
	})
	s.key, s.account = s.newKey("Riverside Homes")
	s.start()
	t.Cleanup(s.crash)
	return s
}

// start serves on what is on disk, at the same address as before.
func (s *server) start() {
	s.t.Helper()
	listener := s.listen()
	handler, err := resumable.New(s.config())
	if err != nil {
		s.t.Fatal(err)
	}
	s.serve(listener, handler, 0)
}

// startWith serves with a stall time, and a limit of the HTTP server's own for
// reading any request.
func (s *server) startWith(stall, readTimeout time.Duration) {
	s.t.Helper()
	listener := s.listen()
	handler, err := resumable.NewWithStall(s.config(), stall)
	if err != nil {
		s.t.Fatal(err)
	}
	s.serve(listener, handler, readTimeout)
}

func (s *server) config() resumable.Config {
	return resumable.Config{
		Gallery: s.gallery, Dir: s.dir, PublicURL: "http://" + s.address, Limits: s.limits,
		Now: s.clock.Now, Log: slog.New(slog.NewJSONHandler(s.log, nil)),
	}
}

func (s *server) serve(listener net.Listener, handler *resumable.Handler, readTimeout time.Duration) {
	mux := http.NewServeMux()
	mux.Handle(resumable.Path, handler)
	mux.Handle(resumable.Path+"/", handler)
	s.handler, s.http = handler, &httptest.Server{
		Listener: listener, Config: &http.Server{Handler: mux, ReadTimeout: readTimeout},
	}
	s.http.Start()
}

// listen takes the address, a free one the first time.
func (s *server) listen() net.Listener {
	s.t.Helper()
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = listener.Addr().String()
	return listener
}

// crash cuts all connections.
func (s *server) crash() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// restart is a crash, or a stop in good order, and a new start.
func (s *server) restart(orderly bool) {
	s.t.Helper()
	if orderly {
		s.handler.Stop()
		s.http.Close() // waits for the requests under way
	} else {
		s.crash()
	}
	s.start()
}

func (s *server) newKey(account string) (secret string, id int64) {
	s.t.Helper()
	key, secret, err := s.gallery.CreateKey(s.t.Context(), account)
	if err != nil {
		s.t.Fatal(err)
	}
	return secret, key.Account.ID
}

// answer is a response read whole.
type answer struct {
	status int
	header http.Header
	text   string
}

// send sends a request of the tus protocol. The path begins with
// resumable.Path, or is an upload's address.
func (s *server) send(method, path string, header map[string]string, body io.Reader) answer {
	s.t.Helper()
	a, err := s.try(method, path, header, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *server) try(method, path string, header map[string]string, body io.Reader) (answer, error) {
	path = strings.TrimPrefix(path, "http://"+s.address)
	request, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.address+path, body)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Tus-Resumable", "1.0.0")
	request.Header.Set("X-Api-Key", s.key)
	for name, value := range header {
		if value == "" {
			request.Header.Del(name)
		} else {
			request.Header.Set(name, value)
		}
	}
	response, err := s.http.Client().Do(request)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, errors.Join(err, response.Body.Close())
}

// metadata is an Upload-Metadata header of names and values by turns.
func metadata(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, pairs[i]+" "+base64.StdEncoding.EncodeToString([]byte(pairs[i+1])))
	}
	return strings.Join(parts, ",")
}

// create creates an upload of size bytes and gives its path and the id of its
// media.
func (s *server) create(size int, pairs ...string) (path string, media int64) {
	s.t.Helper()
	a := s.send(http.MethodPost, resumable.Path, map[string]string{
		"Upload-Length":   strconv.Itoa(size),
		"Upload-Metadata": metadata(append(pairs, "filetype", "image/jpeg")...),
	}, nil)
	if a.status != http.StatusCreated {
		s.t.Fatalf("create: %d %s", a.status, a.text)
	}
	return a.header.Get("Location"), number(s.t, a, "X-Media-Id")
}

// patch sends bytes from an offset on.
func (s *server) patch(path string, offset int, body io.Reader) answer {
	s.t.Helper()
	return s.send(http.MethodPatch, path, patchHeader(offset), body)
}

func patchHeader(offset int) map[string]string {
	return map[string]string{"Content-Type": "application/offset+octet-stream", "Upload-Offset": strconv.Itoa(offset)}
}

// number is a header that must be a positive number.
func number(t *testing.T, a answer, header string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(a.header.Get(header), 10, 64)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q in the answer %d %s", header, a.header.Get(header), a.status, a.text)
	}
	return n
}

// wantError checks an answer in the shape of the Listings API, section 1. A
// message is a sentence, or a list of broken rules.
func (s *server) wantError(a answer, status int, code string, message any) {
	s.t.Helper()
	text := http.StatusText(status)
	if status == http.StatusRequestEntityTooLarge {
		text = "Payload Too Large"
	}
	want := map[string]any{"statusCode": float64(status), "error": text, "code": code, "message": message}
	var got map[string]any
	if err := json.Unmarshal([]byte(a.text), &got); err != nil || a.status != status || a.header.Get("Content-Type") != "application/json" {
		s.t.Errorf("the answer is %d %v %q, want %d in JSON", a.status, a.header, a.text, status)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Error(diff)
	}
	if a.header.Get("Tus-Resumable") != "1.0.0" {
		s.t.Error("the refusal has no Tus-Resumable")
	}
}

// wantUploaded checks that a media was confirmed with exactly these bytes, by
// that job, and that no bytes are left in the folder of uploads.
func (s *server) wantUploaded(media, job int64, content []byte) {
	s.t.Helper()
	m, err := s.gallery.Media(s.t.Context(), s.account, gallery.Ref{ID: media})
	if err != nil {
		s.t.Fatal(err)
	}
	if m.State != vitrine.MediaPending || m.JobID != job {
		s.t.Errorf("media %d is %s with job %d, want it pending with job %d", media, m.State, m.JobID, job)
	}
	if view, err := s.gallery.Job(s.t.Context(), s.account, job); err != nil || view.Job.MediaID != media {
		s.t.Errorf("job %d is %+v, %v", job, view, err)
	}
	object, err := s.bucket.Open(s.t.Context(), gallery.UploadKey(m.UUID))
	if err != nil {
		s.t.Fatal(err)
	}
	got := sha256.New()
	if _, err := io.Copy(got, object); err != nil {
		s.t.Fatal(err)
	}
	if err := object.Close(); err != nil {
		s.t.Fatal(err)
	}
	if want := sha256.Sum256(content); !bytes.Equal(got.Sum(nil), want[:]) {
		s.t.Errorf("media %d has the bytes %x, want %x", media, got.Sum(nil), want)
	}
	if left := s.files(".bytes"); len(left) > 0 {
		s.t.Errorf("bytes are left: %v", left)
	}
}

// files lists the files of the folder of uploads whose name ends so.
func (s *server) files(suffix string) []string {
	s.t.Helper()
	names, err := filepath.Glob(filepath.Join(s.dir, "*"+suffix))
	if err != nil {
		s.t.Fatal(err)
	}
	return names
}

// waitForBytes waits until the bytes of the one upload are at least n on disk.
func (s *server) waitForBytes(n int) {
	s.t.Helper()
	wait(s.t, fmt.Sprintf("%d bytes to have come", n), func() bool { return s.haveBytes(n) })
}

func (s *server) haveBytes(n int) bool {
	for _, name := range s.files(".bytes") {
		if info, err := os.Stat(name); err == nil && info.Size() >= int64(n) {
			return true
		}
	}
	return false
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func closeAfter(t *testing.T, closing func() error) {
	t.Cleanup(func() {
		if err := closing(); err != nil {
			t.Error(err)
		}
	})
}

// photo is that many bytes that no other photo has.
func photo(t *testing.T, size int) []byte {
	t.Helper()
	source := rand.NewChaCha8(sha256.Sum256([]byte(t.Name())))
	content := make([]byte, size)
	if _, err := source.Read(content); err != nil {
		t.Fatal(err)
	}
	return content
}

// bucket is a bucket that can be out of order.
type bucket struct {
	blob.Bucket
	broken atomic.Bool
}

func (b *bucket) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if b.broken.Load() {
		return errors.New("the disk is on fire")
	}
	return b.Bucket.Put(ctx, key, r, size)
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

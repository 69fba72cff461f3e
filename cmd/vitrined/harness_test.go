package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/porttest"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

// TestMain lets this binary be vitrined itself: a server that tests kill, and
// the children that decode.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		if os.Getenv(withoutLocks) != "" {
			if err := refuseLocks(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		main()
	}
	os.Exit(m.Run())
}

// withoutLocks is the variable that has a server run as on a machine that knows
// no locks.
const withoutLocks = "VITRINED_TEST_WITHOUT_LOCKS"

// refuseLocks has the kernel refuse locks to this process and its children from
// now on, as a container's filter may.
func refuseLocks() error {
	const refused = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_LANDLOCK_CREATE_RULESET, Jt: 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_SECCOMP, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: refused},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("refuse new privileges: %w", err)
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("filter system calls: %w", errno)
	}
	return nil
}

// patience bounds every wait; it is no assertion about speed.
const patience = 2 * time.Minute

// server is a vitrined that runs in a process of its own.
type server struct {
	base    string
	data    string
	environ []string
	cmd     *exec.Cmd
	log     *logBuffer
}

// start starts a server on a folder and waits until it is ready.
func start(t testing.TB, data, listen string, settings ...string) *server {
	t.Helper()
	return startWith(t, data, listen, nil, settings...)
}

// startWith is start with variables added to the environment.
func startWith(t testing.TB, data, listen string, environ []string, settings ...string) *server {
	t.Helper()
	s := &server{base: "http://" + listen, data: data, environ: environ, log: &logBuffer{}}
	args := append([]string{"serve", "--data", data, "--listen", listen, "--fetch-allow", "127.0.0.0/8"}, settings...)
	s.cmd = exec.Command(os.Args[0], args...)
	s.cmd.Env = append(os.Environ(), environ...)
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("log of the server:\n%s", s.log)
		}
	})
	wait(t, "the server to be ready", func() bool {
		response, err := http.Get(s.base + "/readyz")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return s
}

// kill ends the server as a power cut would.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // the first call has the outcome, later ones an error
}

// setUps are the two ways to run: a folder, and PostgreSQL with an S3 store.
var setUps = setUpsWith()

// setUpsWith is setUps with settings added.
func setUpsWith(settings ...string) map[string]func(t testing.TB) *server {
	return map[string]func(t testing.TB) *server{
		"folder": func(t testing.TB) *server { return start(t, t.TempDir(), freeAddress(t), settings...) },
		"postgres and s3": func(t testing.TB) *server {
			bucket, environ := s3test.Start(t)
			environ = append(environ, "VITRINE_DB="+pgtest.Start(t), "VITRINE_BLOBS="+bucket)
			return startWith(t, t.TempDir(), freeAddress(t), environ, settings...)
		},
	}
}

// key makes an API key while the server runs.
func (s *server) key(t testing.TB) string {
	t.Helper()
	return s.keyOf(t, "acme")
}

// keyOf is key for an account of that name.
func (s *server) keyOf(t testing.TB, account string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"keys", "create", "--data", s.data, "--account", account}, s.environ, nil, &stdout, &stderr); code != exitOK {
		t.Fatalf("keys create: exit %d: %s", code, &stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	return lines[len(lines)-1]
}

// logBuffer is a buffer that a process writes while a test reads.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// freeAddress is an address on which nobody listens.
func freeAddress(t testing.TB) string {
	t.Helper()
	address, err := porttest.Address()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func wait(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", patience, what)
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("waited for %s: %v", what, context.Cause(t.Context()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// origin serves files and counts how often each was asked for.
type origin struct {
	*httptest.Server
	mux  *http.ServeMux
	gets sync.Map // path → *atomic.Int64
}

func newOrigin(t testing.TB) *origin {
	t.Helper()
	o := &origin{mux: http.NewServeMux()}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := o.gets.LoadOrStore(r.URL.Path, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
		o.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *origin) count(path string) int64 {
	if n, ok := o.gets.Load(path); ok {
		return n.(*atomic.Int64).Load()
	}
	return 0
}

// serve has the origin answer that path with these bytes.
func (o *origin) serve(path string, content []byte) string {
	o.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(content)
	})
	return o.URL + path
}

// photos has the origin serve n photos and gives their URLs.
func (o *origin) photos(t testing.TB, n int) (urls []string) {
	t.Helper()
	for i := range n {
		urls = append(urls, o.serve(fmt.Sprintf("/%d.jpg", i), photo(t, uint64(i), 1200, 900)))
	}
	return urls
}

// photo makes a JPEG that no other seed gives.
func photo(t testing.TB, seed uint64, width, height int) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	base := color.RGBA{uint8(random.Uint32()), uint8(random.Uint32()), uint8(random.Uint32()), 255}
	for y := range height {
		for x := range width {
			c := base
			c.R += uint8(x * 128 / width)
			c.G += uint8(y * 128 / height)
			c.B += uint8(random.Uint32() % 32)
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// realPhotos gives files of the corpus beside the project. On a clone without
// it, it gives generated ones; in CI it has to be there.
func realPhotos(t testing.TB, n int) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../../shared/photos/photos/*")
	if err != nil {
		t.Fatal(err)
	}
	photos := map[string][]byte{}
	for _, file := range files {
		if len(photos) == n {
			break
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		photos[filepath.Base(file)] = content
	}
	if len(photos) < n && os.Getenv("CI") != "" {
		t.Fatalf("the corpus of photos has %d files, want %d", len(photos), n)
	}
	for i := len(photos); i < n; i++ {
		photos[fmt.Sprintf("generated-%d.jpg", i)] = photo(t, uint64(i), 1600, 1200)
	}
	return photos
}

// reply is an answer, read to its end.
type reply struct {
	StatusCode int
	Header     http.Header
	Body       []byte
}

func get(t testing.TB, url string) reply {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, body}
}

// listing is a listing of these URLs that shall be public.
func listing(externalID string, urls ...string) client.ListingInput {
	in := client.ListingInput{ExternalID: externalID, Status: "active"}
	for _, url := range urls {
		in.Files = append(in.Files, client.File{URL: url})
	}
	return in
}

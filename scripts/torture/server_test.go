package torture

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/porttest"
)

// settings have everything happen sooner than in the field, and nothing given up
// because of our own faults: a kill counts as an attempt at what was under way.
var settings = []string{
	"--fetch-allow", "127.0.0.0/8", "--rate-limit", "1000000", "--bulk-rate-limit", "1000000", "--classifieds-rate-limit", "1000000",
	"--fetch-tries", "200", "--fetch-patience", "10h", "--idle-timeout", "2s", "--fetch-timeout", "10s", "--max-photo-bytes", "300000",
	"--original-kept", "1s", "--store-timeout", "5s", "--grace", "3s", "--optimise-timeout", "5m",
}

// server is a vitrined at an address that stays, whatever becomes of its
// process.
type server struct {
	base, data, address string
	environ             []string
	log                 *os.File // of all its processes
	cmd                 *exec.Cmd
	ended               chan struct{} // closed when the process is gone
	deaths              int           // not by our hand
}

func newServer(t *testing.T, data string, environ []string) *server {
	t.Helper()
	address := freeAddress(t)
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{base: "http://" + address, data: data, address: address, environ: environ, log: log}
	t.Cleanup(func() {
		if s.cmd != nil {
			s.kill()
		}
		if t.Failed() {
			t.Logf("the end of the server's log:\n%s", s.lastWords())
		}
		_ = log.Close() // written by others
	})
	return s
}

// start starts the server and waits until it is ready. One that ends by itself,
// since what it stands on isn't well yet, is started again, as any supervisor
// would.
func (s *server) start(t *testing.T) {
	t.Helper()
	for s.launch(t); !s.awaitReady(t); s.launch(t) {
		t.Logf("the server did not start: %v", s.cmd.ProcessState)
		time.Sleep(100 * time.Millisecond)
	}
}

func (s *server) launch(t *testing.T) {
	t.Helper()
	cmd := exec.Command(program, append([]string{"serve", "--data", s.data, "--listen", s.address}, settings...)...)
	cmd.Env = append(os.Environ(), s.environ...)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is asked of ProcessState
		close(ended)
	}()
	s.cmd, s.ended = cmd, ended
}

// awaitReady is false when the process has ended before it was ready.
func (s *server) awaitReady(t *testing.T) bool {
	t.Helper()
	for time.Now().Before(deadline(t)) {
		response, err := http.Get(s.base + "/readyz")
		if err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK {
			return true
		}
		select {
		case <-s.ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatal("the server did not get ready")
	return false
}

// alive starts a server again that has ended by itself, and counts that.
func (s *server) alive(t *testing.T) {
	t.Helper()
	select {
	case <-s.ended:
		s.deaths++
		t.Logf("the server has ended by itself: %v\n%s", s.cmd.ProcessState, s.lastWords())
		s.start(t)
	default:
	}
}

// kill ends the server as a power cut would, stopped or not.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.ended
}

func (s *server) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

// stop ends the server in good order.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.alive(t)
	s.signal(t, syscall.SIGTERM)
	select {
	case <-s.ended:
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("the server was told to stop and ended with %d\n%s", code, s.lastWords())
		}
	case <-time.After(time.Until(deadline(t))):
		t.Fatal("the server was told to stop and has not")
	}
}

// key makes an API key.
func (s *server) key(t *testing.T, account string) string {
	t.Helper()
	cmd := exec.Command(program, "keys", "create", "--data", s.data, "--account", account)
	cmd.Env = append(os.Environ(), s.environ...)
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("keys create: %v", err)
	}
	words := strings.Fields(string(said))
	return words[len(words)-1]
}

// lastWords is the end of the log.
func (s *server) lastWords() string {
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-8000):])
}

// crashes are the lines of the log that no fault of others excuses.
func (s *server) crashes() (lines []string) {
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		return []string{err.Error()}
	}
	for line := range bytes.Lines(text) {
		for _, sign := range []string{"DATA RACE", "panic", "fatal error"} {
			if bytes.Contains(line, []byte(sign)) {
				lines = append(lines, fmt.Sprintf("%.300s", line))
				break
			}
		}
	}
	return lines
}

// freeAddress is an address on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := porttest.Address()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

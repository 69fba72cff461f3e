package hostile

import (
	"errors"
	"fmt"
	"io/fs"
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

// settings leave the limits of files as they are, and time enough on a machine
// that does much else: a file that uses all of it would do so anywhere.
var settings = []string{
	"--fetch-allow", "127.0.0.0/8", "--rate-limit", "1000000", "--bulk-rate-limit", "1000000",
	"--optimise-timeout", "4m", "--encode-timeout", "8m", "--optimise-workers", "2", "--encode-workers", "2",
}

// server is a vitrined of its own.
type server struct {
	base, data, temp string
	log              *os.File
	cmd              *exec.Cmd
	ended            chan struct{} // closed when the process is gone
}

// startServer starts a server and waits until it is ready.
func startServer(t *testing.T) *server {
	t.Helper()
	address := freeAddress(t)
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{base: "http://" + address, data: t.TempDir(), temp: t.TempDir(), log: log, ended: make(chan struct{})}
	s.cmd = exec.Command(program, append([]string{"serve", "--data", s.data, "--listen", address}, settings...)...)
	s.cmd.Env = append(os.Environ(), "TMPDIR="+s.temp)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // also when a test that lasts too long is ended
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait() // how it ended is asked of ProcessState
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // unless it has ended
		<-s.ended
		if t.Failed() {
			t.Logf("the end of the server's log:\n%s", s.lastWords())
		}
		_ = log.Close() // written by another
	})
	await(t, "the server to be ready", func() error { return s.ready() })
	return s
}

func (s *server) ready() error {
	select {
	case <-s.ended:
		return fmt.Errorf("the server has ended by itself: %v", s.cmd.ProcessState)
	default:
	}
	response, err := http.Get(s.base + "/readyz")
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

// key makes an API key.
func (s *server) key(t *testing.T) string {
	t.Helper()
	said, err := exec.Command(program, "keys", "create", "--data", s.data, "--account", "acme").Output()
	if err != nil {
		t.Fatalf("keys create: %v", err)
	}
	words := strings.Fields(string(said))
	return words[len(words)-1]
}

// wantIdle fails the test unless nothing is left of the work: no file in the
// temporary folders, no process but those that wait for the next picture.
func (s *server) wantIdle(t *testing.T) {
	t.Helper()
	await(t, "the server to have cleared away", func() error {
		for _, dir := range []string{filepath.Join(s.data, "tmp"), s.temp} {
			entries, err := os.ReadDir(dir)
			if err != nil {
				return err
			}
			if len(entries) > 0 {
				return fmt.Errorf("%d files are in %s, the first is %s", len(entries), dir, entries[0].Name())
			}
		}
		idle := 0
		for _, p := range family(s.cmd.Process.Pid) {
			switch {
			case p.pid == s.cmd.Process.Pid:
			case p.words[len(p.words)-1] == "imaging-worker" && idle < 2:
				idle++
			default:
				return fmt.Errorf("process %d is left: %.200q", p.pid, p.words)
			}
		}
		return nil
	})
}

// stop ends the server in good order. With it goes all that it has started.
func (s *server) stop(t *testing.T) {
	t.Helper()
	started := family(s.cmd.Process.Pid)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(t, "the server to stop", func() error {
		select {
		case <-s.ended:
		default:
			return errors.New("it runs")
		}
		for _, p := range started {
			if _, err := os.Stat(fmt.Sprintf("/proc/%d", p.pid)); !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("process %d is there: %q", p.pid, p.words)
			}
		}
		return nil
	})
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the server ended with %d", code)
	}
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") || strings.Contains(line, "panic serving") {
			t.Errorf("the server's log has %.300q", line)
		}
	}
}

// lastWords is the end of the log.
func (s *server) lastWords() string {
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-8000):])
}

// await waits until there is no more error.
func await(t *testing.T, what string, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s: %v", what, err)
		}
	}
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

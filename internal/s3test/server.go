package s3test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/vitrine-media/vitrine/internal/porttest"
)

// version of versitygw. The Makefile and tools/versitygw/go.mod have it too.
const version = "v1.8.0"

// timeout bounds the start of the server. It is far more than an idle machine
// needs.
const timeout = time.Minute

// keeper is a shell that runs the server until either ends: the server by
// itself, or the keeper's standard input, which the kernel sees to when the
// test process is gone. Only then it removes the folder: a server that can't
// start leaves its log to be read.
const keeper = `
program=$1 folder=$2 address=$3
mkdir "$folder/data" || exit 1
exec 3<&0
"$program" --port "$address" --health "/${folder##*/}" --keep-alive --quiet posix "$folder/data" 3<&- &
server=$!
{ cat <&3; kill -KILL "$server"; } &
exec 3<&-
wait "$server"
[ $? -eq 137 ] && cd / && rm -rf "$folder"
`

// server is an S3 server of this process.
type server struct {
	folder  string         // holds the data and the log
	address string         // host and port
	stdin   io.WriteCloser // the keeper stops the server when this is closed
	ended   chan struct{}  // closed when the keeper has ended
}

// startServer tries again when the server can't be had: in between its port is
// chosen and bound, it may become somebody else's.
func startServer() (*server, error) {
	program, err := findProgram()
	if err != nil {
		return nil, err
	}
	var errs []error
	for range 3 {
		s, err := startOnce(program)
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func startOnce(program string) (*server, error) {
	folder, err := os.MkdirTemp("", "s3test")
	if err != nil {
		return nil, err
	}
	s, err := startIn(folder, program)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, nil
}

func startIn(folder, program string) (*server, error) {
	address, err := porttest.Address()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "server.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the keeper has its own
	cmd := exec.Command("/bin/sh", "-c", keeper, "keeper", program, folder, address)
	cmd.Dir = folder
	// Nothing but this: the server takes settings from the environment.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "ROOT_ACCESS_KEY=" + accessKey, "ROOT_SECRET_KEY=" + secretKey}
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own: an interrupt at the terminal is for the tests, the
	// keeper must outlive it to clean up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{folder: folder, address: address, stdin: stdin, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // awaitReady tells what was wrong, from the log
		close(s.ended)
	}()
	return s, s.awaitReady()
}

// data is where the server keeps its buckets.
func (s *server) data() string { return filepath.Join(s.folder, "data") }

// awaitReady polls until the server answers. The path has the folder's name in
// it, so that no other server is taken for this one.
func (s *server) awaitReady() error {
	deadline := time.After(timeout)
	client := &http.Client{Timeout: timeout}
	for {
		err := ask(client, "http://"+s.address+"/"+filepath.Base(s.folder))
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			log, _ := os.ReadFile(filepath.Join(s.folder, "server.log"))
			return fmt.Errorf("it ended at once: %s", log)
		case <-deadline:
			return errors.Join(err, s.stdin.Close())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func ask(client *http.Client, healthURL string) error {
	answer, err := client.Get(healthURL)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("it answers %s", answer.Status)
	}
	return errors.Join(err, answer.Body.Close())
}

// findProgram is the path of versitygw.
func findProgram() (string, error) {
	path := os.Getenv("VERSITYGW")
	if path == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		path = filepath.Join(cache, "vitrine", "tools", "versitygw-"+version, "versitygw")
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("its program is not here (\"make test\" builds it): %w", err)
	}
	return path, nil
}

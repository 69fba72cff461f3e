package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const defaultListen = "127.0.0.1:8080"

// readyTimeout is how long the server may take until it is ready.
const readyTimeout = time.Minute

// listenAddress is the wanted address, or when something listens there already
// another port of the same host; then it says so.
func listenAddress(wanted string, stdout io.Writer) (string, error) {
	if wanted == "" {
		wanted = defaultListen
	}
	listener, err := net.Listen("tcp", wanted)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, splitErr := net.SplitHostPort(wanted)
		if splitErr != nil {
			return "", splitErr
		}
		listener, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err == nil {
			_, err = fmt.Fprintf(stdout, "%s is in use, taking %s instead\n", wanted, listener.Addr())
		}
	}
	if err != nil {
		return "", fmt.Errorf("choose the server's address: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// server is a vitrined that is running.
type server struct {
	url     string
	command *exec.Cmd
	cancel  context.CancelFunc
	ended   chan struct{} // closed when it has
	err     error         // how it ended, to be read once it has
}

// startServer starts vitrined; when ctx ends, so does it.
func startServer(ctx context.Context, address string) (*server, error) {
	log, err := os.Create(logFile)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &server{url: "http://" + address, cancel: cancel, ended: make(chan struct{})}
	s.command = program(ctx, "bin/vitrined", "serve", "--data", dataDir, "--listen", address, "--fetch-allow", "127.0.0.0/8")
	s.command.Stdout, s.command.Stderr = log, log
	// A process group of its own: Ctrl-C reaches the server once, through ctx,
	// since a second signal would end it at once.
	s.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.command.Start(); err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("start the server: %w", err), log.Close())
	}
	go func() {
		s.err = errors.Join(s.command.Wait(), log.Close())
		close(s.ended)
	}()
	return s, nil
}

// awaitReady returns when the server takes requests.
func (s *server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("the server is not ready after %s, see %s", readyTimeout, logFile))
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !s.ready(ctx) {
		select {
		case <-s.ended:
			return errors.New("wait for the server: it ended")
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-again.C:
		}
	}
	return nil
}

func (s *server) ready(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// stop stops the server and waits until it has. It returns an error when the
// server ended badly, then or before; what it wrote last says more about it
// than its exit status.
func (s *server) stop() error {
	s.cancel()
	<-s.ended
	if s.command.ProcessState.Success() {
		return nil
	}
	log, err := os.ReadFile(logFile)
	if err != nil {
		return errors.Join(s.err, err)
	}
	const lastBytes = 2000
	return fmt.Errorf("the server ended badly: %w; the end of %s:\n%s", s.err, logFile, log[max(0, len(log)-lastBytes):])
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/porttest"
)

// readyPatience is how long a server may take until it answers, and an answer
// that is waited for.
const readyPatience = 2 * time.Minute

// running is a vitrined in a process of its own, with the defaults of an
// operator but for limits that a benchmark would run into.
type running struct {
	base    string // http://HOST:PORT
	data    string // its folder
	command *exec.Cmd
	log     bytes.Buffer
	program string
}

// startVitrined starts a server on a folder and waits until it is ready.
func (l *lab) startVitrined(ctx context.Context, data string, settings ...string) (*running, error) {
	r, err := l.launchVitrined(ctx, data, settings...)
	if err != nil {
		return nil, err
	}
	if err := awaitOK(ctx, r.base+"/readyz", 10*time.Millisecond); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for vitrined: %w", err), r.kill(), errors.New(r.log.String()))
	}
	return r, nil
}

// launchVitrined is startVitrined that doesn't wait.
func (l *lab) launchVitrined(ctx context.Context, data string, settings ...string) (*running, error) {
	address, err := porttest.Address()
	if err != nil {
		return nil, err
	}
	r := &running{base: "http://" + address, data: data, program: l.vitrined}
	arguments := append([]string{
		"serve", "--data", data, "--listen", address, "--log-level", "error", "--fetch-allow", "127.0.0.0/8",
		"--fetch-per-origin", "16", "--rate-limit", "1000000", "--bulk-rate-limit", "1000000",
	}, settings...)
	r.command = exec.CommandContext(ctx, l.vitrined, arguments...)
	r.command.Stderr = &r.log
	if err := r.command.Start(); err != nil {
		return nil, fmt.Errorf("start vitrined: %w", err)
	}
	return r, nil
}

// awaitOK asks a URL, with pauses between, until it answers 200.
func awaitOK(ctx context.Context, url string, pause time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyPatience, fmt.Errorf("%s doesn't answer 200 for %v", url, readyPatience))
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close() // only the status counts
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// client makes a key of an account and speaks with it.
func (r *running) client(ctx context.Context, account string) (*client.Client, error) {
	out, err := exec.CommandContext(ctx, r.program, "keys", "create", "--data", r.data, "--account", account).Output()
	words := strings.Fields(string(out))
	if err != nil || len(words) == 0 {
		return nil, fmt.Errorf("create a key for %s: %w: %q", account, err, out)
	}
	return client.New(r.base+"/api/v1", words[len(words)-1]), nil
}

// kill ends the server as a power cut would: nothing is measured any more.
func (r *running) kill() error {
	err := r.command.Process.Kill()
	_ = r.command.Wait() // killed, as wanted
	return err
}

// stop has the server end by itself.
func (r *running) stop() error {
	if err := r.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := r.command.Wait(); err != nil {
		return fmt.Errorf("stop vitrined: %w: %s", err, &r.log)
	}
	return nil
}

// folder makes a folder of the lab with that name.
func (l *lab) folder(name string) (string, error) {
	dir := filepath.Join(l.dir, name)
	return dir, os.MkdirAll(dir, 0o700)
}

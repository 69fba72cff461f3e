// Command demo shows vitrine at work, with the programs as they are built: it
// serves photographs from an origin of its own, starts a server, sends it a
// listing of eight of them, and waits until that is published. It runs in the
// root of the repository, after "make build"; "make run" does both.
//
// It then keeps running until it is interrupted, or, when ONCE is set, ends.
// Its exit status is not 0 when the listing was not published. LISTEN is the
// server's address, by default 127.0.0.1:8080.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// What the demo keeps, below the working directory. It is there again at the
// next run, which then sends an unchanged listing.
const (
	dataDir     = ".demo/data"
	logFile     = ".demo/vitrined.log"
	listingFile = ".demo/listing.json"
)

// stopGrace is how long a program may take to stop before it is killed.
const stopGrace = 30 * time.Second

func main() {
	// A closed terminal stops the server as well.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(exitStatus(err))
	}
}

// notPublished is the exit status of the command line that sent the listing;
// it is the demo's own as well.
type notPublished int

func (n notPublished) Error() string { return "the listing was not published" }

func exitStatus(err error) int {
	if status, ok := errors.AsType[notPublished](err); ok {
		return int(status)
	}
	return 1
}

func run(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) (err error) {
	if err := os.MkdirAll(filepath.Dir(dataDir), 0o755); err != nil {
		return err
	}
	photos, err := findPhotos()
	if err != nil {
		return err
	}
	origin, err := startOrigin()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, origin.Close()) }()
	if err := writeListing(origin.url, photos); err != nil {
		return err
	}

	address, err := listenAddress(getenv("LISTEN"), stdout)
	if err != nil {
		return err
	}
	server, err := startServer(ctx, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	if err := server.awaitReady(ctx); err != nil {
		return err
	}
	key, err := createKey(ctx, stderr)
	if err != nil {
		return err
	}
	if err := putListing(ctx, server.url, key, stdout, stderr); err != nil {
		return err
	}
	if getenv("ONCE") != "" {
		return nil
	}

	_, err = fmt.Fprintf(stdout, "\nThe server runs on; Ctrl-C stops it. Sign in at %s\nwith the key %s\nIts log is %s\n", server.url, key, logFile)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-server.ended:
	}
	return nil
}

// createKey makes a key of the account demo; it is the last line that the
// server's program prints.
func createKey(ctx context.Context, stderr io.Writer) (string, error) {
	command := program(ctx, "bin/vitrined", "keys", "create", "--data", dataDir, "--account", "demo")
	var stdout bytes.Buffer
	command.Stdout, command.Stderr = &stdout, stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("create a key: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	key := lines[len(lines)-1]
	if key == "" {
		return "", errors.New("create a key: none was printed")
	}
	return key, nil
}

// putListing sends the listing and shows how it gets on until it is published
// or has failed. The command line sees the terminal itself, so it knows
// whether to draw a bar.
func putListing(ctx context.Context, serverURL, key string, stdout, stderr io.Writer) error {
	command := program(ctx, "bin/vitrine", "listing", "put", listingFile, "--wait", "--server", serverURL, "--key", key)
	command.Stdout, command.Stderr = stdout, stderr
	err := command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		return notPublished(exit.ExitCode())
	}
	if err != nil {
		return fmt.Errorf("publish the listing: %w", err)
	}
	return nil
}

// program is a command that is asked to stop when ctx ends, and killed when it
// doesn't.
func program(ctx context.Context, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, name, args...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopGrace
	return command
}

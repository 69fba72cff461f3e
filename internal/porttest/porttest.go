// Package porttest gives servers of tests and benchmarks addresses of their own.
package porttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Ports below those that Linux gives out by itself (32768 and up, unless
// net.ipv4.ip_local_port_range says otherwise): no connection takes such a one
// while the server that it is meant for has not started, or starts again.
const (
	first = 12000
	end   = 32768
	tries = 100
)

// Address gives a loopback address, "127.0.0.1:port", at which nobody listens and
// which no call gives again, in any process, as long as this one runs.
func Address() (string, error) {
	dir := filepath.Join(os.TempDir(), "vitrine-ports-"+strconv.Itoa(os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	errs := []error{errors.New("find a free port")}
	for range tries {
		port := strconv.Itoa(first + rand.IntN(end-first))
		address := net.JoinHostPort("127.0.0.1", port)
		err := reserve(filepath.Join(dir, port))
		if err == nil {
			err = probe(address)
		}
		if err == nil {
			return address, nil
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// reserve locks a file that stands for a port until this process ends.
func reserve(name string) error {
	fd, err := unix.Open(name, unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("lock %s: %w", name, err), unix.Close(fd))
	}
	return nil
}

// probe listens at an address for a moment.
func probe(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return listener.Close()
}

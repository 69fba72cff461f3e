// Package porttest gives servers of tests and benchmarks addresses of their own.
package porttest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports below those that Linux gives out by itself (32768 and up, see
// net.ipv4.ip_local_port_range): no connection and no other listener takes such
// a one while the server that it is meant for has not started, or starts again.
const (
	first = 12000
	end   = 32768
	tries = 100
)

var (
	mu    sync.Mutex
	given = map[int]bool{} // by this process
)

// Address gives a loopback address, "127.0.0.1:port", at which nobody listens and
// which this process has not been given before.
func Address() (string, error) {
	mu.Lock()
	defer mu.Unlock()
	var last error
	for range tries {
		port := first + rand.IntN(end-first)
		if given[port] {
			continue
		}
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		listener, err := net.Listen("tcp", address)
		if err != nil {
			last = err
			continue
		}
		given[port] = true
		return address, listener.Close()
	}
	return "", fmt.Errorf("find a free port: none in %d tries: %w", tries, last)
}

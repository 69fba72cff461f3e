package porttest

import (
	"net"
	"testing"
)

// TestAddress wants addresses that are free, that differ, and that no connection
// is given by the kernel.
func TestAddress(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 50 {
		address, err := Address()
		if err != nil {
			t.Fatal(err)
		}
		if seen[address] {
			t.Fatalf("%s was given twice", address)
		}
		seen[address] = true
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if port := listener.Addr().(*net.TCPAddr).Port; port < first || port >= end {
			t.Errorf("port %d is one that the kernel gives out", port)
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

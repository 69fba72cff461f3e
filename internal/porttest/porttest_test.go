package porttest

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain lets this binary be another process that asks for addresses.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "ask" {
		for range asked {
			address, err := Address()
			if err != nil {
				panic(err)
			}
			_, _ = os.Stdout.WriteString(address + "\n")
		}
		_, _ = os.Stdin.Read(make([]byte, 1)) // it keeps them until it is told
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// asked is enough for two processes to choose the same port, were it not refused.
const asked = 500

// TestAddress wants addresses that are free, and that neither this process nor
// another one that runs has been given.
func TestAddress(t *testing.T) {
	t.Parallel()
	other := exec.CommandContext(t.Context(), os.Args[0], "ask")
	stdin, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{}
	var text strings.Builder
	for buffer := make([]byte, 4096); strings.Count(text.String(), "\n") < asked; {
		n, err := stdout.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(buffer[:n])
	}
	for address := range strings.Lines(text.String()) {
		given[strings.TrimSpace(address)] = true
	}
	if len(given) != asked {
		t.Errorf("another process was given %d addresses in %d calls", len(given), asked)
	}
	for range asked {
		address, err := Address()
		if err != nil {
			t.Fatal(err)
		}
		if given[address] {
			t.Fatalf("%s was given twice", address)
		}
		given[address] = true
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err != nil {
		t.Error(err)
	}
}

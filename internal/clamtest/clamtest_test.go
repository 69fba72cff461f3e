package clamtest

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/porttest"
)

// ask sends clamd one command and gives the answer.
func ask(t *testing.T, s *Server, command []byte) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "clamav://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(command); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(answer), "\x00")
}

// instream is the command that sends these bytes in one chunk.
func instream(content []byte) []byte {
	command := binary.BigEndian.AppendUint32([]byte("zINSTREAM\x00"), uint32(len(content)))
	return binary.BigEndian.AppendUint32(append(command, content...), 0)
}

func TestSignature(t *testing.T) {
	t.Parallel()
	s := Start(t)
	want := "stream: " + Signature + " FOUND"
	if got := ask(t, s, instream(append([]byte("\xff\xd8\xff\xe0 like a JPEG"), EICAR()...))); got != want {
		t.Errorf("EICAR: %q, want %q", got, want)
	}
	if got, want := ask(t, s, instream([]byte("a kitchen"))), "stream: OK"; got != want {
		t.Errorf("something else: %q, want %q", got, want)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := Start(t, "StreamMaxLength 1K")
	if got := ask(t, s, instream(make([]byte, 2<<10))); !strings.Contains(got, "size limit exceeded") {
		t.Errorf("2 KiB of 1 KiB allowed: %q", got)
	}
}

func TestStopAndStart(t *testing.T) {
	t.Parallel()
	s := Start(t)
	before, address := s.URL, s.address
	folder := s.running.folder
	s.Stop()
	s.Stop() // no harm
	if !silent(address) {
		t.Error("a stopped server listens")
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the folder of a stopped server: %v, want none", err)
	}
	s.Start()
	if s.URL != before {
		t.Errorf("it was at %s, is at %s", before, s.URL)
	}
	if got := ask(t, s, []byte("zPING\x00")); got != "PONG" {
		t.Errorf("started again: %q", got)
	}
}

// silent reports whether nobody listens at the address.
func silent(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return true
	}
	_ = conn.Close()
	return false
}

// A server that can't start says why.
func TestStartError(t *testing.T) {
	t.Parallel()
	address, err := porttest.Address()
	if err != nil {
		t.Fatal(err)
	}
	_, err = startProcess(address, []string{"NoSuchSetting yes"})
	if err == nil || !strings.Contains(err.Error(), "NoSuchSetting") {
		t.Errorf("error %v, want one that names the setting", err)
	}
}

// The server and its folder are gone after the test process was killed.
func TestServerEndsWithProcess(t *testing.T) {
	t.Parallel()
	if os.Getenv("CLAMTEST_VICTIM") != "" {
		s := Start(t)
		fmt.Println("folder", s.running.folder, s.address)
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerEndsWithProcess$")
	cmd.Env = append(os.Environ(), "CLAMTEST_VICTIM=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var folder, address string
	if _, err := fmt.Fscanf(out, "folder %s %s\n", &folder, &address); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as wanted
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(folder); os.IsNotExist(err) && silent(address) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s or the server at %s is still there", folder, address)
		}
	}
}

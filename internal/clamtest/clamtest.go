// Package clamtest gives tests a real clamd, the daemon of ClamAV.
//
// Each Start makes a server of its own, with its files in a temp folder and
// reachable at a loopback port. It knows one signature, that of EICAR, and so
// needs a tenth of a second to start and 20 MB. It ends with the test process,
// however that ends. Nothing has to be running or configured: only clamd must
// be installed (on Debian the package clamav-daemon).
package clamtest

import (
	"errors"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/porttest"
)

// Signature is what the server calls EICAR. The ending marks what doesn't come
// from ClamAV's own database.
const Signature = "Eicar-Test-Signature.UNOFFICIAL"

// EICAR is the harmless text that, by agreement, is found like malware. The
// server finds it anywhere in a file of any type. It is put together here so
// that no scanner takes offence at this source.
func EICAR() []byte {
	return []byte(strings.Join([]string{`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR`, "STANDARD", "ANTIVIRUS", "TEST", "FILE!$H+H*"}, "-"))
}

// Server is a clamd. Its methods are for the goroutine of the test.
type Server struct {
	URL       string // as scan.Open takes it, the same after each Start
	SocketURL string // the same clamd at a Unix socket, another one after each Start

	tb       testing.TB
	address  string
	settings []string
	running  *process // nil when it is stopped
}

// Start runs a server until the end of the test. The settings are lines of
// clamd.conf, such as "StreamMaxLength 1M", and come on top of what the server
// needs to run here, which they can't change. Start fails the test when clamd is
// not installed.
func Start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s := &Server{tb: tb, settings: settings}
	// In between its port is chosen and bound, it may become somebody else's.
	var errs []error
	for range 3 {
		address, err := porttest.Address()
		if err == nil {
			err = s.run(address)
		}
		if err == nil {
			tb.Cleanup(s.Stop)
			return s
		}
		errs = append(errs, err)
	}
	tb.Fatalf("start clamd: %v", errors.Join(errs...))
	return nil
}

// Stop ends the server at once, as kill -9 does. A stopped server stays so.
func (s *Server) Stop() {
	s.tb.Helper()
	if s.running == nil {
		return
	}
	if err := s.running.stop(); err != nil {
		s.tb.Errorf("stop clamd: %v", err)
	}
	s.running = nil
}

// Start runs a stopped server again, at the same port.
func (s *Server) Start() {
	s.tb.Helper()
	if s.running != nil {
		return
	}
	if err := s.run(s.address); err != nil {
		s.tb.Fatalf("start clamd again: %v", err)
	}
}

func (s *Server) run(address string) error {
	p, err := startProcess(address, s.settings)
	if err != nil {
		return err
	}
	s.running, s.address = p, address
	s.URL, s.SocketURL = "clamav://"+address, "clamav://"+p.socket()
	return nil
}

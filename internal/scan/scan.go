// Package scan asks clamd, the daemon of ClamAV, whether a file carries
// malware.
//
// clamd by itself calls a file good of which it looked at a part only, when
// the file reaches beyond its MaxFileSize, MaxScanSize or MaxScanTime. Whoever
// runs it sets AlertExceedsMax to yes, which makes such a file infected, or
// StreamMaxLength no higher than MaxFileSize, which makes it ErrTooLarge.
package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// ErrUnavailable is that clamd can't be reached, or that its answer is none to
// what it was asked. It says nothing about the file: scan it again later.
var ErrUnavailable = errors.New("virus scanner unavailable")

// ErrTooLarge is that the file is larger than clamd takes (its setting
// StreamMaxLength).
var ErrTooLarge = errors.New("too large for the virus scanner")

// Config is how patient a Scanner is.
type Config struct {
	ConnectTimeout time.Duration // name resolution included; 0: 5 seconds
	IdleTimeout    time.Duration // of one write, and from the file's end to the answer, in which clamd scans; 0: 1 minute
}

// Scanner is a clamd. It may be used by many goroutines at the same time: each
// call has a connection of its own.
type Scanner struct {
	network string // tcp or unix
	address string
	cfg     Config
}

// Open gives the scanner at a URL, without connecting:
//
//	clamav://HOST:PORT
//	clamav:///PATH/OF/SOCKET
//
// the latter being a Unix socket, by its absolute path, percent-encoded where
// a URL needs it.
func Open(rawURL string, cfg Config) (*Scanner, error) {
	network, address, err := parseURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("open virus scanner: %w", err)
	}
	cfg.ConnectTimeout = cmp.Or(cfg.ConnectTimeout, 5*time.Second)
	cfg.IdleTimeout = cmp.Or(cfg.IdleTimeout, time.Minute)
	return &Scanner{network: network, address: address, cfg: cfg}, nil
}

// Verdict is what clamd says about a file.
type Verdict struct {
	Infected  bool
	Signature string // what was found, such as "Eicar-Test-Signature"; "" when clean
}

// Scan sends clamd the bytes of r, to their end, and gives its verdict. Only
// what clamd calls good, after it had all of it, is clean. Everything else is
// an error: ErrTooLarge, ErrUnavailable, the cause of ctx when that is done, or
// what reading r gave; errors.Is tells which.
//
// The end of ctx interrupts the wait for clamd, not a Read of r.
func (s *Scanner) Scan(ctx context.Context, r io.Reader) (Verdict, error) {
	answer, err := s.ask(ctx, "INSTREAM", r)
	if err != nil {
		return Verdict{}, err
	}
	verdict, err := answer.verdict()
	if err != nil {
		return Verdict{}, fmt.Errorf("scan with clamd at %s: %w", s.address, err)
	}
	return verdict, nil
}

// Ping asks whether clamd answers. The error is ErrUnavailable or the cause of
// ctx.
func (s *Scanner) Ping(ctx context.Context) error {
	answer, err := s.ask(ctx, "PING", nil)
	if err != nil {
		return err
	}
	if answer.text != "PONG" {
		return fmt.Errorf("ping clamd at %s: %w: it answered %q", s.address, ErrUnavailable, answer.text)
	}
	return nil
}

// verdict reads the answer to INSTREAM.
func (a answer) verdict() (Verdict, error) {
	signature, found := strings.CutSuffix(a.text, " FOUND")
	signature, ours := strings.CutPrefix(signature, "stream: ")
	switch {
	case found && ours && signature != "":
		return Verdict{Infected: true, Signature: signature}, nil
	case a.text == "stream: OK" && a.early:
		return Verdict{}, fmt.Errorf("%w: it answered %q before it had everything", ErrUnavailable, a.text)
	case a.text == "stream: OK":
		return Verdict{}, nil
	case strings.Contains(a.text, "size limit exceeded"):
		return Verdict{}, ErrTooLarge
	default:
		return Verdict{}, fmt.Errorf("%w: it answered %q", ErrUnavailable, a.text)
	}
}

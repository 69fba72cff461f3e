package clamtest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// timeout bounds the start of the server. It is far more than an idle machine
// needs.
const timeout = time.Minute

// keeper is a shell that runs the server until either ends: the server by
// itself, or the keeper's standard input, which the kernel sees to when the
// test process is gone. Only then it removes the folder: a server that ended
// by itself leaves its log to be read.
const keeper = `
program=$1 folder=$2
exec 3<&0
"$program" --config-file="$folder/clamd.conf" 3<&- &
server=$!
{ cat <&3; kill -KILL "$server"; } &
exec 3<&-
wait "$server"
[ $? -eq 137 ] && cd / && rm -rf "$folder"
`

// process is a running clamd.
type process struct {
	folder string         // holds the configuration, the database, the log and a socket
	stdin  io.WriteCloser // the keeper stops the server when this is closed
	ended  chan struct{}  // closed when the keeper has ended
}

func startProcess(address string, settings []string) (*process, error) {
	program, err := findProgram()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "clamtest")
	if err != nil {
		return nil, err
	}
	p, err := startIn(folder, program, address, settings)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return p, nil
}

func startIn(folder, program, address string, settings []string) (*process, error) {
	if err := configure(folder, address, settings); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "server.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the keeper has its own
	cmd := exec.Command("/bin/sh", "-c", keeper, "keeper", program, folder)
	cmd.Dir = folder
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own: an interrupt at the terminal is for the tests, the
	// keeper must outlive it to clean up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{folder: folder, stdin: stdin, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // the log tells what was wrong
		close(p.ended)
	}()
	if err := p.awaitReady(); err != nil {
		_ = stdin.Close()
		<-p.ended
		return nil, err
	}
	return p, nil
}

// configure writes the settings and the database. No setting names a user:
// the server runs as we do, root or not.
func configure(folder, address string, settings []string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	database := filepath.Join(folder, "database")
	lines := append([]string{
		"Foreground yes",
		"DatabaseDirectory " + database,
		"TemporaryDirectory " + folder,
		"TCPAddr " + host,
		"TCPSocket " + port,
		"LocalSocket " + socketIn(folder),
	}, settings...)
	// The name, any type of file, at any offset, these bytes.
	signature := strings.TrimSuffix(Signature, ".UNOFFICIAL") + ":0:*:" + hex.EncodeToString(EICAR())
	return errors.Join(
		os.Mkdir(database, 0o700),
		os.WriteFile(filepath.Join(database, "eicar.ndb"), []byte(signature+"\n"), 0o600),
		os.WriteFile(filepath.Join(folder, "clamd.conf"), []byte(strings.Join(lines, "\n")+"\n"), 0o600),
	)
}

// socketIn is where the server of that folder listens besides its port.
func socketIn(folder string) string { return filepath.Join(folder, "socket") }

// awaitReady polls until the server answers. It asks at the socket in the
// folder, so that no other server is taken for this one; the server has bound
// its port before.
func (p *process) awaitReady() error {
	deadline := time.After(timeout)
	for {
		err := p.ping()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("it ended at once: %s", p.log())
		case <-deadline:
			return fmt.Errorf("%w: %s", err, p.log())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (p *process) ping() error {
	conn, err := net.Dial("unix", p.socket())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "zPING\x00"); err != nil {
		return err
	}
	answer, err := io.ReadAll(conn)
	if err == nil && string(answer) != "PONG\x00" {
		err = fmt.Errorf("it answers %q", answer)
	}
	return err
}

// stop ends the server and removes its folder.
func (p *process) stop() error {
	select {
	case <-p.ended:
		err := fmt.Errorf("it had ended by itself: %s", p.log())
		return errors.Join(err, p.stdin.Close(), os.RemoveAll(p.folder))
	default:
	}
	err := p.stdin.Close()
	<-p.ended
	return err
}

func (p *process) socket() string { return socketIn(p.folder) }

func (p *process) log() []byte {
	log, _ := os.ReadFile(filepath.Join(p.folder, "server.log")) // empty tells enough
	return log
}

// findProgram is the path of clamd: Debian keeps it out of the PATH of people
// who are not root.
func findProgram() (string, error) {
	const debian = "/usr/sbin/clamd"
	if _, err := os.Stat(debian); err == nil {
		return debian, nil
	}
	path, err := exec.LookPath("clamd")
	if err != nil {
		return "", fmt.Errorf("it is not here (on Debian: apt-get install clamav-daemon): %w", err)
	}
	return path, nil
}

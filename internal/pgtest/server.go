package pgtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

const superuser = "vitrine"

// keeper is a shell that makes the server, waits until its standard input
// ends, which the kernel sees to when the test process is gone, and then stops
// the server and removes its folder. Syncing is off: tests kill the clients of
// this server, never the machine. Own options come last, since the last of two wins.
const keeper = `
bin=$1 folder=$2 options=$3
"$bin/initdb" --pgdata="$folder/data" --username=` + superuser + ` --auth=trust \
	--encoding=UTF8 --no-locale --no-sync --no-instructions &&
"$bin/pg_ctl" start --pgdata="$folder/data" --wait --timeout=120 --log="$folder/server.log" \
	--options="-k '$folder' -h '' -c fsync=off -c max_connections=400 -c shared_buffers=32MB $options" || exit 1
cat
"$bin/pg_ctl" stop --pgdata="$folder/data" --mode=immediate
cd / && rm -rf "$folder"
`

// server is a PostgreSQL of this process.
type server struct {
	bin    string         // the folder of its programs
	folder string         // holds the socket, the data and the log
	stdin  io.WriteCloser // the keeper stops the server when this is closed
	ended  chan struct{}  // closed when the keeper has ended
}

func startServer(options string) (*server, error) {
	bin, err := findPrograms()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	s, err := startIn(folder, bin, options)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, nil
}

func startIn(folder, bin, options string) (*server, error) {
	credential, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if credential != nil {
		if err := os.Chown(folder, int(credential.Uid), int(credential.Gid)); err != nil {
			return nil, err
		}
	}
	log, err := os.Create(filepath.Join(folder, "keeper.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the keeper has its own
	cmd := exec.Command("/bin/sh", "-c", keeper, "keeper", bin, folder, options)
	cmd.Dir = folder
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own: an interrupt at the terminal is for the tests, the
	// keeper must outlive it to clean up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: credential}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{bin: bin, folder: folder, stdin: stdin, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // awaitReady tells what was wrong, from the log
		close(s.ended)
	}()
	return s, s.awaitReady()
}

// awaitReady polls until the server takes connections.
func (s *server) awaitReady() error {
	deadline := time.After(timeout)
	for {
		err := s.exec("select 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			log, _ := os.ReadFile(filepath.Join(s.folder, "keeper.log"))
			return fmt.Errorf("it ended at once: %s", log)
		case <-deadline:
			return errors.Join(err, s.stdin.Close())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// findPrograms is the folder of initdb and postgres: Debian keeps them out of
// the PATH, one folder for each version.
func findPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("its programs are not here (on Debian: apt-get install postgresql): %w", err)
	}
	return filepath.Dir(path), nil
}

// version is 15 for /usr/lib/postgresql/15/bin/initdb.
func version(initdb string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0
	}
	return n
}

// unprivileged is who the server runs as: PostgreSQL refuses to run as root,
// so that root becomes the user that its package made. nil: as we are.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root needs that user to run it: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

package pgtest

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Crash has the server of this process die, with each of its connections, and
// recover: what it had committed is there again, and nothing else. It returns
// when the server takes connections. It fails the test when there is no server.
func Crash(t testing.TB) {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		t.Fatal("crash PostgreSQL: no test has started it")
	}
	if err := shared.server.crash(); err != nil {
		t.Fatalf("crash PostgreSQL: %v", err)
	}
}

func (s *server) crash() error {
	credential, err := unprivileged()
	if err != nil {
		return err
	}
	// It goes on with the options that it was started with.
	cmd := exec.Command(filepath.Join(s.bin, "pg_ctl"), "restart", "--pgdata="+filepath.Join(s.folder, "data"),
		"--mode=immediate", "--wait", "--timeout=120", "--log="+filepath.Join(s.folder, "server.log"))
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: credential}
	if said, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(err, fmt.Errorf("%s", said))
	}
	return s.awaitReady()
}

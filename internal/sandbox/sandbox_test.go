package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const hour = time.Hour

// place is what a child is given, and what is beside it.
type place struct {
	input, output, beside string
	tcp, unix             string // addresses that answer
}

func newPlace(t *testing.T) place {
	t.Helper()
	dir := t.TempDir()
	p := place{input: filepath.Join(dir, "input"), output: filepath.Join(dir, "output"), beside: filepath.Join(dir, "beside"), unix: filepath.Join(dir, "socket")}
	if err := errors.Join(os.WriteFile(p.input, []byte("x"), 0o600), os.WriteFile(p.output, nil, 0o600), os.WriteFile(p.beside, []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for network, address := range map[string]*string{"tcp": &p.tcp, "unix": &p.unix} {
		at := *address
		if network == "tcp" {
			at = "127.0.0.1:0"
		}
		listener, err := net.Listen(network, at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		*address = listener.Addr().String()
	}
	return p
}

// child gives the arguments of a child of that way, under the rules of a
// decoder, that tries something.
func (p place) child(t *testing.T, way string, limits Limits, try, arg string) []string {
	t.Helper()
	rules := Rules{Read: []string{p.input}, Write: []string{p.output}, Limits: limits}
	if way == becomes {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		rules.Limits.MemoryBytes = 1 << 46 // the race detector's
		args, err := Command(rules, exe, does, try, arg)
		if err != nil {
			t.Fatal(err)
		}
		return append([]string{becomes}, args...)
	}
	text, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	return []string{locksItself, string(text), try, arg}
}

// Each thing that foreign code may try is answered by the lock that is for it,
// or, where the machine has no such lock, Missing says so.
func TestLock(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	const nothing = "<nil>"
	for _, row := range []struct {
		try, arg string
		by       string // the lock; "" needs none
		want     string
	}{
		{"reads", p.input, "", nothing},
		{"reads", "/etc/passwd", "Landlock", "EACCES"},
		{"reads", p.beside, "Landlock", "EACCES"},
		{"reads", fmt.Sprintf("/proc/%d/environ", os.Getpid()), "Landlock", "EACCES"},
		{"lists", filepath.Dir(p.input), "Landlock", "EACCES"},
		{"reads", p.output, "", nothing},
		{"writes", p.output, "", nothing},
		{"removes", p.beside, "seccomp", "ENOSYS"},
		{"renames", p.beside, "seccomp", "ENOSYS"},
		{"writes", p.input, "Landlock", "EACCES"},
		{"writes", filepath.Join(filepath.Dir(p.input), "file"), "Landlock", "EACCES"},
		{"alters", p.input, "seccomp", "ENOSYS"},
		{"truncates", p.input, "seccomp", "ENOSYS"},
		{"empties", p.input, "seccomp", "EPERM"},
		{"empties without reading", p.input, "seccomp", "EPERM"},
		{"empties in the new way", p.input, "seccomp", "ENOSYS"},
		{"forks", "", "seccomp", "EPERM"},
		{"connects", p.tcp, "seccomp", "EPERM"},
		{"connects inside", p.unix, "seccomp", "EPERM"},
		{"signals", "", "seccomp", "EPERM"},
		{"gives a pipe away", "", "seccomp", "EPERM"},
		{"gives a pipe away in the new way", "", "seccomp", "EPERM"},
		{"has a pipe kill", "", "seccomp", "EPERM"},
		{"has a pipe signal", "", "seccomp", "EPERM"},
		{"has a pipe signal in the old way", "", "seccomp", "ENOTTY"},
		{"has a folder signal", "", "seccomp", "EPERM"},
		{"doesn't wait", "", "", nothing},
		{"looks into", "", "seccomp", "EPERM"},
		{"leaves its group", "", "seccomp", "ENOSYS"},
		{"outlives", "", "seccomp", "EPERM"},
		{"makes a thread", "", "", nothing},
		{"writes 10 GiB", p.output, "", "EFBIG"},
	} {
		for _, way := range []string{locksItself, becomes} {
			t.Run(row.try+" "+filepath.Base(row.arg)+" "+way, func(t *testing.T) {
				t.Parallel()
				limits := wide(0)
				got := said(t, p.child(t, way, limits, row.try, row.arg)...)
				if got != row.want && !lacking(t, row.by) {
					t.Errorf("the kernel said %s, want %s", got, row.want)
				}
			})
		}
	}
}

// lacking reports whether the machine lacks a lock, as the kernel says it to a
// call that makes one. Missing must say the same.
func lacking(t *testing.T, lock string) bool {
	t.Helper()
	var errno syscall.Errno
	switch lock {
	case "Landlock":
		_, _, errno = unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	case "seccomp":
		_, _, errno = unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, 0)
		if errno == unix.EFAULT && auditArch != 0 { // it looked for a filter
			errno = 0
		}
	}
	if said := slices.Contains(Missing(), lock); said != (errno != 0) {
		t.Errorf("the kernel says %v to %s, and Missing %v", errno, lock, Missing())
	}
	return errno != 0
}

// What locks itself has no more to start, and no limit to raise.
func TestLockItself(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, row := range []struct{ try, by, want string }{
		{"becomes another", "seccomp", "EPERM"},
		{"raises limits", "seccomp", "EPERM"},
		{"allocates 4 GiB", "", "ENOMEM"},
	} {
		got := said(t, p.child(t, locksItself, wide(0), row.try, "")...)
		if got != row.want && !lacking(t, row.by) {
			t.Errorf("%s: the kernel said %s, want %s", row.try, got, row.want)
		}
	}
}

// A child that spins is killed by the kernel.
func TestCPU(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{locksItself, becomes} {
		limits := wide(0)
		limits.CPU = time.Second
		child := exec.CommandContext(t.Context(), exe, p.child(t, way, limits, "spins", "")...)
		err := child.Run()
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			t.Fatalf("%s: ended with %v", way, err)
		}
		status, _ := exit.Sys().(syscall.WaitStatus)
		if !status.Signaled() || status.Signal() != syscall.SIGKILL {
			t.Errorf("%s: ended with %v", way, err)
		}
	}
}

// Every thread is locked, those of C as well.
func TestThreads(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), exe, p.child(t, locksItself, wide(0), "waits", "")...)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", child.Process.Pid))
	if err != nil || len(threads) < 2 {
		t.Errorf("%d threads, %v", len(threads), err)
	}
	want := []string{"NoNewPrivs:\t1\n"}
	if !lacking(t, "seccomp") {
		want = append(want, "Seccomp:\t2\n")
	}
	for _, thread := range threads {
		status, err := os.ReadFile(thread)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range want {
			if !strings.Contains(string(status), line) {
				t.Errorf("%s lacks %q", thread, line)
			}
		}
	}
	if err := errors.Join(stdin.Close(), child.Wait()); err != nil {
		t.Error(err)
	}
}

// What a machine lacks is said, and the rest is locked.
func TestMissing(t *testing.T) {
	t.Parallel()
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Fatalf("no filter for %s", runtime.GOARCH)
	}
	has := lacking(t, "Landlock")
	for _, row := range []struct {
		lacks []string
		want  string
	}{
		{[]string{"Landlock"}, "Landlock\n<nil>"},
		{[]string{"Landlock", "seccomp"}, "Landlock seccomp\n<nil>"},
		{[]string{"seccomp"}, "seccomp\nEACCES"},
	} {
		if got := said(t, append([]string{lacks}, row.lacks...)...); got != row.want && !has {
			t.Errorf("without %v it says %q, want %q", row.lacks, got, row.want)
		}
	}
}

// What Exec can't run is told by an exit code, and nothing runs.
func TestExecRefuses(t *testing.T) {
	t.Parallel()
	absent, err := Command(Rules{Limits: wide(1 << 40)}, filepath.Join(t.TempDir(), "absent"))
	if err != nil {
		t.Fatal(err)
	}
	unreadable, err := Command(Rules{Read: []string{filepath.Join(t.TempDir(), "absent")}}, "/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args []string
		want int
	}{{absent, exitNotFound}, {unreadable, exitNotFound}, {[]string{"{", "/bin/true"}, exitCannotRun}, {[]string{"{}"}, exitCannotRun}} {
		err := exec.CommandContext(t.Context(), exe, append([]string{becomes}, row.args...)...).Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != row.want {
			t.Errorf("%q ended with %v, want exit code %d", row.args, err, row.want)
		}
	}
}

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// The ways in which the test binary is a child: what it does is the next word.
const (
	locksItself = "locks-itself" // by rules, then does it
	becomes     = "becomes"      // by way of Exec, another that does it
	does        = "does"
	lacks       = "lacks" // on a machine without these locks
)

func TestMain(m *testing.M) {
	if len(os.Args) < 3 {
		os.Exit(m.Run())
	}
	switch args := os.Args[2:]; os.Args[1] {
	case locksItself:
		os.Exit(lockItself(args))
	case becomes:
		os.Exit(Exec(args, os.Stderr))
	case does:
		os.Exit(do(args))
	case lacks:
		os.Exit(lack(args))
	}
	os.Exit(m.Run())
}

func lockItself(args []string) int {
	var rules Rules
	if err := json.Unmarshal([]byte(args[0]), &rules); err != nil {
		fmt.Println(err)
		return 1
	}
	has, err := AddressSpace()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	rules.Limits.MemoryBytes += has
	if err := rules.Lock(); err != nil {
		fmt.Println(err)
		return 1
	}
	return do(args[1:])
}

// do tries something, and says what the kernel says to it.
func do(args []string) int {
	err := tries[args[0]](args[1])
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		fmt.Println(unix.ErrnoName(errno))
	} else {
		fmt.Println(err)
	}
	return 0
}

// lack has this process lack locks, by a filter in which their calls are
// unknown, and prints what Missing says and whether /etc/passwd can be read
// after Lock.
func lack(locks []string) int {
	calls := map[string]uint32{"Landlock": unix.SYS_LANDLOCK_CREATE_RULESET, "seccomp": unix.SYS_SECCOMP}
	program := []bpf.Instruction{bpf.LoadAbsolute{Off: offsetCall, Size: 4}}
	for _, lock := range locks {
		program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: calls[lock], SkipFalse: 1}, unknown)
	}
	err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	if hasSeccomp() && err == nil {
		err = loadFilter(append(program, allow))
	}
	has, errSpace := AddressSpace()
	if err = errors.Join(err, errSpace); err == nil {
		fmt.Println(strings.Join(Missing(), " "))
		err = Rules{Limits: wide(has)}.Lock()
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return do([]string{"reads", "/etc/passwd"})
}

// wide are limits that bite nobody, over what a process has.
func wide(has int64) Limits { return Limits{CPU: hour, MemoryBytes: has + 1<<30, FileBytes: 1 << 20} }

// said runs the test binary as a child and gives what it printed.
func said(t *testing.T, args ...string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), exe, args...)
	child.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	text, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, text)
	}
	return strings.TrimSpace(string(text))
}

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
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

// tries are what foreign code may want to do.
var tries = map[string]func(arg string) error{
	"reads": func(path string) error {
		_, err := os.ReadFile(path)
		return err
	},
	"lists": func(path string) error {
		_, err := os.ReadDir(path)
		return err
	},
	"writes": func(path string) error {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		_, err = f.WriteString("x")
		return errors.Join(err, f.Close(), os.Rename(path, path+".new"), os.Remove(path+".new"))
	},
	"alters":    func(path string) error { return os.Chmod(path, 0o777) },
	"truncates": func(path string) error { return os.Truncate(path, 0) },
	"writes 10 GiB": func(path string) error {
		f, err := os.Create(path)
		for block := make([]byte, 1<<20); err == nil; _, err = f.Write(block) {
			if info, errStat := f.Stat(); errStat != nil || info.Size() >= 10<<30 {
				return errStat
			}
		}
		return err
	},
	"allocates 4 GiB": func(string) error {
		_, err := unix.Mmap(-1, 0, 4<<30, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		return err
	},
	"spins": func(string) error {
		for n := 0; ; n++ { // until it is killed
		}
	},
	"forks": func(string) error {
		_, err := syscall.ForkExec("/bin/true", []string{"true"}, nil)
		return err
	},
	"becomes another": func(string) error {
		return syscall.Exec("/bin/true", []string{"true"}, nil)
	},
	"connects": func(address string) error {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	},
	"connects inside": func(path string) error {
		conn, err := net.Dial("unix", path)
		if err != nil {
			return err
		}
		return conn.Close()
	},
	"signals": func(string) error { return syscall.Kill(os.Getppid(), 0) },
	"looks into": func(string) error {
		one := []byte{0}
		local := []unix.Iovec{{Base: &one[0], Len: 1}}
		_, err := unix.ProcessVMReadv(os.Getppid(), local, []unix.RemoteIovec{{Base: 0x1000, Len: 1}}, 0)
		return err
	},
	"leaves its group": func(string) error { return syscall.Setpgid(0, 0) },
	"outlives":         func(string) error { return unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0) },
	"raises limits": func(string) error {
		return unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY})
	},
	"makes a thread": func(string) error {
		done := make(chan error)
		go func() { done <- nil }()
		return <-done
	},
	"waits": func(string) error {
		fmt.Println("locked")
		_, err := os.Stdin.Read(make([]byte, 1))
		return err
	},
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

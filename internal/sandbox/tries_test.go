package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

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
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		_, err = f.WriteString("x")
		return errors.Join(err, f.Close())
	},
	"removes":   os.Remove,
	"renames":   func(path string) error { return os.Rename(path, path+".new") },
	"alters":    func(path string) error { return os.Chmod(path, 0o777) },
	"truncates": func(path string) error { return os.Truncate(path, 0) },
	"empties":   func(path string) error { return open(path, unix.O_RDONLY|unix.O_TRUNC) },
	"empties without reading": func(path string) error {
		return open(path, unix.O_ACCMODE|unix.O_TRUNC)
	},
	"calls with a path": func(arg string) error {
		var call, flags uintptr
		var path string
		if _, err := fmt.Sscan(arg, &call, &flags, &path); err != nil {
			return err
		}
		at, err := unix.BytePtrFromString(path)
		if err != nil {
			return err
		}
		if _, _, errno := unix.Syscall(call, uintptr(unsafe.Pointer(at)), flags, 0); errno != 0 {
			return errno
		}
		return nil
	},
	"empties in the new way": func(path string) error {
		fd, err := unix.Openat2(unix.AT_FDCWD, path, &unix.OpenHow{Flags: unix.O_RDONLY | unix.O_TRUNC})
		if err != nil {
			return err
		}
		return unix.Close(fd)
	},
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
	// By the next ones a pipe sends any signal to any process.
	"gives a pipe away": func(string) error { return control(unix.F_SETOWN, os.Getppid()) },
	"gives a pipe away in the new way": func(string) error {
		return control(unix.F_SETOWN_EX, 0) // the kernel would miss a struct
	},
	"has a pipe kill":   func(string) error { return control(unix.F_SETSIG, int(unix.SIGKILL)) },
	"has a pipe signal": func(string) error { return control(unix.F_SETFL, unix.O_ASYNC|unix.O_NONBLOCK) },
	"has a pipe signal in the old way": func(string) error {
		const fioAsync = 0x5452 // FIOASYNC
		return unix.IoctlSetPointerInt(0, fioAsync, 1)
	},
	"has a folder signal": func(string) error { return control(unix.F_NOTIFY, 0) },
	"doesn't wait":        func(string) error { return control(unix.F_SETFL, unix.O_NONBLOCK) },
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

// open opens and closes a file.
func open(path string, flags int) error {
	fd, err := unix.Open(path, flags, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// control does a command of fcntl to a new pipe.
func control(command, arg int) error {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	_, err := unix.FcntlInt(uintptr(ends[0]), command, arg)
	return err
}

package sandbox

import (
	"unsafe"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// Missing names the locks that this machine lacks: "Landlock", by which files
// are out of reach, and "seccomp", by which the network and other processes
// are. It is empty where all is well. A server whose own system calls are
// filtered may lack what its kernel has.
//
// An older Landlock is no lock less: it lets a process empty a file that it may
// only read (before Linux 6.2) and signal others (before 6.12), and both are for
// seccomp here as well.
func Missing() []string {
	var missing []string
	if !hasLandlock() {
		missing = append(missing, "Landlock")
	}
	if !hasSeccomp() {
		missing = append(missing, "seccomp")
	}
	return missing
}

func hasLandlock() bool {
	version, err := ll.LandlockGetABIVersion()
	return err == nil && version > 0
}

func hasSeccomp() bool {
	if auditArch == 0 {
		return false
	}
	action := uint32(unix.SECCOMP_RET_ERRNO)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	return errno == 0
}

// Package sandbox locks a process in before it reads foreign bytes.
//
// What is locked may open no file but what its Rules name, reach no network and
// no other process, start none, gain no privileges, and take no more of the
// machine than its Limits: those are of memory, CPU time and the size of a file,
// and as it makes no files, what it writes in all is bounded by those it may
// write. Threads have no limit of their own, since the kernel counts them by user
// alone: whoever starts the server bounds them for it and its children together.
//
// Landlock guards the files, seccomp the rest; each is
// left out where the kernel lacks it, and Missing says so. Descriptors that a
// process has stay open: what is in them it may use.
package sandbox

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// Rules are what a process may do from now on. The zero value lets it compute,
// start threads, and use the descriptors it has.
type Rules struct {
	Read    []string // files and folders, with all below, that it may read
	Write   []string // files that it may read, write and empty; they are there before
	Receive bool     // whether it may take descriptors from sockets that it has
	Limits  Limits

	program string // path of what it is about to become, see Exec
}

// Lock applies the rules to this process, all of its threads, for good.
// A process has itself locked once.
func (r Rules) Lock() error {
	if err := ll.AllThreadsPrctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("refuse new privileges: %w", err)
	}
	if hasLandlock() {
		if err := r.lockFiles(); err != nil {
			return fmt.Errorf("lock files by Landlock: %w", err)
		}
	}
	// A program that comes after has the address space to itself, and what this
	// one has mapped is more than the limit: nothing may come after it.
	if r.program == "" {
		if err := r.Limits.set(); err != nil {
			return err
		}
	}
	if hasSeccomp() {
		if err := loadFilter(r.filter()); err != nil {
			return fmt.Errorf("lock system calls by seccomp: %w", err)
		}
	}
	if r.program != "" {
		return r.Limits.set()
	}
	return nil
}

// The rights of Landlock in use.
const (
	readRights  = ll.AccessFSReadFile | ll.AccessFSReadDir
	writeRights = ll.AccessFSReadFile | ll.AccessFSWriteFile | ll.AccessFSTruncate
)

func (r Rules) lockFiles() error {
	var allowed []landlock.Rule
	for _, path := range r.Read {
		rights, err := rightsOf(path)
		if err != nil {
			return err
		}
		allowed = append(allowed, landlock.PathAccess(rights, path))
	}
	if len(r.Write) > 0 {
		allowed = append(allowed, landlock.PathAccess(writeRights, r.Write...))
	}
	if r.program != "" {
		allowed = append(allowed,
			landlock.PathAccess(ll.AccessFSReadFile|ll.AccessFSExecute, r.program),
			landlock.PathAccess(readRights|ll.AccessFSExecute, Installed(r.program)...).IgnoreIfMissing(),
			landlock.PathAccess(ll.AccessFSReadFile, libraryCache).IgnoreIfMissing())
	}
	return landlock.V11.BestEffort().Restrict(allowed...)
}

// rightsOf are those to read a file or a folder: Landlock refuses rights of
// folders for a file.
func rightsOf(path string) (landlock.AccessFSSet, error) {
	var info unix.Stat_t
	if err := unix.Stat(path, &info); err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	if info.Mode&unix.S_IFMT == unix.S_IFDIR {
		return readRights, nil
	}
	return ll.AccessFSReadFile, nil
}

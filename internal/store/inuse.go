package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// The bytes of a SQLite file that stand for its lock "shared" (sqlite.org,
// "Database File Format", the lock-byte page). With a write-ahead log each
// connection has it for as long as it is open.
const (
	sqliteSharedFirst = 0x40000002
	sqliteSharedSize  = 510
)

// InUse reports whether another process has the SQLite database at that path
// open. To look loses what this process has locked of the file itself, so that
// it must not have it open.
func InUse(path string) (used bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: sqliteSharedFirst, Len: sqliteSharedSize}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil {
		return false, fmt.Errorf("look at the locks of %s: %w", path, err)
	}
	return lock.Type != syscall.F_UNLCK, nil
}

package torture

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// diskBytes is the size of a disk that isn't full. It is memory only as far as
// it is used.
const diskBytes = 2 << 30

// disk is a folder that can be full.
//
// Where this user may mount, it is a disk of its own, in memory. Elsewhere the
// server is forbidden to make any file longer than it is: its writes fail in
// the same places and with the same effect, but with the error of a limit
// (EFBIG) and not that of a disk (ENOSPC), which vitrined takes for a fault of
// its own that may pass and not for a full disk.
type disk struct {
	path    string
	mounted bool
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{path: t.TempDir()}
	err := unix.Mount("torture", d.path, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", int64(diskBytes)))
	switch {
	case err == nil:
		d.mounted = true
		t.Cleanup(func() {
			// Of a server that was killed a moment ago children may still be there.
			if err := unix.Unmount(d.path, unix.MNT_DETACH); err != nil {
				t.Errorf("unmount %s: %v", d.path, err)
			}
		})
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		t.Log("no disk may be mounted here: the server's files are limited in its place")
	default:
		t.Fatalf("mount a disk: %v", err)
	}
	return d
}

// fill leaves no space.
func (d *disk) fill(t *testing.T, s *server) {
	t.Helper()
	if !d.mounted {
		d.limit(t, s, 1)
		return
	}
	for {
		var now unix.Statfs_t
		if err := unix.Statfs(d.path, &now); err != nil {
			t.Fatal(err)
		}
		used := (now.Blocks - now.Bfree) * uint64(now.Bsize)
		err := d.resize(max(used, 1<<20))
		if err == nil {
			return
		}
		if !errors.Is(err, unix.EINVAL) { // more is used by now
			t.Fatalf("fill the disk: %v", err)
		}
	}
}

// empty has space again.
func (d *disk) empty(t *testing.T, s *server) {
	t.Helper()
	if !d.mounted {
		d.limit(t, s, unix.RLIM_INFINITY)
		return
	}
	if err := d.resize(diskBytes); err != nil {
		t.Fatalf("give the disk space: %v", err)
	}
}

func (d *disk) resize(bytes uint64) error {
	return unix.Mount("torture", d.path, "tmpfs", unix.MS_REMOUNT, fmt.Sprintf("size=%d", bytes))
}

// limit bounds the files of a server. One that has ended needs no limit.
func (d *disk) limit(t *testing.T, s *server, bytes uint64) {
	t.Helper()
	most := unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(s.cmd.Process.Pid, unix.RLIMIT_FSIZE, &most, nil); err != nil && !errors.Is(err, unix.ESRCH) {
		t.Fatalf("limit the server's files: %v", err)
	}
}

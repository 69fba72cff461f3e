package sandbox

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// The older call to open a file empties none either.
func TestOldOpen(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for flags, want := range map[int]string{
		unix.O_RDONLY:                 "<nil>",
		unix.O_RDONLY | unix.O_TRUNC:  "EPERM",
		unix.O_ACCMODE | unix.O_TRUNC: "EPERM",
	} {
		call := fmt.Sprintf("%d %d %s", unix.SYS_OPEN, flags, p.input)
		if got := said(t, p.child(t, locksItself, wide(0), "calls with a path", call)...); got != want && !lacking(t, "seccomp") {
			t.Errorf("the kernel said %s to flags %#x, want %s", got, flags, want)
		}
	}
}

package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Limits bound what a process may take of the machine; zero is none at all.
type Limits struct {
	CPU         time.Duration // of all its threads together, in whole seconds, rounded up
	MemoryBytes int64         // address space
	FileBytes   int64         // of each file it writes
}

// set sets the limits, the address space last: there may be none left then. No
// memory is written to disk at a crash.
func (l Limits) set() error {
	for _, limit := range []struct {
		what  string
		which int
		value int64
	}{
		{"core dump", unix.RLIMIT_CORE, 0},
		{"CPU time", unix.RLIMIT_CPU, int64((l.CPU + time.Second - 1) / time.Second)},
		{"file size", unix.RLIMIT_FSIZE, l.FileBytes},
		{"address space", unix.RLIMIT_AS, l.MemoryBytes},
	} {
		value := uint64(limit.value)
		if err := unix.Setrlimit(limit.which, &unix.Rlimit{Cur: value, Max: value}); err != nil {
			return fmt.Errorf("limit %s: %w", limit.what, err)
		}
	}
	return nil
}

// AddressSpace is what this process has mapped, in bytes: most of it reserved
// and never touched, and none of it for a limit to count.
func AddressSpace() (int64, error) {
	stat, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	var pages int64
	if _, err := fmt.Fscan(bytes.NewReader(stat), &pages); err != nil {
		return 0, fmt.Errorf("read /proc/self/statm: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}

package imaging

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// maxFileBytes bounds every file a child writes.
const maxFileBytes = 64 << 20

// Child is the main loop of a child process: it reads tasks from in, writes
// answers to out, and returns at the end of in, which comes at the latest with
// the end of the server. It limits this whole process for good, so a program
// calls it and ends.
func Child(in io.Reader, out io.Writer) error {
	// libvips keeps state for each thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	lines := json.NewDecoder(bufio.NewReader(in))
	var agreed terms
	if err := lines.Decode(&agreed); err != nil {
		return fmt.Errorf("read terms: %w", err)
	}
	if err := Check(); err != nil {
		return err
	}
	if err := limitProcess(agreed.MemoryBytes); err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	admit := func(pixels int64) error {
		if err := answers.Encode(answer{Pixels: pixels}); err != nil {
			return fmt.Errorf("ask for leave: %w", err)
		}
		if err := lines.Decode(&leave{}); err != nil {
			return fmt.Errorf("read leave: %w", err)
		}
		return nil
	}
	for {
		var task Task
		if err := lines.Decode(&task); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read task: %w", err)
		}
		if err := answers.Encode(answerOf(perform(&task, admit))); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
	}
}

// limitProcess bounds what this process may take from the machine. The address
// space it has by now, most of it reserved and never touched, doesn't count.
func limitProcess(memoryBytes int64) error {
	base, err := addressSpace()
	if err != nil {
		return err
	}
	for _, limit := range []struct {
		what  string
		which int
		value uint64
	}{
		{"address space", unix.RLIMIT_AS, uint64(base + memoryBytes)},
		{"core dump", unix.RLIMIT_CORE, 0},
		{"file size", unix.RLIMIT_FSIZE, maxFileBytes},
	} {
		if err := unix.Setrlimit(limit.which, &unix.Rlimit{Cur: limit.value, Max: limit.value}); err != nil {
			return fmt.Errorf("limit %s: %w", limit.what, err)
		}
	}
	return nil
}

// addressSpace is what this process has mapped, in bytes.
func addressSpace() (int64, error) {
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

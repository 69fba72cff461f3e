package imaging

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// maxFileBytes bounds every file a child writes.
const maxFileBytes = 64 << 20

// Child is the main loop of a child process: it reads tasks from in, writes
// answers to out, and returns at the end of in, which comes at the latest with
// the end of the server. It locks this whole process in for good, so a program
// calls it and ends.
//
// in is a Unix socket, by which each task brings its files: the source, open
// for reading, and the variants, open for writing. They and out are all that a
// child can reach: it may open no file and no connection, and start no process
// (see package sandbox). As it makes no files, what it can write is bounded by
// maxFileBytes for each that it was handed. A child that a picture has taken over
// can still read and forge what it is handed until its end, which is why it is
// replaced after some pictures.
func Child(in *os.File, out io.Writer) error {
	return serve(in, out, func(*Task, bool) {})
}

// serve is Child, with a hook for tests: it is told each task when it comes, and
// once more when it has been admitted.
func serve(in *os.File, out io.Writer, hook func(task *Task, admitted bool)) (err error) {
	// libvips keeps state for each thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	desk, err := openDesk(in)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, desk.Close()) }()
	lines := json.NewDecoder(desk)
	var agreed terms
	if err := lines.Decode(&agreed); err != nil {
		return fmt.Errorf("read terms: %w", err)
	}
	// It loads what the libraries have of modules, so that nothing has to be
	// opened later.
	if err := Check(); err != nil {
		return err
	}
	if err := lock(&agreed); err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	for {
		var task Task
		if err := lines.Decode(&task); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read task: %w", err)
		}
		hook(&task, false)
		admit := func(pixels int64) error {
			if err := answers.Encode(answer{Pixels: pixels}); err != nil {
				return fmt.Errorf("ask for leave: %w", err)
			}
			if err := lines.Decode(&leave{}); err != nil {
				return fmt.Errorf("read leave: %w", err)
			}
			hook(&task, true)
			return nil
		}
		result, err := performWith(&task, desk, admit)
		if err := answers.Encode(answerOf(result, err)); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
	}
}

// performWith is perform with the files that lie on the desk.
func performWith(task *Task, desk *desk, admit func(pixels int64) error) (result *Result, err error) {
	files, err := desk.take(task)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	return perform(task, files, admit)
}

// lock bounds what this process may do and take. The address space it has by
// now doesn't count.
func lock(agreed *terms) error {
	has, err := sandbox.AddressSpace()
	if err != nil {
		return err
	}
	return sandbox.Rules{Receive: true, Limits: sandbox.Limits{
		CPU: time.Duration(agreed.CPUSeconds) * time.Second, MemoryBytes: has + agreed.MemoryBytes, FileBytes: maxFileBytes,
	}}.Lock()
}

package video

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// child is one run of ffmpeg or ffprobe.
type child struct {
	stage  string
	exe    string
	args   []string
	source string    // the file it reads, absolute; "" for none
	dir    string    // the folder it works in; "" for one that needs none
	writes []string  // names of the files in dir that it writes; run makes them, empty
	stdout io.Writer // its writes come one at a time and end before run returns
	limits sandbox.Limits
}

// exitError says that a child ended by itself and was not content.
type exitError struct {
	line string // the last that it wrote
}

func (e *exitError) Error() string { return e.line }

// run runs a child to its end. When ctx ends before, it is killed with its
// whole group, and the error is ctx's cause. A child that gave up is an
// *exitError; one that died or lacked something is a *ChildError.
func (t *Tool) run(ctx context.Context, c child) error {
	exe, err := exec.LookPath(c.exe)
	if err != nil {
		return fmt.Errorf("video %s: %w", c.stage, err)
	}
	if exe, err = filepath.Abs(exe); err != nil {
		return err
	}
	if err := c.makeFiles(); err != nil {
		return fmt.Errorf("video %s: %w", c.stage, err)
	}
	args, err := sandbox.Command(c.rules(), exe, c.args...)
	if err != nil {
		return err
	}
	// The process locks itself in and then becomes the child: there is no moment
	// in which that runs at large.
	cmd := exec.CommandContext(ctx, t.cfg.Exe, append(slices.Clone(t.cfg.Args), args...)...)
	cmd.Dir = c.dir
	cmd.Env = childEnv()
	stderr := &tail{}
	cmd.Stdout, cmd.Stderr = c.stdout, stderr
	// A group of its own, to be killed as one; and dead when the server is.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

	err = cmd.Run()
	if cmd.ProcessState != nil {
		t.cfg.Log.Debug("video child ended", "stage", c.stage, "state", cmd.ProcessState.String(),
			"cpu", cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	if ctx.Err() != nil {
		return c.stopped(ctx, stderr)
	}
	if err == nil {
		return nil
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return fmt.Errorf("video %s: %w", c.stage, err)
	}
	return c.verdict(exit, stderr)
}

// makeFiles makes what the child will write, anew: it may make no files itself, so
// that their number bounds what it can take of the disk.
func (c *child) makeFiles() error {
	for _, name := range c.writes {
		f, err := os.Create(filepath.Join(c.dir, name))
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// rules let a child read its source, and write its files. ffmpeg asks
// /dev/urandom for what it needs no secrets for.
func (c *child) rules() sandbox.Rules {
	rules := sandbox.Rules{Read: []string{"/dev/urandom"}, Limits: c.limits}
	for _, name := range c.writes {
		rules.Write = append(rules.Write, filepath.Join(c.dir, name))
	}
	if c.source != "" {
		rules.Read = append(rules.Read, c.source)
	}
	return rules
}

// childEnv is all the environment a child gets: the server's has secrets in it.
func childEnv() []string {
	return []string{"LC_ALL=C", "MALLOC_ARENA_MAX=2", "AV_LOG_FORCE_NOCOLOR=1"}
}

// stopped is the error of a child that was killed because ctx had ended.
func (c *child) stopped(ctx context.Context, stderr *tail) error {
	cause := context.Cause(ctx)
	if tooLong, ok := errors.AsType[*ChildError](cause); ok {
		return &ChildError{Stage: c.stage, Reason: tooLong.Reason, Stderr: c.clean(stderr)}
	}
	return cause
}

// verdict says whose fault the end of a child is: the video's, or perhaps not.
func (c *child) verdict(exit *exec.ExitError, stderr *tail) error {
	text := c.clean(stderr)
	status, _ := exit.Sys().(syscall.WaitStatus)
	reason := ""
	switch {
	case status.Signaled() && exit.UserTime()+exit.SystemTime() >= c.limits.CPU-time.Second/10:
		// The kernel kills at this limit without a signal of its own.
		reason = "needed more CPU time than allowed"
	case status.Signaled() && status.Signal() == syscall.SIGXFSZ:
		reason = "wrote more than allowed"
	case aboutMemory(text):
		reason = "needed more memory than allowed"
	case strings.Contains(text, "No space left on device"):
		reason = "found no space left on the disk"
	case status.Signaled(), status.ExitStatus() == 126, status.ExitStatus() == 127:
		reason = "ended with " + exit.String()
	}
	if reason != "" {
		return &ChildError{Stage: c.stage, Reason: reason, Stderr: text}
	}
	return &exitError{line: lastLine(text)}
}

// aboutMemory reports whether a child says that it got no memory: to map a
// library, for a thread, or for frames.
func aboutMemory(text string) bool {
	for _, sign := range []string{
		"Cannot allocate memory", "failed to map segment", "cannot allocate", "malloc of size", "Resource temporarily unavailable", "Out of memory",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// libraryNoise is what a library of ffmpeg says at the start of each child that is
// locked in: it would have kept secrets from being swapped out, and has none.
const libraryNoise = "Warning: using insecure memory!\n"

// clean is the end of what a child wrote, without our paths.
func (c *child) clean(stderr *tail) string {
	text := strings.ReplaceAll(strings.ToValidUTF8(stderr.String(), ""), libraryNoise, "")
	if c.source != "" {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "file:"+c.source, "source"), c.source, "source")
	}
	return strings.TrimSpace(text)
}

// lastLine is the last line of a text without the part of ffmpeg that wrote it.
func lastLine(text string) string {
	line := text[strings.LastIndexByte(text, '\n')+1:]
	if strings.HasPrefix(line, "[") {
		_, line, _ = strings.Cut(line, "] ")
	}
	return strings.ToValidUTF8(line[:min(len(line), maxDetail)], "")
}

// maxDetail is how many bytes of a child's words a sender sees.
const maxDetail = 160

// tail keeps the end of what is written to it, in whole lines: a path that is
// cut could not be recognised.
type tail struct {
	text []byte
	cut  bool
}

// maxTail is how many bytes are kept.
const maxTail = 4 << 10

func (w *tail) Write(p []byte) (int, error) {
	w.text = append(w.text, p...)
	if over := len(w.text) - 2*maxTail; over > 0 {
		w.text = append(w.text[:0], w.text[over:]...)
		w.cut = true
	}
	return len(p), nil
}

func (w *tail) String() string {
	over := len(w.text) - maxTail
	if over <= 0 && !w.cut {
		return string(w.text)
	}
	_, whole, _ := bytes.Cut(w.text[max(over, 0):], []byte{'\n'})
	return string(whole)
}

package imaging

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a child as its Pool sees it. One goroutine at a time talks with
// it; kill may be called by any.
type process struct {
	cmd      *exec.Cmd
	tasks    *net.UnixConn
	answers  *bufio.Reader
	stderr   *lastWords
	pictures int // answered so far

	mu     sync.Mutex
	reaped bool // its id may belong to another process by now
}

// startProcess starts a child and tells it the terms.
func startProcess(cfg *Config) (*process, error) {
	c := &process{cmd: exec.Command(cfg.Exe, cfg.Args...), stderr: &lastWords{}}
	c.cmd.Env = childEnv()
	c.cmd.Stderr = c.stderr
	// A group of its own, to be killed with all it may have started; and dead
	// when the server is, even in the middle of a picture.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	answers, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.answers = bufio.NewReaderSize(answers, maxLineBytes)
	in, err := c.openTasks()
	if err != nil {
		return nil, fmt.Errorf("start imaging child: %w", err)
	}
	c.cmd.Stdin = in
	err = c.cmd.Start()
	_ = in.Close() // the child has its own by now
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start imaging child: %w", err), c.tasks.Close())
	}
	agreed := terms{MemoryBytes: cfg.MemoryBytes, CPUSeconds: int64(2*cfg.pictureCPU()/time.Second) + 1}
	if err := json.NewEncoder(c.tasks).Encode(agreed); err != nil {
		return nil, fmt.Errorf("start imaging child: %s: %w", c.stop(), err)
	}
	return c, nil
}

// openTasks makes the socket for tasks, and gives the child's end.
func (c *process) openTasks() (*os.File, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(ends[0]), "tasks"), os.NewFile(uintptr(ends[1]), "tasks")
	conn, err := net.FileConn(ours)
	if err := errors.Join(err, ours.Close()); err != nil {
		return nil, errors.Join(err, theirs.Close())
	}
	c.tasks = conn.(*net.UnixConn) // of AF_UNIX
	return theirs, nil
}

// pictureCPU is what the threads of one picture can take until its time is out.
func (cfg *Config) pictureCPU() time.Duration {
	return cfg.Timeout * time.Duration(runtime.NumCPU())
}

// tired reports whether a child has used so much of its CPU time that the next
// picture might not have all of its own. Reading the clock can't fail while the
// child hasn't been waited for.
func (c *process) tired(cfg *Config) bool {
	var used unix.Timespec
	// The clock of a process, see clock_getcpuclockid(3).
	clock := int32(^c.cmd.Process.Pid<<3 | 2)
	err := unix.ClockGettime(clock, &used)
	return err != nil || time.Duration(used.Nano()) > cfg.pictureCPU()
}

// childEnv is all the environment a child gets: the server's has secrets in it.
func childEnv() []string {
	return []string{
		"MALLOC_ARENA_MAX=2",                    // glibc keeps what each further arena once held
		"GLIBC_TUNABLES=glibc.malloc.hugetlb=1", // planes in pages of 2 MB, where the machine has them to give
	}
}

// ask hands the child a task with its files and waits for the answer. When the child is about
// to decode, it waits until admit returns. An error means that the child is of
// no use any more.
func (c *process) ask(task *Task, files *files, admit func(pixels int64) error) (*answer, error) {
	line, err := json.Marshal(task)
	if err != nil {
		return nil, fmt.Errorf("write task: %w", err)
	}
	if err := hand(c.tasks, append(line, '\n'), files); err != nil {
		return nil, fmt.Errorf("write task: %w", err)
	}
	a, err := c.hear()
	if err == nil && a.Pixels != 0 {
		if err := admit(a.Pixels); err != nil {
			return nil, err
		}
		if err := json.NewEncoder(c.tasks).Encode(leave{Pixels: a.Pixels}); err != nil {
			return nil, fmt.Errorf("write leave: %w", err)
		}
		a, err = c.hear()
	}
	if err != nil {
		return nil, err
	}
	c.pictures++
	return a, nil
}

// hear waits for the child's next line.
func (c *process) hear() (*answer, error) {
	line, err := c.answers.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	return &a, nil
}

// kill ends the child and its group. It doesn't wait.
func (c *process) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.reaped {
		// The only possible error is that nobody of the group is left.
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// stop ends the child, waits for its end, and says how that came: by its own
// doing if it was dead already.
func (c *process) stop() string {
	c.kill()
	// The error says what ProcessState says.
	_ = c.cmd.Wait()
	_ = c.tasks.Close() // nobody reads it any more
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reaped = true
	if aboutMemory(c.stderr.String()) {
		return reasonMemory
	}
	return "ended with " + c.cmd.ProcessState.String()
}

// reasonMemory is the reason of a child that asked for more than its limit.
const reasonMemory = "needed more memory than allowed"

// lastWords keep the beginning of what a child wrote to its standard error: the
// first lines of a crash tell what happened, the rest is stacks and registers.
type lastWords struct {
	text []byte
}

// maxLastWords is how many bytes are kept.
const maxLastWords = 2 << 10

func (w *lastWords) Write(p []byte) (int, error) {
	w.text = append(w.text, p[:min(len(p), maxLastWords-len(w.text))]...)
	return len(p), nil
}

func (w *lastWords) String() string { return string(w.text) }

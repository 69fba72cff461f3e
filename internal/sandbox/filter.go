package sandbox

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Where the parts of struct seccomp_data are. Arguments are of 64 bits, low half
// first on the machines in auditArch.
const (
	offsetCall = 0
	offsetArch = 4
	offsetArgs = 16
)

// x32 is the bit of calls of amd64 that have 32 bit pointers, under numbers of
// their own.
const x32 = 0x40000000

// The verdicts. What nobody knows is answered as a kernel would that is too old
// for it: libraries then do without.
var (
	allow   = bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}
	unknown = bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)}
	refuse  = bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}
	kill    = bpf.RetConstant{Val: unix.SECCOMP_RET_KILL_PROCESS}
)

// condition is a system call that is allowed with some arguments. The checks end
// in a verdict.
type condition struct {
	call   uint32
	checks []bpf.Instruction
}

// filter is the program that decides on each system call.
func (r Rules) filter() []bpf.Instruction {
	program := []bpf.Instruction{
		bpf.LoadAbsolute{Off: offsetArch, Size: 4},
		// Calls of another architecture have other numbers.
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: auditArch, SkipTrue: 1},
		kill,
		bpf.LoadAbsolute{Off: offsetCall, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: x32, SkipTrue: 1},
		kill,
	}
	for _, c := range r.conditions() {
		program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: c.call, SkipFalse: uint8(len(c.checks))})
		program = append(program, c.checks...)
	}
	for _, list := range []struct {
		calls   []uint32
		verdict bpf.Instruction
	}{{r.allowed(), allow}, {refusedCalls, refuse}} {
		for _, call := range list.calls {
			program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: call, SkipFalse: 1}, list.verdict)
		}
	}
	return append(program, unknown)
}

func (r Rules) allowed() []uint32 {
	calls := append(append([]uint32(nil), commonCalls...), archCalls...)
	if r.Receive {
		calls = append(calls, unix.SYS_RECVMSG)
	}
	if r.program != "" {
		calls = append(calls, unix.SYS_EXECVE)
	}
	return calls
}

// conditions are the calls that can reach other processes, and those that can
// spoil a file which may only be read.
func (r Rules) conditions() []condition {
	self := uint32(unix.Getpid()) // stays when it becomes another program
	const elsewhere = unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID |
		unix.CLONE_NEWNET | unix.CLONE_NEWCGROUP
	conditions := []condition{
		// A thread, and no process.
		{unix.SYS_CLONE, []bpf.Instruction{
			argument(0),
			bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: elsewhere, SkipTrue: 1},
			bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: unix.CLONE_THREAD, SkipTrue: 1},
			refuse,
			allow,
		}},
		{unix.SYS_FCNTL, descriptorCommands()},
		{unix.SYS_OPENAT, opening(2)},
		{unix.SYS_KILL, only(0, self)},
		{unix.SYS_TGKILL, only(0, self)},
		{unix.SYS_PRCTL, only(0, unix.PR_SET_NAME, unix.PR_GET_NAME, unix.PR_SET_VMA)},
		{unix.SYS_SCHED_GETAFFINITY, only(0, 0, self)},
		// Terminals and devices are not for it, and what asks for one can do
		// without.
		{unix.SYS_IOCTL, []bpf.Instruction{bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOTTY)}}},
	}
	conditions = append(conditions, archConditions...)
	if r.program != "" { // which has yet to be given its limits
		return append(conditions, condition{unix.SYS_PRLIMIT64, only(0, 0, self)})
	}
	return append(conditions, condition{unix.SYS_PRLIMIT64, []bpf.Instruction{
		// To ask, with no pointer to new limits: of that, both halves count.
		argument(2),
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0, SkipTrue: 3},
		bpf.LoadAbsolute{Off: offsetArgs + 8*2 + 4, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0, SkipTrue: 1},
		allow,
		refuse,
	}})
}

// descriptorCommands allow those of fcntl that change or tell what a descriptor
// is. By others a descriptor sends a signal, SIGKILL too, to a process of one's
// choice when there is something to read (F_SETOWN, F_SETSIG, O_ASYNC): that
// gets around the condition of kill, and Landlock stops it from Linux 6.12 on
// only.
func descriptorCommands() []bpf.Instruction {
	checks := []bpf.Instruction{
		argument(1),
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.F_SETFL, SkipFalse: 4},
		argument(2),
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: unix.O_ASYNC, SkipFalse: 1},
		refuse,
		allow,
	}
	return append(checks, only(1, unix.F_DUPFD, unix.F_DUPFD_CLOEXEC, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL)...)
}

// opening allows the flags, in argument i, of a call that opens a file, but those
// that empty a file without asking to write to it. Where Landlock doesn't know
// of emptying, before Linux 6.2, it takes them for reading, and mode 3, which is
// neither reading nor writing, for nothing.
func opening(i uint32) []bpf.Instruction {
	checks := []bpf.Instruction{argument(i), bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: unix.O_ACCMODE | unix.O_TRUNC}}
	return append(checks, among(unix.O_RDONLY, unix.O_WRONLY, unix.O_RDWR, unix.O_WRONLY|unix.O_TRUNC, unix.O_RDWR|unix.O_TRUNC)...)
}

// argument loads the low half of an argument, which is all that the kernel looks
// at in process ids, flags of clone, open and fcntl, and options of prctl.
func argument(i uint32) bpf.Instruction { return bpf.LoadAbsolute{Off: offsetArgs + 8*i, Size: 4} }

// only allows a call whose argument i is one of values.
func only(i uint32, values ...uint32) []bpf.Instruction {
	return append([]bpf.Instruction{argument(i)}, among(values...)...)
}

// among allows a call when what is loaded is one of values.
func among(values ...uint32) []bpf.Instruction {
	var checks []bpf.Instruction
	for _, value := range values {
		checks = append(checks, bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipFalse: 1}, allow)
	}
	return append(checks, refuse)
}

// loadFilter has the kernel run a program before each system call of this
// process, in all threads.
func loadFilter(program []bpf.Instruction) error {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, in := range raw {
		filter[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	loaded := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&loaded)))
	runtime.KeepAlive(filter)
	switch {
	case errno != 0:
		return errno
	case thread != 0:
		return fmt.Errorf("thread %d has another filter", thread)
	}
	return nil
}

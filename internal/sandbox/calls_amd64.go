package sandbox

import "golang.org/x/sys/unix"

// auditArch is the architecture that the numbers of calls are of.
const auditArch = unix.AUDIT_ARCH_X86_64

// archCalls are older spellings of commonCalls, and those of this machine alone.
var archCalls = []uint32{
	unix.SYS_ACCESS, unix.SYS_ARCH_PRCTL, unix.SYS_CREAT, unix.SYS_DUP2, unix.SYS_EPOLL_WAIT, unix.SYS_GETPGRP,
	unix.SYS_GETRLIMIT, unix.SYS_LSTAT, unix.SYS_NEWFSTATAT, unix.SYS_PIPE, unix.SYS_POLL, unix.SYS_READLINK,
	unix.SYS_SELECT, unix.SYS_STAT, unix.SYS_TIME,
}

// archConditions are those of calls of this machine alone.
var archConditions = []condition{{unix.SYS_OPEN, opening(1)}}

package sandbox

import "golang.org/x/sys/unix"

// auditArch is the architecture that the numbers of calls are of.
const auditArch = unix.AUDIT_ARCH_AARCH64

// archCalls are those of this machine alone.
var archCalls = []uint32{unix.SYS_GETRLIMIT, unix.SYS_NEWFSTATAT}

// archConditions are those of calls of this machine alone.
var archConditions []condition

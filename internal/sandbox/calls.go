package sandbox

import "golang.org/x/sys/unix"

// commonCalls are what decoding takes on every machine: memory, files by
// descriptor or where Landlock lets them be opened, threads, time. None of them
// changes who may do what with a file, takes one away or gives it another name, and
// none reaches beyond the process.
var commonCalls = []uint32{
	// Memory.
	unix.SYS_BRK, unix.SYS_MADVISE, unix.SYS_MEMBARRIER, unix.SYS_MINCORE, unix.SYS_MMAP, unix.SYS_MPROTECT, unix.SYS_MREMAP,
	unix.SYS_MUNMAP,
	// Descriptors.
	unix.SYS_CLOSE, unix.SYS_CLOSE_RANGE, unix.SYS_COPY_FILE_RANGE, unix.SYS_DUP, unix.SYS_DUP3, unix.SYS_FADVISE64,
	unix.SYS_FALLOCATE, unix.SYS_FDATASYNC, unix.SYS_FSTAT, unix.SYS_FSTATFS, unix.SYS_FSYNC,
	unix.SYS_FTRUNCATE, unix.SYS_GETDENTS64, unix.SYS_LSEEK, unix.SYS_PREAD64, unix.SYS_PREADV, unix.SYS_PWRITE64,
	unix.SYS_PWRITEV, unix.SYS_READ, unix.SYS_READV, unix.SYS_WRITE, unix.SYS_WRITEV,
	// Files by name.
	unix.SYS_FACCESSAT, unix.SYS_FACCESSAT2, unix.SYS_GETCWD, unix.SYS_READLINKAT, unix.SYS_STATFS, unix.SYS_STATX,
	unix.SYS_UMASK,
	// Waiting.
	unix.SYS_CLOCK_NANOSLEEP, unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EPOLL_PWAIT2,
	unix.SYS_EVENTFD2, unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_PIPE2, unix.SYS_PPOLL, unix.SYS_PSELECT6,
	unix.SYS_RESTART_SYSCALL, unix.SYS_SCHED_YIELD,
	// Signals, to itself, and timers.
	unix.SYS_GETITIMER, unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPENDING, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN,
	unix.SYS_RT_SIGSUSPEND, unix.SYS_RT_SIGTIMEDWAIT, unix.SYS_SETITIMER, unix.SYS_SIGALTSTACK, unix.SYS_TIMER_CREATE,
	unix.SYS_TIMER_DELETE, unix.SYS_TIMER_SETTIME,
	// What and when it is.
	unix.SYS_CLOCK_GETRES, unix.SYS_CLOCK_GETTIME, unix.SYS_GETCPU, unix.SYS_GETEGID, unix.SYS_GETEUID, unix.SYS_GETGID,
	unix.SYS_GETPGID, unix.SYS_GETPID, unix.SYS_GETPPID, unix.SYS_GETRANDOM, unix.SYS_GETRUSAGE, unix.SYS_GETTID,
	unix.SYS_GETTIMEOFDAY, unix.SYS_GETUID, unix.SYS_SYSINFO, unix.SYS_TIMES, unix.SYS_UNAME,
	// Threads.
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_GET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_SET_ROBUST_LIST,
	unix.SYS_SET_TID_ADDRESS,
}

// refusedCalls are refused in plain words, to programs that would take "unknown"
// for an old kernel and try another way.
var refusedCalls = []uint32{
	unix.SYS_ACCEPT4, unix.SYS_BIND, unix.SYS_CONNECT, unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_LISTEN,
	unix.SYS_PIDFD_SEND_SIGNAL, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PTRACE, unix.SYS_SENDMSG,
	unix.SYS_SENDTO, unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_TKILL,
}

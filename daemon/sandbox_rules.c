/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox_rules.h"

#include <errno.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* glibc names the memory of its threads, where its headers know how to. */
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

static const int allowed[] = {
    /* Memory; guarded memory of keys is locked and left out of cores. */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(mlock),
    SCMP_SYS(mlock2),
    SCMP_SYS(munlock),
    SCMP_SYS(msync),
    SCMP_SYS(mincore),
    SCMP_SYS(membarrier),
    /* Threads, and our own end. */
    SCMP_SYS(futex),
    SCMP_SYS(futex_time64),
    SCMP_SYS(futex_waitv),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(getcpu),
    SCMP_SYS(gettid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    /* Signals to ourselves; tgkill stands below. */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
    /* Clocks are read, never set. */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_getres_time64),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clock_nanosleep_time64),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(timerfd_gettime),
    /* Descriptors. */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(preadv),
    SCMP_SYS(pwritev),
    SCMP_SYS(preadv2),
    SCMP_SYS(pwritev2),
    SCMP_SYS(lseek),
    SCMP_SYS(_llseek),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(fcntl),
    SCMP_SYS(fcntl64),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(eventfd),
    SCMP_SYS(eventfd2),
    SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(ppoll_time64),
    SCMP_SYS(select),
    SCMP_SYS(_newselect),
    SCMP_SYS(pselect6),
    SCMP_SYS(pselect6_time64),
    /* Files: RocksDB's, and configuration and roster when they are read
     * again. No owner changes, no special files, no symbolic links. */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(stat),
    SCMP_SYS(stat64),
    SCMP_SYS(fstat),
    SCMP_SYS(fstat64),
    SCMP_SYS(lstat),
    SCMP_SYS(lstat64),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fstatat64),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(statfs64),
    SCMP_SYS(fstatfs),
    SCMP_SYS(fstatfs64),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(truncate),
    SCMP_SYS(truncate64),
    SCMP_SYS(ftruncate),
    SCMP_SYS(ftruncate64),
    SCMP_SYS(fallocate),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(syncfs),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fadvise64_64),
    SCMP_SYS(arm_fadvise64_64),
    SCMP_SYS(readahead),
    SCMP_SYS(copy_file_range),
    SCMP_SYS(sendfile),
    SCMP_SYS(sendfile64),
    SCMP_SYS(flock),
    SCMP_SYS(utimensat),
    SCMP_SYS(umask),
    /* Network; which families, stands below. NNG binds again when it had to
     * stop listening for a while. */
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(connect),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(recvmmsg_time64),
    /* Who and where we are. */
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getresuid),
    SCMP_SYS(getresgid),
    SCMP_SYS(getgroups),
    SCMP_SYS(getrandom),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getrlimit),
    SCMP_SYS(ugetrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(times),
};

static const int deadly[] = {
    /* Another program, another process. A fork is no thread, see clone. */
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    /* Another view of the machine. */
    SCMP_SYS(mount),
    SCMP_SYS(umount),
    SCMP_SYS(umount2),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(open_by_handle_at),
    /* Another user. */
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setfsuid),
    SCMP_SYS(setfsgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(capset),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    /* The kernel itself. */
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(acct),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_settime64),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
};

#define SPACES                                                                 \
    (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |               \
     CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)

/* Left out on purpose: clone3, whose flags lie in memory, where no filter can
 * see them. It gets ENOSYS, and glibc goes back to clone. */
static const struct sandbox_rule conditional[] = {
    /* Threads only: no process, no namespace. */
    { SCMP_SYS(clone), 0,
      SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | SPACES, CLONE_THREAD) },
    /* Memory that is written is never run. */
    { SCMP_SYS(mmap), 0, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
    { SCMP_SYS(mmap), 0,
      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC) },
    { SCMP_SYS(mmap), EPERM,
      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE,
              PROT_EXEC | PROT_WRITE) },
    { SCMP_SYS(mmap2), 0, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
    { SCMP_SYS(mmap2), 0,
      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC) },
    { SCMP_SYS(mprotect), 0, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
    { SCMP_SYS(mprotect), EPERM,
      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC) },
    /* The families of the unit. AF_INET6 is the highest of them. */
    { SCMP_SYS(socket), 0, SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0) },
    { SCMP_SYS(socket), 0, SCMP_A0(SCMP_CMP_EQ, AF_INET, 0) },
    { SCMP_SYS(socket), 0, SCMP_A0(SCMP_CMP_EQ, AF_INET6, 0) },
    { SCMP_SYS(socket), EAFNOSUPPORT, SCMP_A0(SCMP_CMP_GT, AF_INET6, 0) },
    { SCMP_SYS(socketpair), 0, SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0) },
    /* What libuv, NNG, RocksDB (which file is it?) and stdio (is it a
     * terminal?) ask of descriptors. */
    { SCMP_SYS(ioctl), 0, SCMP_A1(SCMP_CMP_EQ, FIONBIO, 0) },
    { SCMP_SYS(ioctl), 0, SCMP_A1(SCMP_CMP_EQ, FIOCLEX, 0) },
    { SCMP_SYS(ioctl), 0, SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0) },
    { SCMP_SYS(ioctl), 0, SCMP_A1(SCMP_CMP_EQ, TCGETS, 0) },
    { SCMP_SYS(ioctl), 0, SCMP_A1(SCMP_CMP_EQ, FS_IOC_GETVERSION, 0) },
    { SCMP_SYS(prctl), 0, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0) },
    { SCMP_SYS(prctl), 0, SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME, 0) },
    { SCMP_SYS(prctl), 0, SCMP_A0(SCMP_CMP_EQ, PR_SET_VMA, 0) },
    /* No program that runs as another user comes out of here. */
    { SCMP_SYS(chmod), 0, SCMP_A1(SCMP_CMP_MASKED_EQ, S_ISUID | S_ISGID, 0) },
    { SCMP_SYS(fchmod), 0, SCMP_A1(SCMP_CMP_MASKED_EQ, S_ISUID | S_ISGID, 0) },
    { SCMP_SYS(fchmodat), 0,
      SCMP_A2(SCMP_CMP_MASKED_EQ, S_ISUID | S_ISGID, 0) },
    /* Limits are read, not set: no new limit is given. */
    { SCMP_SYS(prlimit64), 0, SCMP_A2(SCMP_CMP_EQ, 0, 0) },
};

struct sandbox_calls sandbox_allowed(void)
{
    return (struct sandbox_calls){ allowed, COUNT(allowed) };
}

struct sandbox_calls sandbox_deadly(void)
{
    return (struct sandbox_calls){ deadly, COUNT(deadly) };
}

const struct sandbox_rule *sandbox_conditional(size_t *ret_count)
{
    *ret_count = COUNT(conditional);
    return conditional;
}

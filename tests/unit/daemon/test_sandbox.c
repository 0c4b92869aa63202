/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sandbox.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

/* ThreadSanitizer's run-time library does not survive in the sandbox, nor does
 * it let a forked process make threads. */
#ifndef __SANITIZE_THREAD__

/* What a process in the sandbox came to: DIED, or what try() gave. */
#define DIED (-1)
#define NOT_ENTERED 254

/* Enter the sandbox in a process of its own, and try something there. An exit
 * by _exit(): a leak checker has no place in the sandbox. */
static int in_sandbox(int (*try)(void *arg), void *arg)
{
    pid_t child = fork();
    int status;

    cr_assert_geq(child, 0);
    if (child == 0) {
        struct why why = { "" };

        _exit(sandbox_enter(&why) == ERR_OK ? try(arg) : NOT_ENTERED);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        cr_assert_eq(WTERMSIG(status), SIGSYS, "signal %d", WTERMSIG(status));
        return DIED;
    }
    cr_assert_neq(WEXITSTATUS(status), NOT_ENTERED);
    return WEXITSTATUS(status);
}

struct call {
    const char *name;
    long number;
    long arguments[4];
    int expected; /* an error, or DIED */
};

/* The error of a raw call, 0 when it went through. */
static int raw(void *arg)
{
    const struct call *call = arg;
    long rc = syscall(call->number, call->arguments[0], call->arguments[1],
                      call->arguments[2], call->arguments[3]);

    return rc == -1 ? errno : 0;
}

static void expect(const struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct call call = calls[i];
        int got = in_sandbox(raw, &call);

        cr_expect_eq(got, call.expected, "%s: %d (%s) instead of %d", call.name,
                     got, got > 0 ? strerror(got) : "", call.expected);
    }
}

#define DEADLY(name, ...)                                                      \
    {                                                                          \
#name, SYS_##name, { __VA_ARGS__ }, DIED                               \
    }

/* Another program, tracing, mounts, namespaces, users and the kernel itself end
 * the process, whatever rights it has. */
Test(sandbox, ends_what_an_intruder_does)
{
    static char *const words[] = { "/bin/true", NULL };
    const struct call calls[] = {
        DEADLY(execve, (long)"/bin/true", (long)words, 0),
        DEADLY(execveat, AT_FDCWD, (long)"/bin/true", (long)words, 0),
        DEADLY(ptrace, PTRACE_TRACEME),
        DEADLY(process_vm_readv, 1),
        DEADLY(process_vm_writev, 1),
        DEADLY(mount, (long)"none", (long)"/tmp", (long)"tmpfs", 0),
        DEADLY(umount2, (long)"/tmp", 0),
        DEADLY(pivot_root, (long)"/", (long)"/"),
        DEADLY(chroot, (long)"/tmp"),
        DEADLY(unshare, CLONE_NEWUSER),
        DEADLY(setns, 0, 0),
        DEADLY(setuid, 0),
        DEADLY(setresuid, 0, 0, 0),
        DEADLY(setgroups, 0, 0),
        DEADLY(capset, 0, 0),
        DEADLY(keyctl, 0),
        DEADLY(bpf, 0, 0, 0),
        DEADLY(perf_event_open, 0),
        DEADLY(userfaultfd, 0),
        DEADLY(init_module, 0, 0, 0),
        DEADLY(finit_module, 0, 0, 0),
        DEADLY(kexec_load, 0, 0, 0, 0),
        DEADLY(reboot, 0),
        DEADLY(settimeofday, 0, 0),
    };

    expect(calls, sizeof(calls) / sizeof(calls[0]));
}

/* What is on no list, or has arguments that no node uses, is refused and the
 * process lives on. */
Test(sandbox, refuses_the_rest)
{
    const struct call calls[] = {
        { "netlink", SYS_socket, { AF_NETLINK, SOCK_RAW, 0 }, EAFNOSUPPORT },
        { "packet", SYS_socket, { AF_PACKET, SOCK_RAW, 0 }, EAFNOSUPPORT },
        { "vsock", SYS_socket, { AF_VSOCK, SOCK_STREAM }, EAFNOSUPPORT },
        { "fork", SYS_clone, { SIGCHLD }, ENOSYS },
        { "user space", SYS_clone, { CLONE_THREAD | CLONE_NEWUSER }, ENOSYS },
        { "clone3", SYS_clone3, { 0, 0 }, ENOSYS },
        { "kill", SYS_kill, { 1, 0 }, ENOSYS },
        { "signal to another", SYS_tgkill, { 1, 1, 0 }, ENOSYS },
        { "chown", SYS_fchownat, { AT_FDCWD, (long)"/", 0, 0 }, ENOSYS },
        { "symlink", SYS_symlinkat, { (long)"/", AT_FDCWD, (long)"" }, ENOSYS },
        { "mknod", SYS_mknodat, { AT_FDCWD, (long)"/", 0, 0 }, ENOSYS },
        { "terminal", SYS_ioctl, { 0, TIOCSTI, 0 }, ENOSYS },
        { "limits", SYS_prlimit64, { 0, RLIMIT_CORE, 1 }, ENOSYS },
        { "dumps", SYS_prctl, { PR_SET_DUMPABLE, 1 }, ENOSYS },
        { "io_uring", SYS_io_uring_setup, { 1, 0 }, ENOSYS },
        { "set-user-id", SYS_fchmod, { 0, S_ISUID | 0755 }, ENOSYS },
    };

    expect(calls, sizeof(calls) / sizeof(calls[0]));
}

/* Pages that can be written cannot be run, now or later. */
static int makes_code(void *arg)
{
    const size_t size = 4096;
    int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;

    (void)arg;
    if (mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, anonymous, -1,
             0) != MAP_FAILED ||
        errno != EPERM) {
        return 1;
    }

    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, anonymous, -1, 0);

    if (page == MAP_FAILED) {
        return 2;
    }
    if (mprotect(page, size, PROT_READ | PROT_EXEC) != -1 || errno != EPERM) {
        return 3;
    }
    return mprotect(page, size, PROT_READ) == 0 ? 0 : 4;
}

Test(sandbox, makes_no_code)
{
    cr_assert_eq(in_sandbox(makes_code, NULL), 0);
}

static void *return_arg(void *arg)
{
    return arg;
}

/* Threads, files, durable writes, links, sockets and clocks: a node's day. */
static int works(void *arg)
{
    const char *folder = arg;
    char path[128];
    char other[128];
    struct timespec now;
    struct stat status;
    pthread_t thread;

    snprintf(path, sizeof(path), "%s/file", folder);
    snprintf(other, sizeof(other), "%s/link", folder);
    if (pthread_create(&thread, NULL, return_arg, NULL) != 0 ||
        pthread_join(thread, NULL) != 0) {
        return 1;
    }

    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, "x", 1) != 1 ||
        fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 65536) != 0 ||
        fdatasync(fd) != 0 || fstat(fd, &status) != 0 || close(fd) != 0) {
        return 2;
    }
    if (link(path, other) != 0 || rename(other, path) != 0 ||
        unlink(path) != 0) {
        return 3;
    }
    fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 && errno != EAFNOSUPPORT) {
        return 4;
    }
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    struct sockaddr_in address = { .sin_family = AF_INET };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, 1) != 0) {
        return 5;
    }
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? 0 : 6;
}

Test(sandbox, lets_a_node_work)
{
    char folder[] = "/tmp/hf-sandbox-XXXXXX";

    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(in_sandbox(works, folder), 0);
    remove_folder(folder);
}

/* Without AF_NETLINK glibc finds names in /etc/hosts, takes addresses as they
 * are written, and orders several of them. */
static int resolves(void *arg)
{
    static const char *const names[] = { "localhost", "127.0.0.1", "::1" };
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM };

    (void)arg;
    if (socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) >= 0) {
        return 1;
    }
    for (int i = 0; i < 3; i++) {
        struct addrinfo *answers = NULL;

        if (getaddrinfo(names[i], NULL, &hints, &answers) != 0 ||
            answers == NULL) {
            return 2 + i;
        }
        freeaddrinfo(answers);
    }
    return 0;
}

Test(sandbox, resolves_names)
{
    cr_assert_eq(in_sandbox(resolves, NULL), 0);
}

static void *wait_and_try(void *arg)
{
    int *pipe_ends = arg;
    char byte;

    if (read(pipe_ends[0], &byte, 1) != 1) {
        return NULL;
    }
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    return NULL;
}

/* It holds for threads that were there before it. */
Test(sandbox, holds_for_earlier_threads)
{
    pid_t child = fork();
    int status;

    cr_assert_geq(child, 0);
    if (child == 0) {
        struct why why = { "" };
        pthread_t thread;
        int ends[2];

        if (pipe(ends) != 0 ||
            pthread_create(&thread, NULL, wait_and_try, ends) != 0 ||
            sandbox_enter(&why) != ERR_OK || write(ends[1], "x", 1) != 1) {
            _exit(NOT_ENTERED);
        }
        pthread_join(thread, NULL);
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    cr_assert_eq(WTERMSIG(status), SIGSYS);
}

/* abort() ends the process by SIGABRT: a failed CHECK is told from an attack.
 */
Test(sandbox, lets_a_failed_check_abort)
{
    pid_t child = fork();
    int status;

    cr_assert_geq(child, 0);
    if (child == 0) {
        struct why why = { "" };

        (void)signal(SIGABRT, SIG_DFL);
        if (sandbox_enter(&why) == ERR_OK) {
            abort();
        }
        _exit(NOT_ENTERED);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    cr_assert_eq(WTERMSIG(status), SIGABRT);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/address.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/progress.h"

struct target {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    };
    socklen_t size;
};

static enum err read_target(const char *text, struct target *ret_target)
{
    struct target target = { .size = sizeof(target.in) };
    struct address address;
    char host[INET6_ADDRSTRLEN];
    int good;

    if (address_parse(span_str(text), &address) != ERR_OK ||
        address.host.size >= sizeof(host)) {
        return ERR_MALFORMED;
    }
    memcpy(host, address.host.data, address.host.size);
    host[address.host.size] = '\0';
    if (address.is_ipv6) {
        target.size = sizeof(target.in6);
        target.in6.sin6_family = AF_INET6;
        target.in6.sin6_port = htons(address.port);
        good = inet_pton(AF_INET6, host, &target.in6.sin6_addr);
    } else {
        target.in.sin_family = AF_INET;
        target.in.sin_port = htons(address.port);
        good = inet_pton(AF_INET, host, &target.in.sin_addr);
    }
    if (good != 1) {
        return ERR_MALFORMED;
    }
    *ret_target = target;
    return ERR_OK;
}

/* Until the connection is there, or is not. */
static enum err wait_connected(int fd, uint64_t timeout_ms, struct why *ret_why)
{
    uint64_t end_ms = now_ms() + timeout_ms;
    struct pollfd wait = { .fd = fd, .events = POLLOUT };
    int number = 0;
    socklen_t size = sizeof(number);
    int ready = 0;

    while (ready <= 0) {
        uint64_t now = now_ms();

        if (interrupted()) {
            return why_set(ret_why, ERR_CANCELLED, "interrupted");
        }
        if (now >= end_ms) {
            return why_set(ret_why, ERR_TIMEOUT, "no answer for %llu s",
                           (unsigned long long)(timeout_ms / 1000));
        }
        ready = interrupt_poll(&wait, 1, (int)(end_ms - now));
        if (ready < 0 && errno != EINTR) {
            return why_set(ret_why, ERR_IO, "poll: %s", strerror(errno));
        }
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0) {
        number = errno;
    }
    return number == 0
               ? ERR_OK
               : why_set(ret_why, ERR_UNREACHABLE, "%s", strerror(number));
}

enum err tcp_connect(const char *address, uint64_t timeout_ms, int *ret_fd,
                     struct why *ret_why)
{
    struct target target;
    enum err err;
    int one = 1;
    int fd;

    if (read_target(address, &target) != ERR_OK) {
        return why_set(ret_why, ERR_MALFORMED, "no address of a machine");
    }
    fd = socket(target.any.sa_family,
                SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return why_set(ret_why, ERR_IO, "socket: %s", strerror(errno));
    }
    if (connect(fd, &target.any, target.size) == 0) {
        err = ERR_OK;
    } else if (errno == EINPROGRESS) {
        err = wait_connected(fd, timeout_ms, ret_why);
    } else {
        err = why_set(ret_why, ERR_UNREACHABLE, "%s", strerror(errno));
    }
    if (err != ERR_OK) {
        close(fd);
        return err;
    }
    /* Requests and their ends are to leave at once; without this it is only
     * slower. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    *ret_fd = fd;
    return ERR_OK;
}

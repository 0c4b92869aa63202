/* SPDX-License-Identifier: Apache-2.0 */
#include "net/hang_up.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define FD_COUNT_MAX 16384 /* LimitNOFILE of the unit (specs nng 4) */

/* Is this the address? Ports and addresses are in network order in both. */
static bool same_address(const nng_sockaddr *nng,
                         const struct sockaddr_storage *system)
{
    if (nng->s_family == NNG_AF_INET && system->ss_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, system, sizeof(in));
        return in.sin_port == nng->s_in.sa_port &&
               in.sin_addr.s_addr == nng->s_in.sa_addr;
    }
    if (nng->s_family == NNG_AF_INET6 && system->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, system, sizeof(in6));
        return in6.sin6_port == nng->s_in6.sa_port &&
               memcmp(&in6.sin6_addr, nng->s_in6.sa_addr,
                      sizeof(in6.sin6_addr)) == 0;
    }
    return false;
}

static bool is_connection(int fd, const nng_sockaddr *local,
                          const nng_sockaddr *remote)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);

    if (getpeername(fd, (struct sockaddr *)&address, &size) != 0 ||
        !same_address(remote, &address)) {
        return false;
    }
    size = sizeof(address);
    return getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
           same_address(local, &address);
}

/* NNG does not tell the descriptor of a pipe, but the two addresses of a TCP
 * connection name it. Descriptors are small numbers: the walk is short. */
void hang_up(nng_pipe pipe)
{
    struct rlimit limit = { .rlim_cur = FD_COUNT_MAX };
    nng_sockaddr remote;
    nng_sockaddr local;

    if (nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &remote) != 0 ||
        nng_pipe_get_addr(pipe, NNG_OPT_LOCADDR, &local) != 0) {
        return;
    }
    (void)getrlimit(RLIMIT_NOFILE, &limit); /* else the maximum */
    for (int fd = 0; fd < FD_COUNT_MAX && (rlim_t)fd < limit.rlim_cur; fd++) {
        if (is_connection(fd, &local, &remote)) {
            (void)shutdown(fd, SHUT_RDWR); /* or it ended just now */
            return;
        }
    }
}

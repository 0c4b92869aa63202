/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web/server_state.h"

#define RUNS_MAX 4
#define ACCEPT_ONCE 32 /* connections, then others of the loop have a turn */

/* A request has come whole, and is not answered yet. */
static bool is_busy(const struct seat *seat)
{
    return seat->asking != NULL && seat->asking->is_begun;
}

static struct seat *find_free(struct server *server)
{
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        if (!server->seats[i].in_use) {
            return &server->seats[i];
        }
    }
    return NULL;
}

/* libmicrohttpd finds it closed, and closes it. */
static void hang_up(const struct seat *seat)
{
    (void)shutdown(seat->fd, SHUT_RDWR);
}

/* Of those that have no request in hand the one that has been so for longest;
 * when all have one, nobody. */
static struct seat *make_room(struct server *server)
{
    struct seat *oldest = NULL;

    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        struct seat *seat = &server->seats[i];

        if (!is_busy(seat) &&
            (oldest == NULL || seat->since_ms < oldest->since_ms)) {
            oldest = seat;
        }
    }
    if (oldest == NULL) {
        return NULL;
    }
    hang_up(oldest);

    struct seat *seat = NULL;

    /* It reads the end, closes, and gives the seat back in a later round. */
    for (size_t i = 0; i < RUNS_MAX && seat == NULL; i++) {
        (void)MHD_run(server->http);
        seat = find_free(server);
    }
    return seat;
}

static void take(struct server *server, int fd)
{
    struct sockaddr_storage address = { .ss_family = AF_UNIX };
    socklen_t size = sizeof(address);
    struct seat *seat = find_free(server);

    if (seat == NULL) {
        seat = make_room(server);
    }
    if (seat == NULL ||
        getpeername(fd, (struct sockaddr *)&address, &size) != 0) {
        (void)close(fd);
        return;
    }
    *seat = (struct seat){ true, fd, server_now_ms(), NULL };
    if (MHD_add_connection(server->http, fd, (struct sockaddr *)&address,
                           size) != MHD_YES) {
        seat->in_use = false; /* it has closed fd */
    }
}

void seats_accept(uv_poll_t *listening, int status, int events)
{
    struct server *server = listening->data;

    (void)events;
    if (status != 0 || server->is_stopping) {
        return;
    }
    for (size_t i = 0; i < ACCEPT_ONCE; i++) {
        int fd = accept4(server->listen_fd, NULL, NULL,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            break; /* nobody more, or no descriptor: the next turn sees */
        }
        take(server, fd);
    }
    server_kick(server);
}

struct seat *seat_of(struct server *server, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX && info != NULL; i++) {
        if (server->seats[i].in_use &&
            server->seats[i].fd == info->connect_fd) {
            return &server->seats[i];
        }
    }
    return NULL;
}

void seats_notify(void *ctx, struct MHD_Connection *connection,
                  void **socket_context,
                  enum MHD_ConnectionNotificationCode code)
{
    struct server *server = ctx;

    switch (code) {
    case MHD_CONNECTION_NOTIFY_STARTED:
        *socket_context = seat_of(server, connection);
        break;
    case MHD_CONNECTION_NOTIFY_CLOSED:
        if (*socket_context != NULL) {
            ((struct seat *)*socket_context)->in_use = false;
            *socket_context = NULL;
        }
        break;
    }
}

void seats_tick(struct server *server, uint64_t now_ms)
{
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        const struct seat *seat = &server->seats[i];
        bool busy = is_busy(seat);
        uint64_t since_ms = busy ? seat->asking->since_ms : seat->since_ms;
        uint64_t limit_ms =
            busy ? SERVER_WAIT_MS + SERVER_IDLE_MS : SERVER_IDLE_MS;

        if (seat->in_use && now_ms - since_ms >= limit_ms) {
            hang_up(seat);
        }
    }
}

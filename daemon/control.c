/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "access.h"
#include "base/check.h"
#include "connection.h"
#include "control_state.h"
#include "socket_file.h"

static bool user_allowed(struct control *control, uv_stream_t *stream)
{
    struct ucred who;
    socklen_t size = sizeof(who);
    uv_os_fd_t fd;

    return uv_fileno((uv_handle_t *)stream, &fd) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           access_user(who.uid, who.gid, control->options.group);
}

static void closed_at_once(uv_handle_t *handle)
{
    free(handle);
}

/* Full: the connection is taken and dropped, so that it does not wait. */
static void turn_away(struct control *control)
{
    uv_pipe_t *pipe = malloc(sizeof(*pipe));

    if (pipe == NULL || uv_pipe_init(control->options.loop, pipe, 0) != 0) {
        free(pipe);
        return;
    }
    (void)uv_accept((uv_stream_t *)&control->server, (uv_stream_t *)pipe);
    uv_close((uv_handle_t *)pipe, closed_at_once);
}

static void caller_came(uv_stream_t *server, int status)
{
    struct control *control = server->data;

    if (status != 0 || control->is_stopping) {
        return;
    }

    struct connection *connection = connection_new(control);

    if (connection == NULL) {
        turn_away(control);
        return;
    }
    if (uv_accept(server, connection_stream(connection)) != 0) {
        connection_close(connection);
    } else if (user_allowed(control, connection_stream(connection))) {
        connection_read(connection);
    } else {
        connection_refuse(connection);
    }
}

static void server_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;

    control->server_closed = true;
}

enum err control_new(const struct control_options *options,
                     struct control **ret_control, struct why *ret_why)
{
    struct control *control = calloc(1, sizeof(*control));

    if (control == NULL) {
        return ERR_NO_MEMORY;
    }
    control->options = *options;
    if (uv_pipe_init(options->loop, &control->server, 0) != 0) {
        free(control);
        return ERR_NO_MEMORY;
    }
    control->server.data = control;
    socket_file_remove(options->path);

    /* Nobody else can call before it is shared: the umask is 077 while a store
     * is open, and the kernel's word on the caller counts in any case. */
    int rc = uv_pipe_bind(&control->server, options->path);

    if (rc == 0) {
        rc = uv_listen((uv_stream_t *)&control->server, 16, caller_came);
    }

    enum err err = ERR_OK;

    if (rc != 0) {
        err = why_set(ret_why, ERR_IO, "control socket %s: %s", options->path,
                      uv_strerror(rc));
    } else {
        err = socket_file_share(options->path, options->group, "control socket",
                                ret_why);
    }
    if (err != ERR_OK) {
        uv_close((uv_handle_t *)&control->server, server_closed);
        while (!control->server_closed) {
            uv_run(options->loop, UV_RUN_ONCE);
        }
        free(control);
        return err;
    }
    *ret_control = control;
    return ERR_OK;
}

void control_stop(struct control *control)
{
    if (control->is_stopping) {
        return;
    }
    control->is_stopping = true;
    uv_close((uv_handle_t *)&control->server, server_closed);
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        if (control->connections[i] != NULL) {
            connection_stop(control->connections[i]);
        }
    }
}

void control_close(struct control *control)
{
    control_stop(control);
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        if (control->connections[i] != NULL) {
            connection_close(control->connections[i]);
        }
    }
}

bool control_is_idle(const struct control *control)
{
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        const struct connection *connection = control->connections[i];

        if (connection != NULL && !connection_is_idle(connection)) {
            return false;
        }
    }
    return true;
}

bool control_is_gone(const struct control *control)
{
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        if (control->connections[i] != NULL) {
            return false;
        }
    }
    return control->server_closed;
}

void control_free(struct control *control)
{
    CHECK(control == NULL || control_is_gone(control));
    free(control);
}

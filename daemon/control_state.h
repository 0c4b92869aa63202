/* SPDX-License-Identifier: Apache-2.0 */
/* What control.c and connection.c share. Private to the two; loop thread. */
#ifndef HF_DAEMON_CONTROL_STATE_H
#define HF_DAEMON_CONTROL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "control_options.h"

struct connection;

struct control {
    struct control_options options;
    uv_pipe_t server;
    bool server_closed;
    bool is_stopping;
    size_t charged; /* bytes that requests and answers hold, or will */
    struct connection *connections[CONTROL_CONNECTIONS_MAX]; /* owned */
};

#endif

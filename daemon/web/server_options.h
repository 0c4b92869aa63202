/* SPDX-License-Identifier: Apache-2.0 */
/* What the server of the pages is made from, and what it may use. Plain values,
 * set once.
 *
 * Bounds: SERVER_CONNECTIONS_MAX. When all places are taken, the newcomer gets
 * the place of the connection that has gone longest without a whole request, so
 * that half-open ones keep nobody out. A connection that sends no whole request
 * for SERVER_IDLE_MS, or takes no answer for as long, is closed.
 * SERVER_HEAD_SIZE_MAX bytes of a request are read, no body. At most
 * SERVER_LISTS_MAX lists are asked for at a time, others are told to come back.
 * A status is asked for at most once in SERVER_FRESH_MS, and shared by all; a
 * page that is not ready within SERVER_WAIT_MS says so. */
#ifndef HF_WEB_SERVER_OPTIONS_H
#define HF_WEB_SERVER_OPTIONS_H

#include <uv.h>

#include "web/hatch.h"

#define SERVER_CONNECTIONS_MAX 128
#define SERVER_IDLE_MS 15000
#define SERVER_HEAD_SIZE_MAX 16384
#define SERVER_LISTS_MAX 4
#define SERVER_FRESH_MS 3000
#define SERVER_WAIT_MS 10000

struct server_options {
    uv_loop_t *loop;    /* borrowed */
    const char *listen; /* borrowed; as in config.http_listen */
    const char *names;  /* borrowed; as in config.http_names */
    const char *group;  /* borrowed; who may use a Unix socket; "" = none */
    struct hatch_options hatch;
};

#endif

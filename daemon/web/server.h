/* SPDX-License-Identifier: Apache-2.0 */
/* The pages, /metrics and /healthz over HTTP: libmicrohttpd without a thread,
 * its epoll descriptor on the loop. Loopback or a Unix socket only; GET and
 * HEAD only; nothing changes anything. Loop thread; the owner is the driver.
 *
 * Bounds: server_options.h.
 */
#ifndef HF_WEB_SERVER_H
#define HF_WEB_SERVER_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "web/server_options.h"

struct server;

/* Bind. Nobody is let in before server_begin(). ERR_IO, ERR_NOT_FOUND (no such
 * group), ERR_NO_MEMORY. */
MUST_USE enum err server_new(const struct server_options *options,
                             struct server **ret_server, struct why *ret_why);
void server_begin(struct server *server);
/* Each second: close what is idle, end what waits for too long. */
void server_tick(struct server *server);
/* Let nobody in any more; what is asked is answered. */
void server_stop(struct server *server);
/* Hang up on all; run the loop until server_is_gone(), then free. */
void server_close(struct server *server);
bool server_is_gone(const struct server *server);
void server_free(struct server *server);

#endif

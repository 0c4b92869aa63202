/* SPDX-License-Identifier: Apache-2.0 */
/* One caller at the local socket: its frames in, its answers out in the order
 * of the requests. Private to control.c. Loop thread. Owned by the control's
 * table, which it leaves when libuv and the last request let go of it. */
#ifndef HF_DAEMON_CONNECTION_H
#define HF_DAEMON_CONNECTION_H

#include <stdbool.h>
#include <uv.h>

struct connection;
struct control;

/* In the table, and not connected to anything; NULL when the table is full or
 * there is no memory. */
struct connection *connection_new(struct control *control);
/* To accept it with. */
uv_stream_t *connection_stream(struct connection *connection);
/* Begin to read. */
void connection_read(struct connection *connection);
/* Not a permitted user: say why, then hang up. Nothing is read. */
void connection_refuse(struct connection *connection);
/* Read no more; what is in hand is answered. */
void connection_stop(struct connection *connection);
/* Hang up, and tell whoever works for it. */
void connection_close(struct connection *connection);
/* Is there nothing to answer, or nobody to answer to? */
bool connection_is_idle(const struct connection *connection);

#endif

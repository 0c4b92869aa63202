/* SPDX-License-Identifier: Apache-2.0 */
/* A line to a node: requests go out and their replies come back, over the
 * local socket (local.h) or over a session with a node elsewhere (remote.h).
 * Several requests may be on their way; replies are given in the order of the
 * requests. While it waits to write it reads, so neither side can block the
 * other; replies that nobody took yet wait in memory (bounded by what was
 * asked). Every wait ends: after the line's time without a byte moved, or when
 * the user interrupts. One thread at a time. After any error but a refusal the
 * line is of no more use: free it. */
#ifndef HF_TOOLS_LINE_H
#define HF_TOOLS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "tools/holdfast/line_types.h"
#include "wire/message.h"

struct line;

/* NULL is fine. */
void line_free(struct line *line);
/* How many requests may be on their way: LINE_IN_FLIGHT_MAX at most. */
size_t line_depth(const struct line *line);
/* Does the node look at the requests in the order in which they were sent? When
 * not, what a request builds on must have been answered before it is sent. */
bool line_is_ordered(const struct line *line);
/* Send one request; returns when the system has all of it. ERR_BUSY when
 * line_depth() wait for their reply: receive first. ERR_TIMEOUT, ERR_CLOSED,
 * ERR_CANCELLED, ERR_MALFORMED (the node sent no frame), ERR_TOO_BIG,
 * ERR_UNSUPPORTED, ERR_NO_MEMORY, ERR_UNREACHABLE. */
MUST_USE enum err line_send(struct line *line, const struct message *request,
                            struct why *ret_why);
/* The reply to the oldest request; ret_reply borrows until the next call of
 * line_receive or line_free. A refusal is ERR_OK with the kind
 * MESSAGE_REFUSAL: line_refused(). ERR_NOT_FOUND when nothing was asked, and
 * the errors of line_send. */
MUST_USE enum err line_receive(struct line *line, struct message *ret_reply,
                               struct why *ret_why);
/* Wait until the replies to the newest `count` requests have arrived; they are
 * still to be received. ret_refused: one of them is a refusal. The errors of
 * line_send. */
MUST_USE enum err line_wait_newest(struct line *line, size_t count,
                                   bool *ret_refused, struct why *ret_why);
/* Requests that still wait for their reply. */
size_t line_in_flight(const struct line *line);
/* Will line_receive() say something without waiting: has the reply to the
 * oldest request arrived whole, or will it never? Does not wait; reads what the
 * socket has. */
bool line_ready(struct line *line);
/* To wait for several things at once: it can be read from when line_ready() may
 * have changed. */
int line_fd(const struct line *line);

/* Send one, receive its reply; nothing else may be in flight. A refusal comes
 * back as its own error with its sentence in ret_why; ret_code then gets its
 * stable name, or "". */
MUST_USE enum err line_ask(struct line *line, const struct message *request,
                           struct message *ret_reply,
                           char ret_code[static LINE_CODE_SIZE],
                           struct why *ret_why);
/* Error, sentence and code of a refusal. */
enum err line_refused(const struct message *reply,
                      char ret_code[static LINE_CODE_SIZE],
                      struct why *ret_why);

#endif

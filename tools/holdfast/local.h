/* SPDX-License-Identifier: Apache-2.0 */
/* The client of a node's local socket: frames of wire/frame.h on a Unix stream
 * socket. Several requests may be on their way; replies come in the order of
 * the requests. While it waits to write it reads, so neither side can block
 * the other; replies that nobody took yet wait in memory (bounded by what was
 * asked). Every wait ends: after timeout_ms without a byte moved, or when the
 * user interrupts. One thread at a time. After any error but a refusal the
 * connection is of no more use: free it. */
#ifndef HF_TOOLS_LOCAL_H
#define HF_TOOLS_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "wire/message.h"

#define LOCAL_IN_FLIGHT_MAX 64

struct local;

/* ERR_UNREACHABLE (nobody there), ERR_PERMISSION, ERR_TOO_BIG (the path),
 * ERR_NO_MEMORY. */
MUST_USE enum err local_connect(const char *path, uint64_t timeout_ms,
                                struct local **ret_local, struct why *ret_why);
/* NULL is fine. */
void local_free(struct local *local);
/* Send one request; returns when the system has all of it. ERR_BUSY when
 * LOCAL_IN_FLIGHT_MAX wait for their reply: receive first. ERR_TIMEOUT,
 * ERR_CLOSED, ERR_CANCELLED, ERR_MALFORMED (the node sent no frame),
 * ERR_TOO_BIG, ERR_UNSUPPORTED, ERR_NO_MEMORY. */
MUST_USE enum err local_send(struct local *local, const struct message *request,
                             struct why *ret_why);
/* The reply to the oldest request; ret_reply borrows until the next call of
 * local_receive or local_free. A refusal is ERR_OK with the kind
 * MESSAGE_REFUSAL: local_refused(). ERR_NOT_FOUND when nothing was asked, and
 * the errors of local_send. */
MUST_USE enum err local_receive(struct local *local, struct message *ret_reply,
                                struct why *ret_why);
/* Requests that still wait for their reply. */
size_t local_in_flight(const struct local *local);
/* Has the reply to the oldest request arrived whole? Does not wait; reads what
 * the socket has. */
bool local_ready(struct local *local);
/* To wait for several things at once. */
int local_fd(const struct local *local);

/* Send one, receive its reply; nothing else may be in flight. A refusal comes
 * back as its own error with its sentence in ret_why; ret_code (may be NULL)
 * then gets its stable name, or "". */
#define LOCAL_CODE_SIZE 64
MUST_USE enum err local_ask(struct local *local, const struct message *request,
                            struct message *ret_reply,
                            char ret_code[static LOCAL_CODE_SIZE],
                            struct why *ret_why);
/* Error, sentence and code of a refusal. */
enum err local_refused(const struct message *reply,
                       char ret_code[static LOCAL_CODE_SIZE],
                       struct why *ret_why);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Both sides of the local socket in one thread: a loop with a control on it
 * whose requests are kept in a list, and callers that never block. Failures are
 * failed assertions. */
#ifndef HF_DAEMON_CALLER_H
#define HF_DAEMON_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "daemon/control.h"
#include "daemon/request.h"
#include "wire/frame.h"

#define ASKED_MAX 128

struct desk {
    char folder[64];
    char path[108];
    uv_loop_t loop;
    struct requests *requests;
    struct control *control;
    uint64_t asked[ASKED_MAX]; /* numbers of requests, as they came */
    size_t asked_count;
    size_t hung_up_count;
};

void desk_open(struct desk *desk);
/* Answers what is left, hangs up on all, and frees. */
void desk_close(struct desk *desk);
/* Run the loop until *value is `wanted`, for some seconds at most. */
void desk_until(struct desk *desk, const size_t *value, size_t wanted);
/* Let the loop do all that it can do now. */
void desk_settle(struct desk *desk);
/* Refuse the n-th of those that asked, with this text. */
void desk_refuse(struct desk *desk, size_t n, const char *text);

struct caller_fd {
    int fd;
    struct local_reader reader;
};

void caller_connect(struct caller_fd *caller, const struct desk *desk);
void caller_close(struct caller_fd *caller);
/* The socket takes all of it at once, or the loop runs meanwhile. */
void caller_send(struct caller_fd *caller, struct desk *desk,
                 struct span bytes);
/* A whole frame of a request without fields. */
void caller_ask(struct caller_fd *caller, struct desk *desk,
                enum message_kind kind);
/* The next answer is a refusal with this code and text (NULL: any). */
void caller_expect(struct caller_fd *caller, struct desk *desk, enum err code,
                   const char *text);
/* It was hung up on. */
void caller_expect_end(struct caller_fd *caller, struct desk *desk);
/* Append the frame of a request without fields. */
void frame_put(struct buf *to, enum message_kind kind);

#endif

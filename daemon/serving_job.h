/* SPDX-License-Identifier: Apache-2.0 */
/* What serving.c and intake.c share: where their jobs read, append and report.
 * Private to the two. */
#ifndef HF_DAEMON_SERVING_JOB_H
#define HF_DAEMON_SERVING_JOB_H

#include "base/limits.h"
#include "sink.h"

struct pool;
struct source;
struct writer;

/* A whole answer, so that it fits into one frame. */
#define SERVING_ANSWER_SIZE_MAX                                                \
    (MESSAGE_SIZE_MAX - FRAME_HEAD_SIZE - AEAD_TAG_SIZE - REPLY_COUNTER_SIZE)

struct deposit_job;

struct serving {
    struct pool *pool;           /* borrowed */
    const struct source *source; /* borrowed; durable things */
    struct writer *writer;       /* borrowed */
    struct sink sink;
    /* Deposits in the order in which they came: an item may follow its own
     * blocks closely, so they are appended and checked in that order, however
     * long each took to hash. */
    struct deposit_job *first; /* borrowed */
    struct deposit_job *last;
    size_t deposits; /* under way, from arrival to the core */
};

#endif

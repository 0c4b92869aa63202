/* SPDX-License-Identifier: Apache-2.0 */
/* One request of ours to a peer, from sealing to its end. Private to peers.c;
 * ask.c does what happens to its answer.
 *
 *   SENT -> OPENING [ask_reply] -> APPENDING [blocks came] -> ended
 * Every ask ends in exactly one event: EVENT_ANSWERED or EVENT_UNANSWERED. */
#ifndef HF_DAEMON_ASK_H
#define HF_DAEMON_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "net/session.h"
#include "peers_options.h"
#include "pool/pool.h"
#include "wire/arena.h"
#include "wire/message.h"

struct packet;

struct ask {
    struct pool_job job;
    const struct peers_options *options; /* borrowed */
    uint64_t id;                         /* the token on the link */
    uint64_t token;                      /* the core's */
    size_t peer;                         /* index in peers.c */
    uint64_t counter; /* of its frame; the answer begins with it */
    enum message_kind kind;
    bool is_busy; /* its answer is being worked on, or it is ending */
    /* GET_BLOCKS: what was asked. */
    struct block_id names[BLOCKS_PER_REQUEST_MAX];
    bool is_header[BLOCKS_PER_REQUEST_MAX];
    size_t names_count;
    /* The answer. */
    struct packet *packet; /* owned */
    struct opening opening;
    size_t plain_size;
    struct arena arena; /* owned */
    struct message message;
    enum block_fate fates[BLOCKS_PER_REQUEST_MAX];
    uint64_t appended_bytes;
    enum err err;
    enum err store_err; /* the store failed */
    /* Called when it ended, after its event; frees it. */
    void (*ended)(void *ctx, struct ask *ask);
    void *ctx;
};

/* Its answer came on this pipe. Takes the packet. */
void ask_reply(struct ask *ask, uint32_t pipe_id, struct packet *packet);
/* It ends without an answer. */
void ask_fail(struct ask *ask, enum err err);
/* Free what it holds; not the struct. */
void ask_done(struct ask *ask);

#endif

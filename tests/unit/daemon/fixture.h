/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the daemon's parts share: a folder of their own with a
 * store in it, a pool, a sink that remembers what it was told, and requests
 * that nobody sent. Failures are failed assertions. */
#ifndef HF_DAEMON_FIXTURE_H
#define HF_DAEMON_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/request.h"
#include "daemon/sink.h"
#include "model/block.h"
#include "pool/pool.h"
#include "store/store.h"

#define FIXTURE_NODE "viasna-1"
#define TOLD_MAX 64

/* One thing that the sink was told; what an event borrows is copied. */
struct told {
    enum event_kind kind;
    uint64_t token;
    uint64_t request;
    uint64_t bytes; /* appended */
    struct deposit_facts facts[4];
    struct signature signature;
};

struct place {
    char folder[64];
    char data[128];
    struct store *store;
    struct pool *pool;
    struct requests *requests;
    struct sink sink;
    struct told told[TOLD_MAX];
    size_t told_count;
    enum err fatal; /* ERR_OK: not called */
};

/* A new folder, in it a store that keeps min_free bytes free. */
void place_make(struct place *place, uint64_t min_free);
/* Drains the pool first. No request may be left. */
void place_remove(struct place *place);
void remove_folder(const char *folder);
/* Wait until the pool has nothing left to do. */
void place_settle(struct place *place);

/* A request of a local caller; what becomes of it stands in its carrier. */
struct carrier {
    bool is_sent;
    bool is_dropped;
    bool is_shed;
    enum err begin; /* what begin() shall say */
    struct buf answer;
};

struct request *place_request(struct place *place, struct carrier *carrier);
/* The answer is a refusal with this code. */
bool carrier_refused(const struct carrier *carrier, enum err code);

/* Bytes that depend on the seed, and their name. */
struct block {
    uint8_t *bytes; /* owned */
    size_t size;
    struct block_id name;
};

void block_make(struct block *block, uint8_t seed, size_t size);
void block_done(struct block *block);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A list of small changes that become durable together or not at all. The core
 * writes it, the store (or the simulator's disk) carries it out. Not
 * thread-safe; whoever holds it owns it. Key layouts: store/keys.h. */
#ifndef HF_MODEL_BATCH_H
#define HF_MODEL_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum batch_kind {
    BATCH_LEDGER,  /* ledger -> value = origin */
    BATCH_LEAF,    /* ledger, index -> leaf */
    BATCH_NODE,    /* ledger, level, index -> 32 bytes, complete subtrees */
    BATCH_ITEM,    /* id = payload root, ledger, index -> header id |
                      commitment (64 bytes); first writer is found first */
    BATCH_HELD,    /* ledger, index = chunk -> bitmap of HELD_CHUNK_BITS */
    BATCH_HEADER,  /* id = header id -> header object */
    BATCH_NAMES,   /* id = payload root, index = page -> 32-byte names; page
                      NAMES_PAGE_ROOTS holds the page roots */
    BATCH_PENDING, /* id = header id -> deposit_pending (model/batch.h) */
    BATCH_PENDING_GONE,
    BATCH_NOTE, /* level = note kind, name, index = number -> note */
    BATCH_NOTE_GONE,
    BATCH_META, /* name -> value */
    /* Of a bad block (core/repair.h). Nothing happens when it does not lie
     * there any more. */
    BATCH_BLOCK_ASIDE, /* id = block, index = file, level = position: into
                          quarantine, not there for any reader */
    BATCH_BLOCK_BACK,  /* the same: it reads well again, out of quarantine */
    BATCH_HEADER_GONE  /* id = header id */
};

#define HELD_CHUNK_BITS 4096
#define NAMES_PAGE_ROOTS 0xffffffffu
#define PENDING_SIZE                                                           \
    112 /* root 32, padded size 8, header size 8, commitment
                            32, header id 32; integers big-endian */

struct batch_op {
    enum batch_kind kind;
    uint32_t ledger; /* the node's own number of a ledger, from 0 */
    uint32_t level;
    uint64_t index;
    uint8_t id[32];
    size_t name_offset; /* into bytes */
    size_t name_size;
    size_t value_offset;
    size_t value_size;
};

struct batch {
    struct batch_op *ops; /* owned */
    size_t count;
    size_t room;
    struct buf bytes; /* owned; names and values */
    enum err err;     /* sticky: ERR_NO_MEMORY or ERR_TOO_BIG */
};

/* At most `max` bytes of names and values. */
void batch_init(struct batch *batch, size_t max);
void batch_done(struct batch *batch);
/* Move everything to `to` (not initialised before); from is empty after. */
void batch_move(struct batch *to, struct batch *from);
/* Append; fields of op that the kind does not use are ignored; name and value
 * are copied. Errors stick in batch->err. */
void batch_add(struct batch *batch, const struct batch_op *op, struct span name,
               struct span value);
/* Borrowed. */
struct span batch_name(const struct batch *batch, const struct batch_op *op);
struct span batch_value(const struct batch *batch, const struct batch_op *op);

#endif

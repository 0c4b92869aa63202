/* SPDX-License-Identifier: Apache-2.0 */
/* What can be read back, as functions: the store in the daemon, a simulated
 * disk in the simulator. Each function appends to its buffer (or fills ret_)
 * and returns ERR_NOT_FOUND when it is not there, ERR_CORRUPT or ERR_IO when it
 * could not be read. Whoever provides it says from which threads it may be
 * called; calls may block. */
#ifndef HF_MODEL_SOURCE_H
#define HF_MODEL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/digest.h"
#include "model/id.h"

struct source_item { /* one BATCH_ITEM entry */
    struct payload_root root;
    uint32_t ledger;
    uint64_t index;
    struct header_id header;
    struct digest commitment;
};

struct source {
    void *ctx; /* borrowed */
    enum err (*leaf)(void *ctx, uint32_t ledger, uint64_t index,
                     struct buf *bytes);
    enum err (*node)(void *ctx, uint32_t ledger, uint32_t level, uint64_t index,
                     struct digest *ret_hash);
    /* A block or a header object by its name. Not hashed again. */
    enum err (*block)(void *ctx, const struct block_id *name,
                      struct buf *bytes);
    /* Is it there? ERR_OK or ERR_NOT_FOUND. Quarantined = not there. */
    enum err (*have)(void *ctx, const struct block_id *name);
    /* A page of names as stored, or page NAMES_PAGE_ROOTS. */
    enum err (*names)(void *ctx, const struct payload_root *root, uint32_t page,
                      struct buf *bytes);
    /* Of NOTE_COSIGNATURE (wire/message.h) the first whose number is not
     * smaller. */
    enum err (*note)(void *ctx, uint32_t kind, struct span name,
                     uint64_t number, struct buf *bytes);
    /* A chunk of the held bitmap: HELD_CHUNK_BITS / 8 bytes. */
    enum err (*held)(void *ctx, uint32_t ledger, uint64_t chunk,
                     struct buf *bytes);
    /* The first entry with a payload root >= from (ties: ledger, index). */
    enum err (*item)(void *ctx, const struct payload_root *from,
                     uint32_t ledger, uint64_t index,
                     struct source_item *ret_item);
};

#endif
